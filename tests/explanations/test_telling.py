"""Telling why: every outcome, source and age has its words in each language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Reason
from cms.explanations import words
from cms.explanations.explaining import Explainer
from cms.explanations.telling import Teller
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, Observation
from cms.facts.counters import Counters
from cms.facts.signals import Signal
from cms.offers.offer import Cap
from cms.segments.phrases import LANGUAGES
from tests.explanations.losing import in_each, lost

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
TABLES = {
    f"{name} {key}": said
    for name in ("OUTCOMES", "REASON_WORDS", "MATTERS", "CAPS", "SOURCES", "TOLD", "UNKNOWN", "FOUND", "CHANGES")
    for key, said in getattr(words, name).items()
}
CHARACTERS = {"en": "latin-1", "zh-Hans": "gb2312", "zh-Hant": "big5"}
SUBTOTAL = builtin("cart.subtotal")


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
    assert [english, hans, hant] == in_each(lambda teller: teller.outcome(lost(**verdict)))


def test_a_cap_is_said_with_its_window() -> None:
    found = replace(
        lost(outcome="capped"), ref=builtin("shown[club].last_7_days"), seen=3, sources=("counters",),
        cap=Cap("visitor", 3, timedelta(days=7)),
    )  # fmt: skip

    assert [
        "shown often enough: at most 3 in 7 days for each visitor; found 3 (from what was counted)",
        "展示次数已达上限：每位访客 7 天内最多 3 次；实际为 3（来自展示与关闭的统计）",
        "顯示次數已達上限：每位訪客 7 天內最多 3 次；實際為 3（來自顯示與關閉的統計）",
    ] == in_each(lambda teller: teller.outcome(found))


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
        return in_each(lambda teller: teller.outcome(found))

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
