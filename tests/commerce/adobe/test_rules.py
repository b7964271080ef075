"""Which cart price rules are told as promotions, and which are left out for saying more than we can."""

import pytest
from commerce.adobe.world import World, ask, combined, groups, leaf, usd

from cms.facts.signals import Promotion, Signal, Tier

GROUPS = frozenset({"general", "not-logged-in"})


def told(magento: World, *rules: object, **options: object) -> object:
    magento.rest.answers["GetV1SalesRulesSearch"] = magento.found(
        "sales-rule-data-rule-search-result-interface", list(rules)
    )
    return ask(magento.shop(**options), Signal.PROMOTIONS).value


@pytest.mark.parametrize(
    "why",
    [
        {"coupon_type": "SPECIFIC_COUPON"},
        {"is_active": False},
        {"website_ids": [2]},
        {"customer_group_ids": []},
        {"from_date": "2026-05-02"},
        {"to_date": "2026-04-30"},
        {"condition": combined(leaf("base_subtotal", "500"), leaf("country_id", "US", "=="))},
        {"condition": combined(leaf("base_subtotal", "500", ">"))},
        {"condition": combined(leaf("base_subtotal_with_discount", "500"))},
        {"condition": combined(leaf("base_subtotal", "500"), leaf("base_subtotal", "9"), aggregator="any")},
        {"condition": combined(leaf("base_subtotal", "500"), value="0")},
        {"action_condition": combined(leaf("sku", "TN", "=="))},
        {"uses_per_customer": 1},
        {"simple_action": "buy_x_get_y"},
        {"discount_step": 3},
        {"discount_qty": 1},
    ],
)
def test_a_rule_that_does_not_run_or_asks_for_more_is_left_out(magento: World, why: dict[str, object]) -> None:
    assert told(magento, magento.rule(**why)) == ()


def test_a_rule_runs_through_its_last_day_in_the_stores_time_zone(magento: World) -> None:
    assert told(magento, magento.rule(from_date="2026-05-01", to_date="2026-05-01 00:00:00")) == (
        Promotion("spend-500", (Tier(usd("500.00"), 10),), groups=GROUPS),
    )


def test_the_highest_of_several_thresholds_counts(magento: World) -> None:
    condition = combined(leaf("base_subtotal", "100"), combined(leaf("base_subtotal", "250.5000")))

    assert told(magento, magento.rule(condition=condition)) == (
        Promotion("spend-500", (Tier(usd("250.50"), 10),), groups=GROUPS),
    )


def test_a_threshold_with_tax_is_told_to_a_shop_that_shows_prices_with_tax(magento: World) -> None:
    rule = magento.rule(condition=combined(leaf("base_subtotal_total_incl_tax", "80")))

    assert told(magento, rule, with_tax=True) == (Promotion("spend-500", (Tier(usd("80.00"), 10),), groups=GROUPS),)
    assert told(magento, rule) == ()


@pytest.mark.parametrize("free", ["FREE_WITH_MATCHING_ITEMS", "MATCHING_ITEMS_ONLY", "2"])
def test_free_shipping_for_everybody_above_a_threshold(magento: World, free: str) -> None:
    rule = magento.rule(
        simple_free_shipping=free, simple_action="by_fixed", discount_amount=0, customer_group_ids=[0, 1, 2]
    )

    assert told(magento, rule) == (Promotion("spend-500", (Tier(usd("500.00")),), free_shipping=True),)


def test_two_rules_of_one_name_have_two_keys_in_the_order_of_their_ids(magento: World) -> None:
    rules = [magento.rule(rule_id=9, condition=combined()), magento.rule(rule_id=3, condition=combined())]

    assert told(magento, *rules) == (Promotion("spend-500-2", groups=GROUPS), Promotion("spend-500", groups=GROUPS))


def test_rules_are_read_page_by_page(magento: World) -> None:
    rules = [magento.rule(rule_id=number, name=f"Rule {number}", condition=combined()) for number in range(1, 503)]

    def page(request: object) -> object:
        number = int(getattr(request, "args")["searchCriteria[currentPage]"])  # noqa: B009
        some = rules[(number - 1) * 500 : number * 500]
        return magento.found("sales-rule-data-rule-search-result-interface", some, 502)

    magento.rest.answers["GetV1SalesRulesSearch"] = page
    promotions = ask(magento.shop(), Signal.PROMOTIONS).value

    assert isinstance(promotions, tuple)
    assert len(promotions) == 502


@pytest.mark.parametrize("value", ["many", "1/0", "nan", "", "1,000", "-5"])
def test_a_threshold_that_is_no_amount_costs_no_other_rule(magento: World, value: str) -> None:
    slip = magento.rule(condition=combined(leaf("base_subtotal", value)))

    assert told(magento, slip, magento.rule(rule_id=4, name="May", condition=combined())) == (
        Promotion("may", groups=GROUPS),
    )


@pytest.mark.parametrize(("amount", "percent"), [(15.0, 15), (12.5, None), (150, None), (0, None)])
def test_percents_are_whole_or_not_told(magento: World, amount: float, percent: int | None) -> None:
    assert told(magento, magento.rule(discount_amount=amount)) == (
        Promotion("spend-500", (Tier(usd("500.00"), percent),), groups=GROUPS),
    )


def test_a_rule_without_letters_or_with_a_very_long_name_costs_no_other_rule(magento: World) -> None:
    rules = [magento.rule(rule_id=number, name=name) for number, name in enumerate(["★★★", "M" * 255, "May"])]
    promotions = told(magento, *rules)

    assert isinstance(promotions, tuple)
    assert [promotion.key for promotion in promotions] == ["★★★", "m" * 190, "may"]


def test_a_new_group_that_a_rule_leaves_out_is_seen_at_once(magento: World) -> None:
    rule = magento.rule(customer_group_ids=[0, 1, 2])
    assert told(magento, rule) == (Promotion("spend-500", (Tier(usd("500.00"), 10),)),)
    shop = magento.shop()
    ask(shop, Signal.PROMOTIONS)
    new = magento.made("customer-data-group-interface", id=3, code="Retailer")
    magento.rest.answers["GetV1CustomerGroupsSearch"] = magento.found(
        "customer-data-group-search-results-interface", [*groups(magento), new]
    )

    (promotion,) = ask(shop, Signal.PROMOTIONS).value  # type: ignore[misc, union-attr]
    assert promotion.groups == {"general", "not-logged-in", "wholesale"}  # type: ignore[union-attr]
