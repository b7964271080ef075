"""Telling: what became of a candidate, what it hangs on and what would flip it, in sentences and as data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from cms.counterfactuals import ANOTHER, UNCHANGEABLE, Change
from cms.explanations.explaining import Choice, Explanation
from cms.explanations.notation import said_seen, said_test, said_value
from cms.explanations.words import CAPS, CHANGES, FOUND, MATTERS, OUTCOMES, SOURCES, TOLD, UNKNOWN
from cms.facts.formats import shown_age, shown_duration
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from cms.segments.phrases import Words, filled
from cms.segments.sentences import Speaker, Titles

Changes = Sequence[Change]
_ANYTHING: Mapping[Value, str] = {ANOTHER: "any", frozenset({ANOTHER}): "any word"}


class Teller:
    """Tells of decisions in one language."""

    def __init__(self, titles: Titles, language: str) -> None:
        self._speaker = Speaker(titles, language)
        self.language = self._speaker.language

    @property
    def nothing(self) -> str:
        return self._filled(FOUND["nothing"])

    def place(self, page: str, stage: str) -> str:
        return self._filled(FOUND["place"], page=page, stage=stage)

    def step(self, found: Explanation) -> str:
        """Say what became of one candidate, with its name: `- club:near: its rule does not match: …`."""
        step = found.step
        name = ":".join(part for part in (step.entry, step.variant) if part) or self._filled(FOUND["the slot"])
        mark = "+" if step.outcome == "chosen" else "-"
        return f"{mark} {self._filled(FOUND['step'], name=name, said=self.outcome(found))}"

    def outcome(self, found: Explanation) -> str:
        """Say why a candidate lost, what was found instead, who told it and when."""
        step = found.step
        lost_to_itself = (step.outcome, step.rival) == ("outranked", step.entry)
        said = self._filled(FOUND["itself"] if lost_to_itself else OUTCOMES[step.outcome], **self._gaps(found))
        if found.ref is None:
            return said
        if found.choice is not None:
            return self._filled(FOUND["each"], said=said, seen=self._each(found.choice))
        if found.seen is None:
            sources = self._listed(found.sources)
            return self._filled(FOUND["unknown"], said=said, why=self._filled(UNKNOWN[found.why], sources=sources))
        return self._filled(FOUND["known"], said=said, seen=self._speaker.value(found.seen), told=self._told(found))

    def _gaps(self, found: Explanation) -> dict[str, str]:
        verdict = found.step.verdict
        return {
            "test": self._test(found),
            "fact": self._speaker.fact(found.ref) if found.ref is not None else "",
            "cap": self._cap(found),
            "matter": self.matter(verdict.detail),
            "detail": verdict.detail,
            "rival": verdict.rival,
        }

    def _test(self, found: Explanation) -> str:
        if found.choice is not None:
            return self._speaker.condition(found.choice.condition, wanted=found.choice.wanted)
        return self._speaker.condition(found.test, wanted=found.wanted) if found.test is not None else ""

    def _each(self, choice: Choice) -> str:
        return self._speaker.listed(
            [
                self._filled(FOUND["one"], fact=self._speaker.fact(ref), seen=self._speaker.value(seen))
                for ref, seen in choice.seen
            ],
            "these",
        )

    def _cap(self, found: Explanation) -> str:
        if found.cap is None:
            return found.step.verdict.detail
        window = shown_duration(found.cap.every, self.language)
        return self._filled(CAPS[found.cap.per], max=self._speaker.value(found.cap.max), window=window)

    def matter(self, detail: str) -> str:
        """Say what two claims differ about, or what commerce has to confirm: `threshold of free-shipping`."""
        kind, _, key = detail.partition(" ")
        return self._filled(MATTERS[kind], key=key.removeprefix("of ")) if kind in MATTERS else detail

    def _told(self, found: Explanation) -> str:
        single = found.source if found.source in TOLD else ""
        told = self._filled(TOLD[single], sources=self._listed(found.sources))
        return told if found.age is None else self._filled(FOUND["told"], told=told, age=self._age(found.age))

    def _age(self, age: timedelta) -> str:
        return shown_age(age, self.language)

    def _listed(self, sources: Iterable[str]) -> str:
        return self._speaker.listed([self._filled(SOURCES[source]) for source in sources], "these")

    def change(self, found: Explanation, changes: Changes | None) -> str:
        """Say the smallest change with which a candidate would be shown; "" where there can be none."""
        # An arm is drawn: that nothing else was found says no more.
        if found.step.outcome in UNCHANGEABLE or (found.step.outcome == "not-drawn" and not changes):
            return ""
        if not changes:
            return self._filled(CHANGES["none"])
        parts = (part for change in changes for part in self._changed(change))
        return self._filled(CHANGES["would"], changes=self._joined(CHANGES["and"], parts))

    def _changed(self, change: Change) -> Iterator[str]:
        if change.what in {"now", "locale"}:
            yield self._filled(CHANGES[change.what], to=self._speaker.value(change.now or change.to))
            return
        seen, to, fact = change.seen, change.to, self._named(change)
        if isinstance(seen, frozenset) and isinstance(to, frozenset):
            for key, words in (("added", to - seen), ("removed", seen - to)):
                if words:
                    yield self._filled(CHANGES[key], fact=fact, words=self.value(words))
            return
        difference = _difference(seen, to)
        size = "" if difference is None else self._speaker.value(_size(difference))
        key = _kind(seen, to, difference)
        yield self._filled(CHANGES[key], fact=fact, seen=self.value(seen), to=self.value(to), difference=size)

    def _named(self, change: Change) -> str:
        if change.ref is not None:
            return self._speaker.fact(change.ref)
        return self._filled(CHANGES[_part(change)], key=self._speaker.text(change.sku))

    def value(self, value: Value | None) -> str:
        """Say a value; that of which only matters that no rule names it is `something else`."""
        anything = self._filled(CHANGES["anything"])
        if isinstance(value, frozenset) and value:
            named = [self._speaker.text(word) for word in sorted(value) if not word.startswith(ANOTHER)]
            return self._speaker.listed([*named, *[anything] * (len(named) < len(value))], "these")
        return anything if value == ANOTHER else self._speaker.value(value)

    def _joined(self, template: Words, said: Iterable[str]) -> str:
        return reduce(lambda left, right: self._filled(template, left=left, right=right), said)

    def _filled(self, template: Words, **gaps: str) -> str:
        return filled(template[self.language], **gaps)

    def data(self, found: Explanation, changes: Changes | None = ()) -> dict[str, Any]:
        """Give a step as data, without what it has nothing to say about; `said` is all of it in a sentence.

        Args:
            found: The step.
            changes: The smallest change that flips it; None: none was found, empty: nobody looked.
        """
        step, said = found.step, self.outcome(found)
        change = self.change(found, changes) if changes or changes is None else ""
        told = {
            "slot": step.slot,
            "entry": step.entry,
            "variant": step.variant,
            "outcome": step.outcome,
            "test": said_test(found),
            "seen": said_seen(found),
            "source": found.source,
            "observed_at": found.observed_at.isoformat() if found.observed_at else "",
            "age_s": None if found.age is None else max(0, int(found.age.total_seconds())),
            "rival": step.rival,
            "change": [_told(change) for change in changes or ()],
            "said": self._filled(FOUND["whole"], said=said, change=change) if change else said,
        }
        return {name: value for name, value in told.items() if value not in ("", None, [])}


def _told(change: Change) -> dict[str, str]:
    name = f"catalogue[{change.sku}].{_part(change)}" if change.what == "catalogue" else change.name
    to = change.now.isoformat() if change.now is not None else said_value(change.to)
    seen = "" if change.what == "now" else said_value(change.seen)
    return {"fact": name} | ({"from": seen} if seen else {}) | {"to": to}


def _part(change: Change) -> str:
    return "price" if isinstance(change.to, Money) else "stock"


def _kind(seen: Value | None, to: Value | None, difference: Money | Decimal | int | None) -> str:
    """Name the sentence in which a change is said."""
    if difference is not None:
        return "lower" if _is_negative(difference) else "higher"
    if to is None or isinstance(to, bool):
        return "unknown" if to is None else "bool"
    if to is NEVER or to == frozenset():
        return "never" if to is NEVER else "empty"
    if isinstance(to, date):
        return "date" if isinstance(seen, date) else "happened"
    if seen is None:
        return _ANYTHING.get(to, "known")
    return "other"


def _difference(seen: Value | None, to: Value | None) -> Money | Decimal | int | None:
    """Subtract amounts of one currency, or numbers; None where it is neither."""
    if isinstance(seen, bool) or isinstance(to, bool):
        return None
    if isinstance(seen, Money) and isinstance(to, Money):
        return Money(to.minor - seen.minor, to.currency) if to.currency == seen.currency else None
    if isinstance(seen, int | Decimal) and isinstance(to, int | Decimal):
        return to - seen
    return None


def _is_negative(difference: Money | Decimal | int) -> bool:
    return (difference.minor if isinstance(difference, Money) else difference) < 0


def _size(difference: Money | Decimal | int) -> Value:
    if isinstance(difference, Money):
        return Money(abs(difference.minor), difference.currency)
    return difference.copy_abs() if isinstance(difference, Decimal) else abs(difference)
