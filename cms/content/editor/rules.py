"""What the shapes of authored files leave open: the names, conditions and values that stand under their keys."""

from collections.abc import Collection, Iterator

from cms.content.editor.conditions import Facts
from cms.content.editor.known import Known
from cms.content.editor.shapes import Rules, schema_of
from cms.content.editor.values import (
    CURRENCY,
    DAY,
    DURATION,
    MOMENT,
    Schema,
    described,
    list_of,
    matching,
    one_of,
    ref,
    value_of,
)
from cms.content.fields import KEY
from cms.content.schemas import ClaimsShape
from cms.facts.declarations import Fact, Origin

WRITTEN_FACT = r"^[a-z][a-z0-9_.]*(?:\[[^\[\]{}|\s]+\](?:\.[a-z0-9_]+)*)?$"
_RATIO = matching(r"^[0-9]{1,6}(?:[./][0-9]{1,6})?$", '"1/8"')
_AMOUNTS: Schema = {"additionalProperties": ref("money")}
_TELLING: Schema = {"allOf": [ref("text")], "pattern": r"\S"}


def component_keys(known: Known, channels: Collection[str]) -> list[str]:
    """Name the components with output for one of the channels."""
    return [key for key, model in known.components.items() if model is None or model.channels & set(channels)]


def rules_of(known: Known, facts: Facts) -> Rules:
    """Say what is known of the keys of each shape."""
    condition: Schema = {"allOf": [ref("condition")]}
    slots: Schema = {"propertyNames": {"pattern": f"^{KEY}$"}}
    segments, entries = ref("segment-key"), one_of(known.entries)
    conditions = ("SegmentShape.when", "EntryShape.audience", "VariantShape.when", "SlotShape.audience")
    written: dict[str, Schema] = {
        **dict.fromkeys((*conditions, "ExperimentShape.audience"), condition),
        **dict.fromkeys(
            ("EntryShape.dismiss_for", "CapShape.every", "PressureShape.every", "FactShape.max_age"), DURATION
        ),
        **dict.fromkeys(("ScheduleShape.from", "ScheduleShape.until"), MOMENT),
        **dict.fromkeys(("ClaimsShape.threshold", "PromiseShape.threshold", "PromiseShape.price"), _AMOUNTS),
        "EmailShape.subject": {**_texts(known), "required": [known.settings.default_locale]},
        "EmailShape.preheader": _texts(known),
        **dict.fromkeys(("PageShape.slots", "EmailShape.slots"), slots),
        **dict.fromkeys(("EntryShape.component", "FeedShape.component"), one_of(known.components)),
        "OfferShape.exclusive": {"type": ["string", "object"], "pattern": f"^{KEY}$"},
        "OfferShape.claims": schema_of(ClaimsShape, {("ClaimsShape", "threshold"): _AMOUNTS}),
        "VariantShape.content": {**_by_locale(known, {"type": "object"}), "minProperties": 1},
        "FolderVariantShape.content": _by_locale(known, {"type": "object"}),
        "SlotShape.entries": {"items": entries},
        "PageShape.route": matching("^(?:/|$)", "Begins with /"),
        "RatioShape.of": ref("money-fact"),
        "RatioShape.ratio": _RATIO,
        "FiltersShape.not_bought_within": DURATION,
        "ExperimentShape.entry": entries,
        "AcceptanceShape.until": DAY,
        "FeedShape.locales": {"items": one_of(known.settings.locales)},
        "FeedShape.segments": {"items": segments},
        "MarketShape.currency": CURRENCY,
        "LineShape.unit_price": ref("money"),
        "RequestShape.facts": facts.by_name(_told_by_callers),
        "PersonaShape.facts": facts.by_name(_given),
        "PersonaShape.now": matching(f"^$|{MOMENT['pattern']}", "The clock of this persona"),
        "PersonaShape.expect": _expected(known),
    }
    return {(shape, key): rule for name, rule in written.items() for shape, _, key in [name.partition(".")]}


def _by_locale(known: Known, part: Schema) -> Schema:
    return {"properties": dict.fromkeys(known.settings.locales, part), "additionalProperties": False}


def _texts(known: Known) -> Schema:
    return _by_locale(known, {"anyOf": [_TELLING, list_of(_TELLING, least=1)]})


def _given(fact: Fact) -> Schema | bool:
    """Take what a persona may say of a fact: a value, or null for unknown; the stage is the page's own."""
    if fact.stem == "page.stage":
        return False
    return described(fact, {"anyOf": [value_of(fact), {"type": "null"}]})


def _told_by_callers(fact: Fact) -> Schema | bool:
    if fact.stem == "locale":
        return described(fact, {})  # negotiated, so that any may be sent
    return _given(fact) if fact.origin is Origin.REQUEST else False


def _expected(known: Known) -> Schema:
    places = {place: one_of(_outcomes(known, entries)) for place, entries in known.slots.items()}
    return {
        "properties": places,
        "patternProperties": {f"^pages/{place}$": schema for place, schema in places.items()},
        "additionalProperties": False,
    }


def _outcomes(known: Known, entries: Collection[str]) -> Iterator[str]:
    """Name what a slot can show: nothing, an entry whatever its variant, or one variant of it."""
    yield "none"
    for entry in entries:
        yield entry
        yield from (f"{entry}:{variant}" for variant in known.entries.get(entry, ()))
