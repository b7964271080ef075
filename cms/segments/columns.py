"""Facts as a table: which columns hold each fact, and the cells of one visitor.

`cms.segments.sql` asks conditions of such a table. It has a row for each visitor, and NULL in all columns of a fact is
unknown. What absence means, and what is too old or not of a channel, `View` settles before: a row holds what a rule sees.

| Fact | Columns |
|---|---|
| bool | boolean |
| number | decimal(38, 22): exact to 21 decimals; the last digit is 5 where more follow, so that order is kept |
| money | decimal(38, 0) in minor units, and `:currency`, because two currencies do not compare |
| text, enum | string |
| set | array of strings, each once |
| date | date, and the boolean `:ever`, false for what never happened: then the date itself is NULL |
| duration | decimal(38, 0) in microseconds |
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from hashlib import sha256

from cms.facts.context import View
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import Never, Value

WHOLE = "decimal(38, 0)"
NUMBER = "decimal(38, 22)"
TYPES: Mapping[FactType, Mapping[str, str]] = {  # of each column by its part of the fact
    FactType.BOOL: {"": "boolean"},
    FactType.NUMBER: {"": NUMBER},
    FactType.MONEY: {"": WHOLE, "currency": "string"},
    FactType.TEXT: {"": "string"},
    FactType.ENUM: {"": "string"},
    FactType.SET: {"": "array<string>"},
    FactType.DATE: {"": "date", "ever": "boolean"},
    FactType.DURATION: {"": WHOLE},
}
_OTHER = re.compile(r"[^a-z0-9_.\[\]-]")  # capitals too: some engines take two spellings for one column
_LONGEST = 50  # bytes; PostgreSQL cuts names at 63
_STEP = Decimal("1e-21")
_DEEP = Context(prec=60, rounding=ROUND_FLOOR)
# What some database refuses in a text; no code is the start of another.
_HELD = {0: "\ue000\ue001", 0xE000: "\ue000\ue000"} | {
    code: f"\ue000{chr(code + 0x900)}" for code in range(0xD800, 0xE000)
}


def column(name: str, part: str = "") -> str:
    """Name the column of a fact: as the fact is written, or like it where not every engine would keep that."""
    if _OTHER.search(name) or len(name) > _LONGEST:
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        name = f"{_OTHER.sub('_', name)[: _LONGEST - 11]}~{digest}"
    return f"{name}:{part}" if part else name


def columns(refs: Iterable[FactRef]) -> dict[str, str]:
    """Give the columns of facts and the Ibis type of each."""
    return {column(ref.name, part): kind for ref in refs for part, kind in TYPES[ref.fact.type].items()}


def row(view: View, refs: Iterable[FactRef]) -> dict[str, object]:
    """Give the cells of one visitor, with absence resolved as rules see it; None is unknown."""
    cells: dict[str, object] = {}
    for ref in refs:
        value = view.value(ref)
        parts = {} if value is None else parts_of(value)
        cells |= {column(ref.name, part): parts.get(part) for part in TYPES[ref.fact.type]}
    return cells


def parts_of(value: Value) -> dict[str, object]:
    """Give the cells of a value by part; those it leaves out are NULL."""
    match value:
        case Money(minor, currency):
            return {"": Decimal(minor), "currency": currency}
        case Never():
            return {"ever": False}
        case date():
            return {"": value, "ever": True}
        case _:
            return {"": _cell(value)}


def _cell(value: Value) -> object:
    match value:
        case frozenset():
            return sorted(map(held_text, value))
        case timedelta():
            return Decimal(value // timedelta(microseconds=1))
        case str():
            return held_text(value)
        case int() | Decimal() if not isinstance(value, bool):
            return _held_number(value)
        case _:
            return value


def held_text(text: str) -> str:
    """Write a text so that databases take it; equality and prefixes stay what they were."""
    return text.translate(_HELD)


def _held_number(number: int | Decimal) -> Decimal:
    exact = Decimal(number)
    below = exact.quantize(_STEP, context=_DEEP)
    return below if below == exact else _DEEP.add(below, _STEP / 2)
