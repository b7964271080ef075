"""Wanting: which signals a page still needs, once it is known what came with the request.

A rule whose part about request and clock does not hold can no longer match, whatever the shop would tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from cms.content.needs import Needs
from cms.content.snapshot import Entry, Page, Slot, Snapshot
from cms.decisions.requests import Request
from cms.facts.context import DecisionContext, View
from cms.facts.signals import Signal
from cms.segments.conditions import All, Condition, InSegment
from cms.segments.python import PythonSource, define

_BITS = {signal: 1 << place for place, signal in enumerate(Signal)}
Guards = tuple[Condition, ...]


def signals_wanted(snapshot: Snapshot, page: Page, request: Request, *, now: datetime) -> frozenset[Signal]:
    """List the signals that can still change what the page shows, out of all that it can ever need."""
    key = (id(page), request.channel, "wanted")  # beside the page's program, which holds the page
    wanting = snapshot.programs.get(key)
    if wanting is None:
        wanting = snapshot.programs[key] = (page, _compiled(snapshot, page, request.channel))
    values = dict(request.values) | {"page.stage": page.stage}
    context = DecisionContext(
        now, request.market.zone, request.locale, request.market.currency, request.channel, values
    )
    bits = wanting[1](View(context))
    return frozenset(signal for signal, bit in _BITS.items() if bits & bit)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a slot, entry or variant needs, as bits, where all its guards hold."""

    guards: Guards
    bits: int
    parts: tuple["_Part", ...] = ()

    @property
    def certain(self) -> int:
        return 0 if self.guards else reduce(or_, (part.certain for part in self.parts), self.bits)

    @property
    def possible(self) -> int:
        return reduce(or_, (part.possible for part in self.parts), self.bits)

    @property
    def conditions(self) -> Guards:
        return self.guards + tuple(guard for part in self.parts for guard in part.conditions)

    def lines(self, source: PythonSource, always: int) -> list[str]:
        """Write what adds to `w` the bits that are not wanted always."""
        left = self.possible & ~always
        if not left:
            return []
        own = [f"w |= {self.bits & ~always}"] if self.bits & ~always else []
        inner = own + [line for part in self.parts for line in part.lines(source, always)]
        if not self.guards:
            return inner
        tests = " and ".join(f"({source.text(guard)})" for guard in self.guards)
        return [f"if w & {left} != {left} and {tests}:", *(f"    {line}" for line in inner)]


def _compiled(snapshot: Snapshot, page: Page, channel: str) -> Callable[[View], int]:
    needs = Needs(snapshot.segments, snapshot.rails, snapshot.settings)
    whole = _Part((), _bits(_always(snapshot, page)), tuple(_slot(needs, slot) for slot in page.slots))
    source = PythonSource(snapshot.segments, whole.conditions, channel=channel)
    lines = whole.lines(source, whole.certain)
    lines = ["get = view.context.values.get", *source.head(), f"w = {whole.certain}", *lines, "return w"]
    text = "\n".join(["def wanted(view):", *(f"    {line}" for line in lines)])
    wanted: Callable[[View], int] = define(text, "wanted", source.names)
    return wanted


def _always(snapshot: Snapshot, page: Page) -> frozenset[Signal]:
    """List what no slot asks for: who may be held out, and what a mail's subject and preheader tell."""
    found: set[Signal] = {Signal.CUSTOMER} if snapshot.settings.holdout > 0 else set()
    email = snapshot.emails.get(page.key)
    if email is not None and email.page is page:
        for templates in (*email.subject.values(), *email.preheader.values()):
            found.update(*(gap.ref.fact.signals for template in templates for gap in template.placeholders))
    return frozenset(found)


def _slot(needs: Needs, slot: Slot) -> _Part:
    entries = tuple(_entry(needs, entry) for entry in slot.entries)
    return _Part(_early(needs, slot.audience), _bits(needs.of_conditions([slot.audience])), entries)


def _entry(needs: Needs, entry: Entry) -> _Part:
    variants = (_Part(_early(needs, variant.when), _bits(needs.of_variant(variant))) for variant in entry.variants)
    return _Part(_early(needs, entry.audience), _bits(needs.of_entry(entry)), tuple(variants))


def _early(needs: Needs, condition: Condition | None) -> Guards:
    """Pick the parts of a condition that no signal tells, and without which it cannot hold."""
    found: list[Condition] = []
    waiting, seen = [condition] if condition is not None else [], set[str]()
    while waiting:
        part = waiting.pop()
        if not needs.of_conditions([part]):
            found.append(part)
        elif isinstance(part, All):
            waiting += part.parts
        elif isinstance(part, InSegment) and part.key not in seen:
            seen.add(part.key)
            waiting.append(needs.segments[part.key])
    return tuple(found)


def _bits(signals: frozenset[Signal]) -> int:
    return sum(_BITS[signal] for signal in signals)
