"""The few fixed words of components that no author writes, in the languages we ship."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "add": {"en": "Add to cart", "zh-Hans": "加入购物车", "zh-Hant": "加入購物車"},
    "close": {"en": "Close", "zh-Hans": "关闭", "zh-Hant": "關閉"},
    "dismiss": {"en": "Dismiss", "zh-Hans": "收起", "zh-Hant": "收合"},
    "differs": {"en": "What differs", "zh-Hans": "不同之处", "zh-Hant": "不同之處"},
    "in_stock": {"en": "In stock", "zh-Hans": "有货", "zh-Hant": "有現貨"},
    "list_price": {"en": "Regular price", "zh-Hans": "原价", "zh-Hant": "原價"},
    "price": {"en": "Price", "zh-Hans": "价格", "zh-Hant": "價格"},
    "progress": {
        "": "{value} / {goal}",
        "en": "{value} of {goal}",
        "zh-Hans": "{value}，目标 {goal}",
        "zh-Hant": "{value}，目標 {goal}",
    },
    "rated": {"en": "{rating} of 5", "zh-Hans": "{rating} 分（满分 5 分）", "zh-Hant": "{rating} 分（滿分 5 分）"},
    "review": {"en": "{count} review", "zh-Hans": "{count} 条评价", "zh-Hant": "{count} 則評價"},
    "reviews": {"en": "{count} reviews", "zh-Hans": "{count} 条评价", "zh-Hant": "{count} 則評價"},
    "sold_out": {"en": "Sold out", "zh-Hans": "已售罄", "zh-Hant": "已售完"},
    "total": {"en": "Together", "zh-Hans": "合计", "zh-Hant": "合計"},
    "view": {"en": "View", "zh-Hans": "查看", "zh-Hant": "查看"},
}
_REGIONS = {"zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh": "zh-Hans"}


def word_for(key: str, locale: str, **gaps: str) -> str:
    """Give a fixed word in the nearest language we have, at last in none in particular or English.

    Raises:
        KeyError: No such word; a template named it.
    """
    known = WORDS[key]
    return known[_nearest(locale, known)].format(**gaps)


def _nearest(locale: str, known: Mapping[str, str]) -> str:
    by_tag = {tag.lower(): tag for tag in known} | _REGIONS
    tag = locale.lower().replace("_", "-")
    while tag:
        if tag in by_tag:
            return by_tag[tag]
        tag = tag.rpartition("-")[0]
    return "" if "" in known else "en"
