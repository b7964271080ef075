"""Telling changes: from what is to what would be, in each language."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cms.counterfactuals import ANOTHER, Change
from cms.explanations.telling import Teller
from cms.facts.builtin import builtin
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from tests.explanations.losing import in_each, lost

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
SUBTOTAL = builtin("cart.subtotal")


def _change(name: str, seen: Value | None, to: Value | None) -> Change:
    return Change(builtin(name), "fact", seen, to)


@pytest.mark.parametrize(
    ("changes", "english", "hans", "hant"),
    [
        (
            [_change("cart.subtotal", Money(5400, "USD"), Money(6000, "USD"))],
            "cart subtotal $6.00 higher (at $60.00)",
            "购物车小计增加 US$6.00（达到 US$60.00）",
            "購物車小計增加 US$6.00（達到 US$60.00）",
        ),
        (
            [_change("cart.subtotal", Money(5400, "USD"), Money(2000, "JPY"))],
            "cart subtotal being ¥2,000 instead of $54.00",
            "购物车小计由 US$54.00 变为 JP¥2,000",
            "購物車小計由 US$54.00 變為 ¥2,000",
        ),
        (
            [_change("orders.count", 3, 2), _change("visitor.device", None, "mobile")],
            "number of orders 1 lower (at 2) and device known to be mobile",
            "订单数减少 1（降到 2），并且已知设备为 mobile",
            "訂單數減少 1（降到 2），並且已知裝置為 mobile",
        ),
        (
            [_change("churn_risk", Decimal("0.3"), Decimal("0.7"))],
            "churn risk 0.4 higher (at 0.7)",
            "流失风险增加 0.4（达到 0.7）",
            "流失風險增加 0.4（達到 0.7）",
        ),
        (
            [Change(builtin("visitor.is_new"), "fact", seen=None, to=True)],
            "“first visit” being yes",
            "“首次访问”为“是”",
            "「首次造訪」為「是」",
        ),
        (
            [_change("visitor.device", "desktop", "mobile")],
            "device being mobile instead of desktop",
            "设备由 desktop 变为 mobile",
            "裝置由 desktop 變為 mobile",
        ),
        (
            [_change("visitor.country", "CH", ANOTHER)],
            "country being something else instead of CH",
            "国家由 CH 变为其他内容",
            "國家由 CH 變為其他內容",
        ),
        (
            [_change("customer.company", None, ANOTHER)],
            "company known, whatever it is",
            "公司已知（不限内容）",
            "公司已知（不限內容）",
        ),
        (
            [_change("crm.tags", None, frozenset({ANOTHER}))],
            "anything in CRM tags",
            "“CRM 标签”中有任意一项",
            "「CRM 標籤」中有任意一項",
        ),
        (
            [_change("visitor.country", "CH", None)],
            "country unknown instead of CH",
            "国家未知（而不是 CH）",
            "國家未知（而不是 CH）",
        ),
        (
            [_change("cart.skus", frozenset({"fern"}), frozenset({"moss", "pot"}))],
            "moss and pot added to products in the cart and fern removed from products in the cart",
            "购物车中的商品增加 moss 和 pot，并且购物车中的商品去掉 fern",
            "購物車中的商品增加 moss 和 pot，並且購物車中的商品去掉 fern",
        ),
        (
            [_change("cart.skus", None, frozenset())],
            "products in the cart known to be empty",
            "已知购物车中的商品为空",
            "已知購物車中的商品為空",
        ),
        (
            [_change("orders.last", date(2026, 11, 30), NEVER)],
            "no record of last order",
            "没有“最近一次下单”记录",
            "沒有「最近一次下單」紀錄",
        ),
        (
            [_change("bought[fern]", NEVER, date(2026, 11, 30))],
            "last purchase of fern on Nov 30, 2026",
            "fern 的最近一次购买在 2026年11月30日",
            "fern 的最近一次購買在 2026年11月30日",
        ),
        (
            [Change(None, "locale", "en", "zh-Hant")],
            "the language being zh-Hant",
            "语言为 zh-Hant",
            "語言為 zh-Hant",
        ),
        (
            [Change(None, "catalogue", 0, 1, sku="fern")],
            "the stock of fern 1 higher (at 1)",
            "fern 的库存增加 1（达到 1）",
            "fern 的庫存增加 1（達到 1）",
        ),
    ],
)
def test_a_change_is_said_from_what_is_to_what_would_be(
    changes: list[Change], english: str, hans: str, hant: str
) -> None:
    said = in_each(lambda teller: teller.change(lost(outcome="when"), changes))

    assert f"would be shown with {english}" == said[0]
    assert [f"只要{hans}，就会展示", f"只要{hant}，就會顯示"] == [re.sub("^只要 ", "只要", text) for text in said[1:]]


def test_the_clock_is_moved_to_a_moment() -> None:
    said = Teller({}, "en").change(lost(outcome="schedule"), [Change(None, "now", None, None, now=NOW)])

    assert "would be shown with the clock at Dec 2, 2026, 12:00:00\u202fPM" == said


def test_what_no_change_can_show_is_not_said_to_be_changeable() -> None:
    said = [
        Teller({}, "en").change(lost(outcome=outcome), None) for outcome in ("chosen", "channel", "not-drawn", "when")
    ]

    assert ["", "", "", "no change that was tried shows it"] == said


def test_a_step_as_data_has_each_part_and_all_of_it_in_a_sentence() -> None:
    found = replace(
        lost(outcome="placeholder", ref=SUBTOTAL), ref=SUBTOTAL, why="timeout", sources=("cart",),
        observed_at=NOW, age=timedelta(seconds=12.7),
    )  # fmt: skip
    changes = [_change("cart.subtotal", None, Money(6000, "USD"))]

    assert {
        "slot": "top",
        "entry": "club",
        "variant": "near",
        "outcome": "placeholder",
        "test": "cart.subtotal",
        "seen": "unknown",
        "source": "cart",
        "observed_at": "2026-12-02T12:00:00+00:00",
        "age_s": 12,
        "change": [{"fact": "cart.subtotal", "from": "unknown", "to": "60.00 USD"}],
        "said": "its text needs cart subtotal; unknown: the shop's cart did not answer in time; "
        "would be shown with cart subtotal known to be $60.00",
    } == Teller({}, "en").data(found, changes)
