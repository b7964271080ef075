"""Choosing written down as slowly and obviously as the design says it: what the engine is compared with.

Nothing is compiled, remembered or skipped here. Conditions are read by the reference evaluator; what is not choosing,
the filling of a rail and the clash of two claims, is taken as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import mmh3

from cms.components.body import Body, ProductRef, RailName, fills, nodes, placeholders
from cms.content.snapshot import Entry, Page, Slot, Snapshot, Variant
from cms.experiments.experiment import Experiment
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef
from cms.facts.signals import Product
from cms.offers.offer import Claims, Promise
from cms.rails.filling import REMINDERS, fill_rail
from cms.segments.conditions import Condition, facts_read, segments_named
from cms.segments.evaluate import Evaluator


@dataclass(frozen=True)
class Shown:
    """One entry in a slot: the variant, why, in which language, and its products; `news` are the parents offered."""

    entry: Entry
    variant: Variant
    locale: str
    skus: tuple[str, ...] = ()
    news: frozenset[str] = frozenset()
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.entry.key}:{self.variant.key} {self.reason} {self.locale} {' '.join(self.skus)}".strip()


@dataclass
class Obvious:
    """One page for one visitor.

    `lost` says why what was tried is not shown, by slot, entry and variant; of an entry that is no candidate the
    variant is "", and so is the entry of a slot that is not for this visitor.
    """

    snapshot: Snapshot
    page: Page
    context: DecisionContext
    so_far: list[Shown] = field(default_factory=list)
    lost: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def decide(self) -> dict[str, list[Shown]]:
        self.view = View(self.context)
        self.true = Evaluator(self.snapshot.segments, self.view).truth
        return {slot.key: self.fill(slot) for slot in self.page.slots}

    def fill(self, slot: Slot) -> list[Shown]:
        if slot.audience is not None and self.true(slot.audience) is not True:
            self.lost[slot.key, "", ""] = "audience"
            return []
        shown: list[Shown] = []
        for _ in range(slot.count):
            left = [entry for entry in slot.entries if entry not in [one.entry for one in shown]]
            tries = [(entry, default) for default in (False, True) for entry in left]
            found = next(filter(None, (self.of_entry(slot, entry, default=default) for entry, default in tries)), None)
            if found is None:
                break
            shown.append(found)
            self.so_far.append(found)
        return shown

    def of_entry(self, slot: Slot, entry: Entry, *, default: bool) -> Shown | None:
        """Give the first variant that applies, among the default alone or among all others."""
        bar = self.bar(entry)
        if bar:
            self.lost = {key: why for key, why in self.lost.items() if key[:2] != (slot.key, entry.key)}
            self.lost[slot.key, entry.key, ""] = bar
            return None
        for variant in entry.variants:
            if variant.arm or variant.default is not default:
                continue
            outcome = self.applied(entry, variant)
            if isinstance(outcome, Shown):
                return self.drawn(outcome)
            self.lost[slot.key, entry.key, variant.key] = outcome
        return None

    def bar(self, entry: Entry) -> str:
        """Say why an entry is no candidate; "" if it is one."""
        model, stage, limit = entry.component, self.page.stage, self.page.max_offers
        shown, dismissed = self.fact(f"shown[{entry.key}].last_7_days"), self.fact(f"dismissed[{entry.key}]")
        closed = (self.view.today - dismissed).days if isinstance(dismissed, date) else None
        offers = [one.entry.offer for one in self.so_far if one.entry.offer]
        groups = [offer.exclusive for offer in offers if offer.exclusive]
        bars = {
            "channel": self.context.channel not in model.channels,
            "stage": stage in model.never or (stage == "payment" and model.display != "inline"),
            "schedule": not holds(entry.schedule, self.context),
            "audience": entry.audience is not None and self.true(entry.audience) is not True,
            "capped": any(shown is None or shown >= cap.max for cap in entry.caps),
            "dismissed": entry.dismiss_for and closed is not None and closed < entry.dismiss_for.days,
            "max-offers": entry.offer and limit is not None and len(offers) >= limit,
            "exclusive": entry.offer and entry.offer.exclusive in groups,
        }
        return next((why for why, is_so in bars.items() if is_so), "")

    def applied(self, entry: Entry, variant: Variant) -> Shown | str:
        """Give a variant with its content if it applies, else the first reason why it does not."""
        chain = self.snapshot.settings.locales[self.context.locale]
        locale = next((locale for locale in chain if locale in variant.content), "")
        body = variant.content.get(locale, {})
        losses = {
            "held-out": self.kept_back(entry) and not variant.default,
            "when": variant.when is not None and self.true(variant.when) is not True,
            "schedule": not holds(variant.schedule, self.context),
            "content": not locale,
            "placeholder": not all(fills(self.view.value(gap.ref)) for gap in placeholders(body)),
            "promise": variant.promise is not None and not self.keeps(variant.promise),
            "claims": any(clash(variant.claims, one.variant.claims) for one in self.so_far),
        }
        lost = next((why for why, is_so in losses.items() if is_so), "")
        return lost or self.stocked(Shown(entry, variant, locale), body)

    def stocked(self, shown: Shown, body: Body) -> Shown | str:
        """Fill the rails and find the products of a body; all that it offers may not be known already."""
        catalogue, rails, named, news = self.context.catalogue or {}, dict[str, tuple[Product, ...]](), [], set[str]()
        for node in nodes(body):
            if isinstance(node, RailName) and node.key not in rails:
                rail, kept_back = self.snapshot.rails[node.key], self.kept_back(shown.entry)
                rails[node.key] = fill_rail(rail, self.view, frozenset(self.seen() | news), held_out=kept_back)
                if not rails[node.key] and not self.context.rehearsed:
                    return "rail"
                repeats = self.cart() if rail.strategy in REMINDERS else set()
                news |= {product.family for product in rails[node.key]} - repeats
            elif isinstance(node, ProductRef):
                product = catalogue.get(str(self.view.value(node.gap.ref) if node.gap else node.sku))
                if product is not None and (node.gap or product.stock != 0):
                    named.append(product)
                    news |= set() if node.gap else {product.family}
                elif not self.context.rehearsed and node in required(shown.entry, body):
                    return "product"
        if news and news <= self.seen() | self.cart() | self.bought_since_yesterday():
            return "repeats"
        skus = dict.fromkeys(product.sku for products in (*rails.values(), named) for product in products)
        reason = self.reason(shown.entry, shown.variant, body)
        return Shown(shown.entry, shown.variant, shown.locale, tuple(skus), frozenset(news), reason)

    def drawn(self, control: Shown) -> Shown:
        """Let the first experiment that has this visitor pick the arm in place of the control."""
        for experiment in control.entry.experiments if not self.kept_back(control.entry) else ():
            if control.variant.key == experiment.control.variant and experiment.running:
                variant = self.arm(experiment)
                if variant is not None:
                    same = variant == control.variant.key
                    shown = control if same else self.applied(control.entry, control.entry.variant(variant))
                    return Shown(**{**vars(shown), "reason": "SPLIT"}) if isinstance(shown, Shown) else control
        return control

    def arm(self, experiment: Experiment) -> str | None:
        unit = getattr(self.context.units, experiment.unit)
        if unit is None or (experiment.audience is not None and self.true(experiment.audience) is not True):
            return None
        first, last = experiment.layer_buckets
        if experiment.layer and not first <= bucket(f"layer:{experiment.layer}", unit) <= last:
            return None
        if bucket(f"{experiment.key}#gate", unit) >= experiment.traffic * 100:
            return None
        place = bucket(f"{experiment.key}#arm", unit)
        return next((arm.variant for arm in experiment.arms if arm.buckets[0] <= place <= arm.buckets[1]), None)

    def kept_back(self, entry: Entry) -> bool:
        unit = self.context.units.customer or self.context.units.visitor
        held_out = unit is not None and bucket("holdout", unit) < self.snapshot.settings.holdout * 100
        return held_out and not entry.service

    def keeps(self, promise: Promise) -> bool:
        """Say whether commerce confirms all of a promise now."""
        catalogue, running = self.context.catalogue or {}, self.fact("shop.promotions") or frozenset()
        thresholds, viewed = self.context.thresholds, self.fact("page.product")
        prices = {sku: product.price for sku, product in catalogue.items()}
        if viewed is not None and viewed not in prices:
            prices[viewed] = self.fact("product.price")
        return (
            (promise.promotion is None or promise.promotion in running)
            and all(amount in thresholds.get(key, ()) for key, amount in promise.threshold.items())
            and all(prices.get(sku) == amount for sku, amount in promise.price.items())
            and all(amount.currency == self.context.currency for amount in promise.price.values())
            and all((self.fact(f"stock[{sku}]") or 0) > 0 for sku in promise.stock)
        )

    def reason(self, entry: Entry, variant: Variant, body: Body) -> str:
        if len(entry.variants) == 1:
            return "STATIC"
        if variant.default:
            return "DEFAULT"
        stale = {signal for signal, seen in self.context.observations.items() if seen.stale}
        needed = [*self.reads(entry.audience), *self.reads(variant.when), *(gap.ref for gap in placeholders(body))]
        needed += map(builtin, promised(variant.promise)) if variant.promise else []
        known = (ref for ref in needed if self.view.value(ref) is not None)
        return "STALE" if any(ref.fact.signals & stale for ref in known) else "TARGETING_MATCH"

    def reads(self, condition: Condition | None) -> Iterable[FactRef]:
        if condition is not None:
            yield from facts_read(condition)
            for named in segments_named(condition):
                yield from self.reads(self.snapshot.segments[named.key])

    def fact(self, name: str) -> object:
        return self.view.value(builtin(name))

    def seen(self) -> frozenset[str]:
        return frozenset().union(*(one.news for one in self.so_far))

    def cart(self) -> set[str]:
        return {self.family(sku) for sku in self.fact("cart.skus") or ()}

    def bought_since_yesterday(self) -> set[str]:
        lately = self.view.today - timedelta(days=1)
        bought = self.view.members("bought")
        known = self.context.catalogue or {}
        return {self.family(sku) for sku, day in bought if sku in known and isinstance(day, date) and day >= lately}

    def family(self, sku: str) -> str:
        product = (self.context.catalogue or {}).get(sku)
        return product.parent or sku if product else sku


def holds(schedule: object, context: DecisionContext) -> bool:
    started = schedule.start is None or schedule.start <= context.now
    return started and (schedule.until is None or context.now < schedule.until)


def bucket(salt: str, unit: str) -> int:
    return (mmh3.hash(f"{salt}:{unit}", 0, signed=False) * 10_000) >> 32


def clash(ours: Claims, theirs: Claims) -> bool:
    said = [(ours.discount, theirs.discount), (ours.threshold, theirs.threshold)]
    differs = any(mine[key] != other[key] for mine, other in said for key in mine.keys() & other.keys())
    return bool(differs or ours.push & theirs.sold_out or ours.sold_out & theirs.push)


def promised(promise: Promise) -> Iterable[str]:
    """Name the facts that a promise hangs on."""
    yield from ["shop.promotions"] if promise.promotion or promise.threshold else []
    yield from [f"stock[{sku}]" for sku in (*promise.stock, *promise.price)]
    yield from ["page.product", "product.price"] if promise.price else []


def required(entry: Entry, body: Body) -> list[object]:
    return [body.get(name) for name, part in entry.component.fields.items() if part.required]
