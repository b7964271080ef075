"""The shop is asked for the check once and for a limited time; one that is away is said, and fails nothing."""

from collections.abc import Callable

import pytest
from corner import NOW, PRODUCTS, PROMOTIONS, CornerShop, corner_files
from programs import free_port

from cms.commerce import only
from cms.content.compiling import compile_workspace
from cms.facts.signals import Answer, Shopper, Signal
from cms.problems import Problem
from cms.runtime.catalogue import goods_of, shop_problems
from cms.settings import Settings
from cms.workspace import read_workspace


def _problems(settings: Settings, **files: str) -> list[Problem]:
    workspace = read_workspace({**corner_files(), **{path: text.encode() for path, text in files.items()}})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return shop_problems(snapshot, workspace, settings, clock=lambda: NOW)


def test_the_shop_tells_what_it_sells_and_runs_in_the_currency_asked_for() -> None:
    shop = CornerShop()

    goods = goods_of(only(shop), "USD")

    assert (PRODUCTS, PROMOTIONS) == (goods.products, goods.promotions)
    assert [(Signal.CATALOGUE, Shopper()), (Signal.PROMOTIONS, Shopper())] == shop.asked


def test_what_fails_is_left_open_with_the_reason() -> None:
    goods = goods_of(only(CornerShop(failing={Signal.PROMOTIONS: "commerce-timeout"})), "USD")

    assert (PRODUCTS, None) == (goods.products, goods.promotions)
    assert "the shop gave no answer (the shop is out)" == goods.why


def test_what_an_adapter_does_not_supply_is_not_asked() -> None:
    class Bare(CornerShop):
        supplies = frozenset({Signal.CART})

    shop = Bare()

    assert (None, None, []) == (
        goods_of(only(shop), "USD").products,
        goods_of(only(shop), "USD").promotions,
        shop.asked,
    )


def test_all_that_is_asked_shares_one_time_limit() -> None:
    now = [0.0]

    class Slow(CornerShop):
        def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
            given.append(timeout_s)
            now[0] += 2
            return super().fetch(signal, shopper, currency=currency, timeout_s=timeout_s)

    given: list[float] = []
    goods_of(only(Slow()), "USD", limit_s=3, monotonic=lambda: now[0])

    assert [3, 1] == given


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        (dict, "no shop is configured"),
        (lambda: {"CMS_COMMERCE_ADAPTER": "htpp"}, "the settings of the shop cannot be used"),
        (
            lambda: {
                "CMS_COMMERCE_ADAPTER": "http",
                "CMS_COMMERCE_URL": f"http://127.0.0.1:{free_port()}",
                "CMS_COMMERCE_KEY": "key",
            },
            "the shop gave no answer (/products could not be reached",
        ),
    ],
)
def test_without_a_shop_one_info_says_why(environment: Callable[[], dict[str, str]], why: str) -> None:
    found = _problems(Settings(environment()))

    assert ["catalogue-not-checked"] == [problem.code for problem in found]
    assert why in found[0].message
    assert found[0].suggestion
