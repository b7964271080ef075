"""What decides on a surface, set apart from its words: where that is equal, nobody is shown anything else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cms.components.body import Body, ProductRef, RailName, nodes, placeholders
from cms.content.needs import Needs
from cms.content.snapshot import Entry, Page, Slot, Snapshot, Variant
from cms.facts.builtin import builtin
from cms.facts.declarations import FactRef
from cms.offers.offer import ALWAYS
from cms.offers.promises import facts_of
from cms.segments.conditions import Condition, segments_named

_CLOCK = "now."


@dataclass(frozen=True, slots=True)
class Concern:
    """What two snapshots decide a surface otherwise by: entries of either, and the facts that those read."""

    entries: tuple[Entry, ...]
    facts: Mapping[str, FactRef]

    @property
    def is_timed(self) -> bool:
        """Say whether the clock has a part in it."""
        schedules = [entry.schedule for entry in self.entries]
        schedules += [variant.schedule for entry in self.entries for variant in entry.variants]
        return any(name.startswith(_CLOCK) for name in self.facts) or any(found != ALWAYS for found in schedules)

    @property
    def draws(self) -> bool:
        return any(experiment.running for entry in self.entries for experiment in entry.experiments)


def concern(before: Snapshot, after: Snapshot, surface: str) -> Concern | None:
    """Find by what a surface of two snapshots is decided otherwise; None: by nothing, in the slots that both have.

    What looks different may still decide the same: the other way round does not happen.
    """
    old, new = before.surfaces[surface], after.surfaces[surface]
    if not {slot.key for slot in old.slots} & {slot.key for slot in new.slots}:
        return None
    if _page_rule(before, old) != _page_rule(after, new):
        pairs = [(before, slot) for slot in old.slots] + [(after, slot) for slot in new.slots]
        return _concerning([(side, entry) for side, slot in pairs for entry in slot.entries], pairs)
    concerned = []
    for slot, same in zip(old.slots, new.slots, strict=True):
        for entry, other in zip(slot.entries, same.entries, strict=True):
            if _entry_rule(before, entry) != _entry_rule(after, other):
                concerned += [(before, entry), (after, other)]
    return _concerning(concerned, []) if concerned else None


def _concerning(concerned: list[tuple[Snapshot, Entry]], slots: list[tuple[Snapshot, Slot]]) -> Concern:
    facts = {ref.name: ref for side, entry in concerned for ref in _facts(side, entry)}
    facts |= {ref.name: ref for side, slot in slots for ref in _needs(side).facts([slot.audience])}
    return Concern(tuple(entry for _, entry in concerned), facts)


def _needs(snapshot: Snapshot) -> Needs:
    return Needs(snapshot.segments, snapshot.rails, snapshot.settings)


def _facts(snapshot: Snapshot, entry: Entry) -> Iterator[FactRef]:
    """List the facts that decide on an entry: those of its rules and gaps, of promises, and what counts it."""
    yield from _needs(snapshot).facts(_conditions(entry))
    for variant in entry.variants:
        yield from (gap.ref for body in variant.content.values() for gap in placeholders(body))
        yield from facts_of(variant.promise) if variant.promise else ()
    if entry.caps:
        yield builtin(f"shown[{entry.key}].last_7_days")
    if entry.dismiss_for is not None:
        yield builtin(f"dismissed[{entry.key}]")


def _conditions(entry: Entry) -> list[Condition | None]:
    audiences = [entry.audience, *(experiment.audience for experiment in entry.experiments)]
    return audiences + [variant.when for variant in entry.variants]


def _page_rule(snapshot: Snapshot, page: Page) -> object:
    """Give what decides on a page beside the rules of its entries."""
    settings = snapshot.settings
    slots = [
        (slot.key, slot.count, slot.audience, _named(snapshot, [slot.audience]), [entry.key for entry in slot.entries])
        for slot in page.slots
    ]
    shared = (settings.default_locale, settings.locales, settings.markets, settings.default_market, settings.pressure)
    return page.stage, page.max_offers, slots, shared, settings.holdout


def _entry_rule(snapshot: Snapshot, entry: Entry) -> object:
    model = entry.component
    required = [name for name, part in model.fields.items() if part.required]
    return (
        (model.channels, model.never, model.display, required),
        (entry.audience, entry.offer, entry.schedule, entry.caps, entry.dismiss_for, entry.service, entry.experiments),
        [_variant_rule(snapshot, variant) for variant in entry.variants],
        _named(snapshot, _conditions(entry)),
    )


def _variant_rule(snapshot: Snapshot, variant: Variant) -> object:
    return (
        (variant.key, variant.when, variant.schedule, variant.promise, variant.claims, variant.arm, variant.default),
        {locale: {gap.ref.name: gap.ref for gap in placeholders(body)} for locale, body in variant.content.items()},
        {locale: list(_products(snapshot, body)) for locale, body in variant.content.items()},
    )


def _products(snapshot: Snapshot, body: Body) -> Iterator[object]:
    """List the products and rails that words ask for before they can be shown."""
    for name, node in body.items():
        parts = (part for part in nodes(node) if isinstance(part, RailName | ProductRef))
        yield from (
            (name, part, snapshot.rails.get(part.key) if isinstance(part, RailName) else None) for part in parts
        )


def products_asked(snapshot: Snapshot, page: Page) -> Mapping[tuple[str, str, str], list[object]]:
    """Give the products and rails that a page's words ask for, by entry, variant and language."""
    variants = [(entry.key, variant) for slot in page.slots for entry in slot.entries for variant in entry.variants]
    return {
        (entry, variant.key, locale): list(_products(snapshot, body))
        for entry, variant in variants
        for locale, body in variant.content.items()
    }


def _named(snapshot: Snapshot, conditions: list[Condition | None]) -> Mapping[str, Condition]:
    """Give the segments that conditions name, be it through others."""
    waiting, found = [condition for condition in conditions if condition is not None], dict[str, Condition]()
    while waiting:
        fresh = {named.key for named in segments_named(waiting.pop())} - found.keys()
        found |= {key: snapshot.segments[key] for key in fresh}
        waiting += [snapshot.segments[key] for key in fresh]
    return found
