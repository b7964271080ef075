"""Telling why: every outcome, source, age and change has its words in each language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals import ANOTHER, Change
from cms.decisions.decide import decide
from cms.decisions.decision import Reason, Step, Verdict
from cms.explanations import words
from cms.explanations.explaining import Explainer, Explanation
from cms.explanations.telling import Teller
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, Observation
from cms.facts.counters import Counters
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import NEVER, Value
from cms.offers.offer import Cap
from cms.segments.phrases import LANGUAGES

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
TABLES = {
    f"{name} {key}": said
    for name in ("OUTCOMES", "REASON_WORDS", "MATTERS", "CAPS", "SOURCES", "TOLD", "UNKNOWN", "FOUND", "CHANGES")
    for key, said in getattr(words, name).items()
}
CHARACTERS = {"en": "latin-1", "zh-Hans": "gb2312", "zh-Hant": "big5"}
SUBTOTAL = builtin("cart.subtotal")


def _lost(**verdict: Any) -> Explanation:
    return Explanation(Step("top", "club", "near", Verdict(**verdict)))


def _in_each(told: Callable[[Teller], str]) -> list[str]:
    return [told(Teller({}, language)) for language in LANGUAGES]


@pytest.mark.parametrize("key", TABLES)
def test_a_phrase_has_the_same_gaps_in_each_language_and_its_characters(key: str) -> None:
    phrase = TABLES[key]

    gaps = {frozenset(gap for _, gap, _, _ in Formatter().parse(said) if gap) for said in phrase.values()}

    assert set(LANGUAGES) == set(phrase)
    assert 1 == len(gaps)
    for language, characters in CHARACTERS.items():
        phrase[language].translate(dict.fromkeys(map(ord, "“”"))).encode(characters)


def test_every_outcome_and_reason_has_its_words() -> None:
    """The words are those that `decisions` gives a verdict."""
    sources = Path(__file__).parents[2] / "cms" / "decisions"
    text = "".join(path.read_text(encoding="utf-8") for path in sources.glob("*.py"))

    assert set(words.OUTCOMES) == set(re.findall(r'Verdict\(\s*"([a-z-]+)"', text))
    assert set(words.REASON_WORDS) == set(Reason)
    assert set(words.SOURCES) >= {str(signal) for signal in Signal}


@pytest.mark.parametrize(
    ("verdict", "english", "hans", "hant"),
    [
        ({"outcome": "schedule"}, "not scheduled now", "当前不在排期内", "目前不在檔期內"),
        (
            {"outcome": "promise", "detail": "threshold of free-shipping"},
            "the shop does not confirm the threshold of free-shipping",
            "商城未确认 free-shipping 的门槛",
            "商店未確認 free-shipping 的門檻",
        ),
        (
            {"outcome": "claims", "detail": "stock of fern", "rival": "bar"},
            "would contradict bar about the stock of fern",
            "关于 fern 的库存，与 bar 的说法矛盾",
            "關於 fern 的庫存，與 bar 的說法矛盾",
        ),
        (
            {"outcome": "outranked", "rival": "bar"},
            "not needed: bar came first",
            "未轮到：bar 排在前面",
            "未輪到：bar 排在前面",
        ),
        (
            {"outcome": "outranked", "rival": "club"},
            "not needed: another variant came first",
            "未轮到：另一版本排在前面",
            "未輪到：另一版本排在前面",
        ),
    ],
)
def test_an_outcome_is_said_with_what_it_hangs_on(
    verdict: Mapping[str, str], english: str, hans: str, hant: str
) -> None:
    assert [english, hans, hant] == _in_each(lambda teller: teller.outcome(_lost(**verdict)))


def test_a_cap_is_said_with_its_window() -> None:
    found = replace(
        _lost(outcome="capped"), ref=builtin("shown[club].last_7_days"), seen=3, sources=("counters",),
        cap=Cap("visitor", 3, timedelta(days=7)),
    )  # fmt: skip

    assert [
        "shown often enough: at most 3 in 7 days for each visitor; found 3 (from what was counted)",
        "展示次数已达上限：每位访客 7 天内最多 3 次；实际为 3（来自展示与关闭的统计）",
        "顯示次數已達上限：每位訪客 7 天內最多 3 次；實際為 3（來自顯示與關閉的統計）",
    ] == _in_each(lambda teller: teller.outcome(found))


NEAR = {
    "content/entries/bar.json": {
        "component": "banner",
        "variants": [
            {
                "key": "near",
                "when": {"cart.subtotal": {"at_least": "60.00"}},
                "content": {"en": {"headline": "Almost"}},
            },
            {"key": "default", "content": {"en": {"headline": "Ships free"}}},
        ],
    },
    "content/pages/cart.json": {
        "route": "/cart",
        "stage": "cart",
        "slots": {"top": {"accepts": ["banner"], "entries": ["bar"]}},
    },
}
CART = {"cart": {"lines": [{"sku": "fern", "quantity": 1, "unit_price": "54.00"}]}}
ASKED = {"request": {"cart": {"token": "c"}}}


@pytest.fixture(scope="session")
def near(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> Callable[..., list[str]]:
    """Say in each language why the banner's first variant lost."""
    snapshot = snapshot_of(NEAR)
    page, channel = surface_of(snapshot, "cart")

    def tell(case: Mapping[str, Any], *, missing: Mapping[str, str] | None = None, **more: Any) -> list[str]:
        context = replace(context_of(snapshot, page, case, channel), **more)
        step = decide(snapshot, page, context, trace=True).trace[0]
        found = Explainer(snapshot, context, missing).explained(step)
        return _in_each(lambda teller: teller.outcome(found))

    return tell


