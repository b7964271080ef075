"""Cache headers: the class follows from what was read, never from what somebody claims."""

from collections.abc import Mapping

# A personalized answer must survive caches that ignore Cache-Control; each line below stops one kind of them.
PRIVATE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-store, max-age=0, s-maxage=0",
    "CDN-Cache-Control": "no-store",
    "Surrogate-Control": "no-store",
    "X-Accel-Expires": "0",
    "Vary": "*",
}
# How long a cache may show an answer past its seconds: while it asks again, and while we are away.
REVALIDATE_S, ERROR_S = 30, 86_400


def public_headers(*, tag: str, keys: str, seconds: int, ends_in_s: int | None = None) -> dict[str, str]:
    """Let anybody share an answer that was made from its URL, the clock and the release alone.

    Args:
        tag: Changes with the bytes.
        keys: For purging, separated by spaces.
        seconds: How long it is fresh.
        ends_in_s: When a schedule changes it, so that no cache may show it after that; None: never.
    """
    left = ERROR_S if ends_in_s is None else max(0, ends_in_s - seconds)
    lag = f"stale-while-revalidate={min(REVALIDATE_S, left)}, stale-if-error={min(ERROR_S, left)}"
    return {
        "Cache-Control": f"public, max-age=0, s-maxage={seconds}, {lag}",
        "ETag": f'"{tag}"',
        "Surrogate-Key": keys,
        "xkey": keys,
        "Vary": "Accept-Encoding",
    }
