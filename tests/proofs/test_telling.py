"""What is proved is told in whole sentences: what, who, why and what to do, in each language of ours."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest

from cms.content.snapshot import Snapshot
from cms.counterfactuals import ANOTHER
from cms.facts.declarations import FactRef
from cms.facts.money import Money
from cms.facts.values import NEVER
from cms.problems import Severity
from cms.proofs import words
from cms.proofs.finding import Finding
from cms.proofs.telling import told, who
from cms.segments.conditions import All, InSegment
from cms.segments.conditions import Test as Ask
from cms.visitors.visitor import Visitor
from tests.decisions.conftest import compiled

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
TABLES = {
    f"{name} {key}": said
    for name in ("MESSAGES", "SUGGESTIONS", "REASONS", "QUESTIONS", "CHANNELS", "WHO", "SAID", "JOINTS", "HINTS")
    for key, said in getattr(words, name).items()
}
CHARACTERS = {"en": "ascii", "zh-Hans": "gb2312"}


def _variant(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "content": {"en": {"headline": key.title()}}, **more}


def _banner(*variants: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"component": "banner", "variants": [*variants, _variant("default")], **more}


def _threshold(amount: str) -> dict[str, Any]:
    return {"claims": {"threshold": {"free-shipping": amount}}}


def _slot(*entries: str, **more: Any) -> dict[str, Any]:
    return {"accepts": ["banner"], "entries": list(entries), **more}


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Two segments, a page of three slots, one with a summer sale, and a mail."""
    return compiled(
        {
            "segments/facts.json": {
                "plant.watered": {"type": "duration", "origin": "trait", "title": {"en": "time since watering", "zh-Hans": "距上次浇水"}}
            },
            "segments/members.json": {"when": {"customer.is_member": True}},
            "segments/weekend.json": {"when": {"now.weekday": ["saturday", "sunday"], "customer.is_member": True}},
            "segments/guests.json": {"when": {"not": {"segment": "weekend"}}},
            "segments/nobody.json": {"when": {"cart.subtotal": {"more_than": "200.00", "less_than": "150.00"}}},
            "content/entries/bar.json": _banner(
                _variant("near", when={"cart.subtotal": {"at_least": "60.00"}}),
                _variant("rich", when={"cart.subtotal": {"at_least": "90.00"}}),
            ),
            "content/entries/early.json": _banner(
                _variant("ad", when={"source.kind": "paid"}, **_threshold("49.00")),
                _variant("low", claims={"discount": {"fern": 20}, "push": ["fern"]}, when={"visitor.is_new": True}),
                _variant("drawn"),
            ),
            "content/entries/late.json": _banner(
                _variant("ad", when={"source.kind": "paid"}, **_threshold("59.00")),
                _variant("high", claims={"discount": {"fern": 15}, "sold_out": ["fern"]}, when={"visitor.is_new": True}),
            ),
            "content/entries/club.json": _banner(offer={"kind": "club"}),
            "content/entries/sale.json": _banner(schedule={"until": "2026-12-31T00:00-05:00"}),
            "content/experiments/words.json": {
                "entry": "early",
                "arms": [
                    {"key": "control", "variant": "low", "buckets": [0, 4999]},
                    {"key": "drawn", "variant": "drawn", "buckets": [5000, 9999]},
                ],
            },
            "content/pages/cart.json": {
                "route": "/cart",
                "stage": "cart",
                "slots": {"top": _slot("bar", "early"), "side": _slot("late"), "end": _slot("club"), "low": _slot("sale")},
            },
            "content/emails/left.json": {"subject": {"en": "Left"}, "preheader": {"en": "Still there"}, "slots": {"top": _slot("bar")}},
        }
    )  # fmt: skip


def visitor(**more: Any) -> Visitor:
    usual = {"now": NOW, "locale": "en", "currency": "USD", "channel": "web", "facts": {}}
    return Visitor(**{**usual, **more})


RICH = visitor(facts={"cart.subtotal": Money(9500, "USD"), "visitor.is_new": True})


def found(code: str, **more: Any) -> Finding:
    return Finding(code, Severity.ERROR, **{"kind": "page", "key": "cart", **more})


