"""Writing: members as CSV for mail and ads tools, or as JSON."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from cms.audiences.members import Member
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.segments.columns import column

Write = Callable[[TextIO, Iterable[Member], Sequence[FactRef]], int]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(out: TextIO, found: Iterable[Member], facts: Sequence[FactRef]) -> int:
    """Write a row for each customer and segment; give how many."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["customer", "segment", *(ref.name for ref in facts)])
    count = 0
    for member in found:
        told = [_in_words(value) for value in values(member, facts).values()]
        for segment in member.segments:
            rows.writerow([guarded(member.customer), segment, *told])
            count += 1
    return count


def write_jsonl(out: TextIO, found: Iterable[Member], facts: Sequence[FactRef]) -> int:
    """Write an object on a line for each customer and segment; give how many."""
    count = 0
    for line in _objects(found, facts):
        out.write(f"{line}\n")
        count += 1
    return count


def write_json(out: TextIO, found: Iterable[Member], facts: Sequence[FactRef]) -> int:
    """Write a list with an object for each customer and segment; give how many."""
    count = 0
    for line in _objects(found, facts):
        out.write(f"{',' if count else '['}\n{line}")
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


WRITERS: Mapping[str, Write] = {"csv": write_csv, "json": write_json, "jsonl": write_jsonl}


def _objects(found: Iterable[Member], facts: Sequence[FactRef]) -> Iterator[str]:
    for member in found:
        told = {"facts": values(member, facts)} if facts else {}
        for segment in member.segments:
            yield json.dumps({"customer": member.customer, "segment": segment, **told}, ensure_ascii=False)


def values(member: Member, facts: Sequence[FactRef]) -> dict[str, object]:
    """Give the facts wanted as JSON writes them; None is unknown."""
    return {ref.name: _value(ref, member.cells) for ref in facts}


def _value(ref: FactRef, cells: Mapping[str, Any]) -> object:
    found = cells[column(ref.name)]
    match ref.fact.type:
        case FactType.DATE if cells[column(ref.name, "ever")] is False:
            return "never"
        case FactType.MONEY if found is not None:
            money = Money(int(found), str(cells[column(ref.name, "currency")]))
            return {"amount": money.amount, "currency": money.currency}
        case FactType.SET if found is not None:
            return sorted(found)
        case FactType.DURATION if found is not None:
            return f"PT{found / 1_000_000:f}S"
    return found.isoformat() if isinstance(found, date) else _number(found)


def _number(found: object) -> object:
    if not isinstance(found, Decimal):
        return found
    return int(found) if found == found.to_integral_value() else float(found)


def _in_words(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case list():
            return guarded("|".join(value))
        case str():
            return guarded(value)
    return str(value)
