"""Eligibility: may this entry be a candidate, does this variant apply, and if not, why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from cms.components.body import Body, ProductRef, RailName, fills, nodes, placeholders
from cms.content.snapshot import Entry, Page, Snapshot, Variant
from cms.decisions.coherence import PageState
from cms.decisions.decision import Step
from cms.decisions.words import said_value, words_of_test
from cms.experiments.experiment import Arm, Experiment
from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.facts.signals import Product
from cms.offers.promises import facts_of, unconfirmed
from cms.rails.filling import REMINDERS, fill_rail, in_cart, parents_of
from cms.rails.rail import Rail
from cms.segments.conditions import Condition, facts_read, segments_named
from cms.segments.evaluate import Evaluator

COUNTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a candidate lost: a word, and what it hangs on."""

    outcome: str
    condition: Condition | None = None
    detail: str = ""
    rival: str = ""
    ref: FactRef | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A variant that applies, with its content and products."""

    variant: Variant
    locale: str
    body: Body
    rails: Mapping[str, tuple[Product, ...]] = field(default_factory=dict)
    items: Mapping[str, Product] = field(default_factory=dict)
    offered: tuple[Product, ...] = ()  # those that are news: neither what is viewed nor a reminder of the cart
    split: bool = False


class Judge:
    """Judges entries and variants for one decision."""

    def __init__(
        self,
        snapshot: Snapshot,
        page: Page,
        view: View,
        evaluator: Evaluator,
        state: PageState,
        *,
        held_out: bool,
    ) -> None:
        self.snapshot = snapshot
        self.page = page
        self.view = view
        self.evaluator = evaluator
        self.state = state
        self.held_out = held_out
        self.drew = snapshot.settings.holdout > 0
        self.chain = snapshot.settings.locales.get(view.context.locale, (snapshot.settings.default_locale,))
        self._barred: dict[str, Loss | None] = {}

    def is_private(self) -> bool:
        return self.drew or self.view.is_private()

    def barred(self, entry: Entry) -> Loss | None:
        """Say why an entry is no candidate at all; None if it is one."""
        if entry.key not in self._barred:
            self._barred[entry.key] = self._first_bar(entry)
        rival = self.state.rival_of(entry)
        return self._barred[entry.key] or (Loss(rival[0], rival=rival[1]) if rival else None)

    def _first_bar(self, entry: Entry) -> Loss | None:
        context, model = self.view.context, entry.component
        if context.channel not in model.channels:
            return Loss("channel", detail=context.channel)
        if self.page.stage in model.never or (self.page.stage == "payment" and model.display != "inline"):
            return Loss("stage", detail=self.page.stage)
        if not entry.schedule.holds(context.now):
            return Loss("schedule")
        if entry.audience is not None and self.evaluator.truth(entry.audience) is not True:
            return Loss("audience", condition=entry.audience)
        return self._capped(entry) or self._dismissed(entry)

    def _capped(self, entry: Entry) -> Loss | None:
        """Withhold an entry shown often enough, or nobody knows how often.

        What is counted is the last seven days; of another window it tells only that nothing was shown in a shorter one.
        """
        ref = builtin(f"shown[{entry.key}].last_7_days")
        for cap in entry.caps:
            shown = self.view.value(ref)
            counted = cap.every == COUNTED or (shown == 0 and (cap.every < COUNTED or self.view.context.rehearsed))
            if not counted or not isinstance(shown, int) or shown >= cap.max:
                return Loss("capped", ref=ref, detail=f"at most {cap.max} per {cap.per}")
        return None

    def _dismissed(self, entry: Entry) -> Loss | None:
        if entry.dismiss_for is None:
            return None
        ref = builtin(f"dismissed[{entry.key}]")
        when = self.view.value(ref)
        if isinstance(when, date) and self.view.today - when < entry.dismiss_for:
            return Loss("dismissed", ref=ref)
        return None

    def is_kept_back(self, entry: Entry) -> bool:
        """Say whether the visitor gets no personalization of an entry: held out, and the entry is no service."""
        return self.held_out and not entry.service

    def apply(self, entry: Entry, variant: Variant) -> Applied | Loss:
        """Judge one variant; the order of the checks is the order in which a marketer would ask."""
        if self.is_kept_back(entry) and not variant.default:
            return Loss("held-out")
        if variant.when is not None and self.evaluator.truth(variant.when) is not True:
            return Loss("when", condition=variant.when)
        if not variant.schedule.holds(self.view.context.now):
            return Loss("schedule")
        locale = next((locale for locale in self.chain if locale in variant.content), None)
        if locale is None:
            return Loss("content", detail=self.view.context.locale)
        return self._filled(entry, Applied(variant, locale, variant.content[locale]))

    def _filled(self, entry: Entry, applied: Applied) -> Applied | Loss:
        for gap in placeholders(applied.body):
            if not fills(self.view.value(gap.ref)):
                return Loss("placeholder", ref=gap.ref)
        promise = applied.variant.promise
        missing = unconfirmed(promise, self.view) if promise is not None else ""
        if missing:
            return Loss("promise", detail=missing)
        return self._coherent(entry, applied)

    def _coherent(self, entry: Entry, applied: Applied) -> Applied | Loss:
        contradiction = self.state.contradiction(applied.variant.claims)
        if contradiction is not None:
            return Loss("claims", detail=contradiction[0], rival=contradiction[1])
        stocked = self._with_products(entry, applied)
        if isinstance(stocked, Loss):
            return stocked
        if self.state.only_repeats(stocked.offered, self._at_hand):
            return Loss("repeats")
        return stocked

    def _with_products(self, entry: Entry, applied: Applied) -> Applied | Loss:
        rails: dict[str, tuple[Product, ...]] = {}
        items: dict[str, Product] = {}
        offered: list[Product] = []
        seen = self.state.seen
        for node in nodes(applied.body):
            if isinstance(node, RailName) and node.key not in rails:
                rail, kept_back = self.snapshot.rails[node.key], self.is_kept_back(entry)
                rails[node.key] = fill_rail(rail, self.view, seen, held_out=kept_back)
                if not rails[node.key] and not self.view.context.rehearsed:
                    return Loss("rail", detail=node.key)
                news = [product for product in rails[node.key] if self._is_news(product, rail)]
                offered += news
                seen |= parents_of(news)
            elif isinstance(node, ProductRef):
                product = self._product(node)
                if product is not None:
                    items[node.sku] = product
                    offered += [product] if node.gap is None else []
        missing = self._missing(entry, applied.body, items)
        return missing or replace(applied, rails=rails, items=items, offered=tuple(offered))

    def _product(self, node: ProductRef) -> Product | None:
        """Look up a product named by SKU or by a fact; one named by SKU that is sold out cannot be offered."""
        self.view.note_catalogue()
        named = node.sku if node.gap is None else self.view.value(node.gap.ref)
        product = (self.view.context.catalogue or {}).get(named) if isinstance(named, str) else None
        sold_out = product is not None and product.stock == 0 and node.gap is None
        return None if sold_out else product

    def _missing(self, entry: Entry, body: Body, items: Mapping[str, Product]) -> Loss | None:
        """Withhold what cannot be shown without a product that is not there; a rehearsal has no catalogue."""
        if self.view.context.rehearsed:
            return None
        for name, part in entry.component.fields.items():
            node = body.get(name)
            if part.required and isinstance(node, ProductRef) and node.sku not in items:
                return Loss("product", detail=node.sku)
        return None

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

    def drawn(self, entry: Entry, applied: Applied) -> Applied:
        """Let a running experiment pick the arm where its control's variant has won."""
        arm = None if self.is_kept_back(entry) else self._arm(entry, applied.variant)
        if arm is None:
            return applied
        if arm.variant == applied.variant.key:
            return replace(applied, split=True)
        outcome = self.apply(entry, entry.variant(arm.variant))
        return replace(outcome, split=True) if isinstance(outcome, Applied) else applied

    def _arm(self, entry: Entry, variant: Variant) -> Arm | None:
        """Draw from the experiments that compare with a variant; those of one layer share out its visitors."""
        for experiment in entry.experiments:
            if self._is_run(experiment, variant):
                self.drew = True
                arm = experiment.draw(self.view.context.units)
                if arm is not None:
                    return arm
        return None

    def _is_run(self, experiment: Experiment, variant: Variant) -> bool:
        if not experiment.running or experiment.control.variant != variant.key:
            return False
        return experiment.audience is None or self.evaluator.truth(experiment.audience) is True

    def needs_stale(self, entry: Entry, applied: Applied) -> bool:
        """Say whether a fact the variant needed was past its fresh age."""
        stale = self.view.stale_names()
        if not stale:
            return False
        conditions = [condition for condition in (entry.audience, applied.variant.when) if condition is not None]
        names = {name for condition in conditions for name in self._names(condition)}
        names |= {gap.ref.name for gap in placeholders(applied.body)}
        names |= {ref.name for ref in facts_of(applied.variant.promise)} if applied.variant.promise else set()
        return bool(names & stale)

    def _names(self, condition: Condition) -> set[str]:
        names = {ref.name for ref in facts_read(condition)}
        for named in segments_named(condition):
            names |= self._names(self.snapshot.segments[named.key])
        return names

    def step(self, slot: str, entry: str, variant: str, loss: Loss) -> Step:
        """Put a loss into words for the trace."""
        test, ref = loss.detail, loss.ref
        failing = self.evaluator.first_failing(loss.condition) if loss.condition is not None else None
        if failing is not None:
            found, wanted = failing
            test, ref = words_of_test(found, wanted=wanted), found.ref
        elif ref is not None and not test:
            test = ref.name
        seen = "" if ref is None else said_value(self.view.value(ref))
        observed = self._observed_at(ref)
        return Step(slot, entry, variant, loss.outcome, test, seen, observed, loss.rival)

    def _observed_at(self, ref: FactRef | None) -> str:
        seen = [self.view.context.observations.get(signal) for signal in (ref.fact.signals if ref else ())]
        moments = [observation.observed_at for observation in seen if observation is not None]
        return min(moments).isoformat() if moments else ""
