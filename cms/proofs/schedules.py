"""Schedules: what is over for good, and what is to take turns for the same visitors but leaves a hole or overlaps."""

import json
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

from babel.dates import format_timedelta

from cms.components.body import Body, ProductRef, RailName, nodes, placeholders
from cms.content.snapshot import Entry, Slot, Snapshot, Variant
from cms.facts.declarations import CHANNELS
from cms.offers.offer import ALWAYS, Claims, Schedule
from cms.problems import Problem, Severity, pointer_of
from cms.workspace.documents import Document

LONGEST_HOLE = timedelta(days=14)  # what is longer is a pause
_SLIP = timedelta(days=1)  # what is shorter is a slip of the pen
_EVER, _FOREVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Run:
    """One of those that take turns, and where its schedule stands.

    `needs` is all that can keep it away while its rule holds; None: more than can be compared.
    """

    name: str
    start: datetime
    until: datetime
    document: Document
    pointer: str
    needs: frozenset[Hashable] | None

    @property
    def is_open(self) -> bool:
        return self.start == _EVER and self.until == _FOREVER

    def collides_with(self, lower: "_Run") -> bool:
        """Say whether it hides a lower one at its end or beginning; one within the other is meant, or unreachable."""
        first, last = sorted((self, lower), key=lambda run: (run.start, run.until))
        is_partial = first.start < last.start < first.until < last.until
        return is_partial and None not in (self.needs, lower.needs) and self.needs <= lower.needs  # type: ignore[operator]

    def placed(self, problem: Problem) -> Problem:
        subject = _subject(self.name, self.document, self.pointer)
        return self.document.place(replace(problem.below(self.pointer), subject=subject))

    def written(self, key: str) -> str:
        """Give one of its dates as the author wrote it; "" where another schedule sets it."""
        node: Any = self.document.data
        for part in self.pointer.split("/")[1:]:
            node = node[int(part)] if isinstance(node, list) else node[part]
        return str(node.get("schedule", {}).get(key, ""))


def is_over(entry: Entry, variant: Variant, now: datetime) -> bool:
    """Say whether a variant can never be shown again because its time, or its entry's, has passed."""
    return any(schedule.until is not None and schedule.until <= now for schedule in (entry.schedule, variant.schedule))


def check_schedules(snapshot: Snapshot, documents: Mapping[str, Document], *, now: datetime) -> list[Problem]:
    """Check the schedules of all entries and variants.

    Args:
        snapshot: What the documents were compiled to.
        documents: The entries' files by key; rules are compared as written, and the findings are placed in them.
        now: From when on it matters.
    """
    check = _Check(snapshot, documents, now)
    found = [problem for entry in snapshot.entries.values() for problem in check.of_entry(entry)]
    slots = [slot for page in snapshot.surfaces.values() for slot in page.slots]
    return list(dict.fromkeys([*found, *(problem for slot in slots for problem in check.of_slot(slot))]))


