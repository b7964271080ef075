"""The sample workspace from the checkout on: convenience, nothing but trust at payment, and what follows an order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sample import NOW, shown, skus, surfaces, with_products

from cms.content.snapshot import Snapshot
from cms.decisions.rehearsal import Rehearsal

BUSINESSES = ("lobby-bronze-checkout", "northlab-on-phone", "key-account-taipei")


def _at(sample: Snapshot, persona: str, place: str, now: str) -> list[str]:
    """Give what a persona sees in a slot of a page at another moment."""
    page, _, slot = place.rpartition("/")
    rehearsal = Rehearsal(sample, replace(sample.personas[persona], now=now), now=NOW)
    return [f"{choice.entry}:{choice.variant}" for choice in rehearsal.decide(sample.pages[page]).slots[slot]]


def test_every_page_and_mail_is_held_to_by_a_persona(sample: Snapshot) -> None:
    held = {place.rpartition("/")[0] for persona in sample.personas.values() for place in persona.expect}
    assert held >= set(surfaces(sample))


@pytest.mark.parametrize(
    ("now", "variant"),
    [
        ("2026-11-17T11:59:00-05:00", "before-noon"),
        ("2026-11-17T12:00:00-05:00", "default"),
        ("2026-11-19T09:00:00-05:00", "weekend"),
        ("2026-11-22T23:59:00-05:00", "weekend"),
    ],
)
def test_express_promises_only_what_the_day_and_hour_allow(sample: Snapshot, now: str, variant: str) -> None:
    seen = _at(sample, "checkout-before-noon", "checkout/convenience", now)
    assert seen == [f"express-shipping:{variant}"]


def test_at_payment_there_is_trust_and_no_offer(sample: Snapshot) -> None:
    for key in sample.personas:
        (choice,) = with_products(sample, key, "payment").slots["reassurance"]
        assert (choice.component, choice.dismissible) == ("trust", False)


def test_after_payment_a_plan_is_compared_with_the_longer_one(sample: Snapshot) -> None:
    slots = with_products(sample, "protection-one-step", "extras").slots
    assert skus(slots["upgrade"]) == ["plant-protection-plus", "plant-protection"]


@pytest.mark.parametrize("persona", BUSINESSES)
def test_businesses_are_offered_care_on_site_and_no_gift_wrap(sample: Snapshot, persona: str) -> None:
    slots = with_products(sample, persona, "extras").slots
    entries = [choice.entry for choices in slots.values() for choice in choices]
    assert entries == ["maintenance-plan"]


def test_an_order_of_refills_is_followed_by_no_offer(sample: Snapshot) -> None:
    assert set(with_products(sample, "refills-only", "extras").slots.values()) == {()}


def test_an_invitation_that_was_taken_closed_or_seen_enough_stays_away(sample: Snapshot) -> None:
    assert shown(sample, "champion-after-payment", "account/vip") == ["vip-package:default"]
    for persona in ("vip-member", "vip-closed", "vip-seen-enough"):
        assert shown(sample, persona, "account/vip") == []


@pytest.mark.parametrize(
    ("now", "status", "review"),
    [
        ("2026-11-19T09:00:00-05:00", "follow-up:packing", []),
        ("2026-11-20T09:00:00-05:00", "follow-up:settling-in", []),
        ("2026-12-07T09:00:00-05:00", "follow-up:settling-in", []),
        ("2026-12-09T09:00:00-05:00", "follow-up:review-time", ["ask-review:default"]),
        ("2027-01-17T09:00:00-05:00", "follow-up:settled", []),
    ],
)
def test_the_follow_up_counts_the_days_since_the_order(
    sample: Snapshot, now: str, status: str, review: list[str]
) -> None:
    assert _at(sample, "a-week-later", "order/status", now) == [status]
    assert _at(sample, "a-week-later", "order/review", now) == review


def test_the_mail_about_a_cart_begins_with_what_is_in_it_and_shows_nothing_unrelated(sample: Snapshot) -> None:
    first, *others = with_products(sample, "guest-69", "emails/abandoned-cart").slots.values()
    assert skus(first) == ["pothos"]
    assert [sku for choices in others for sku in skus(choices)] == []


def test_what_the_mail_about_a_cart_recommends_the_cart_recommends_too(sample: Snapshot) -> None:
    for key in sample.personas:
        assert shown(sample, key, "emails/abandoned-cart/rail") in ([], shown(sample, key, "cart/rail"))


def test_a_refill_is_offered_when_it_is_due_and_not_a_day_before(sample: Snapshot) -> None:
    assert _at(sample, "refill-and-stamps", "account/rail", "2026-11-12T08:00:00-05:00") == ["refill-due:plant-food"]
    assert _at(sample, "refill-and-stamps", "account/rail", "2026-11-11T08:00:00-05:00") == ["best-sellers:default"]


def test_the_days_after_an_order_of_plants_follow_each_other_without_overlap(sample: Snapshot) -> None:
    segments = ("just-ordered", "settling-in", "review-time", "settled")
    days = {0: "just-ordered", 2: "just-ordered", 3: "settling-in", 20: "settling-in", 21: "review-time"}
    for day, wanted in (days | {60: "review-time", 61: "settled"}).items():
        now = datetime(2026, 11, 17, 15, tzinfo=UTC) + timedelta(days=day)
        (seen,) = _at(sample, "a-week-later", "order/status", now.isoformat())
        assert wanted in segments
        assert seen == f"follow-up:{wanted if day > 2 else 'packing'}", day


def test_only_who_bought_a_plant_is_told_how_it_settles_in(sample: Snapshot) -> None:
    """A bottle of plant food bought last week says nothing of a plant that came in spring."""
    at = "2026-11-24T09:00:00-05:00"
    assert _at(sample, "refills-only", "order/status", at) == ["follow-up:settled"]
    assert _at(sample, "refills-only", "order/review", at) == []


@pytest.mark.parametrize(
    ("days", "variant"), [(1, "packing"), (7, "settling-in"), (42, "review-time"), (90, "settled")]
)
def test_an_order_viewed_is_followed_up_by_its_own_age(sample: Snapshot, days: int, variant: str) -> None:
    """A new order says nothing of an older one, whose page is looked at."""
    facts = {**sample.personas["older-order"].request["facts"], "order.days_ago": days}
    assert shown(sample, "older-order", "order/status", facts=facts) == [f"follow-up:{variant}"]