def test_what_came_with_the_request_is_said_to_have(near: Callable[..., list[str]]) -> None:
    assert [
        "its rule does not match: cart subtotal must be at least $60.00; found $54.00 (sent with the request)",
        "规则不符合：要求购物车小计不低于 US$60.00；实际为 US$54.00（随请求提供）",
        "規則不符合：要求購物車小計不低於 US$60.00；實際為 US$54.00（隨請求提供）",
    ] == near({"request": CART})


def test_what_a_shop_told_has_its_age(near: Callable[..., list[str]]) -> None:
    seen = {Signal.CART: Observation(NOW - timedelta(seconds=12))}

    assert [
        (
            "its rule does not match: cart subtotal must be at least $60.00; "
            "found $54.00 (from the shop's cart, 12 seconds ago)"
        ),
        "规则不符合：要求购物车小计不低于 US$60.00；实际为 US$54.00（来自商城的购物车，12 秒钟前）",
        "規則不符合：要求購物車小計不低於 US$60.00；實際為 US$54.00（來自商店的購物車，12 秒前）",
    ] == near({"request": CART}, now=NOW, observations=seen)


@pytest.mark.parametrize(
    ("missing", "english", "hans", "hant"),
    [
        (
            {},
            "the shop's cart could not be asked about this visitor",
            "无法就这位访客查询商城的购物车",
            "無法就這位訪客查詢商店的購物車",
        ),
        (
            {"cart": "timeout"},
            "the shop's cart did not answer in time",
            "商城的购物车未及时响应",
            "商店的購物車未及時回應",
        ),
        ({"cart": "not-configured"}, "no shop is connected", "未连接商城", "未連接商店"),
    ],
)
def test_what_is_unknown_has_its_reason(
    near: Callable[..., list[str]], missing: Mapping[str, str], english: str, hans: str, hant: str
) -> None:
    assert [
        f"its rule does not match: cart subtotal must be at least $60.00; unknown: {english}",
        f"规则不符合：要求购物车小计不低于 US$60.00；目前未知：{hans}",
        f"規則不符合：要求購物車小計不低於 US$60.00；目前未知：{hant}",
    ] == near({}, missing=missing)


