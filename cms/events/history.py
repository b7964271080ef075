"""History: what is known of a person, and how it is counted; the same wherever it was read from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cms.events.event import Event, Kind
from cms.facts.counters import Counters, milliseconds

ACCEPTED = (Kind.CLICK, Kind.ADD_TO_CART, Kind.ORDER, Kind.CONVERSION)
_COUNTED = frozenset({Kind.IMPRESSION, Kind.DISMISS, *ACCEPTED})
Totals = Mapping[str, Mapping[int, int]]  # entry → day since 1970 → impressions of everybody


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose counters: of a visitor, of a customer, of both as one person, or of nobody; and what totals."""

    visitor: str | None = None
    customer: str | None = None  # None: the one that the visitor was last linked to
    totals: frozenset[str] = frozenset()  # entries


class Row(NamedTuple):
    """What is counted of an event of somebody."""

    id: str
    kind: str
    entry: str
    channel: str
    at_ms: int
    customer: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What is known of somebody; without a visitor or a customer there is nothing of theirs."""

    mine: tuple[Row, ...] = ()  # what the visitor did
    theirs: tuple[Row, ...] = ()  # what counts for the customer: their own, and what linked visitors did as nobody else
    customer: str | None = None
    visitors: tuple[str, ...] = ()  # those linked to the customer, or at least the first one, which comes first
    totals: Totals = field(default_factory=dict)

    def counters(self, asked: Asked) -> Counters:
        """Count; a visitor not linked yet counts as linked to the customer that they are asked with."""
        last: dict[bool, dict[str, int]] = {True: {}, False: {}}
        shown: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in self._of_person():
            if row.kind == Kind.IMPRESSION:
                shown[row.entry][row.channel].append(row.at_ms)
            else:
                latest = last[row.kind == Kind.DISMISS]
                latest[row.entry] = max(row.at_ms, latest.get(row.entry, 0))
        return Counters(
            seen=_moments(self.theirs if asked.visitor is None else self.mine),
            shown={entry: {name: tuple(at) for name, at in channels.items()} for entry, channels in shown.items()},
            dismissed=last[True],
            accepted=last[False],
            totals=self.totals,
            customer=self.customer,
            first_visitor=next(iter(self.visitors), None),
            of_nobody=asked.visitor is None and asked.customer is None,
        )

    def _of_person(self) -> Iterable[Row]:
        """List what both did, each event once, without what the visitor did as another customer."""
        if self.customer is None:
            return self.mine
        also = (row for row in self.mine if row.customer is None)
        return {row.id: row for rows in (self.theirs, also) for row in rows}.values()


def _moments(rows: Iterable[Row]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.kind == Kind.IMPRESSION:
            found[row.entry].append(row.at_ms)
    return {entry: tuple(moments) for entry, moments in found.items()}


def row_of(event: Event) -> Row | None:
    """Give what is counted of an event; None: it is of nobody, or of nothing that is counted."""
    if event.kind not in _COUNTED or event.entry is None or (event.visitor is None and event.customer is None):
        return None
    return Row(event.id, str(event.kind), event.entry, event.channel, milliseconds(event.at), event.customer)
