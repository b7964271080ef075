"""Adapter `salesforce` against a server made of the published specs: each signal, each request."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from commerce.contract_openapi import Said
from commerce.salesforce.site import (
    ADA,
    GUEST,
    KEY,
    KNOWN,
    OPTIONS,
    PREFIXES,
    STRANGER,
    Site,
    basket,
    connected,
    jwt,
    line,
    order,
    published,
    usd,
)

from cms.commerce.adapters.salesforce.api import Api, Scapi
from cms.commerce.adapters.salesforce.api import Site as SiteOf
from cms.commerce.failures import ShopError
from cms.commerce.wire.transport import Transport
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Found,
    Order,
    OrderLine,
    Promotion,
    Shopper,
    Signal,
    Tier,
)

TIERED = {
    "15off700": {"tiers": [{"threshold": {"amount": "700.00", "currency": "USD"}, "percent": 15}]},
    "free_ship": {
        "tiers": [{"threshold": {"amount": "75.00", "currency": "USD"}}],
        "free_shipping": True,
        "groups": ["vip"],
    },
}


def ask(made: Any, signal: Signal, shopper: Shopper = KNOWN, currency: str = "USD") -> Answer:
    answer: Answer = made.source.fetch(signal, shopper, currency=currency, timeout_s=10)
    return answer


def test_a_basket_is_told_with_its_lines_after_their_own_discounts() -> None:
    with Site().open() as server:
        answer = ask(connected(server), Signal.CART)
    lines = (CartLine("umbrella", 3, usd("16.67")), CartLine("tent-red", 1, usd("149.50")))
    cart = Cart(lines, "USD", usd("199.50"), "001", frozenset({"5-off", "15off700"}))
    assert answer == Answer(Found.FOUND, cart, "abAda")
    assert server.operations == {"getCustomerBaskets"}


def test_a_guest_has_a_basket_and_no_account() -> None:
    guest = Shopper(cart_token=GUEST, customer_token=GUEST)
    with Site().open() as server:
        shop = connected(server)
        assert ask(shop, Signal.CART, guest) == Answer(Found.FOUND, Cart((), "USD", promotions=frozenset()), "abGuest")
        assert ask(shop, Signal.CUSTOMER, guest) == Answer(Found.UNKNOWN_TOKEN)
        assert ask(shop, Signal.ORDERS, guest) == Answer(Found.UNKNOWN_TOKEN)
    assert server.operations == {"getCustomerBaskets"}


def test_nobody_has_put_anything_in_a_basket_that_is_not_there() -> None:
    with Site(baskets={}).open() as server:
        assert ask(connected(server), Signal.CART, currency="EUR") == Answer(Found.FOUND, Cart((), "EUR"), "abAda")


def test_of_several_baskets_the_latest_that_is_kept_counts() -> None:
    early = basket("abAda", lastModified="2026-04-01T09:00:00.000Z", productItems=[line("tent", 1, 5)])
    late = basket("abAda", productItems=[line("umbrella", 1, 5)])
    temporary = basket("abAda", lastModified="2026-05-02T09:00:00.000Z", temporaryBasket=True)
    with Site(baskets={"abAda": [early, temporary, late]}).open() as server:
        answer = ask(connected(server), Signal.CART)
    assert isinstance(answer.value, Cart)
    assert [line.sku for line in answer.value.lines] == ["umbrella"]


@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
@pytest.mark.parametrize("token", [STRANGER, "", "no-jwt", "a.b.c", jwt("../evil"), jwt("a/b"), "e30.e30.e30"])
def test_a_token_that_nobody_was_given_is_unknown(signal: Signal, token: str) -> None:
    found = Found.UNKNOWN_TOKEN if token else Found.UNSUPPORTED
    with Site().open() as server:
        answer = ask(connected(server), signal, Shopper(cart_token=token, customer_token=token))
    assert answer == Answer(found)
    assert not [why for why in server.refused if "401" not in why and "opens nothing" not in why]


def test_a_customer_is_told_by_the_attributes_that_the_shop_names() -> None:
    customer = {
        "customerId": "abAda",
        "companyName": "Ada & Sons",
        "email": "ada@example.com",
        "c_tier": "gold",
        "c_points": 120.0,
        "c_groups": ["Big Spenders", "VIP"],
        "c_isMember": True,
        "c_note": "mine",
    }
    names = {"loyalty_tier": "c_tier", "loyalty_points": "c_points", "groups": "c_groups", "is_member": "c_isMember"}
    custom = Said(customer, wrong=True)  # no spec declares a site's own attributes
    with Site().open(getCustomer=custom) as server:
        made = connected(server, customer=names | {"tags": "c_note", "kind": "c_kind"})
        answer = ask(made, Signal.CUSTOMER)
    expected = Customer(
        "abAda",
        company="Ada & Sons",
        groups=frozenset({"big-spenders", "vip"}),
        loyalty_tier="gold",
        loyalty_points=120,
        is_member=True,
        tags=frozenset({"mine"}),
    )
    assert answer == Answer(Found.FOUND, expected, "abAda")
    assert set(made.source.lacks) == {"customer.company_level", "orders.quantity", "product.rating"}
    assert server.sent[0].query == {"siteId": "RefArch", "expand": "none"}


def test_orders_that_were_placed_are_told_page_by_page() -> None:
    orders = [order(number) for number in range(120)]
    orders[3] |= {"status": "failed"}
    orders[4] |= {"status": "created"}
    orders[119] |= {"status": "new", "creationDate": "2026-05-01T10:00:00.000Z", "productItems": []}
    with Site(orders=orders).open() as server:
        answer = ask(connected(server), Signal.ORDERS)
    assert isinstance(answer.value, tuple)
    assert len(answer.value) == 118
    assert answer.value[0] == Order(datetime(2026, 5, 1, 10, tzinfo=UTC), usd("10.50"), ())
    assert answer.value[1].lines == (OrderLine("umbrella", 2),)
    assert [sent.query["offset"] for sent in server.sent] == ["0", "50", "100"]


def test_more_than_five_hundred_orders_are_no_answer() -> None:
    site = Site(orders=[order(number) for number in range(501)])
    with site.open() as server, pytest.raises(ShopError, match="more than 500") as caught:
        ask(connected(server), Signal.ORDERS)
    assert not caught.value.ails


def test_nobody_has_ordered_yet() -> None:
    with Site(orders=[]).open() as server:
        assert ask(connected(server), Signal.ORDERS) == Answer(Found.FOUND, (), "abAda")


def test_promotions_that_run_are_told_with_the_thresholds_of_the_options() -> None:
    promotions = {
        "15off700": {"id": "15off700", "name": "15 % off", "startDate": "2026-04-01T00:00Z"},
        "free_ship": {"id": "free_ship", "endDate": "2026-06-01T00:00:00.000Z", "currency": "USD"},
        "over": {"id": "over", "endDate": "2026-05-01T00:00:00Z"},
        "euros": {"id": "euros", "currency": "EUR"},
        "buy3": {"id": "buy3"},
    }
    with Site(promotions=promotions).open() as server:
        made = connected(server, promotions=TIERED | {"off": {}}, campaigns=["spring-sale"])
        answer = ask(made, Signal.PROMOTIONS, Shopper())
    assert answer.value == (
        Promotion("15off700", (Tier(usd("700.00"), 15),)),
        Promotion("free-ship", (Tier(usd("75.00")),), free_shipping=True, groups=frozenset({"vip"})),
        Promotion("buy3"),
    )
    assert server.operations == {"getAccessToken", "getPromotions", "getPromotionsForCampaign"}
    within = server.sent[-1].query
    assert (within["startDate"], within["endDate"]) == ("2026-05-01T12:00Z", "2026-05-01T12:01Z")


def test_thresholds_are_those_of_the_currency_that_was_asked_for() -> None:
    amounts = [{"amount": "75.00", "currency": "USD"}, {"amount": "70.00", "currency": "EUR"}]
    tiers = [{"threshold": amount} for amount in amounts]
    with Site(promotions={"free": {"id": "free"}}).open() as server:
        made = connected(server, promotions={"free": {"tiers": tiers, "free_shipping": True}})
        told = [ask(made, Signal.PROMOTIONS, currency=currency).value for currency in ("EUR", "GBP")]
    assert told == [
        (Promotion("free", (Tier(Money.parse("70.00", "EUR")),), free_shipping=True),),
        (Promotion("free", free_shipping=True),),
    ]


def test_promotions_of_which_none_is_enabled_are_none() -> None:
    with Site().open() as server:
        assert ask(connected(server, promotions=TIERED), Signal.PROMOTIONS).value == ()


def test_many_promotions_are_asked_for_fifty_at_a_time() -> None:
    with Site().open() as server:
        ask(connected(server, promotions={f"p{number:02}": {} for number in range(60)}), Signal.PROMOTIONS)
        asked = [sent.query["ids"].count(",") + 1 for sent in server.sent if sent.operation == "getPromotions"]
    assert asked == [50, 10]


def test_by_a_verified_login_all_is_told_as_by_the_shoppers_own_token() -> None:
    named = Shopper(cart_id="b-1", customer_id="ada")
    site = Site()
    with site.open() as server:
        shop = connected(server, trusted_system=True)
        cart, customer = ask(shop, Signal.CART, named), ask(shop, Signal.CUSTOMER, named)
        assert ask(shop, Signal.ORDERS, named).found is Found.FOUND
        assert ask(shop, Signal.CART, Shopper(cart_id="another", customer_id="ada")) == Answer(Found.UNKNOWN_TOKEN)
        assert ask(shop, Signal.ORDERS, Shopper(customer_id="nobody")) == Answer(Found.UNKNOWN_TOKEN)
        with pytest.raises(ShopError, match="no e-mail address"):
            ask(shop, Signal.ORDERS, Shopper(customer_id="ada@example.com"))
    assert (cart.whose, customer.whose) == ("ada", "ada")
    assert customer.value == Customer("ada", company="Ada & Sons")
    ours = [asked for asked in site.minted if asked["login_id"] == "ada"]
    assert ours[0] == {
        "grant_type": "client_credentials",
        "channel_id": "RefArch",
        "login_id": "ada",
        "idp_origin": "ecom",
        "hint": "ts_ext_on_behalf_of",
        "client_id": "our-client",
    }


def test_without_a_trusted_system_an_id_opens_nothing() -> None:
    with Site().open() as server:
        for signal in (Signal.CART, Signal.CUSTOMER, Signal.ORDERS):
            answer = ask(connected(server), signal, Shopper(cart_id="b-1", customer_id="ada"))
            assert answer == Answer(Found.UNSUPPORTED)
    assert not server.sent


def test_our_own_token_is_got_once_and_again_before_it_ends_or_when_it_was_refused() -> None:
    site, now = Site(promotions={"buy3": {"id": "buy3"}}), [1_000.0]
    with site.open() as server:
        transport = Transport(server.url, monotonic=lambda: now[0])
        scapi = Scapi(transport, SiteOf(OPTIONS["organization"], OPTIONS["site"]), KEY)

        def status() -> int:
            asked = scapi.ask_as_guest(Api.PROMOTIONS, "promotions", {"ids": "buy3"}, deadline=now[0] + 5)
            return asked.status

        assert [status() for _ in range(3)] == [200, 200, 200]
        assert len(site.minted) == 1
        now[0] += 841  # it was to hold for 900 s
        assert status() == 200
        assert len(site.minted) == 2
        now[0] += 31
        site.refused = {site.tokens[0]}
        site.tokens.append(jwt("abOurs2", guest=True))
        assert status() == 200
        assert len(site.minted) == 3
        site.refused = set(site.tokens)
        with pytest.raises(ShopError, match="lacks a permission"):
            status()  # it was got a moment ago, so another one would be refused too


def test_every_operation_that_the_adapter_knows_was_sent() -> None:
    used = {"getAccessToken", "getTrustedSystemAccessToken", "getCustomer", "getCustomerBaskets", "getCustomerOrders"}
    used |= {"getProducts", "getAvailability", "getPromotions", "getPromotionsForCampaign"}
    site = Site(promotions={"15off700": {"id": "15off700"}})
    with site.open() as server:
        made = connected(server, promotions=TIERED, campaigns=["spring"], trusted_system=True)
        for signal in made.source.supplies:
            ask(made, signal)
        ask(made, Signal.CUSTOMER, Shopper(customer_id="ada"))
        assert made.feed is not None
        made.feed.batch("", currency="USD", timeout_s=10)
    assert server.operations == used
    assert len(site.searched) == 1
    assert not server.refused


def test_the_contract_bites() -> None:
    """A wrong field of an answer, a missing or undeclared parameter, a wrong token and a missing one."""
    path = "/customer/shopper-customers/v1/organizations/f_ecom_zzxy_001/customers/abAda"
    with Site().open() as server, requests.Session() as session:
        session.trust_env = False
        mine = {"Authorization": f"Bearer {ADA}"}
        said = [
            session.get(server.url + path, headers=mine),
            session.get(server.url + path, headers=mine, params={"siteId": "RefArch", "fields": "all"}),
            session.get(server.url + path, headers=mine, params={"siteId": "RefArch", "expand": "everything"}),
            session.get(server.url + path, params={"siteId": "RefArch"}),
            session.get(server.url + path, headers={"Authorization": "Bearer x"}, params={"siteId": "RefArch"}),
        ]
    assert [reply.status_code for reply in said] == [400, 400, 400, 401, 401]
    wrong = Site(customers={"abAda": {"customerId": "abAda", "loyaltyTier": "gold"}})
    with pytest.raises(AssertionError, match="loyaltyTier"), wrong.open() as server:
        ask(connected(server), Signal.CUSTOMER)


@pytest.mark.parametrize("body", [{"customerId": 7}, {"customerId": "abAda", "companyName": ["x"]}, [], {}])
def test_a_field_of_the_wrong_type_is_no_answer(body: object) -> None:
    with Site().open(getCustomer=Said(body, wrong=True)) as server, pytest.raises(ShopError):
        ask(connected(server), Signal.CUSTOMER)


def test_all_eight_published_specs_are_served() -> None:
    assert [published(name).data["info"]["version"] for name in PREFIXES] == [
        "1.50.0", "1.2.0", "2.9.0", "1.1.3", "1.8.0", "1.15.0", "1.10.1", "1.2.0",
    ]  # fmt: skip