def ref(snapshot: Snapshot, name: str) -> FactRef:
    found = snapshot.schema.find(name)
    assert found is not None
    return found


def in_each(finding: Finding, snapshot: Snapshot) -> list[str]:
    return [" | ".join(told(finding, snapshot, language)) for language in words.LANGUAGES]


@pytest.mark.parametrize("key", TABLES)
def test_a_phrase_has_the_same_gaps_in_each_language_and_its_characters(key: str) -> None:
    phrase = TABLES[key]

    gaps = {frozenset(gap for _, gap, _, _ in Formatter().parse(said) if gap) for said in phrase.values()}

    assert set(words.LANGUAGES) == set(phrase)
    assert 1 == len(gaps)
    for language, characters in CHARACTERS.items():
        phrase[language].encode(characters)


def test_every_message_has_its_suggestion() -> None:
    assert words.MESSAGES.keys() == words.SUGGESTIONS.keys()


def test_of_a_segment_that_nobody_is_in_the_parts_that_contradict_are_said(snapshot: Snapshot) -> None:
    clauses = snapshot.segments["nobody"]
    assert isinstance(clauses, All)
    nearest = visitor(facts={"cart.subtotal": Money(14999, "USD")})
    finding = found("never-matches", kind="segment", key="nobody", clauses=clauses.parts, visitor=nearest)

    assert [
        (
            "Nobody can be in the segment nobody. These contradict each other: cart subtotal must be more than $200.00; "
            "cart subtotal must be less than $150.00. The closest is a visitor (cart subtotal: $149.99): one part fails. | "
            "Loosen one part, or delete the segment. "
            'If one of them is enough, as with hours around midnight, join them with "any".'
        ),
        (
            "没有任何访客符合人群 nobody 的条件。以下条件互相矛盾：购物车小计高于 US$200.00；购物车小计低于 US$150.00。"
            "最接近的是访客（购物车小计：US$149.99）：仅有一项条件不符。 | 请放宽其中一项条件，或删除该人群。"
            '如果满足其中之一即可（例如跨越午夜的时段），请用 "any" 连接。'
        ),
    ] == in_each(finding, snapshot)


def test_one_part_that_cannot_be_met_contradicts_nothing_else(snapshot: Snapshot) -> None:
    part = snapshot.segments["members"]
    finding = found("never-matches", kind="segment", key="members", clauses=(part,))

    assert [
        "Nobody can be in the segment members. This cannot be met: “member” must be yes.",
        "没有任何访客符合人群 members 的条件。以下条件无法满足：“会员”为“是”。",
    ] == [told(finding, snapshot, language)[0] for language in words.LANGUAGES]


def test_a_variant_behind_others_names_them_and_who_sees_what_instead(snapshot: Snapshot) -> None:
    by = (("bar", "near"), ("early", "ad"))
    finding = found(
        "unreachable", place="cart/top", entry="bar", variant="rich", by=by, visitor=RICH, shown=("bar:near",)
    )

    assert [
        (
            "bar:rich is never shown: everyone it is meant for is already taken by bar:near and early:ad. "
            "For example, a visitor (cart subtotal: $95.00; first visit: yes) sees bar:near. | "
            "Move it up, narrow what comes before it, or remove it."
        ),
        (
            "bar:rich 永远不会展示：它的目标人群已被 bar:near 和 early:ad 全部覆盖。"
            "例如，访客（购物车小计：US$95.00，首次访问：是）看到的是 bar:near。 | "
            "请将它上移、缩小排在它前面的内容的目标人群，或将它删除。"
        ),
    ] == in_each(finding, snapshot)


def test_a_variant_whose_own_rule_never_matches_names_its_parts(snapshot: Snapshot) -> None:
    clauses = snapshot.segments["nobody"]
    assert isinstance(clauses, All)
    finding = found("unreachable", entry="bar", variant="rich", clauses=clauses.parts)

    assert [
        (
            "bar:rich is never shown: nobody can meet all that it asks. These contradict each other: cart subtotal must be "
            "more than $200.00; cart subtotal must be less than $150.00. | Loosen one part, or remove the variant. "
            'If one of them is enough, as with hours around midnight, join them with "any".'
        ),
        (
            "bar:rich 永远不会展示：没有访客能同时满足它的全部要求。以下条件互相矛盾：购物车小计高于 US$200.00；"
            "购物车小计低于 US$150.00。 | 请放宽其中一项条件，或删除该版本。"
            '如果满足其中之一即可（例如跨越午夜的时段），请用 "any" 连接。'
        ),
    ] == in_each(finding, snapshot)


