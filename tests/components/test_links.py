"""Which addresses are safe."""

import pytest

from cms.components.links import why_unsafe

HOSTS = {"shop.example"}

HOSTILE = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "\x01javascript:alert(1)", "java\u200bscript:alert(1)", "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)", "&Tab;javascript:alert(1)", "javascript%3Aalert(1)", "data:text/html,<script>",
    "vbscript:msgbox", "file:///etc/passwd", "blob:https://shop.example/x", "//evil.example/x", "\\\\evil.example",
    "/\\evil.example", "/path\\evil", "http://shop.example/", "https://evil.example/", "https://shop.example@evil.example/",
    "https://user:pw@shop.example/", "https://shop.example%2eevil.example/", "https:/shop.example", "https:shop.example",
    "https://", "https://shop.example:99999/", "https://[::1", "mailto:", "mailto:x", "tel:abc", "", " ", "cart",
    "./cart", "/a b", '/a"onmouseover=x', "/a<b>", "/p/{page.product}", "ftp://shop.example/",
]  # fmt: skip


@pytest.mark.parametrize("href", HOSTILE)
def test_a_hostile_or_unclear_address_is_refused_with_advice(href: str) -> None:
    wrong = why_unsafe(href, HOSTS)

    assert wrong is not None
    assert all(wrong)


@pytest.mark.parametrize(
    "href",
    [
        "/", "/cart", "/search?q=a&sort=up", "/p/绿萝", "/a%20b", "/cart#top", "#top", "mailto:help@shop.example",
        "mailto:help@shop.example?subject=Hi", "tel:+1-212-555-0100", "https://shop.example", "https://shop.example/x?y=1#z",
        "HTTPS://SHOP.EXAMPLE/x", "https://shop.example:8443/x",
    ],
)  # fmt: skip
def test_an_address_of_the_shop_or_an_allowed_host_is_safe(href: str) -> None:
    assert why_unsafe(href, HOSTS) is None


@pytest.mark.parametrize("src", ["#top", "mailto:help@shop.example", "tel:+1", "data:image/png;base64,x"])
def test_a_picture_has_a_path_or_url(src: str) -> None:
    assert why_unsafe(src, HOSTS, media=True) is not None


def test_a_host_that_is_not_allowed_is_named_with_the_setting_to_change() -> None:
    wrong = why_unsafe("https://cdn.example/x", HOSTS)

    assert wrong == (
        'the host "cdn.example" is not allowed',
        'Add "cdn.example" to link_hosts in content/workspace.json.',
    )
