"""The words that conditions are said with, in the languages we ship."""

from collections.abc import Mapping
from string import Formatter

from cms.facts.locales import negotiate

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
_SIGNS = "$¥€£₩%+-"  # a number may begin or end with
Words = Mapping[str, str]  # language → words


def language_of(locale: str) -> str:
    """Pick the language of ours that a reader of a locale reads best."""
    return negotiate(locale, LANGUAGES, "en")


def words(en: str, hans: str, hant: str) -> Words:
    return dict(zip(LANGUAGES, (en, hans, hant), strict=True))


def filled(template: str, **gaps: str) -> str:
    """Fill gaps, with a space where Chinese characters meet letters or digits."""
    said = ""
    for literal, gap, _, _ in Formatter().parse(template):
        for part in (literal, gaps[gap] if gap else ""):
            said += f" {part}" if _touch(said[-1:], part[:1]) else part
    return said


def _touch(before: str, after: str) -> bool:
    return (_is_chinese(before) and _is_latin(after)) or (_is_latin(before) and _is_chinese(after))


def _is_chinese(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff"


def _is_latin(sign: str) -> bool:
    return bool(sign) and ((sign.isascii() and sign.isalnum()) or sign in _SIGNS)


# By operator, then by what stands against it where the type makes a difference. A leading "not " says the opposite.
PHRASES: Mapping[str, Words] = {
    "is": words("{fact} must be {value}", "{fact}是{value}", "{fact}是{value}"),
    "not is": words("{fact} must not be {value}", "{fact}不是{value}", "{fact}不是{value}"),
    "is number": words("{fact} must be {value}", "{fact}等于{value}", "{fact}等於{value}"),
    "not is number": words("{fact} must not be {value}", "{fact}不等于{value}", "{fact}不等於{value}"),
    "is money": words("{fact} must be {value}", "{fact}等于{value}", "{fact}等於{value}"),
    "not is money": words("{fact} must not be {value}", "{fact}不等于{value}", "{fact}不等於{value}"),
    "is bool": words("“{fact}” must be {value}", "“{fact}”为“{value}”", "「{fact}」為「{value}」"),
    "not is bool": words("“{fact}” must not be {value}", "“{fact}”不为“{value}”", "「{fact}」不為「{value}」"),
    "is set": words("{fact} must be exactly {value}", "{fact}正好是{value}", "{fact}正好是{value}"),
    "not is set": words("{fact} must not be exactly {value}", "{fact}并非正好是{value}", "{fact}並非正好是{value}"),
    "is nothing": words("{fact} must be empty", "{fact}为空", "{fact}為空"),
    "not is nothing": words("{fact} must not be empty", "{fact}不为空", "{fact}不為空"),
    "at_least": words("{fact} must be at least {value}", "{fact}不低于{value}", "{fact}不低於{value}"),
    "at_most": words("{fact} must be at most {value}", "{fact}不高于{value}", "{fact}不高於{value}"),
    "more_than": words("{fact} must be more than {value}", "{fact}高于{value}", "{fact}高於{value}"),
    "less_than": words("{fact} must be less than {value}", "{fact}低于{value}", "{fact}低於{value}"),
    "at_least number": words("{fact} must be at least {value}", "{fact}至少为{value}", "{fact}至少為{value}"),
    "at_most number": words("{fact} must be at most {value}", "{fact}最多为{value}", "{fact}最多為{value}"),
    "more_than number": words("{fact} must be more than {value}", "{fact}大于{value}", "{fact}大於{value}"),
    "less_than number": words("{fact} must be less than {value}", "{fact}小于{value}", "{fact}小於{value}"),
    "between": words(
        "{fact} must be between {low} and {high}", "{fact}在{low}到{high}之间", "{fact}介於{low}到{high}之間"
    ),
    "not between": words(
        "{fact} must not be between {low} and {high}", "{fact}不在{low}到{high}之间", "{fact}不介於{low}到{high}之間"
    ),
    "has_any": words("{fact} must include {value}", "{fact}包含{value}", "{fact}包含{value}"),
    "has_none": words("{fact} must not include {value}", "{fact}不包含{value}", "{fact}不包含{value}"),
    "has_all": words("{fact} must include {value}", "{fact}包含{value}", "{fact}包含{value}"),
    "not has_all": words(
        "{fact} must not include all of {value}", "{fact}未全部包含{value}", "{fact}未全部包含{value}"
    ),
    "size": words("the number of {fact}", "{fact}数量", "{fact}數量"),
    "ever": words("{fact} must have happened", "有“{fact}”记录", "有「{fact}」紀錄"),
    "not ever": words("{fact} must never have happened", "没有“{fact}”记录", "沒有「{fact}」紀錄"),
    "before": words("{fact} must be before {value}", "{fact}早于{value}", "{fact}早於{value}"),
    "not before": words(
        "{fact} must be on or after {value} (or never)",
        "{fact}不早于{value}（或从未发生）",
        "{fact}不早於{value}（或從未發生）",
    ),
    "since": words("{fact} must be on or after {value}", "{fact}不早于{value}", "{fact}不早於{value}"),
    "not since": words(
        "{fact} must be before {value} (or never)", "{fact}早于{value}（或从未发生）", "{fact}早於{value}（或從未發生）"
    ),
    "days_ago_at_least": words(
        "{fact} must be at least {days} ago", "{fact}距今不少于{days}", "{fact}距今不少於{days}"
    ),
    "not days_ago_at_least": words(
        "{fact} must be less than {days} ago (or never)",
        "{fact}距今不足{days}（或从未发生）",
        "{fact}距今不足{days}（或從未發生）",
    ),
    "days_ago_at_most": words(
        "{fact} must be within the last {days}", "{fact}在过去{days}之内", "{fact}在過去{days}之內"
    ),
    "not days_ago_at_most": words(
        "{fact} must not be within the last {days}", "{fact}不在过去{days}之内", "{fact}不在過去{days}之內"
    ),
    "today or before": words("{fact} must be today or earlier", "{fact}是今天或更早", "{fact}是今天或更早"),
    "not today or before": words(
        "{fact} must be after today (or never)", "{fact}在今天之后（或从未发生）", "{fact}在今天之後（或從未發生）"
    ),
    "today": words("{fact} must be today", "{fact}是今天", "{fact}是今天"),
    "not today": words("{fact} must not be today", "{fact}不是今天", "{fact}不是今天"),
    "starts_with": words("{fact} must begin with {value}", "{fact}以{value}开头", "{fact}以{value}開頭"),
    "not starts_with": words("{fact} must not begin with {value}", "{fact}不以{value}开头", "{fact}不以{value}開頭"),
    "known": words("{fact} must be known", "{fact}已知", "{fact}已知"),
    "not known": words("{fact} must be unknown", "{fact}未知", "{fact}未知"),
    "segment": words("the visitor must be in the segment {value}", "访客属于{value}人群", "訪客屬於{value}客群"),
    "not segment": words(
        "the visitor must not be in the segment {value}", "访客不属于{value}人群", "訪客不屬於{value}客群"
    ),
    "share": words("{percent} of the {fact}", "{fact}的{percent}", "{fact}的{percent}"),
    "fact": words("the {fact}", "{fact}", "{fact}"),
    "and": words("{left}, and {right}", "{left}，并且{right}", "{left}，並且{right}"),
    "or": words("{left}, or {right}", "{left}，或者{right}", "{left}，或者{right}"),
    "group": words("({whole})", "（{whole}）", "（{whole}）"),
    "quoted": words("“{value}”", "“{value}”", "「{value}」"),
    "comma": words("{left}, {right}", "{left}、{right}", "{left}、{right}"),
    "these": words("{left} and {right}", "{left}和{right}", "{left}和{right}"),
    "of these": words("{left} or {right}", "{left}或{right}", "{left}或{right}"),
    "yes": words("yes", "是", "是"),
    "no": words("no", "否", "否"),
    "never": words("never", "从未发生", "從未發生"),
    "unknown": words("unknown", "未知", "未知"),
    "nothing": words("nothing", "空", "空"),
    "days": words("{count} days", "{count}天", "{count}天"),
    "1 days": words("{count} day", "{count}天", "{count}天"),
}

# How a fact about one thing is named; `key` is that thing.
FAMILIES: Mapping[str, Words] = {
    "session.seconds_in": words("seconds in the category {key}", "在{key}分类的停留秒数", "在{key}分類的停留秒數"),
    "cart.quantity": words("quantity of {key} in the cart", "购物车中{key}的件数", "購物車中{key}的件數"),
    "cart.amount_in": words("cart amount in the category {key}", "购物车中{key}分类的金额", "購物車中{key}分類的金額"),
    "cart.gap": words("amount missing to the promotion {key}", "距{key}促销门槛的差额", "距{key}促銷門檻的差額"),
    "bought": words("last purchase of {key}", "{key}的最近一次购买", "{key}的最近一次購買"),
    "orders.quantity": words(
        "quantity of {key} bought within 90 days", "近 90 天购买{key}的件数", "近 90 天購買{key}的件數"
    ),
    "stock": words("stock of {key}", "{key}的库存", "{key}的庫存"),
    "next.threshold": words("next threshold of {key}", "{key}的下一档门槛", "{key}的下一級門檻"),
    "next.percent": words(
        "percent off at the next threshold of {key}", "{key}下一档的折扣百分比", "{key}下一級的折扣百分比"
    ),
    "tier.percent": words("percent off reached with {key}", "{key}已达到的折扣百分比", "{key}已達到的折扣百分比"),
    "affinity": words("affinity to the category {key}", "对{key}品类的偏好度", "對{key}品類的偏好度"),
    "replenish_due": words("replenishment date of {key}", "{key}的补货到期日", "{key}的補貨到期日"),
    "shown": words("times {key} was shown within 7 days", "近 7 天{key}的展示次数", "近 7 天{key}的顯示次數"),
    "dismissed": words("dismissal of {key}", "{key}的最近一次关闭", "{key}的最近一次關閉"),
}
ANY_FAMILY: Words = words("{fact} ({key})", "{fact}（{key}）", "{fact}（{key}）")
