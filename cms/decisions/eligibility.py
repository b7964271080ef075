"""Eligibility: may this entry be a candidate, does this variant apply, and if not, why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Protocol

from cms.components.body import ProductRef, RailName, fills
from cms.content.snapshot import Entry, Snapshot
from cms.decisions.coherence import PageState
from cms.decisions.decision import Choice, Verdict
from cms.decisions.groups import holder
from cms.decisions.plans import EntryPlan, Form, PagePlan, VariantPlan
from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.signals import Product
from cms.offers.caps import withheld_by
from cms.offers.offer import ALWAYS
from cms.offers.pressure import over_budget
from cms.offers.promises import unconfirmed
from cms.rails.filling import REMINDERS, fill_rail, in_cart, parents_of
from cms.rails.rail import Rail

PRESSURE = builtin("pressure")


class Holds(Protocol):
    """Of each condition of a slot by its place, whether it is definitely true."""

    def __getitem__(self, place: int, /) -> bool: ...


_UNSCHEDULED, _HELD_OUT, _REPEATS = Verdict("schedule"), Verdict("held-out"), Verdict("repeats")


@dataclass(frozen=True, slots=True)
class Applied:
    """A variant that applies, with its products; `offered` are those that are news."""

    plan: VariantPlan
    form: Form
    rails: Mapping[str, tuple[Product, ...]] = field(default_factory=dict)
    items: Mapping[str, Product] = field(default_factory=dict)
    offered: tuple[Product, ...] = ()  # neither what is viewed nor a reminder of the cart
    split: bool = False

    @property
    def shown(self) -> tuple[Choice, ...]:
        """Give the one choice, as an answer holds it."""
        shown = self.form.drawn if self.split else self.form.ready
        if not self.form.parts:
            return shown
        return (replace(shown[0], rails=self.rails, items=self.items),)


class Judge:
    """Judges entries and variants for one decision."""

    def __init__(self, plan: PagePlan, view: View, state: PageState, *, held_out: bool) -> None:
        self.snapshot: Snapshot = plan.snapshot
        self.view = view
        self.state = state
        self.held_out = held_out
        self.drew = plan.snapshot.settings.holdout > 0
        self._now = view.context.now
        self._values = view.context.values
        self._locale = plan.locales.get(view.context.locale, 0)
        self._barred: dict[str, Verdict | None] = {}

    def barred(self, plan: EntryPlan, holds: Holds) -> Verdict | None:
        """Say why an entry is no candidate at all; None if it is one."""
        key = plan.entry.key
        if key not in self._barred:
            self._barred[key] = plan.bar or self._first_bar(plan, holds)
        return self._barred[key] or (None if plan.entry.offer is None else self._kept_off(plan))

    def _first_bar(self, plan: EntryPlan, holds: Holds) -> Verdict | None:
        entry = plan.entry
        if entry.schedule is not ALWAYS and not entry.schedule.holds(self._now):
            return _UNSCHEDULED
        if plan.audience is not None and not holds[plan.audience]:
            return plan.unmet
        cap = withheld_by(entry.caps, entry.key, self.view) if entry.caps else None
        if cap is not None:
            return Verdict("capped", ref=plan.shown, detail=f"at most {cap.max} per {cap.per}")
        # One that is not told of was never closed, or nobody knows: either way it does not keep the entry away.
        if entry.dismiss_for is not None and plan.dismissed.name in self._values:
            when = self.view.value(plan.dismissed)
            if isinstance(when, date) and self.view.today - when < entry.dismiss_for:
                return Verdict("dismissed", ref=plan.dismissed)
        return None

    def _kept_off(self, plan: EntryPlan) -> Verdict | None:
        """Say what keeps an offer off: the page's others, an offer that holds its group, or too much pressure."""
        rival = self.state.rival_of(plan.entry)
        if rival is not None:
            return rival
        held = holder(plan.entry, self.snapshot, self.view)
        if held is not None:
            return Verdict("exclusive", rival=held)
        pressure = self.snapshot.settings.pressure
        if over_budget(pressure, plan.weight, self.view, taken=self.state.weight):
            return Verdict("pressure", ref=PRESSURE, detail=f"at most {pressure.max}")
        return None

    def is_kept_back(self, entry: Entry) -> bool:
        """Say whether the visitor gets no personalization of an entry: held out, and the entry is no service."""
        return self.held_out and not entry.service

    def apply(self, plan: EntryPlan, candidate: VariantPlan, holds: Holds) -> Applied | Verdict:
        """Judge one variant; the order of the checks is the order in which a marketer would ask."""
        variant = candidate.variant
        if self.held_out and not variant.default and self.is_kept_back(plan.entry):
            return _HELD_OUT
        if candidate.when is not None and not holds[candidate.when]:
            return candidate.unmet
        if variant.schedule is not ALWAYS and not variant.schedule.holds(self._now):
            return _UNSCHEDULED
        form = candidate.forms[self._locale]
        if form is None:
            return Verdict("content", detail=self.view.context.locale)
        return self._lacking(candidate, form) or self._stocked(plan.entry, candidate, form)

    def _lacking(self, candidate: VariantPlan, form: Form) -> Verdict | None:
        """Name what the words need and do not have: a value for each gap, commerce's word, no contradiction."""
        for ref in form.gaps:
            if not fills(self.view.value(ref)):
                return Verdict("placeholder", ref=ref)
        promise = candidate.variant.promise
        missing = unconfirmed(promise, self.view) if promise is not None else ""
        if missing:
            return Verdict("promise", detail=missing)
        return self.state.contradiction(candidate.variant.claims)

    def _stocked(self, entry: Entry, candidate: VariantPlan, form: Form) -> Applied | Verdict:
        """Find the products; what only repeats others is passed over."""
        if not form.parts:
            return Applied(candidate, form)
        stocked = self._with_products(entry, candidate, form)
        if isinstance(stocked, Applied) and self.state.only_repeats(stocked.offered, self._at_hand):
            return _REPEATS
        return stocked

    def _with_products(self, entry: Entry, candidate: VariantPlan, form: Form) -> Applied | Verdict:
        rails: dict[str, tuple[Product, ...]] = {}
        items: dict[str, Product] = {}
        offered: list[Product] = []
        seen = self.state.seen
        for node in form.parts:
            if isinstance(node, RailName) and node.key not in rails:
                rail, kept_back = self.snapshot.rails[node.key], self.is_kept_back(entry)
                rails[node.key] = fill_rail(rail, self.view, seen, held_out=kept_back)
                if not rails[node.key] and not self.view.context.rehearsed:
                    return Verdict("rail", detail=node.key)
                news = [product for product in rails[node.key] if self._is_news(product, rail)]
                offered += news
                seen |= parents_of(news)
            elif isinstance(node, ProductRef):
                product = self._product(node)
                if product is not None:
                    items[node.sku] = product
                    offered += [product] if node.gap is None else []
        missing = next((node for node in form.required if node.sku not in items), None)
        if missing is not None and not self.view.context.rehearsed:  # a rehearsal has no catalogue
            return Verdict("product", detail=missing.sku)
        return Applied(candidate, form, rails, items, tuple(offered))

    def _product(self, node: ProductRef) -> Product | None:
        """Look up a product named by SKU or by a fact; one named by SKU that is sold out cannot be offered."""
        self.view.note_catalogue()
        named = node.sku if node.gap is None else self.view.value(node.gap.ref)
        product = (self.view.context.catalogue or {}).get(named) if isinstance(named, str) else None
        sold_out = product is not None and product.stock == 0 and node.gap is None
        return None if sold_out else product

    def _is_news(self, product: Product, rail: Rail) -> bool:
        """Say whether a rail offers a product; what a reminder shows of the cart is there already."""
        return rail.strategy not in REMINDERS or product.family not in self._in_cart

    @cached_property
    def _in_cart(self) -> frozenset[str]:
        return in_cart(self.view, self.view.context.catalogue or {})

    @cached_property
    def _at_hand(self) -> frozenset[str]:
        """Name what the visitor has in the cart or bought since yesterday."""
        catalogue = self.view.context.catalogue or {}
        latest = (sku for sku, when in self.view.members("bought") if isinstance(when, date) and self._is_recent(when))
        return self._in_cart | parents_of(catalogue[sku] for sku in latest if sku in catalogue)

    def _is_recent(self, when: date) -> bool:
        return (self.view.today - when).days <= 1

    def drawn(self, plan: EntryPlan, applied: Applied, holds: Holds) -> tuple[Applied, str, Verdict | None]:
        """Let a running experiment pick the arm where its control's variant has won.

        Experiments that compare with one variant are asked in turn; those of one layer share out its visitors.

        Returns:
            What is shown, the variant drawn ("" if none was), and why that cannot be shown if it is not.
        """
        for trial in plan.trials.get(applied.plan.variant.key, ()):
            if self.is_kept_back(plan.entry) or (trial.audience is not None and not holds[trial.audience]):
                continue
            self.drew = True
            arm = trial.experiment.draw(self.view.context.units)
            if arm is None:
                continue
            if arm.variant == applied.plan.variant.key:
                return replace(applied, split=True), arm.variant, None
            outcome = self.apply(plan, plan.arms[arm.variant], holds)
            if isinstance(outcome, Applied):
                return replace(outcome, split=True), arm.variant, None
            return applied, arm.variant, outcome
        return applied, "", None
