"""Mistakes of every kind to make in a faultless workspace, each on a page of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.proofs.asking import Said
from tests.proofs.faultless import FREE, MAILS, PAGES, Files, Json, Shop, content


@dataclass(frozen=True)
class Place:
    """Where a mistake is made: a page, or a mail, and dice to choose among forms of it."""

    shop: Shop
    page: str
    mail: str

    @property
    def hero(self) -> str:
        return f"{self.page}-hero"

    def one(self, *choices: Any) -> Any:
        return self.shop.dice.choice(choices)


NEVER: tuple[Json, ...] = (
    {"cart.subtotal": {"at_least": "200.00", "less_than": "150.00"}},
    {"all": [{"customer.loyalty_tier": {"at_least": "gold"}}, {"customer.loyalty_tier": {"less_than": "silver"}}]},
    {"crm.tags": {"has_any": ["vip"], "has_none": ["vip", "press"]}},
    {"all": [{"visitor.country": {"starts_with": "U"}}, {"visitor.country": ["CA", "TW"]}]},
    {"orders.last": {"days_ago_at_most": 10, "days_ago_at_least": 20}},
    {"cart.count": {"more_than": 2}, "not": {"cart.count": {"at_least": 3}}},
    {"plant.pets": {"known": False}, "any": [{"plant.pets": True}, {"plant.pets": False}]},
    {"cart.subtotal": {"at_least": {"percent": 120, "of": FREE}, "less_than": {"percent": 80, "of": FREE}}},
)


def contradicting_clauses(place: Place) -> Iterator[Said]:
    place.shop.files["segments/impossible.json"] = {"title": "Impossible", "when": place.one(*NEVER)}
    place.shop.add(place.hero, key="bad", when={"segment": "impossible"})
    yield from [("never-matches", "impossible"), ("unreachable", place.hero, "bad")]


def contradicting_a_segment(place: Place) -> Iterator[Said]:
    rule, other = place.one(
        ({"orders.count": {"at_least": 5}}, {"orders.count": {"at_most": 2}}),
        ({"customer.tags": {"has_any": ["b2b"]}}, {"customer.tags": {"count": 0}}),
        ({"clv": {"more_than": "100.00"}}, {"not": {"clv": {"at_least": "50.00"}}}),
    )
    place.shop.files["segments/steady.json"] = {"title": "Steady", "when": rule}
    place.shop.add(place.hero, key="bad", when={"segment": "steady", "all": [other]})
    place.shop.add(place.hero, key="good", when={"segment": "steady"})
    yield "unreachable", place.hero, "bad"


def covered_by_one(place: Place) -> Iterator[Said]:
    wide, narrow = place.one(
        ({"orders.total": {"at_least": "50.00"}}, {"orders.total": {"at_least": "80.00"}}),
        ({"customer.is_member": True}, {"customer.is_member": True, "orders.count": {"at_least": 1}}),
        ({"social.hot_nearby": {"count": {"at_least": 1}}}, {"social.hot_nearby": {"has_any": ["fern"]}}),
        ({"source.medium": {"starts_with": "soc"}}, {"source.medium": ["social", "soc"]}),
    )
    place.shop.add(place.hero, key="wide", when=wide)
    place.shop.add(place.hero, key="bad", when=narrow)
    yield "unreachable", place.hero, "bad"


def covered_by_two(place: Place) -> Iterator[Said]:
    one, two, both = place.one(
        ({"orders.count": {"less_than": 3}}, {"orders.count": {"at_least": 3}}, {"orders.count": {"at_least": 1}}),
        ({"visitor.logged_in": True}, {"visitor.logged_in": False}, {"visitor.logged_in": {"known": True}}),
        ({"clv": {"less_than": "50.00"}}, {"clv": {"more_than": "40.00"}}, {"currency": "USD", "clv": {"known": True}}),
    )
    for key, rule in {"one": one, "two": two, "bad": both}.items():
        place.shop.add(place.hero, key=key, when=rule)
    yield "unreachable", place.hero, "bad"


def swapped_order(place: Place) -> Iterator[Said]:
    """Put a narrow rule below the wide one that it stood above."""
    place.shop.add(place.hero, key="wide", when={"rfm.recency_days": {"at_most": 30}})
    place.shop.add(place.hero, key="bad", when={"rfm.recency_days": {"between": [0, 7]}})
    yield "unreachable", place.hero, "bad"


def covered_by_another_entry(place: Place) -> Iterator[Said]:
    """List below an entry without audience one whose default then has no turn."""
    place.shop.entry(f"{place.page}-second", [])
    place.shop.add(f"{place.page}-second", key="seen", when={"cart.shipping_method": "express"})
    place.shop.files[f"content/pages/{place.page}.json"]["slots"]["hero"]["entries"].append(f"{place.page}-second")
    yield "unreachable", f"{place.page}-second", "default"


def impossible_promise(place: Place) -> Iterator[Said]:
    promise = place.one(
        {"threshold": {"club": {"amount": "1500", "currency": "TWD"}}},
        {"price": {"fern": {"amount": "300", "currency": "TWD"}}},
    )
    place.shop.add(place.hero, key="bad", when={"currency": "USD"}, promise=promise)
    yield "unreachable", place.hero, "bad"


def foreign_money(place: Place) -> Iterator[Said]:
    place.shop.add(place.hero, key="bad", when={"rfm.monetary": {"at_least": {"amount": "50.00", "currency": "EUR"}}})
    yield "unreachable", place.hero, "bad"


def schedules_apart(place: Place) -> Iterator[Said]:
    """Let a variant begin when its entry has ended."""
    deal = f"{place.page}-deal"
    place.shop.of(deal)["schedule"] = {"until": "2027-01-01T00:00+00:00"}
    place.shop.add(
        deal,
        key="bad",
        when={"cart.shipping_method": "express"},
        schedule={"from": place.one("2027-01-01T00:00+00:00", "2027-02-01T00:00-05:00")},
    )
    yield "unreachable", deal, "bad"


def end_date(place: Place) -> Iterator[Said]:
    """Let the only entry of a slot end."""
    place.shop.of(place.hero)["schedule"] = {"until": place.one("2026-12-24T00:00+00:00", "2027-06-01T00:00+08:00")}
    yield "no-content", f"{place.page}/hero"


def only_for_some(place: Place) -> Iterator[Said]:
    place.shop.of(place.hero)["audience"] = place.one(
        {"orders.count": {"at_least": 1}}, {"any": [{"page.category": "pots"}, {"page.category": {"is_not": "pots"}}]}
    )
    yield "no-content", f"{place.page}/hero"


def only_offers(place: Place) -> Iterator[Said]:
    """Take away what is shown to those who closed the offer, or saw it often enough."""
    cap = place.one({}, {"cap": [{"per": "visitor", "max": 2, "every": "P7D"}], "dismiss_for": "P1D"})
    place.shop.of(f"{place.page}-deal").update(cap)
    place.shop.files[f"content/pages/{place.page}.json"]["slots"]["deal"]["entries"].pop()
    del place.shop.files[f"content/entries/{place.page}-plain.json"]
    yield "no-content", f"{place.page}/deal"


def clashing_claims(place: Place) -> Iterator[Said]:
    one, other = place.one(
        ({"discount": {"moss": 10}}, {"discount": {"moss": 15}}),
        ({"threshold": {"free-shipping": "49.00"}}, {"threshold": {"free-shipping": "59.00"}}),
        ({"push": ["moss", "fern"]}, {"sold_out": ["moss"]}),
    )
    place.shop.of(place.hero)["variants"][-1]["claims"] = one
    place.shop.of(f"{place.page}-note")["variants"][-1]["claims"] = other
    yield "contradiction", f"{place.page}/note"


def online_fact_in_mail(place: Place) -> Iterator[Said]:
    rule = place.one({"visitor.device": "mobile"}, {"session.abandoned_cart": True}, {"not": {"source.kind": "paid"}})
    place.shop.add(f"{place.mail}-hero", key="bad", when=rule)
    yield "wrong-channel", f"emails/{place.mail}", "email", f"{place.mail}-hero", "bad"


def missing_words(place: Place) -> Iterator[Said]:
    """Write a variant in one language only, for readers of the other."""
    place.shop.add(
        place.hero, key="bad", when={"locale": "en", "cart.shipping_method": "express"}, content=content("zh-Hans")
    )
    yield "unreachable", place.hero, "bad"


def undrawable_arm(place: Place) -> Iterator[Said]:
    """Compare for an audience that the control is not shown to, or with what can never be said."""
    audience, arm = place.one(
        ({"cart.shipping_method": "standard"}, {}),
        (None, {"promise": {"threshold": {"club": {"amount": "1500", "currency": "TWD"}}}}),
        (None, {"content": {"zh-Hans": {"text": "{replenish_due[fern]|date}"}}}),
    )
    when = {"cart.shipping_method": "express", "currency": "USD", "replenish_due[fern]": {"known": False}}
    place.shop.add(place.hero, key="control", when=when)
    place.shop.add(place.hero, key="bad", **arm)
    place.shop.files["content/experiments/compared.json"] = {
        "entry": place.hero, "unit": "visitor", "state": "running", **({"audience": audience} if audience else {}),
        "arms": [
            {"key": "control", "variant": "control", "buckets": [0, 4999]},
            {"key": "other", "variant": "bad", "buckets": [5000, 9999]},
        ],
    }  # fmt: skip
    yield "unreachable", place.hero, "bad"


def too_many_offers(place: Place) -> Iterator[Said]:
    """Allow a page fewer offers than it has slots for nothing else."""
    page = place.shop.files[f"content/pages/{place.page}.json"]
    page["max_offers"] = 0
    page["slots"]["deal"]["entries"].pop()
    del place.shop.files[f"content/entries/{place.page}-plain.json"]
    yield "no-content", f"{place.page}/deal"
    deal, aside = f"{place.page}-deal", f"{place.page}-aside"
    for entry in (deal, aside):
        yield from (("unreachable", entry, variant["key"]) for variant in place.shop.of(entry)["variants"])


KINDS: tuple[Callable[[Place], Iterator[Said]], ...] = (
    contradicting_clauses, contradicting_a_segment, covered_by_one, covered_by_two, swapped_order,
    covered_by_another_entry, impossible_promise, foreign_money, schedules_apart, end_date, only_for_some, only_offers,
    clashing_claims, online_fact_in_mail, missing_words, undrawable_arm, too_many_offers,
)  # fmt: skip


def injected(seed: int) -> tuple[Files, dict[str, set[Said]]]:
    """Make one mistake of each kind; give the files and what is to be found of each."""
    shop = Shop(seed)
    pages = shop.dice.sample(range(PAGES), len(KINDS))
    wanted = {
        make.__name__: set(make(Place(shop, f"p{page}", f"m{shop.dice.randrange(MAILS)}")))
        for make, page in zip(KINDS, pages, strict=True)
    }
    return shop.files, wanted
