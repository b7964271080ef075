"""Relations hold of whatever is derived and of our own personas, and formulas mean by them what the check does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import z3
from sample import ROOT
from solving import holds

from cms.content.compiling import compile_workspace
from cms.decisions.rehearsal import Rehearsal
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, FactType
from cms.facts.derive import cart_facts, order_facts, priced, product_facts, promotion_facts, untold_of, visit_facts
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Order, OrderLine, Product, Promotion, Signal, Tier
from cms.facts.values import NEVER, Value, value_of
from cms.segments import conditions
from cms.segments.conditions import All, Condition
from cms.segments.evaluate import Evaluator
from cms.segments.smt import Smt
from cms.visitors.relations import Law, relations
from cms.workspace import read_folder, read_workspace

NOW = datetime(2028, 4, 10, 6, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")  # whose clocks were changed in March
SKUS, CATEGORIES = ("fern", "fig"), ("plants", "pots")
FEW = (*SKUS, *CATEGORIES)
NAMES = (
    "cart.count", "cart.skus", "cart.subtotal", "cart.categories", "cart.max_item_price", "cart.promotions",
    *(f"cart.quantity[{sku}]" for sku in SKUS), *(f"cart.amount_in[{category}]" for category in CATEGORIES),
    "shop.promotions", "shop.free_shipping_threshold",
    "cart.gap[free-shipping]", "next.threshold[free-shipping]",
    "cart.gap[club]", "next.threshold[club]", "next.percent[club]", "tier.percent[club]",
    "orders.count", "orders.last", "orders.total", "orders.average", "orders.yearly_volume",
    *(f"bought[{bought}]" for bought in FEW), *(f"orders.quantity[{category}].last_90_days" for category in CATEGORIES),
    "page.product", "product.price", "product.category", "product.categories", "product.stock", "product.in_cart",
    "product.last_bought", *(f"stock[{sku}]" for sku in SKUS), "visitor.is_new", "visitor.visits", "dismissed[club]",
)  # fmt: skip


def refs_of(*names: str) -> list[FactRef]:
    return [ref for name in names if (ref := BUILTIN_FACTS.find(name))]


REFS = refs_of(*NAMES)
RELATIONS = relations(REFS)


def view_of(values: Mapping[str, Value], *, now: datetime = NOW, channel: str = "web", **more: Any) -> View:
    told = {"channel": channel, **values}
    return View(DecisionContext(now, ZONE, "en", "USD", channel, told, **more))


def smt() -> Smt:
    start = NOW - timedelta(days=1)
    return Smt({}, channel="web", zones={"USD": ZONE}, locales=("en",), start=start, end=NOW)


def test_every_persona_of_ours_keeps_them_all() -> None:
    sample, _ = compile_workspace(read_workspace(read_folder(ROOT)))
    broken = []
    told = 0
    for key, persona in sample.personas.items():
        rehearsal = Rehearsal(sample, persona, now=NOW)
        for name, page in sample.surfaces.items():
            channel = "email" if name.startswith("emails/") else rehearsal.request.channel
            view = View(rehearsal.context(page, channel=channel))
            refs = [ref for fact in view.context.values if (ref := sample.schema.find(fact))]
            found = relations(refs)
            told += len(found)
            broken += [(key, name, str(relation)) for relation in found if not relation.holds(view)]

    assert [] == broken
    assert told > 10_000


@pytest.mark.parametrize(
    ("impossible", "possible"),
    [
        ({"cart.count": 0, "cart.skus": ["fern"]}, {"cart.count": 1}),
        ({"cart.count": 0, "cart.subtotal": "1.00"}, {"cart.subtotal": "0.00"}),
        ({"cart.count": 0, "cart.amount_in[pots]": "1.00"}, {"cart.count": 1}),
        ({"cart.count": 1, "cart.skus": ["fern", "fig"]}, {"cart.count": 2}),
        ({"cart.count": 3, "cart.quantity[fern]": 2, "cart.quantity[fig]": 2}, {"cart.count": 4}),
        ({"cart.skus": ["fern"], "cart.quantity[fig]": 1}, {"cart.quantity[fig]": 0}),
        ({"cart.skus": ["fern"], "cart.quantity[fern]": 0}, {"cart.quantity[fern]": 1}),
        ({"cart.categories": ["plants"], "cart.amount_in[pots]": "6.00"}, {"cart.categories": ["pots"]}),
        ({"cart.gap[club]": "6.00", "cart.subtotal": None}, {"cart.subtotal": "1.00"}),
        ({"cart.gap[club]": "6.00", "shop.promotions": ["deal"]}, {"shop.promotions": ["club"]}),
        ({"cart.gap[club]": "0.00", "next.threshold[club]": "6.00"}, {"cart.gap[club]": "1.00"}),
        (
            {"cart.gap[club]": "1.00", "next.threshold[club]": "6.00", "cart.subtotal": "4.00"},
            {"cart.subtotal": "5.00"},
        ),
        (
            {"cart.gap[free-shipping]": "5.00", "shop.free_shipping_threshold": "75.00", "cart.subtotal": "71.00"},
            {"cart.subtotal": "70.00"},
        ),
        (
            {"cart.gap[free-shipping]": "0.00", "shop.free_shipping_threshold": "75.00", "cart.subtotal": "71.00"},
            {"cart.subtotal": "76.00"},
        ),
        ({"next.threshold[club]": "5.00", "cart.subtotal": "5.00"}, {"cart.subtotal": "4.99"}),
        ({"next.percent[club]": 5, "next.threshold[club]": None}, {"next.threshold[club]": "9.00"}),
        ({"tier.percent[club]": 5, "cart.gap[club]": None}, {"cart.gap[club]": "0.00"}),
        ({"shop.free_shipping_threshold": "9.00", "shop.promotions": []}, {"shop.promotions": ["deal"]}),
        ({"orders.count": 0, "orders.last": "2028-01-01"}, {"orders.last": "never"}),
        ({"orders.count": 1, "orders.last": "never"}, {"orders.last": "2028-01-01"}),
        ({"orders.last": "never", "bought[fern]": "2028-01-01"}, {"orders.last": "2028-01-01"}),
        ({"orders.count": 0, "orders.average": "1.00"}, {"orders.average": None}),
        ({"orders.last": "2028-01-01", "bought[fern]": "2028-01-02"}, {"bought[fern]": "2028-01-01"}),
        ({"orders.last": "2028-04-11"}, {"orders.last": "2028-04-10"}),
        ({"dismissed[club]": "2028-04-11"}, {"dismissed[club]": "never"}),
        ({"orders.yearly_volume": "9.00", "orders.total": "8.00"}, {"orders.total": "9.00"}),
        ({"orders.yearly_volume": "9.00", "orders.last": "2027-01-01"}, {"orders.last": "2028-01-01"}),
        (
            {"orders.quantity[pots].last_90_days": 1, "bought[pots]": "2028-01-09"},
            {"bought[pots]": "2028-01-10"},
        ),
        ({"page.product": None, "product.stock": 3}, {"product.stock": None}),
        ({"page.product": "fern", "product.stock": 3, "stock[fern]": 2}, {"page.product": "fig"}),
        ({"product.category": "pots", "product.categories": ["plants"]}, {"product.categories": ["pots", "plants"]}),
        ({"page.product": "fern", "cart.quantity[fern]": 1, "product.in_cart": False}, {"product.in_cart": True}),
        (
            {"page.product": "fern", "bought[fern]": "2028-01-02", "product.last_bought": "2028-01-01"},
            {"product.last_bought": "2028-01-03"},
        ),
        ({"visitor.is_new": True, "visitor.visits": 2}, {"visitor.visits": 1}),
        ({"visitor.is_new": False, "visitor.visits": 0}, {"visitor.visits": 1}),
    ],
)  # fmt: skip
def test_a_visitor_who_breaks_one_cannot_exist(impossible: dict[str, Any], possible: dict[str, Any]) -> None:
    assert (False, False) == _exists(impossible)
    assert (True, True) == _exists({**impossible, **possible})


def _exists(facts: Mapping[str, Any]) -> tuple[bool, bool]:
    """Say whether there can be somebody, as the check says and as formulas do."""
    refs = refs_of(*facts)
    told = {ref.name: value_of(ref.fact, facts[ref.name], currency="USD", zone=ZONE) for ref in refs}
    view = view_of({name: value for name, value in told.items() if value is not None}, untold=frozenset(told))
    asked = smt()
    solver = asked.logic.solver()
    found = relations(refs)
    axioms = [relation.axiom(asked) for relation in found]
    now = asked.during(NOW, None)
    solver.add(*asked.axioms(), asked.all_((*axioms, now, asked.truth(_telling(view, refs)))))
    solver.add(*asked.axioms())
    return all(relation.holds(view) for relation in found), solver.check() == z3.sat


def _telling(view: View, refs: list[FactRef]) -> Condition:
    values = [(ref, view.value(ref)) for ref in refs]
    return All(
        tuple(
            conditions.Test(ref, "known", operand=False) if value is None else conditions.Test(ref, "is", value)
            for ref, value in values
        )
    )


def test_formulas_say_of_random_visitors_what_the_check_says() -> None:
    random = Random(5)
    refs = [ref for ref in REFS if ref.name != "product.categories"]
    found = relations(refs)
    asked = smt()
    solver = asked.logic.solver()
    axioms = [relation.axiom(asked) for relation in found]
    broken = 0
    for _ in range(200):
        view = view_of({ref.name: _random_value(ref, random) for ref in refs if random.random() < 0.8})
        told = asked.all_((asked.truth(_telling(view, refs)), asked.during(NOW, None)))
        solver.add(asked.axioms())
        assert solver.check(told) == z3.sat
        model = solver.model()
        kept = [relation.holds(view) for relation in found]
        assert kept == [holds(model, axiom) for axiom in axioms]
        broken += kept.count(False)

    assert broken > 1_000


def _random_value(ref: FactRef, random: Random) -> Value:
    match ref.fact.type:
        case FactType.BOOL:
            return random.random() < 0.5
        case FactType.MONEY:
            return Money(random.randint(ref.fact.minimum or 0, 3), "USD")
        case FactType.SET:
            return frozenset(random.sample((*FEW, "club", "free-shipping"), random.randint(0, 4)))
        case FactType.DATE:
            return random.choice(
                (NEVER, *(NOW.astimezone(ZONE).date() - timedelta(n) for n in (-1, 0, 1, 91, 92, 366, 367)))
            )
        case FactType.NUMBER:
            return random.randint(0, 3)
        case _:
            return random.choice(FEW)


def test_whatever_is_derived_keeps_them_all() -> None:
    random = Random(6)
    met: set[int] = set()
    for _ in range(1_500):
        view = _derived(random)
        assert [] == [relation for relation in RELATIONS if not relation.holds(view)], view.context
        evaluator = Evaluator({}, view)
        laws = ((number, one) for number, one in enumerate(RELATIONS) if isinstance(one, Law))
        met |= {number for number, law in laws if evaluator.truth(law.given) and evaluator.truth(law.then)}

    unmet = [relation for number, relation in enumerate(RELATIONS) if isinstance(relation, Law) and number not in met]
    assert [] == [relation for relation in unmet if not _is_of_requests(relation)]


def _is_of_requests(law: Law) -> bool:
    """Tell what the caller says, which nothing derives."""
    return any(name in str(law) for name in ("visitor.visits", "cart.promotions", "dismissed"))


def _derived(random: Random) -> View:
    """Derive the facts of a visit as they are gathered, from what a shop tells."""
    some = lambda value, unknown=None: value if random.random() < 0.8 else unknown  # noqa: E731
    money = lambda: Money(random.choice((1, 200, 500, 900)), "USD")  # noqa: E731
    catalogue = {
        sku: Product(sku, {}, "", some(money()), categories=some((random.choice(CATEGORIES),), ()), stock=some(3))
        for sku in SKUS
    }
    lines = [
        CartLine(sku, random.randint(1, 2), some(money()), some((random.choice(CATEGORIES),), ()))
        for sku in random.sample(SKUS, random.randint(0, 2))
    ]
    cart = priced(Cart(tuple(lines), "USD"), catalogue)
    now = random.choice(MIDNIGHTS)
    orders = [_order(random, money(), now) for _ in range(random.choice((0, 0, 1, 2)))]
    viewed = some(random.choice(FEW))
    values: dict[str, Value] = {} if viewed is None else {"page.product": viewed}
    values |= some(cart_facts(cart), {}) | some(order_facts(orders, currency="USD", now=now, zone=ZONE), {})
    values |= product_facts(catalogue, viewed)
    values |= visit_facts(viewed, values, catalogue)
    subtotal = values.get("cart.subtotal")
    running = random.sample(PROMOTIONS, random.randint(0, 2))
    values |= promotion_facts(running, currency="USD", subtotal=subtotal if isinstance(subtotal, Money) else None)
    answered = {Signal.CART} if "cart.count" in values else set()
    answered |= {Signal.ORDERS} if "orders.count" in values else set()
    untold = untold_of(cart) | (frozenset() if viewed else frozenset({"product.last_bought"}))
    channel = random.choice(("web", "email", "app"))
    return view_of(values, now=now, channel=channel, answered=frozenset(answered), untold=untold)


# Half past midnight, when 90 days before, and a year before, it was an hour earlier by the clock.
MIDNIGHTS = (datetime(2028, 4, 10, 4, 30, tzinfo=UTC), datetime(2028, 3, 13, 4, 30, tzinfo=UTC))
PROMOTIONS = (
    Promotion("free-shipping", (Tier(Money(900, "USD")),), free_shipping=True),
    Promotion("club", (Tier(Money(500, "USD"), 5), Tier(Money(1000, "USD"), 10))),
)


def _order(random: Random, total: Money, now: datetime) -> Order:
    ago = timedelta(days=random.choice((0, 1, 90, 90, 91, 365, 366, 400)), hours=random.choice((0, 1, 23)))
    sku = random.choice(SKUS)
    return Order(now - ago, total, (OrderLine(sku, random.randint(1, 2), (CATEGORIES[SKUS.index(sku)],)),))
