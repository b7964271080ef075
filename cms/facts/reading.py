"""Reading facts that a request or persona gives by name."""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from cms.facts.declarations import FactRef, FactSchema, Origin
from cms.facts.values import Value, how_written, value_of
from cms.problems import Problem, did_you_mean, pointer_of

_SHOWN = 64  # characters of a name that a message repeats


def read_facts(
    raw: Mapping[str, object],
    schema: FactSchema,
    *,
    currency: str,
    zone: ZoneInfo,
    pointer: str,
    origins: Collection[Origin] = frozenset(Origin),
) -> tuple[dict[str, Value | None], list[Problem]]:
    """Read facts by name; null is unknown.

    Args:
        raw: JSON values by full name.
        schema: What can be named.
        currency: Of amounts that name none.
        zone: Where a moment is turned into a date.
        pointer: Where the facts stand in their document.
        origins: Of facts that may be given here.

    Returns:
        The values, None for unknown ones, and a problem for each that is no such fact or of the wrong type.
    """
    values: dict[str, Value | None] = {}
    problems: list[Problem] = []
    for name, given in raw.items():
        place, ref = pointer + pointer_of(name), schema.find(name)
        refused = _refusal(name, ref, schema, origins, place)
        if refused is not None or ref is None:
            problems += [refused] if refused else []
            continue
        try:
            values[name] = value_of(ref.fact, given, currency=currency, zone=zone)
        except ValueError as wrong:
            code = "unknown-choice" if "is not one of" in str(wrong) else "wrong-type"
            hint = did_you_mean(given, ref.fact.of) if isinstance(given, str) and ref.fact.of else how_written(ref.fact)
            problems.append(Problem(code, f'"{name[:_SHOWN]}": {wrong}.', place, hint))
    return values, problems


def _refusal(
    name: str, ref: FactRef | None, schema: FactSchema, origins: Collection[Origin], pointer: str
) -> Problem | None:
    if ref is None:
        suggestion = did_you_mean(name, schema.spell_like(name))
        return Problem("unknown-fact", f'No fact "{name[:_SHOWN]}".', pointer + "#key", suggestion)
    if ref.name == "page.stage":
        return Problem("fixed-fact", "The stage is the page's own.", pointer + "#key", "Leave it out.")
    if ref.fact.origin not in origins:
        message = f'"{name[:_SHOWN]}" is not told by callers: it is a {ref.fact.origin}.'
        return Problem("not-a-request-fact", message, pointer + "#key", "Send request facts only.")
    return None
