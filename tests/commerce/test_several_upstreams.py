"""A shop, an ERP, a CRM and a CDP are read as if they were one."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.commerce import Reading, SignalClient, Upstream
from cms.commerce.adapter import Connected
from cms.commerce.failures import TIMEOUT, ShopError
from cms.facts.signals import Answer, Customer, Found, Product, Shopper, Signal

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANA = Shopper(customer_token="ana")
POTHOS = Product("pothos", {"": "Pothos"}, "/pothos", None, stock=99)


class Source:
    def __init__(self, answers: Mapping[Signal, Any], *, tells: frozenset[str] = frozenset()) -> None:
        self.answers = dict(answers)
        self.supplies = frozenset(answers)
        self.lacks: dict[str, str] = {}
        self.tells = tells
        self.asked: list[Signal] = []

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append(signal)
        value = self.answers[signal]
        if isinstance(value, Exception):
            raise value
        return value if isinstance(value, Answer) else Answer(Found.FOUND, value)


Clients = Callable[..., SignalClient]


@pytest.fixture
def client_of() -> Iterator[Clients]:
    made: list[SignalClient] = []
    time = [100.0]

    def build(**sources: Source) -> SignalClient:
        upstreams = [Upstream(name, name, one, one.supplies, Connected(one)) for name, one in sources.items()]
        made.append(SignalClient(upstreams, clock=lambda: NOW, monotonic=lambda: time[0]))
        return made[-1]

    yield build
    for client in made:
        client.close()


def read(client: SignalClient, *signals: Signal) -> Mapping[Signal, Reading]:
    return client.read(signals, ANA, currency="USD", budget_s=2)


def value(reading: Reading) -> Any:
    assert reading.answer is not None
    return reading.answer.value


def test_traits_of_two_systems_are_joined(client_of: Clients) -> None:
    crm, cdp = Source({Signal.TRAITS: {"crm.tags": ["vip"]}}), Source({Signal.TRAITS: {"cdp.audiences": ["a"]}})

    reading = read(client_of(crm=crm, cdp=cdp), Signal.TRAITS)[Signal.TRAITS]

    assert ({"crm.tags": ["vip"], "cdp.audiences": ["a"]}, "") == (value(reading), reading.why)


def test_what_a_system_tells_that_is_down_is_unknown_and_the_rest_stands(client_of: Clients) -> None:
    crm = Source({Signal.TRAITS: ShopError(TIMEOUT, "late")}, tells=frozenset({"crm.tags"}))
    cdp = Source({Signal.TRAITS: {"cdp.audiences": ["a"]}}, tells=frozenset({"cdp.audiences"}))

    reading = read(client_of(crm=crm, cdp=cdp), Signal.TRAITS)[Signal.TRAITS]

    assert ({"crm.tags": None, "cdp.audiences": ["a"]}, "timeout") == (value(reading), reading.why)


def test_where_one_that_is_down_did_not_say_what_it_tells_nothing_is_known(client_of: Clients) -> None:
    shop = Source({Signal.TRAITS: ShopError(TIMEOUT, "late")})
    cdp = Source({Signal.TRAITS: {"cdp.audiences": ["a"]}}, tells=frozenset({"cdp.audiences"}))

    assert (
        Reading(None, None, stale=False, why="timeout")
        == read(client_of(shop=shop, cdp=cdp), Signal.TRAITS)[Signal.TRAITS]
    )


def test_stock_of_an_erp_replaces_the_catalogues_own(client_of: Clients) -> None:
    shop, erp = Source({Signal.CATALOGUE: {"pothos": POTHOS}}), Source({Signal.STOCK: {"pothos": 3, "unknown": 1}})

    readings = read(client_of(shop=shop, erp=erp), Signal.CATALOGUE)

    assert {"pothos": 3} == {sku: product.stock for sku, product in value(readings[Signal.CATALOGUE]).items()}
    assert Reading(None, None, stale=False) == readings[Signal.STOCK]


def test_without_the_erp_stock_is_unknown_and_the_catalogue_stands(client_of: Clients) -> None:
    shop = Source({Signal.CATALOGUE: {"pothos": POTHOS}})
    erp = Source({Signal.STOCK: ShopError(TIMEOUT, "late")})

    readings = read(client_of(shop=shop, erp=erp), Signal.CATALOGUE)

    assert [None] == [product.stock for product in value(readings[Signal.CATALOGUE]).values()]
    assert "timeout" == readings[Signal.STOCK].why


def test_the_same_catalogue_and_stock_are_joined_once(client_of: Clients) -> None:
    client = client_of(shop=Source({Signal.CATALOGUE: {"pothos": POTHOS}}), erp=Source({Signal.STOCK: {"pothos": 3}}))

    first, second = (value(read(client, Signal.CATALOGUE)[Signal.CATALOGUE]) for _ in range(2))

    assert first is second


def test_what_has_not_changed_is_the_same_product_after_the_stock_has(client_of: Clients) -> None:
    """Much is kept by products, and many are not joined in no time."""
    fern = replace(POTHOS, sku="fern")
    erp = Source({Signal.STOCK: {"pothos": 3, "fern": 1}})
    client = client_of(shop=Source({Signal.CATALOGUE: {"pothos": POTHOS, "fern": fern}}), erp=erp)

    def anew() -> Mapping[str, Product]:
        told = client.read([Signal.CATALOGUE], ANA, currency="USD", budget_s=2, anew=[Signal.STOCK])
        found: Mapping[str, Product] = value(told[Signal.CATALOGUE])
        return found

    first, same = anew(), anew()
    erp.answers[Signal.STOCK] = {"pothos": 3, "fern": 0}
    sold_out = anew()

    assert first is same
    assert sold_out["pothos"] is first["pothos"]
    assert [1, 0] == [one["fern"].stock for one in (first, sold_out)]


def test_a_sick_erp_is_spared_and_the_shop_is_not(client_of: Clients) -> None:
    shop = Source({Signal.PROMOTIONS: ()})
    erp = Source({Signal.STOCK: ShopError(TIMEOUT, "late"), Signal.CATALOGUE: {}})
    client = client_of(shop=shop, erp=erp)
    for _ in range(10):
        client.read([Signal.CATALOGUE], ANA, currency="USD", budget_s=2, anew=[Signal.CATALOGUE, Signal.STOCK])

    assert 5 == erp.asked.count(Signal.STOCK)
    assert "" == read(client, Signal.PROMOTIONS)[Signal.PROMOTIONS].why


def test_an_upstream_of_which_nearly_everything_fails_is_not_asked_for_anything(client_of: Clients) -> None:
    down = ShopError(TIMEOUT, "late")
    shop = Source(dict.fromkeys((Signal.CUSTOMER, Signal.ORDERS, Signal.PROMOTIONS), down) | {Signal.CATALOGUE: {}})
    client = client_of(shop=shop)
    for _ in range(2):
        for signal in (Signal.CUSTOMER, Signal.ORDERS, Signal.PROMOTIONS):
            read(client, signal)

    assert 5 == len(shop.asked)
    assert "timeout" == read(client, Signal.CATALOGUE)[Signal.CATALOGUE].why


def test_answers_about_one_shopper_that_name_two_customers_are_both_thrown_away(client_of: Clients) -> None:
    shop = Source({Signal.ORDERS: Answer(Found.FOUND, (), "c-1"), Signal.TRAITS: Answer(Found.FOUND, {}, "c-2")})
    client = client_of(shop=shop)

    assert "" == read(client, Signal.ORDERS)[Signal.ORDERS].why
    assert Reading(None, None, stale=False, why="mismatch") == read(client, Signal.TRAITS)[Signal.TRAITS]
    read(client, Signal.ORDERS)
    assert 2 == shop.asked.count(Signal.ORDERS)
    assert {"shop traits mismatch": 1} == dict(client.failures)


def test_a_page_uses_nothing_of_a_customer_whom_two_answers_name_differently(client_of: Clients) -> None:
    customer = Answer(Found.FOUND, Customer("c-2"))
    shop = Source({Signal.CUSTOMER: customer, Signal.ORDERS: Answer(Found.FOUND, (), "c-1"), Signal.PROMOTIONS: ()})

    readings = read(client_of(shop=shop), Signal.CUSTOMER, Signal.ORDERS, Signal.PROMOTIONS)

    assert [None, None] == [readings[signal].answer for signal in (Signal.CUSTOMER, Signal.ORDERS)]
    assert {"mismatch"} == {readings[signal].why for signal in (Signal.CUSTOMER, Signal.ORDERS)}
    assert "" == readings[Signal.PROMOTIONS].why


def test_a_shop_that_fails_in_one_thread_and_answers_in_another_tells_each_its_own(client_of: Clients) -> None:
    class Mixed(Source):
        def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
            if shopper.customer_token == "bad":
                raise ShopError("commerce-error", "500", ails=False)
            return Answer(Found.FOUND, (), str(shopper.customer_token))

    client, seen = client_of(shop=Mixed({Signal.ORDERS: ()})), {}

    def ask(token: str) -> None:
        got = client.read([Signal.ORDERS], Shopper(customer_token=token), currency="USD", budget_s=2)
        seen[token] = got[Signal.ORDERS]

    threads = [threading.Thread(target=ask, args=(token,)) for token in ("ana", "bad", "ben", "cid")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    whose = {token: reading.answer.whose if reading.answer else reading.why for token, reading in seen.items()}
    assert {"ana": "ana", "bad": "error", "ben": "ben", "cid": "cid"} == whose


def test_a_system_that_hangs_with_all_its_calls_holds_up_no_other(client_of: Clients) -> None:
    release = threading.Event()

    class Hanging(Source):
        def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
            release.wait(10)
            return Answer(Found.FOUND, {})

    client = client_of(crm=Hanging({Signal.TRAITS: {}}), shop=Source({Signal.ORDERS: ()}))
    for number in range(20):
        stranger = Shopper(customer_token=f"c-{number}")
        client.read([Signal.TRAITS], stranger, currency="USD", budget_s=0.001)

    reading = read(client, Signal.ORDERS)[Signal.ORDERS]
    release.set()

    assert "" == reading.why
