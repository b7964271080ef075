"""Where somebody comes from: read from the address and the referring page of a visit's first request."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

SOURCES = ("direct", "organic", "paid", "email", "social", "affiliate", "referral", "wechat")
_MEDIA = {
    "email": "email", "newsletter": "email", "cpc": "paid", "ppc": "paid", "paid": "paid", "display": "paid",
    "social": "social", "affiliate": "affiliate", "referral": "referral", "organic": "organic", "wechat": "wechat",
}  # fmt: skip
_HOSTS = {
    "organic": ("google", "bing", "duckduckgo", "baidu", "yahoo", "sogou"),
    "social": ("instagram", "facebook", "pinterest", "weibo", "xiaohongshu", "reddit"),
    "wechat": ("weixin",),
}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Source:
    """Where a visit comes from; "" is not known."""

    kind: str = "direct"
    medium: str = ""
    campaign: str = ""
    scene: str = ""
    referrer_host: str = ""

    def facts(self) -> dict[str, str]:
        return {f"source.{name}": value for name, value in asdict(self).items() if value}


def source_of(address: Mapping[str, str], referrer: str, *, own_host: str) -> Source | None:
    """Read the source of a request; None: it tells none, or a page of the shop itself led here.

    What the address says (`utm_medium`, `utm_campaign`, WeChat's `scene`) goes before the referring page.
    """
    host = _host(referrer)
    host = "" if host == _host(f"//{own_host}") else host
    told = address.get("utm_medium", "").lower(), address.get("utm_campaign", ""), address.get("scene", ""), host
    return Source(_kind(*told), *(value[:_LONGEST] for value in told)) if any(told) else None


def _kind(medium: str, campaign: str, scene: str, host: str) -> str:
    if medium in _MEDIA:
        return _MEDIA[medium]
    if scene:
        return "wechat"
    return next((kind for kind, names in _HOSTS.items() if set(names) & set(host.split("."))), "referral")


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # nonsense such as "http://[": it tells nothing
        return ""