def test_a_variant_for_a_segment_that_nobody_is_in_sends_to_the_segment(snapshot: Snapshot) -> None:
    finding = found("unreachable", place="cart/top", entry="bar", variant="rich", clauses=(InSegment("nobody"),))

    assert [
        (
            "bar:rich is never shown: nobody who gets there can be in the segment nobody, which it asks for. | "
            "Mend the segment nobody, show the variant elsewhere, or remove it."
        ),
        (
            "bar:rich 永远不会展示：它要求访客属于人群 nobody，而到达此处的访客都不符合。 | "
            "请修改人群 nobody、将该版本用于别处，或将它删除。"
        ),
    ] == in_each(finding, snapshot)


def test_an_arm_that_nobody_is_drawn_into_is_not_told_to_move_up(snapshot: Snapshot) -> None:
    by = (("early", "low"),)

    message, suggestion = told(found("unreachable", entry="early", variant="drawn", by=by), snapshot, "en")

    assert (
        "early:drawn is never shown: its experiment shows it only in place of early:low, and nobody comes to that."
        == message
    )
    assert suggestion.startswith("See to it that early:low can be shown")


def test_what_a_day_has_ended_cannot_be_met_from_now_on(snapshot: Snapshot) -> None:
    past = Ask(ref(snapshot, "now.date"), "before", date(2026, 11, 1))
    finding = found("never-matches", kind="segment", key="members", clauses=(past,))

    assert [
        "Nobody can be in the segment members. From now on this cannot be met: today must be before Nov 1, 2026.",
        "没有任何访客符合人群 members 的条件。从现在起，以下条件无法再满足：今天早于 2026年11月1日。",
    ] == [told(finding, snapshot, language)[0] for language in words.LANGUAGES]


def test_an_amount_in_a_currency_that_nobody_pays_in_is_held_against_those_they_do(snapshot: Snapshot) -> None:
    euros = Ask(ref(snapshot, "cart.subtotal"), "at_least", Money(8000, "EUR"))
    finding = found("never-matches", kind="segment", key="members", clauses=(euros,))

    english, hans = (told(finding, snapshot, language)[0] for language in words.LANGUAGES)

    assert english.endswith("cart subtotal must be at least \u20ac80.00. Amounts are in TWD and USD here.")
    assert hans.endswith("此处的金额均以 TWD 和 USD 计。")


def test_a_variant_that_the_rest_of_the_page_leaves_no_room_is_told_so(snapshot: Snapshot) -> None:
    finding = found(
        "unreachable", place="cart/end", entry="club", variant="default", by=(("bar", "near"),), visitor=visitor()
    )

    assert [
        (
            "club:default is never shown: it always loses to bar:near further up the page. "
            "For example, a visitor of whom nothing is known sees nothing there. | "
            "Let the page show more offers (max_offers), do away with their exclusive group or clashing claims, "
            "or move it further up."
        ),
        (
            "club:default 永远不会展示：它的位置总是被页面上方的 bar:near 占用。例如，没有任何已知信息的访客在那里看不到任何内容。 | "
            "请让页面展示更多优惠（max_offers），取消互斥组、消除矛盾的说法，或将它移到更靠前的版位。"
        ),
    ] == in_each(finding, snapshot)


def test_a_place_that_is_empty_says_for_whom_and_when(snapshot: Snapshot) -> None:
    later = visitor(now=datetime(2026, 12, 31, 5, tzinfo=UTC), facts={"visitor.is_new": True})

    assert [
        (
            "cart/low shows nothing to a visitor (time: Dec 31, 2026, 12:00\u202fAM; first visit: yes). "
            "What stands there is kept away: sale (not scheduled now). | "
            'Add an entry that is for everybody at all times and no offer, or say "may_be_empty": true.'
        ),
        (
            "访客（时间：2026年12月31日 00:00，首次访问：是）在 cart/low 看不到任何内容。此处的内容未能展示：sale（当前不在排期内）。 | "
            "请添加一个面向所有访客、始终可展示且不属于优惠的内容，或为该版位设置 may_be_empty: true。"
        ),
    ] == in_each(found("no-content", place="cart/low", visitor=later), snapshot)


