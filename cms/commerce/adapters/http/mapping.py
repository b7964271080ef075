"""Reading any JSON by a table: where in an answer a fact stands, or a SKU and its units."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

_STEP = re.compile(r"(?P<name>[^.\[\]]++)|\[(?:(?P<key>[^=\[\]]+)=(?P<value>[^\[\]]*))?\]")
_PATH = re.compile(
    rf"(?:{_STEP.pattern.replace('?P<name>', '?:').replace('?P<key>', '?:').replace('?P<value>', '?:')}|\.(?=[^.\[\]]))+"
)
_MOST = 1_000_000_000  # units of one SKU
_LONGEST_SKU = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step into a value: to what `name` holds, to `each` of a list, or to the one whose `key` is `value`."""

    name: str = ""
    each: bool = False
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a list of stock stands, and in each of its rows the SKU and the units."""

    rows: tuple[Step, ...]
    sku: tuple[Step, ...]
    units: tuple[Step, ...]


def steps_of(path: str) -> tuple[Step, ...]:
    """Read a path such as `contact.tags[].name` or `fields[key=churn].value`.

    Raises:
        ValueError: It is none.
    """
    if not _PATH.fullmatch(path) or path.startswith("."):
        raise ValueError("Not a path such as contact.tags[].name or fields[key=churn].value.")
    return tuple(
        Step(name=found["name"])
        if found["name"]
        else Step(each=not found["key"], key=found["key"] or "", value=found["value"] or "")
        for found in _STEP.finditer(path)
    )


def pick(data: Any, steps: Sequence[Step]) -> Any:
    """Follow a path; None where it leads nowhere, and of a list where it leads nowhere from one of its items."""
    if not steps:
        return data
    step, rest = steps[0], steps[1:]
    if step.each:
        return _each(data, rest)
    if step.name:
        return pick(data.get(step.name), rest) if isinstance(data, dict) else None
    items = data if isinstance(data, list) else []
    found = (item for item in items if isinstance(item, dict) and _written(item.get(step.key)) == step.value)
    return pick(next(found, None), rest)


def _written(value: Any) -> str | None:
    """Write a value as it stands in JSON, text without its quotes; None where there is none."""
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _each(data: Any, rest: Sequence[Step]) -> list[Any] | None:
    if not isinstance(data, list):
        return None
    picked = [pick(item, rest) for item in data]
    if any(one is None for one in picked):
        return None
    if any(step.each for step in rest):
        return [inner for one in picked for inner in one]
    return picked


def traits_form(data: Any, facts: Mapping[str, Sequence[Step]]) -> dict[str, Any]:
    """Tell the facts of a table; what an answer does not say is null: unknown, never absent."""
    return {"traits": {name: pick(data, steps) for name, steps in facts.items()}}


def stock_form(data: Any, table: Rows) -> dict[str, Any]:
    """Tell the units of each SKU: rows of the same one, as of several warehouses, are added up.

    A SKU is unknown where one of its rows says no number.

    Raises:
        TypeError: There are no rows where the table says.
    """
    rows = pick(data, table.rows)
    if not isinstance(rows, list):
        raise TypeError("no rows")
    units: dict[str, int | None] = {}
    for sku, count in _counted(rows, table):
        known = units.get(sku, 0)
        units[sku] = None if count is None or known is None else known + count
    return {"stock": {sku: max(0, count) for sku, count in units.items() if count is not None and count <= _MOST}}


def _counted(rows: Sequence[Any], table: Rows) -> Iterator[tuple[str, int | None]]:
    for row in rows:
        sku = pick(row, table.sku)
        if isinstance(sku, (str, int)) and not isinstance(sku, bool) and 0 < len(str(sku)) <= _LONGEST_SKU:
            yield str(sku), _units(pick(row, table.units))


def _units(value: Any) -> int | None:
    """Count whole units of what may be written 12, 12.0 or "12.000"; less than nothing is owed to others."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
        return int(number) if -_MOST <= number <= _MOST else None  # all digits of "1e999999999" would take hours
    except (InvalidOperation, OverflowError, ValueError):
        return None
