"""The few words a mail has of its own, in the languages the product speaks."""

from collections.abc import Mapping

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "home": "Visit the shop",
        "why": "You receive this mail because you shop with us.",
        "unsubscribe": "Unsubscribe",
    },
    "zh-Hans": {
        "home": "前往商店",
        "why": "您收到这封邮件，是因为您是我们的顾客。",
        "unsubscribe": "退订",
    },
    "zh-Hant": {
        "home": "前往商店",
        "why": "您收到這封郵件，是因為您是我們的顧客。",
        "unsubscribe": "取消訂閱",
    },
}
_TRADITIONAL = ("zh-tw", "zh-hk", "zh-mo")


def words(locale: str) -> Mapping[str, str]:
    """Give the mail's own words in a locale's language; English where it is none of the three."""
    lowered = locale.lower()
    if not lowered.startswith("zh"):
        return _WORDS["en"]
    return _WORDS["zh-Hant" if "hant" in lowered or lowered.startswith(_TRADITIONAL) else "zh-Hans"]
