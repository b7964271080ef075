"""Wanting: which signals a page still needs, once it is known what came with the request.

A rule whose part about request and clock does not hold can no longer match, whatever the shop would tell.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from cms.content.needs import Needs
from cms.content.snapshot import Page, Snapshot
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


def _compiled(snapshot: Snapshot, page: Page, channel: str) -> Callable[[View], int]:
    needs = Needs(snapshot.segments, snapshot.rails, snapshot.settings)
    guarded = list(_guarded(needs, page))
    always = _always(snapshot, page).union(*(signals for guards, signals in guarded if not guards))
    asked = [(guards, bits) for guards, signals in guarded if (bits := _bits(signals - always))]
    source = PythonSource(snapshot.segments, [guard for guards, _ in asked for guard in guards], channel=channel)
    lines = []
    for guards, bits in asked:
        tests = " and ".join(f"({source.text(guard)})" for guard in guards)
        lines += [f"if w & {bits} != {bits} and {tests}:", f"    w |= {bits}"]
    lines = ["get = view.context.values.get", *source.head(), f"w = {_bits(always)}", *lines, "return w"]
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


def _guarded(needs: Needs, page: Page) -> Iterator[tuple[Guards, frozenset[Signal]]]:
    """Give what is needed, and what has to hold for that."""
    for slot in page.slots:
        outer = _early(needs, slot.audience)
        yield outer, needs.of_conditions([slot.audience])
        for entry in slot.entries:
            inner = outer + _early(needs, entry.audience)
            yield inner, needs.of_entry(entry)
            for variant in entry.variants:
                yield inner + _early(needs, variant.when), needs.of_variant(variant)


def _early(needs: Needs, condition: Condition | None) -> Guards:
    """Pick the parts of a condition that no signal tells, and without which it cannot hold."""
    if condition is None:
        return ()
    if not needs.of_conditions([condition]):
        return (condition,)
    if isinstance(condition, InSegment):
        return _early(needs, needs.segments[condition.key])
    return (
        tuple(early for part in condition.parts for early in _early(needs, part)) if isinstance(condition, All) else ()
    )


def _bits(signals: frozenset[Signal]) -> int:
    return sum(_BITS[signal] for signal in signals)
