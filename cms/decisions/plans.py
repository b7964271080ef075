"""Plans: a page prepared for one channel, with all that no visitor can change worked out once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from cms.components.body import Body, ProductRef, RailName, nodes, placeholders
from cms.content.snapshot import Entry, Page, Slot, Snapshot, Variant
from cms.decisions.decision import Choice, Reason, Step, Verdict
from cms.experiments.experiment import Experiment
from cms.facts.builtin import builtin
from cms.facts.declarations import FactRef
from cms.offers.offer import ALWAYS, Claims
from cms.offers.pressure import Pressure
from cms.segments.conditions import Condition

_NO_CLAIMS = Claims()


@dataclass(frozen=True, slots=True)
class Form:
    """A variant as written in one locale. `ready` is how it is shown, but for what rails and products add to it."""

    ready: tuple[Choice, ...]  # one
    drawn: tuple[Choice, ...]  # the same as an experiment's draw
    gaps: tuple[FactRef, ...]
    parts: tuple[RailName | ProductRef, ...]
    required: tuple[ProductRef, ...]  # of which none may be missing

    @property
    def is_constant(self) -> bool:
        return not self.gaps and not self.parts


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """A variant; `when` is the place of its condition among the slot's, None where it has none."""

    variant: Variant
    when: int | None
    unmet: Verdict
    forms: tuple[Form | None, ...]  # by the number of the request's locale; None: not written for it

    @property
    def is_constant(self) -> bool:
        """Say whether nothing but the condition decides whether it applies, and all see it alike."""
        variant = self.variant
        open_to_all = variant.promise is None and variant.schedule == ALWAYS and variant.claims == _NO_CLAIMS
        return open_to_all and all(form is None or form.is_constant for form in self.forms)


@dataclass(frozen=True, slots=True)
class Trial:
    """A running experiment; `audience` is the place of its condition, None where everybody is in."""

    experiment: Experiment
    audience: int | None


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """An entry; `bar` is set where the page or channel never shows it. `trials` are by their control's variant.

    `shown` and `dismissed` are the facts that count it; `weight` is that of one impression here.
    """

    entry: Entry
    bar: Verdict | None
    audience: int | None
    unmet: Verdict
    shown: FactRef
    dismissed: FactRef
    weight: int
    conditional: tuple[VariantPlan, ...]
    default: VariantPlan | None
    arms: Mapping[str, VariantPlan]
    trials: Mapping[str, tuple[Trial, ...]]

    @property
    def variants(self) -> Iterable[VariantPlan]:
        return (*self.conditional, *([self.default] if self.default else ()), *self.arms.values())


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A slot; `conditions` are all that its entries ask, each once, and the plans refer to them by place.

    `traces` are the steps that lead to what is shown, by its identity, where that alone tells them.
    """

    slot: Slot
    audience: int | None
    entries: tuple[EntryPlan, ...]
    conditions: tuple[Condition, ...]
    traces: dict[int, tuple[Step, ...]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A page for one channel. `locales` numbers the requests' locales; all others are number 0."""

    snapshot: Snapshot
    page: Page
    channel: str
    locales: Mapping[str, int]
    slots: tuple[SlotPlan, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, page: Page, channel: str) -> Self:
        settings = snapshot.settings
        chains = [(settings.default_locale,), *settings.locales.values()]
        locales = {locale: number for number, locale in enumerate(settings.locales, 1)}
        planner = _Planner(page, channel, chains, settings.pressure)
        return cls(snapshot, page, channel, locales, tuple(map(planner.slot, page.slots)))


class _Planner:
    def __init__(self, page: Page, channel: str, chains: list[tuple[str, ...]], pressure: Pressure) -> None:
        self._pressure = pressure
        self._page = page
        self._channel = channel
        self._chains = chains
        self._conditions: dict[int, tuple[int, Condition]] = {}

    def slot(self, slot: Slot) -> SlotPlan:
        self._conditions = {}
        audience = self._place(slot.audience)
        entries = tuple(map(self._entry, slot.entries))
        return SlotPlan(slot, audience, entries, tuple(condition for _, condition in self._conditions.values()))

    def _place(self, condition: Condition | None) -> int | None:
        """Number a condition within its slot; the same object has one number."""
        if condition is None:
            return None
        return self._conditions.setdefault(id(condition), (len(self._conditions), condition))[0]

    def _entry(self, entry: Entry) -> EntryPlan:
        audience = self._place(entry.audience)
        plans = {variant.key: self._variant(entry, variant) for variant in entry.variants}
        trials: dict[str, tuple[Trial, ...]] = {}
        for experiment in entry.experiments:
            if experiment.running:
                trial = Trial(experiment, self._place(experiment.audience))
                trials[experiment.control.variant] = (*trials.get(experiment.control.variant, ()), trial)
        return EntryPlan(
            entry,
            self._bar(entry),
            audience,
            Verdict("audience", condition=entry.audience),
            builtin(f"shown[{entry.key}].last_7_days"),
            builtin(f"dismissed[{entry.key}]"),
            self._pressure.weight(entry.component.display, self._channel),
            tuple(plan for plan in plans.values() if not plan.variant.arm and not plan.variant.default),
            next((plan for plan in plans.values() if plan.variant.default), None),
            {key: plan for key, plan in plans.items() if plan.variant.arm},
            trials,
        )

    def _bar(self, entry: Entry) -> Verdict | None:
        model = entry.component
        if self._channel not in model.channels:
            return Verdict("channel", detail=self._channel)
        if self._page.stage in model.never or (self._page.stage == "payment" and model.display != "inline"):
            return Verdict("stage", detail=self._page.stage)
        return None

    def _variant(self, entry: Entry, variant: Variant) -> VariantPlan:
        written = {locale: _form(entry, variant, locale, body) for locale, body in variant.content.items()}
        firsts = (next((locale for locale in chain if locale in written), None) for chain in self._chains)
        forms = tuple(None if first is None else written[first] for first in firsts)
        return VariantPlan(variant, self._place(variant.when), Verdict("when", condition=variant.when), forms)


def _form(entry: Entry, variant: Variant, locale: str, body: Body) -> Form:
    model = entry.component
    choice = Choice(
        entry.key, model.key, variant.key, locale, _reason(entry, variant), body, model.dismissible, model.display
    )
    fields = ((part, body.get(name)) for name, part in model.fields.items())
    return Form(
        ready=(choice,),
        drawn=(replace(choice, reason=Reason.SPLIT),),
        gaps=tuple({gap.ref.name: gap.ref for gap in placeholders(body)}.values()),
        parts=tuple(node for node in nodes(body) if isinstance(node, RailName | ProductRef)),
        required=tuple(node for part, node in fields if part.required and isinstance(node, ProductRef)),
    )


def _reason(entry: Entry, variant: Variant) -> Reason:
    if len(entry.variants) == 1:
        return Reason.STATIC
    return Reason.DEFAULT if variant.default else Reason.TARGETING_MATCH