def test_a_place_that_others_keep_empty_names_them(snapshot: Snapshot) -> None:
    finding = found("no-content", place="cart/end", by=(("bar", "near"),))

    assert [
        "cart/end shows nothing to some visitors. What would fit there loses to bar:near further up the page.",
        "部分访客在 cart/end 看不到任何内容。原本合适的内容因页面上方的 bar:near 而未能展示。",
    ] == [told(finding, snapshot, language)[0] for language in words.LANGUAGES]


def test_a_contradiction_says_both_sides(snapshot: Snapshot) -> None:
    finding = found(
        "contradiction", place="cart/side", entry="late", variant="ad", by=(("early", "ad"),),
        detail="threshold of free-shipping", visitor=visitor(),
    )  # fmt: skip

    assert [
        (
            "late:ad contradicts early:ad about the threshold of free-shipping: $59.00 against $49.00. "
            "So cart/side shows nothing to a visitor of whom nothing is known. | "
            "Let both say the same, or add an entry there that says nothing of it."
        ),
        (
            "关于 free-shipping 的门槛，late:ad 与 early:ad 的说法矛盾（分别为 US$59.00 和 US$49.00）。"
            "因此，没有任何已知信息的访客在 cart/side 看不到任何内容。 | 请让两者说法一致，或在该版位添加一个不涉及此事的内容。"
        ),
    ] == in_each(finding, snapshot)


@pytest.mark.parametrize(
    ("detail", "english", "hans"),
    [
        ("discount of fern", "about the discount on fern: 15% against 20%.", "关于 fern 的折扣，"),
        ("stock of fern", "about the stock of fern: sold out against in stock.", "说法矛盾（分别为售罄和有货）。"),
    ],
)
def test_each_kind_of_claim_has_its_words(detail: str, english: str, hans: str, snapshot: Snapshot) -> None:
    finding = found(
        "contradiction", place="cart/side", entry="late", variant="high", by=(("early", "low"),), detail=detail
    )

    said = in_each(finding, snapshot)

    assert english in said[0]
    assert hans in said[1]


def test_a_contradiction_of_several_is_told_without_their_sides(snapshot: Snapshot) -> None:
    several = (("early", "ad"), ("early", "low"))
    finding = found("contradiction", place="cart/side", by=several, detail="threshold of free-shipping")

    assert (
        "cart/side contradicts early:ad and early:low about the threshold of free-shipping. "
        "So cart/side shows nothing to some visitors."
    ) == told(finding, snapshot, "en")[0]


def test_what_a_channel_cannot_know_is_named(snapshot: Snapshot) -> None:
    facts = (ref(snapshot, "visitor.device"), ref(snapshot, "visitor.is_new"))
    recipient = visitor(channel="email", facts={"visitor.country": "TW"})
    finding = found(
        "wrong-channel", place="emails/left/top", channel="email", entry="bar", variant="near", facts=facts,
        visitor=recipient, shown=("bar:default",),
    )  # fmt: skip

    assert [
        (
            "bar:near is never shown in emails/left/top: its rule needs device and first visit, and in mails this is never known. "
            "For example, a visitor (country: TW) sees bar:default. | "
            "Write its rule with what is known in mails, use another entry there, or, if it is not meant for there, "
            'name its channels in the rule, such as "channel": ["web", "app"].'
        ),
        (
            "bar:near 在 emails/left/top 永远不会展示：它的规则依赖设备和首次访问，而这些信息在邮件中无法获知。"
            "例如，访客（国家：TW）看到的是 bar:default。 | "
            "请改用在邮件中可以获知的信息，或在此处换用其他内容；如果它本就不用于此处，请在规则中写明渠道，"
            '例如 "channel": ["web", "app"]。'
        ),
    ] == in_each(finding, snapshot)


