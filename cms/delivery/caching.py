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


def public_headers(*, tag: str, keys: str, seconds: int) -> dict[str, str]:
    """Let anybody share an answer that was made from its URL, the clock and the release alone."""
    return {
        "Cache-Control": f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate=30, stale-if-error=86400",
        "ETag": f'"{tag}"',
        "Surrogate-Key": keys,
        "xkey": keys,
        "Vary": "Accept-Encoding",
    }