@dataclass(frozen=True, slots=True)
class _Check:
    snapshot: Snapshot
    documents: Mapping[str, Document]
    now: datetime

    def of_entry(self, entry: Entry) -> Iterator[Problem]:
        document = self.documents[entry.key]
        if entry.schedule.until is not None and entry.schedule.until <= self.now:
            yield self._over("entry", entry.key, document, "", entry.schedule.until)
            return
        if all(variant.schedule == ALWAYS for variant in entry.variants):
            return
        groups: dict[str, list[_Run]] = defaultdict(list)
        for index, variant in enumerate(entry.variants):
            pointer = pointer_of("variants", index)
            if variant.schedule.until is not None and variant.schedule.until <= self.now:
                yield self._over("variant", variant.key, document, pointer, variant.schedule.until)
            if not variant.arm and not variant.default:
                rule = _spelled(_variants(document)[index].get("when"))
                groups[rule] += self._run(variant.key, (entry.schedule, variant.schedule), document, pointer, variant)
        for runs in groups.values():
            yield from self._turns(runs, _SLIP if any(run.is_open for run in runs) else LONGEST_HOLE)

    def of_slot(self, slot: Slot) -> Iterator[Problem]:
        """Compare the entries that are written for the same visitors; a slot that a hole leaves empty is no hole."""
        groups: dict[str, list[_Run]] = defaultdict(list)
        for entry in (entry for entry in slot.entries if entry.schedule != ALWAYS):
            document = self.documents[entry.key]
            source = entry if slot.count == 1 else None
            groups[_rules(document)] += self._run(entry.key, (entry.schedule,), document, "", source)
        may_be_empty = slot.may_be_empty or slot.audience is not None
        is_filled = may_be_empty or any(entry.schedule == ALWAYS for entry in slot.entries)
        for runs in groups.values():
            yield from self._turns(runs, LONGEST_HOLE if is_filled else timedelta(0))

    def _run(
        self, name: str, schedules: Sequence[Schedule], document: Document, pointer: str, source: Entry | Variant | None
    ) -> list[_Run]:
        """Give when all schedules hold; nothing where they never do."""
        start = max(schedule.start or _EVER for schedule in schedules)
        until = min(schedule.until or _FOREVER for schedule in schedules)
        if start >= until:
            return []
        is_open = start == _EVER and until == _FOREVER
        return [_Run(name, start, until, document, pointer, None if is_open else self._needs(source))]

    def _needs(self, source: Entry | Variant | None) -> frozenset[Hashable] | None:
        locales = self.snapshot.settings.locales
        match source:
            case Variant():
                return frozenset(_needs_of(source, locales))
            case Entry(offer=None, caps=(), dismiss_for=None):
                barred = CHANNELS - source.component.channels
                variants = enumerate(source.variants)
                return barred | {(index, need) for index, variant in variants for need in _needs_of(variant, locales)}
            case _:
                return None

    def _turns(self, runs: Sequence[_Run], longest: timedelta) -> Iterator[Problem]:
        """Check those of one rule, in the order in which they are tried; one that always runs is what they hide."""
        taking = [run for run in runs if not run.is_open]
        for earlier, later in _holes(taking):
            if later.start > self.now and later.start - earlier.until <= longest:
                yield self._gap(earlier, later)
        for upper, lower in combinations(taking, 2):
            if upper.collides_with(lower) and min(upper.until, lower.until) > self.now:
                yield self._collision(upper, lower)

    def _over(self, kind: str, name: str, document: Document, pointer: str, until: datetime) -> Problem:
        message = f'The {kind} "{name}" is over since {self._told(until)} ({self._zone}): nobody sees it any more.'
        hint = "Remove it, or give it new dates."
        found = Problem("over", message, f"{pointer}/schedule/until", hint, Severity.WARNING)
        return document.place(replace(found, subject=_subject(name, document, pointer)))

    def _gap(self, earlier: _Run, later: _Run) -> Problem:
        ends, begins = earlier.written("until"), later.written("from")
        span = self._span(earlier.until, later.start)
        message = f'{span} neither "{earlier.name}" nor "{later.name}" is shown, but what stands below them.'
        hint = f'End "{earlier.name}" where "{later.name}" begins: "until": "{begins}"'
        if later.start - earlier.until >= _SLIP:
            hint += ", unless the pause is meant."
        elif ends[:16] == begins[:16]:
            hint += ". The two are written with different time zones."
        else:
            hint += '. The moment of "until" is itself left out.'
        return earlier.placed(Problem("schedule-gap", message, "/schedule/until", hint, Severity.WARNING))

    def _collision(self, upper: _Run, lower: _Run) -> Problem:
        start, until = max(upper.start, lower.start), min(upper.until, lower.until)
        message = (
            f'{self._span(start, until)} "{upper.name}" and "{lower.name}" run for the same visitors: '
            f'"{upper.name}" stands above, and "{lower.name}" is not shown.'
        )
        hint = "Let one begin where the other ends, or list first what is to be shown while both run."
        return lower.placed(Problem("schedule-collision", message, "/schedule", hint, Severity.WARNING))

    def _span(self, start: datetime, until: datetime) -> str:
        lasting = format_timedelta(until - start, locale="en")
        return f"From {self._told(start)} to {self._told(until)} ({self._zone}), {lasting},"

    def _told(self, moment: datetime) -> str:
        local = moment.astimezone(self.snapshot.settings.default_market.zone)
        return f"{local:%Y-%m-%d %H:%M}" + (f"{local::%S}" if local.second else "")

    @property
    def _zone(self) -> str:
        return self.snapshot.settings.default_market.zone.key


def _holes(runs: Sequence[_Run]) -> Iterator[tuple[_Run, _Run]]:
    """List what ends and what begins next, none of the others running between.

    A hole longer than either of the two runs parts what comes again, such as weekends.
    """
    ordered = sorted(runs, key=lambda run: (run.start, run.until))
    for index, (_, later) in enumerate(pairwise(ordered), 1):
        last = max(ordered[:index], key=lambda run: run.until)
        hole = later.start - last.until
        if timedelta(0) < hole <= max(last.until - last.start, later.until - later.start):
            yield last, later


def _subject(name: str, document: Document, pointer: str) -> str:
    """Name an entry, or a variant with its entry."""
    return f"{document.key}:{name}" if pointer else name


def _variants(document: Document) -> Sequence[Mapping[str, Any]]:
    return document.data["variants"] if isinstance(document.data, Mapping) else ()


def _rules(document: Document) -> str:
    """Spell all that decides who is shown which variant of an entry, but its own schedule."""
    data = document.data if isinstance(document.data, Mapping) else {}
    variants = [[variant.get("when"), variant.get("schedule")] for variant in _variants(document)]
    return _spelled([data.get("audience"), data.get("service"), variants])


def _spelled(rule: object) -> str:
    return json.dumps(rule, sort_keys=True, default=str)


def _needs_of(variant: Variant, locales: Mapping[str, Sequence[str]]) -> Iterator[Hashable]:
    """List what a variant needs beyond its rule and schedule, for each locale."""
    for locale, chain in locales.items():
        body = next((variant.content[written] for written in chain if written in variant.content), None)
        yield from ((locale, need) for need in (["copy"] if body is None else _needs_of_body(body)))
    if variant.promise is not None:
        yield repr(variant.promise)
    if variant.claims != Claims():
        yield repr(variant.claims)


def _needs_of_body(body: Body) -> Iterator[str]:
    yield from (gap.ref.name for gap in placeholders(body))
    yield from (repr(node) for node in nodes(body) if isinstance(node, RailName | ProductRef))