def test_a_channel_stands_for_the_place_where_none_is_named(snapshot: Snapshot) -> None:
    finding = found("wrong-channel", channel="app", entry="bar", variant="near")

    assert told(finding, snapshot, "en")[0].startswith("bar:near is never shown in the app: ")


def test_segments_that_are_the_same_are_both_named(snapshot: Snapshot) -> None:
    finding = found("equivalent", kind="segment", key="members", by=(("guests", ""),))

    assert [
        (
            "The segments members and guests always hold the same visitors. | "
            "Keep one and use it for both, or change one if they should differ."
        ),
        "人群 members 与 guests 包含的访客始终相同。 | 请只保留其中一个；如果两者本应不同，请修改其中一个。",
    ] == in_each(finding, snapshot)


def test_of_a_segment_within_another_it_is_said_who_makes_the_difference(snapshot: Snapshot) -> None:
    member = visitor(facts={"customer.is_member": True})
    finding = found("contained", kind="segment", key="weekend", by=(("members", ""),), visitor=member)

    assert [
        (
            "Everyone in the segment weekend is also in members. Not the other way round: "
            "a visitor (time: Dec 2, 2026, 7:00\u202fAM; member: yes) is only in members. | "
            "If that is meant, only mind the order: a variant for weekend has to stand above one for members."
        ),
        (
            "人群 weekend 中的访客都属于人群 members。反之则不然：访客（时间：2026年12月2日 07:00，会员：是）只属于 members。 | "
            "如果这是您的本意，只需注意顺序：面向 weekend 的版本应排在面向 members 的版本之前。"
        ),
    ] == in_each(finding, snapshot)


@pytest.mark.parametrize(
    ("detail", "english", "hans"),
    [
        (
            "time",
            (
                "Time was up before it was known whether cart/top always shows something. | "
                "Nothing is known to be wrong. Give the check more time (--budget), or put fewer variants in one place."
            ),
            (
                "在限定时间内未能得出结论：cart/top 是否始终有内容。 | "
                "目前没有发现问题。请延长检查时间（--budget），或减少同一版位的版本数量。"
            ),
        ),
        (
            "solver",
            (
                "No answer was found to whether cart/top always shows something. | "
                "Nothing is known to be wrong. Write the rules there more simply."
            ),
            "未能得出结论：cart/top 是否始终有内容。 | 目前没有发现问题。请简化此处的规则。",
        ),
        (
            "extra",
            (
                "Only samples were looked at: what none of them showed is not proved, because the extra vitrine-cms[proofs] "
                'is not installed. | Install it: pip install "vitrine-cms[proofs]".'
            ),
            (
                "只检查了抽样访客：由于未安装扩展包 vitrine-cms[proofs]，抽样未发现的问题尚未得到证明。 | "
                '请安装：pip install "vitrine-cms[proofs]"。'
            ),
        ),
    ],
)
def test_what_is_not_proved_is_said_with_the_reason(detail: str, english: str, hans: str, snapshot: Snapshot) -> None:
    assert [english, hans] == in_each(found("not-proved", place="cart/top", detail=detail), snapshot)


@pytest.mark.parametrize(
    ("about", "english", "hans"),
    [
        ({"place": "cart/top", "entry": "bar", "variant": "near"}, "bar:near is ever shown", "bar:near 是否会展示"),
        (
            {"place": "emails/left"},
            "emails/left always shows something in each of its slots",
            "emails/left 的每个版位是否始终有内容",
        ),
        (
            {"kind": "segment", "key": "members"},
            "anybody can be in the segment members, and whether another holds the same visitors",
            "是否有访客符合人群 members 的条件，以及它与其他人群是否相同",
        ),
    ],
)
def test_what_was_asked_follows_from_what_it_is_about(
    about: Mapping[str, str], english: str, hans: str, snapshot: Snapshot
) -> None:
    said = in_each(found("not-proved", detail="solver", **about), snapshot)

    assert said[0].startswith(f"No answer was found to whether {english}. ")
    assert said[1].startswith(f"未能得出结论：{hans}。")