@pytest.mark.parametrize(
    ("per", "every", "said"),
    [
        ("total", "P1D", "at most 3 in 1 day in all; found 5"),
        ("customer", "P2D", "at most 3 in 2 days for each customer; found 4"),
    ],
)
def test_a_cap_says_the_count_that_it_counts(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    per: str,
    every: str,
    said: str,
) -> None:
    bar = {"component": "banner", "offer": {"kind": "x"}, "cap": [{"per": per, "max": 3, "every": every}]}
    bar |= {"variants": [{"key": "default", "content": {"en": {"headline": "Ships free"}}}]}
    snapshot = snapshot_of(NEAR | {"content/entries/bar.json": bar})
    page, channel = surface_of(snapshot, "cart")
    now_ms, five_days = int(NOW.timestamp() * 1000), 5 * 24 * 3_600_000
    seen = (now_ms - five_days, *[now_ms - 1] * 4)
    counters = Counters(shown={"bar": {"web": seen}}, totals={"bar": {now_ms // (24 * 3_600_000): 5}})
    context = replace(context_of(snapshot, page, {"counted": True}, channel), now=NOW, counters=counters)
    step = decide(snapshot, page, context, trace=True).trace[0]

    assert f"shown often enough: {said} (from" in Teller({}, "en").outcome(Explainer(snapshot, context).explained(step))


def test_the_stage_is_the_page_s_own_and_was_not_sent(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> None:
    banner = NEAR["content/entries/bar.json"] | {"audience": {"page.stage": "account"}}
    snapshot = snapshot_of(NEAR | {"content/entries/bar.json": banner})
    page, channel = surface_of(snapshot, "cart")
    context = context_of(snapshot, page, {}, channel)
    found = Explainer(snapshot, context).explained(decide(snapshot, page, context, trace=True).trace[0])

    assert "found cart (the page's own)" in Teller({}, "en").outcome(found)


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
    said = _in_each(lambda teller: teller.change(_lost(outcome="when"), changes))

    assert f"would be shown with {english}" == said[0]
    assert [f"只要{hans}，就会展示", f"只要{hant}，就會顯示"] == [re.sub("^只要 ", "只要", text) for text in said[1:]]


def test_the_clock_is_moved_to_a_moment() -> None:
    said = Teller({}, "en").change(_lost(outcome="schedule"), [Change(None, "now", None, None, now=NOW)])

    assert "would be shown with the clock at Dec 2, 2026, 12:00:00\u202fPM" == said


def test_what_no_change_can_show_is_not_said_to_be_changeable() -> None:
    said = [
        Teller({}, "en").change(_lost(outcome=outcome), None) for outcome in ("chosen", "channel", "not-drawn", "when")
    ]

    assert ["", "", "", "no change that was tried shows it"] == said


def test_a_step_as_data_has_each_part_and_all_of_it_in_a_sentence() -> None:
    found = replace(
        _lost(outcome="placeholder", ref=SUBTOTAL), ref=SUBTOTAL, why="timeout", sources=("cart",),
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


def test_of_alternatives_that_all_fail_each_is_said_and_what_was_found_of_it(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> None:
    when = {"visitor.device": "mobile", "any": [{"visitor.is_new": True}, {"not": {"segment": "few"}}]}
    variants = [
        {"key": "v", "when": when, "content": {"en": {"headline": "Hello"}}},
        {"key": "default", "content": {"en": {"headline": "Hello"}}},
    ]
    slots = {"top": {"accepts": ["banner"], "entries": ["e"]}}
    snapshot = snapshot_of(
        {
            "content/entries/e.json": {"component": "banner", "variants": variants},
            "content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": slots},
            "segments/few.json": {"title": "Few visits", "when": {"visitor.visits": {"at_most": 3}}},
        }
    )
    page, channel = surface_of(snapshot, "cart")
    facts = {"visitor.device": "mobile", "visitor.visits": 2}
    context = context_of(snapshot, page, {"request": {"facts": facts}}, channel)
    step = decide(snapshot, page, context, trace=True).trace[0]
    found = Explainer(snapshot, context).explained(step)

    assert [
        (
            "its rule does not match: “first visit” must be yes, or the visitor must not be in the segment “Few visits”; "
            "found first visit: unknown and number of visits: 2"
        ),
        "规则不符合：要求“首次访问”为“是”，或者访客不属于“Few visits”人群；实际为首次访问：未知和访问次数：2",
        "規則不符合：要求「首次造訪」為「是」，或者訪客不屬於「Few visits」客群；實際為首次造訪：未知和造訪次數：2",
    ] == [Teller(snapshot.segment_titles, language).outcome(found) for language in LANGUAGES]
