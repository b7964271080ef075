"""Schemas of single values: money, dates, durations, keys, and texts with gaps for facts."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cms.content.fields import KEY
from cms.facts.declarations import Absence, Fact, FactType

Schema = dict[str, Any]

_PARAMETER = r"[^\[\]{}|\s]+"
_AMOUNT = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,4})?$"
_DURATION = r"^P(?=.)(?:[0-9]+W)?(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?$"


def matching(pattern: str, description: str = "") -> Schema:
    """Take a text of a form; the description says the form to people, and VS Code repeats it where it is missed."""
    said = {"description": description, "patternErrorMessage": description} if description else {}
    return {"type": "string", "pattern": pattern} | said


KEY_TEXT = matching(f"^{KEY}$", "a-z, 0-9 and -")
MOMENT = matching(r"^[0-9]{4}.*[T ].*(?:Z|[+-][0-9]{2}.*)$", 'With its offset: "2026-12-01T00:00+08:00"')
DATE = matching("^[0-9]{4}", '"2026-12-01", or a moment with its offset')
DAY = matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 'A day, such as "2027-03-01"')
DURATION = matching(_DURATION, '"P30D" or "PT20M"')
AMOUNT = matching(_AMOUNT, '"80.00"')
CURRENCY = matching("^[A-Z]{3}$", "ISO 4217, such as USD")
MONEY: Schema = {
    "anyOf": [
        AMOUNT,
        {
            "type": "object",
            "properties": {"amount": AMOUNT, "currency": CURRENCY},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
    ]
}


def one_of(words: Iterable[str], titles: Mapping[str, str] | None = None) -> Schema:
    """Take one of some words; `titles` are shown beside them."""
    known = list(words)
    schema: Schema = {"type": "string", "enum": known}
    return schema | ({"enumDescriptions": [titles.get(word, "") for word in known]} if titles else {})


def list_of(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


def ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def name_pattern(fact: Fact, entries: Iterable[str]) -> str:
    """Give the regular expression of a fact's name, without anchors; an entry it is about has to be there."""
    stem, suffix = (part.replace(".", r"\.") for part in (fact.stem, fact.suffix))
    if not fact.parameters:
        return stem
    parameter = "|".join(entries) if fact.parameters == ("entry",) else _PARAMETER
    return rf"{stem}\[(?:{parameter})\]{suffix}"


def gap_pattern(facts: Iterable[Fact], entries: Iterable[str]) -> str:
    """Give the regular expression of a placeholder that one of the facts fills."""
    known = list(entries)
    names = "|".join(name_pattern(fact, known) for fact in facts)
    return rf"\{{\s*(?:{names})\s*(?:\|[^{{}}]*)?\}}"


def text_of(facts: Iterable[Fact], entries: Iterable[str]) -> Schema:
    """Take a text whose placeholders name facts there are."""
    return matching(
        rf"^(?:\{{\{{|{gap_pattern(facts, entries)}|[^{{])*$",
        "A gap names a fact there is, such as {cart.count}; a brace alone is {{.",
    )


def at_most(characters: int) -> Schema:
    """Take a text of so many typed characters, gaps left out."""
    gaps = r"(?:\{[^{}]+\})*"
    return {
        "pattern": rf"^{gaps}(?:(?:\{{\{{|[^{{]){gaps}){{0,{characters}}}$",
        "patternErrorMessage": f"At most {characters} characters, gaps left out.",
    }


def _number(fact: Fact) -> Schema:
    limits = {"minimum": fact.minimum, "maximum": fact.maximum}
    return {"type": "number"} | {name: limit for name, limit in limits.items() if limit is not None}


def _words(fact: Fact) -> Schema:
    return one_of(fact.of) if fact.of else {"type": "string"}


def _date(fact: Fact) -> Schema:
    return {"anyOf": [DATE, {"const": "never"}]} if fact.absent is Absence.NEVER else DATE


_VALUES: Mapping[FactType, Callable[[Fact], Schema]] = {
    FactType.BOOL: lambda _: {"type": "boolean"},
    FactType.NUMBER: _number,
    FactType.MONEY: lambda _: ref("money"),
    FactType.TEXT: lambda _: {"type": "string"},
    FactType.ENUM: _words,
    FactType.SET: lambda fact: list_of(_words(fact)),
    FactType.DATE: _date,
    FactType.DURATION: lambda _: DURATION,
}


def value_of(fact: Fact) -> Schema:
    """Take a value of a fact."""
    return _VALUES[fact.type](fact)


def described(fact: Fact, schema: Schema) -> Schema:
    """Add what an editor shows of a fact to what is asked of its place."""
    origin = "the clock" if fact.origin == "clock" else f"a {fact.origin}"
    choices = f": {', '.join(fact.of)}" if fact.of else ""
    where = f" Known in {', '.join(sorted(fact.channels))}." if fact.channels else ""
    title = fact.title["en"]
    return {
        "title": title[:1].upper() + title[1:],
        "description": f"{fact.type} from {origin}{choices}.{where}",
    } | schema


def members_in(texts: Iterable[str]) -> set[str]:
    """Find what looks like the names of facts with a parameter."""
    pattern = re.compile(rf"[a-z][a-z0-9_.]*\[{_PARAMETER}\](?:\.[a-z0-9_]+)*")
    return {name for text in texts for name in pattern.findall(text)}