@pytest.mark.parametrize(
    ("name", "value", "english", "hans"),
    [
        ("visitor.is_new", False, "first visit: no", "首次访问：否"),
        ("cart.count", 3, "items in the cart: 3", "购物车件数：3"),
        ("churn_risk", Decimal("0.25"), "churn risk: 0.25", "流失风险：0.25"),
        ("cart.gap[free-shipping]", Money(600, "USD"), "amount missing to the promotion free-shipping: $6.00", "距 free-shipping 促销门槛的差额：US$6.00"),
        ("visitor.country", "TW", "country: TW", "国家：TW"),
        ("source.campaign", "spring sale", "campaign: “spring sale”", "营销活动：“spring sale”"),
        ("visitor.device", "mobile", "device: mobile", "设备：mobile"),
        ("cart.skus", frozenset({"pot", "fern", "moss"}), "products in the cart: fern, moss and pot", "购物车中的商品：fern、moss 和 pot"),
        ("cart.skus", frozenset(), "products in the cart: nothing", "购物车中的商品：空"),
        ("bought[fern]", date(2026, 11, 7), "last purchase of fern: Nov 7, 2026", "fern 的最近一次购买：2026年11月7日"),
        ("orders.last", NEVER, "last order: never", "最近一次下单：从未发生"),
        ("plant.watered", timedelta(days=2, hours=3), "time since watering: 2 days 3 hours", "距上次浇水：2 天 3 小时"),
        ("cart.subtotal", None, "cart subtotal: unknown", "购物车小计：未知"),
        ("source.campaign", ANOTHER, "campaign: something else", "营销活动：其他内容"),
    ],
)  # fmt: skip
def test_a_fact_of_every_type_is_said(name: str, value: Any, english: str, hans: str, snapshot: Snapshot) -> None:
    one = visitor(facts={name: value})

    assert [english, hans] == [who(one, snapshot, language, is_dated=False) for language in words.LANGUAGES]


def test_a_visitor_of_whom_nothing_is_known_is_said_to_be_so(snapshot: Snapshot) -> None:
    assert ["a visitor of whom nothing is known", "没有任何已知信息的访客"] == [
        who(visitor(), snapshot, language, is_dated=False) for language in words.LANGUAGES
    ]


def test_market_language_channel_and_moment_are_said_where_they_are_not_the_usual(snapshot: Snapshot) -> None:
    abroad = visitor(locale="zh-Hant", currency="TWD", channel="app")

    assert [
        "market: tw; language: zh-Hant; channel: app; time: Dec 2, 2026, 8:00\u202fPM; nothing else known",
        "市场：tw，语言：zh-Hant，渠道：app，时间：2026年12月2日 20:00，其他信息未知",
    ] == [who(abroad, snapshot, language) for language in words.LANGUAGES]


def test_of_many_facts_the_known_ones_come_first_and_the_rest_is_counted(snapshot: Snapshot) -> None:
    facts = {"cart.subtotal": None} | {f"stock[s{number}]": number for number in range(7)}

    english, hans = (who(visitor(facts=facts), snapshot, language, is_dated=False) for language in words.LANGUAGES)

    assert english.startswith("stock of s0: 0; ")
    assert english.endswith("; stock of s5: 5; and 2 more")
    assert hans.endswith("，s5 的库存：5，另有 2 项")


def test_the_moment_is_said_where_a_fact_is_a_date(snapshot: Snapshot) -> None:
    dated = visitor(facts={"orders.last": date(2026, 11, 7)})

    assert (
        "a visitor (time: Dec 2, 2026, "
        in told(found("no-content", place="cart/top", visitor=dated), snapshot, "en")[0]
    )


@pytest.mark.parametrize(
    ("language", "as_in"), [("zh-Hant", "en"), ("zh-CN", "zh-Hans"), ("zh-TW", "en"), ("de", "en")]
)
def test_a_language_without_words_of_ours_is_told_in_english(language: str, as_in: str, snapshot: Snapshot) -> None:
    finding = found("no-content", place="cart/top", visitor=RICH)

    assert told(finding, snapshot, as_in) == told(finding, snapshot, language)


def test_no_sentence_speaks_the_language_of_solvers() -> None:
    said = " ".join(words["en"] for words in TABLES.values()).lower()

    assert [] == [word for word in ("satisfiable", "shadowed", "predicate", "guard", "solver") if word in said]
