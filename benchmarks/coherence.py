"""Coherence: a page of 5 slots with 20 offers each, which bar one another by group, claim, product and number."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks.deciding import Effort
from benchmarks.report import Goal, Section, table
from benchmarks.timing import Spread
from benchmarks.workload import CATEGORIES, SKUS, Rules, make_rules, make_visitors
from benchmarks.workspace import context_of, shipped, snapshot_of, workspace_files
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.facts.context import DecisionContext
from cms.facts.money import Money
from cms.facts.signals import Product, Signal

_PAGE, _SLOTS, _OFFERS, _RAILS, _VISITORS = "offers", 5, 20, 10, 400
_COMPONENTS = ("rail", "add-on", "banner")
_GROUPS = ("shipping", "protection", "gift", "loyalty")
_PUSHED = SKUS[:12]  # few, so that offers repeat and contradict one another
_STRATEGIES = ("best-sellers", "complete-the-set", "accessories", "bought-together", "deal-of-day")


def section(effort: Effort) -> Section:
    snapshot = snapshot_of(_files(make_rules()))
    page, contexts = snapshot.pages[_PAGE], _contexts()
    answers = [decide(snapshot, page, context, trace=True) for context in contexts]
    taken = [_milliseconds(lambda context: decide(snapshot, page, context), contexts) for _ in range(effort.rounds)]
    middle, slow = Spread.of([median(costs) for costs in taken]), Spread.of([sorted(costs)[-4] for costs in taken])
    row = (f"{_SLOTS} slots, {_OFFERS} offers each", middle, slow)
    body = table(("page", "median CPU ms a page", "99th percentile"), [row])
    goal = Goal("coherence of 5 slots with 20 offers each, median", 0.2, [("", middle)], unit="ms")
    return Section("Coherence", f"{body}\n\n{_outcomes(answers)}", (goal,))


def _milliseconds(call: Callable[[DecisionContext], object], contexts: list[DecisionContext]) -> list[float]:
    costs = []
    for context in contexts:
        start = time.thread_time()
        call(context)
        costs.append((time.thread_time() - start) * 1000)
    return costs


def _outcomes(answers: list[Decision]) -> str:
    """Say what became of the candidates, so that one sees that there was something to keep apart."""
    found = Counter(step.outcome for answer in answers for step in answer.trace)
    parts = [f"{outcome} {count / len(answers):.1f}" for outcome, count in found.most_common()]
    return f"What became of the variants of a page, on average: {', '.join(parts)}."


def _contexts() -> list[DecisionContext]:
    catalogue = _catalogue()
    found = [context_of(visitor) for visitor in make_visitors(_VISITORS)]
    answered = frozenset(Signal)
    return [replace(context, catalogue=catalogue, answered=answered) for context in found]


def _catalogue() -> dict[str, Product]:
    """Make 200 products, two to a parent, some sold out, some reduced, all linked to others."""
    dice = random.Random(17)
    return {sku: _product(dice, number, sku) for number, sku in enumerate(SKUS)}


def _product(dice: random.Random, number: int, sku: str) -> Product:
    price = dice.randint(300, 20_000)
    links = {kind: tuple(dice.sample(SKUS, 6)) for kind in ("complete-the-set", "accessories", "bought-together")}
    return Product(
        sku,
        {"en": sku},
        f"/p/{sku}",
        Money(price, "USD"),
        parent=f"family{number // 2}",
        list_price=Money(price + dice.choice([0, 0, 500]), "USD"),
        categories=(CATEGORIES[number % len(CATEGORIES)],),
        stock=dice.choice([0, 2, 10, 50]),
        popularity=dice.randint(0, 1000),
        links=links,
    )


def _files(rules: Rules) -> dict[str, bytes]:
    dice = random.Random(13)
    slots = {f"offers{slot}": [f"offer-{slot}-{number}" for number in range(_OFFERS)] for slot in range(_SLOTS)}
    listed = {slot: {"accepts": list(_COMPONENTS), "entries": entries, "may_be_empty": True} for slot, entries in slots.items()}  # fmt: skip
    files: dict[str, Any] = {
        f"content/pages/{_PAGE}.json": {"route": "/offers", "stage": "cart", "max_offers": _SLOTS - 1, "slots": listed}
    }
    files |= {f"content/rails/rail{number}.json": _rail(number) for number in range(_RAILS)}
    for entries in slots.values():
        files |= {f"content/entries/{key}.json": _offer(dice, rules, key) for key in entries}
    return workspace_files(rules) | shipped(*_COMPONENTS) | {path: json.dumps(data).encode() for path, data in files.items()}  # fmt: skip


def _rail(number: int) -> Mapping[str, Any]:
    strategy = _STRATEGIES[number % len(_STRATEGIES)]
    filters = {"in_stock": True, "not_in_cart": True}
    return {"strategy": strategy, "limit": 4, "min_items": 2, "filters": filters, "fallback": ["best-sellers"]}


def _offer(dice: random.Random, rules: Rules, key: str) -> Mapping[str, Any]:
    """Write an offer of one of three components: most are exclusive and for an audience, each has three variants."""
    component, segments = dice.choice(_COMPONENTS), list(rules.segments)
    offer: dict[str, Any] = {"kind": "complement", "sale": "cross-sell"}
    offer |= {"exclusive": dice.choice(_GROUPS)} if dice.random() < 0.7 else {}
    audience = {"audience": {"segment": dice.choice(segments)}} if dice.random() < 0.8 else {}
    variants = [_variant(dice, component, name, dice.sample(segments, 2)) for name in "ab"]
    variants.append(_variant(dice, component, "default", []))
    return {"component": component, "offer": offer, "variants": variants, **audience}


def _variant(dice: random.Random, component: str, name: str, segments: Sequence[str]) -> dict[str, Any]:
    claims = {"claims": {"discount": {dice.choice(_PUSHED[:2]): dice.choice([10, 20])}, "push": [dice.choice(_PUSHED)]}}
    when = {"when": {"all": [{"segment": key} for key in segments]}} if segments else {}
    return {"key": name, "content": {"en": _content(dice, component)}} | when | (claims if dice.random() < 0.7 else {})


def _content(dice: random.Random, component: str) -> dict[str, Any]:
    if component == "rail":
        return {"title": "Goes well with it", "rail": f"rail{dice.randrange(_RAILS)}"}
    if component == "add-on":
        return {"headline": "Add it", "product": dice.choice(_PUSHED), "label": "Add"}
    return {"headline": "Something for you", "body": "What is written here stands for copy."}
