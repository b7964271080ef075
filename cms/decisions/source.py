"""The page function: a plan as generated Python, compiled once for a page and channel.

A slot on which nothing but conditions decides becomes if and elif; where it has many variants all conditions of the
page's slots of that kind are tested at once as bits. Any other slot is chosen by `Choosing`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from cms.decisions.decision import Choice
from cms.decisions.plans import EntryPlan, PagePlan, SlotPlan, VariantPlan
from cms.experiments.experiment import Experiment
from cms.facts.context import Units
from cms.offers.offer import ALWAYS
from cms.segments.conditions import All, Condition
from cms.segments.masks import Masks
from cms.segments.python import PythonSource, define

MANY = 10  # variants of a slot from which on bits are faster than if and elif
Shown = tuple[tuple[Choice, ...], ...]  # by the number of the locale
PageFunction = Callable[..., Mapping[str, tuple[Choice, ...]]]


@dataclass(frozen=True, slots=True)
class Draw:
    """Lets an experiment pick where its control's variant has won."""

    experiment: Experiment
    control: Shown
    arms: Mapping[str, Shown]

    @property
    def audience(self) -> Condition | None:
        return self.experiment.audience

    @property
    def is_whole(self) -> bool:
        """Say whether every arm is written wherever control is: else control stands in for it."""
        arms = (zip(arm, self.control, strict=True) for arm in self.arms.values())
        return all(one is not control for arm in arms for one, control in arm)

    def by(self, units: Units) -> Shown:
        arm = self.experiment.draw(units)
        return self.control if arm is None else self.arms[arm.key]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A variant on which nothing but `conditions` decides: all have to hold."""

    conditions: tuple[Condition, ...]
    shown: Shown  # empty for a locale that it is not written for
    draw: Draw | None

    @property
    def condition(self) -> Condition:
        return self.conditions[0] if len(self.conditions) == 1 else All(self.conditions)

    @property
    def is_certain(self) -> bool:
        """Say whether its conditions alone tell what it shows, and what it shows why."""
        return all(self.shown) and (self.draw is None or (self.draw.audience is None and self.draw.is_whole))


class Bits:
    """The truths of conditions, as a number's bits."""

    __slots__ = ("_bits",)

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def __getitem__(self, place: int) -> bool:
        return bool(self._bits >> place & 1)


def page_function(plan: PagePlan, *, traced: bool, many: int = MANY) -> tuple[PageFunction, bool]:
    """Compile a plan.

    Args:
        plan: The page.
        traced: Let the function leave the steps of every slot with its `Choosing`.
        many: Conditions of a slot beyond which they are tested as bits.

    Returns:
        A function of a context and a `Choosing`, and whether it does without the latter.
    """
    source = _PageSource(plan, traced=traced, many=many)
    text = source.text()
    function: PageFunction = define(text, "page", source.names)
    return function, not source.needed


