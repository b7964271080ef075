"""Telling: what was proved, to whom it happens, why, and what to do, in a marketer's words."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import reduce
from itertools import islice

from babel.dates import format_time

from cms.content.snapshot import Snapshot
from cms.counterfactuals.reach import Reach
from cms.explanations.explaining import Explainer, Explanation
from cms.explanations.telling import Teller
from cms.facts.builtin import builtin
from cms.facts.declarations import Origin
from cms.facts.formats import locale_of, shown_percent
from cms.facts.locales import negotiate
from cms.facts.money import Money
from cms.proofs.finding import Finding
from cms.proofs.words import CHANNELS, HINTS, JOINTS, LANGUAGES, MESSAGES, QUESTIONS, REASONS, SAID, SUGGESTIONS, WHO
from cms.segments.conditions import Condition, InSegment, Test, facts_read, leaves, segments_named
from cms.segments.phrases import Words, filled
from cms.segments.sentences import Speaker
from cms.visitors.visitor import Visitor

_WHYS = 3  # of an empty slot, likewise
_FACTS = 6  # of a visitor, before it is said how many more there are


def told(finding: Finding, snapshot: Snapshot, language: str) -> tuple[str, str]:
    """Put a finding into words.

    Args:
        finding: What was proved.
        snapshot: Of what; it gives titles, markets and claims.
        language: The reader's; English where we have no words in it.

    Returns:
        The message (what, who and why), and the suggestion (what to do).
    """
    return _ProofTeller(snapshot, language).told(finding)


def who(visitor: Visitor, snapshot: Snapshot, language: str, *, is_dated: bool = True) -> str:
    """Describe a visitor: `cart subtotal: $69.00; first visit: yes`.

    Args:
        visitor: Who; market, language and channel are said where they are not the usual ones.
        snapshot: Gives the titles of facts, the markets and what is usual.
        language: As for `told`.
        is_dated: Whether to say the moment.
    """
    return _ProofTeller(snapshot, language).who(visitor, is_dated=is_dated)


class _ProofTeller:
    """Tells of findings and visitors in one language."""

    def __init__(self, snapshot: Snapshot, language: str) -> None:
        self._snapshot = snapshot
        self._language = negotiate(language, LANGUAGES, "en")
        self._speaker = Speaker(snapshot.segment_titles, self._language)
        self._teller = Teller(snapshot.segment_titles, self._language)

    def told(self, finding: Finding) -> tuple[str, str]:
        case, gaps = _case(finding, self._snapshot), self._gaps(finding)
        sentences = [MESSAGES[case], *(REASONS[key] for key in _reasons(finding, case, self._snapshot))]
        remedies = [SUGGESTIONS[case], *(HINTS[key] for key in _hints(finding))]
        message, suggestion = (
            self._joined("sentences", [self._filled(said, **gaps) for said in several])
            for several in (sentences, remedies)
        )
        return message, suggestion

    def who(self, visitor: Visitor, *, is_dated: bool) -> str:
        return self._described(visitor, is_dated=is_dated) or self._filled(WHO["anybody"])

    def _described(self, visitor: Visitor, *, is_dated: bool, usual: str = "web") -> str:
        """Say all that matters, the channel where it is not the usual one; "" where nothing does."""
        said = [*self._around(visitor, is_dated=is_dated, usual=usual), *self._facts(visitor)]
        more = [] if visitor.facts or not said else [self._filled(WHO["no more"])]
        return self._joined("facts", [*said, *more])

    def _around(self, visitor: Visitor, *, is_dated: bool, usual: str) -> Iterator[str]:
        """Say where, in which language and when, of what is not the usual."""
        settings = self._snapshot.settings
        market = settings.market_of(visitor.currency)
        if market != settings.default_market:
            yield self._pair(self._filled(WHO["market"]), market.key)
        if visitor.locale != settings.default_locale:
            yield self._pair(self._speaker.fact(builtin("locale")), visitor.locale)
        if visitor.channel != usual:
            yield self._pair(self._speaker.fact(builtin("channel")), visitor.channel)
        if is_dated:
            yield self._pair(self._filled(WHO["time"]), self._moment(visitor.now.astimezone(market.zone)))

    def _moment(self, moment: datetime) -> str:
        """Say a day and an hour, the seconds only where they matter."""
        length = "medium" if moment.second else "short"
        hour = str(format_time(moment, length, tzinfo=moment.tzinfo, locale=locale_of(self._speaker.language)))
        return self._filled(SAID["moment"], day=self._speaker.value(moment.date()), hour=hour)

    def _facts(self, visitor: Visitor) -> Iterator[str]:
        """Say some facts, the known ones first."""
        facts = sorted(visitor.facts.items(), key=lambda fact: (fact[1] is None, fact[0]))
        for name, value in facts[:_FACTS]:
            ref = self._snapshot.schema.find(name)
            yield self._pair(name if ref is None else self._speaker.fact(ref), self._teller.value(value))
        if len(facts) > _FACTS:
            yield self._filled(WHO["more"], count=self._speaker.value(len(facts) - _FACTS))

    def _gaps(self, finding: Finding) -> dict[str, str]:
        """Say all that a sentence may hold; "" where the finding has no such thing."""
        channel = self._filled(CHANNELS[finding.channel]) if finding.channel else ""
        gaps = {
            "name": _named(finding.entry, finding.variant) or finding.place,
            "key": finding.key,
            "place": finding.place,
            "where": self._filled(SAID["where"], place=finding.place) if finding.place else channel,
            "channel": channel,
            "by": self._listed(_named(*one) for one in finding.by),
            "count": self._speaker.value(len(finding.by) + 1),
            "clauses": self._joined("clauses", [self._speaker.condition(clause) for clause in finding.clauses]),
            "elsewhere": self._elsewhere(finding),
            "facts": self._listed(self._speaker.fact(ref) for ref in finding.facts),
            "visitor": self._visitor(finding),
            "shown": self._listed(finding.shown),
            "matter": self._teller.matter(finding.detail),
            "sides": self._sides(finding),
            "segment": _segment(finding),
            "currencies": self._listed(_currencies(self._snapshot)),
            "whys": self._whys(finding),
        }
        return gaps | {"question": self._filled(QUESTIONS[_asked(finding, self._snapshot)], **gaps)}

    def _elsewhere(self, finding: Finding) -> str:
        """Write the channels of the workspace in which the facts can be known, as a rule would."""
        channels = [
            one for one in self._snapshot.settings.channels if all(one in ref.fact.channels for ref in finding.facts)
        ]
        return json.dumps(channels)

    def _visitor(self, finding: Finding) -> str:
        """Describe the visitor within a sentence."""
        visitor = finding.visitor
        if visitor is None:
            return self._filled(WHO["somebody"])
        is_dated, is_mail = _is_of_time(finding, visitor, self._snapshot), finding.place.startswith("emails/")
        said = self._described(visitor, is_dated=is_dated, usual="email" if is_mail else "web")
        return self._filled(WHO["visitor"], told=said) if said else self._filled(WHO["anybody"])

    def _whys(self, finding: Finding) -> str:
        """Say of each entry of an empty slot what becomes of the last of its variants."""
        if finding.code != "no-content" or finding.visitor is None:
            return ""
        surface, _, slot = finding.place.rpartition("/")
        page = self._snapshot.surfaces[surface]
        trace = finding.visitor.decision(self._snapshot, page, trace=True).trace
        last = {step.entry: step for step in trace if step.slot == slot}
        explainer = Explainer(self._snapshot, finding.visitor.context(self._snapshot, page))
        whys = [self._why(explainer.explained(step)) for step in islice(last.values(), _WHYS)]
        more = [self._filled(WHO["more"], count=self._speaker.value(len(last) - _WHYS))] if len(last) > _WHYS else []
        return self._joined("clauses", [*whys, *more])

    def _why(self, found: Explanation) -> str:
        """Say what kept an entry, or the whole slot, away; what was found is said of the visitor already."""
        said = self._teller.outcome(found if found.step.outcome == "placeholder" else replace(found, ref=None))
        return self._filled(SAID["why"], name=found.step.entry, said=said) if found.step.entry else said

    def _sides(self, finding: Finding) -> str:
        """Say what each of two variants claims about the matter."""
        if finding.code != "contradiction" or not finding.variant or len(finding.by) != 1:
            return ""
        names = ((finding.entry, finding.variant), *finding.by)
        left, right = (self._claimed(entry, variant, finding.detail) for entry, variant in names)
        return self._filled(SAID["sides"], left=left, right=right)

    def _claimed(self, entry: str, variant: str, matter: str) -> str:
        claims = self._snapshot.entries[entry].variant(variant).claims
        kind, _, key = matter.partition(" of ")
        if kind == "discount":
            return shown_percent(claims.discount[key], self._language)
        if kind == "threshold":
            return self._speaker.value(claims.threshold[key])
        return self._filled(SAID["sold out" if key in claims.sold_out else "push"])

    def _pair(self, name: str, value: str) -> str:
        return self._filled(WHO["pair"], name=name, value=value)

    def _listed(self, items: Iterable[str]) -> str:
        return self._speaker.listed(list(items), "these")

    def _joined(self, joint: str, said: Sequence[str]) -> str:
        return reduce(lambda left, right: self._filled(JOINTS[joint], left=left, right=right), said) if said else ""

    def _filled(self, template: Words, **gaps: str) -> str:
        return filled(template[self._language], **gaps)


def _named(entry: str, variant: str) -> str:
    return f"{entry}:{variant}" if variant else entry


def _case(finding: Finding, snapshot: Snapshot) -> str:
    """Name the message: the code, and the cause where a code has several."""
    if finding.code == "not-proved":
        return f"not-proved {finding.detail}"
    if finding.code != "unreachable":
        return finding.code
    if not finding.by:
        return "unreachable by its segment" if _segment(finding) else "unreachable by itself"
    if snapshot.entries[finding.entry].variant(finding.variant).arm:
        return "unreachable as an arm"
    slots = ({entry.key for entry in slot.entries} for page in snapshot.surfaces.values() for slot in page.slots)
    beside = {key for keys in slots if finding.entry in keys for key in keys}
    return "unreachable by others" if {entry for entry, _ in finding.by} <= beside else "unreachable on the page"


def _segment(finding: Finding) -> str:
    """Name the segment that a variant asks for in vain, "" where it is not that alone."""
    alone = finding.clauses[0] if len(finding.clauses) == 1 and finding.entry else None
    return alone.key if isinstance(alone, InSegment) else ""


def _currencies(snapshot: Snapshot) -> list[str]:
    return sorted({market.currency for market in snapshot.settings.markets.values()})


def _reasons(finding: Finding, case: str, snapshot: Snapshot) -> Iterator[str]:
    """Name the sentences that follow the message."""
    if finding.clauses and case != "unreachable by its segment":
        is_past = any(test.ref.name == "now.date" for test in _tests(finding))
        yield "clauses" if len(finding.clauses) > 1 else "clause of time" if is_past else "clause"
    if any(_amounts(test) - set(_currencies(snapshot)) for test in _tests(finding)):
        yield "currencies"
    if case == "no-content" and finding.by:
        yield "kept away"
    if finding.visitor is None:
        return
    if case == "no-content" and not finding.by:
        yield "nothing fits"
    if finding.clauses:
        yield "closest"
    elif case == "contained":
        yield "only in"
    elif case in {"unreachable by others", "unreachable on the page", "wrong-channel"}:
        yield "instead" if finding.shown else "nothing instead"


def _hints(finding: Finding) -> Iterator[str]:
    """Name the sentences that follow the suggestion."""
    tested = {clause.ref.name if isinstance(clause, Test) else "" for clause in finding.clauses}
    if len(finding.clauses) > 1 and len(tested) == 1 and "" not in tested:
        yield "either"


def _tests(finding: Finding) -> Iterator[Test]:
    """List the tests of the parts that cannot be met."""
    for clause in finding.clauses:
        yield from (leaf for leaf in leaves(clause) if isinstance(leaf, Test))


def _amounts(test: Test) -> set[str]:
    """Name the currencies of the amounts that a test compares with."""
    return {operand.currency for operand in test.operands if isinstance(operand, Money)}


def _asked(finding: Finding, snapshot: Snapshot) -> str:
    """Name the question of what is not proved, by what it is about."""
    if finding.entry:
        return "variants" if finding.by else "variant"
    if finding.kind == "segment":
        return "segment"
    return "page" if finding.place in snapshot.surfaces else "slot"


def _is_of_time(finding: Finding, visitor: Visitor, snapshot: Snapshot) -> bool:
    """Say whether it could be otherwise at another moment."""
    if any(isinstance(value, date) for value in visitor.facts.values()):
        return True
    if not finding.place:
        keys = [finding.key, *(key for key, _ in finding.by)]
        return finding.kind != "segment" or any(_reads_clock(snapshot.segments[key], snapshot) for key in keys)
    surface, _, slot = finding.place.rpartition("/")
    reach = Reach.of(snapshot, snapshot.surfaces[surface], visitor.channel, slot)
    return bool(reach.edges) or any(ref.fact.origin is Origin.CLOCK for ref in reach.refs.values())


def _reads_clock(rule: Condition, snapshot: Snapshot) -> bool:
    named = (snapshot.segments[segment.key] for segment in segments_named(rule))
    reads = any(ref.fact.origin is Origin.CLOCK for ref in facts_read(rule))
    return reads or any(_reads_clock(one, snapshot) for one in named)