class _PageSource:
    def __init__(self, plan: PagePlan, *, traced: bool, many: int) -> None:
        conditions = [condition for slot in plan.slots for condition in slot.conditions]
        self._plan = plan
        self._source = PythonSource(plan.snapshot.segments, conditions, channel=plan.channel)
        self._traced = traced
        self._many = many
        self._rows: list[Condition] = []
        self.needed: set[str] = set()  # of a `Choosing`, by what is written

    @property
    def names(self) -> dict[str, object]:
        return self._source.names

    def text(self) -> str:
        body = [line for number, slot in enumerate(self._plan.slots) for line in self._slot(number, slot)]
        masks = Masks(self._source, self._plan.snapshot.segments, self._rows).lines() if self._rows else []
        shown = ", ".join(f"{slot.slot.key!r}: r{number}" for number, slot in enumerate(self._plan.slots))
        written = [*self._source.head(), *"\n".join(masks).splitlines(), *body]
        self.needed |= {"view"} if self._source.asks_view else set()
        lines = [
            "get, units = context.values.get, context.units",
            *[f"{name} = choosing.{name}" for name in sorted(self.needed)],
            f"l = {self._source.constant(self._plan.locales)}.get(context.locale, 0)",
            *written,
            f"return {{{shown}}}",
        ]
        return "\n".join(["def page(context, choosing):", *(f"    {line}" for line in lines)])

    def _slot(self, number: int, slot: SlotPlan) -> list[str]:
        is_deep = len(slot.conditions) > self._many
        candidates = self._candidates(slot)
        needs_certainty = is_deep or self._traced
        if candidates is None or (needs_certainty and not all(candidate.is_certain for candidate in candidates)):
            truths = self._bits(slot.conditions) if is_deep else self._tuple(slot.conditions)
            self.needed.add("fill")
            return [f"r{number} = fill({self._source.constant(slot)}, {truths})"]
        self.needed |= {"note"} if self._traced else set()
        noted = [f"note({self._source.constant(slot)}, r{number})"] if self._traced else []
        branches = [(f"not ({self._source.text(slot.slot.audience)})", "()")] if slot.slot.audience else []
        ruled = list(takewhile(lambda candidate: candidate.conditions, candidates)) if is_deep else []
        if ruled:
            window = self._window([candidate.condition for candidate in ruled])
            branches.append((f"(n := {window})", self._lowest(ruled)))
        branches += [self._branch(candidate) for candidate in candidates[len(ruled) :]]
        return _chain(f"r{number}", branches) + noted

    def _branch(self, candidate: _Candidate) -> tuple[str, str]:
        shown = self._source.constant(candidate.shown)
        tests = [self._source.text(part) for part in candidate.conditions]
        tests += [] if all(candidate.shown) else [f"{shown}[l]"]
        return " and ".join(f"({test})" for test in tests), self._value(candidate, shown)

    def _value(self, candidate: _Candidate, shown: str) -> str:
        if candidate.draw is None:
            everywhere = all(one is candidate.shown[0] for one in candidate.shown)
            return self._source.constant(candidate.shown[0]) if everywhere else f"{shown}[l]"
        drawn, audience = f"{self._source.constant(candidate.draw)}.by(units)", candidate.draw.audience
        return f"{drawn}[l]" if audience is None else f"({drawn} if ({self._source.text(audience)}) else {shown})[l]"

    def _lowest(self, candidates: Sequence[_Candidate]) -> str:
        """Write what the first of them that holds shows."""
        table = self._source.constant(tuple(candidate.draw or candidate.shown for candidate in candidates))
        first = f"{table}[(n & -n).bit_length() - 1]"
        if any(candidate.draw for candidate in candidates):
            return f"(k.by(units) if (k := {first}).__class__ is {self._source.constant(Draw)} else k)[l]"
        return f"{first}[l]"

    def _tuple(self, conditions: Sequence[Condition]) -> str:
        return "(" + "".join(f"{self._source.text(condition)}, " for condition in conditions) + ")"

    def _bits(self, conditions: Sequence[Condition]) -> str:
        return f"{self._source.constant(Bits)}({self._window(conditions)})"

    def _window(self, conditions: Sequence[Condition]) -> str:
        """Add rows to the page's bits, and write what takes theirs out of all."""
        first = len(self._rows)
        self._rows += conditions
        return f"m >> {first} & {(1 << len(conditions)) - 1:#x}"

    def _candidates(self, slot: SlotPlan) -> list[_Candidate] | None:
        """List what can be shown, in the order in which it is tried; None where more than conditions decide."""
        entries = [plan for plan in slot.entries if plan.bar is None]
        if slot.slot.count != 1 or not all(map(self._is_plain, entries)):
            return None
        if self._traced and (slot.audience is not None or any(map(_hides, entries))):
            return None
        found = [_candidate(plan, variant) for plan in entries for variant in plan.conditional]
        return found + [_candidate(plan, plan.default) for plan in entries if plan.default]

    def _is_plain(self, plan: EntryPlan) -> bool:
        """Say whether nothing but conditions decides on an entry, and showing it binds nothing else."""
        entry = plan.entry
        limits = (self._plan.page.max_offers, self._plan.snapshot.settings.pressure.max)
        is_free = entry.offer is None or (limits == (None, None) and entry.offer.exclusive is None)
        is_timeless = entry.schedule == ALWAYS and not entry.caps and entry.dismiss_for is None
        is_one = all(len(trials) == 1 for trials in plan.trials.values())
        return is_free and is_timeless and is_one and all(variant.is_constant for variant in plan.variants)


def _hides(plan: EntryPlan) -> bool:
    """Say whether what is shown does not tell how it came: who was shut out, or which experiment drew it."""
    experiments = [trial.experiment for trials in plan.trials.values() for trial in trials]
    drawn = [variant for experiment in experiments for variant in {arm.variant for arm in experiment.arms}]
    return plan.audience is not None or len(drawn) > len(set(drawn))


def _chain(result: str, branches: Sequence[tuple[str, str]]) -> list[str]:
    """Write if and elif; the first branch without a test ends them."""
    lines: list[str] = []
    for test, value in branches:
        if not test:
            return [*lines, "else:", f"    {result} = {value}"] if lines else [f"{result} = {value}"]
        lines += [f"{'elif' if lines else 'if'} {test}:", f"    {result} = {value}"]
    return [*lines, "else:", f"    {result} = ()"] if lines else [f"{result} = ()"]


def _candidate(plan: EntryPlan, variant: VariantPlan) -> _Candidate:
    ready, drawn = _shown(variant), _shown(variant, drawn=True)
    trials = plan.trials.get(variant.variant.key)
    draw = None
    if trials:
        arms = {
            arm.key: drawn
            if arm.variant == variant.variant.key
            else _or(_shown(plan.arms[arm.variant], drawn=True), ready)
            for arm in trials[0].experiment.arms
        }
        draw = Draw(trials[0].experiment, ready, arms)
    conditions = (plan.entry.audience, variant.variant.when)
    return _Candidate(tuple(condition for condition in conditions if condition is not None), ready, draw)


def _shown(variant: VariantPlan, *, drawn: bool = False) -> Shown:
    return tuple(() if form is None else form.drawn if drawn else form.ready for form in variant.forms)


def _or(shown: Shown, instead: Shown) -> Shown:
    return tuple(one or other for one, other in zip(shown, instead, strict=True))
