import pytest

from cms.shop.sources import Source, source_of


@pytest.mark.parametrize(
    ("address", "referrer", "source"),
    [
        ({}, "", None),
        ({}, "http://shop.example/cart", None),
        ({}, "http://[nonsense", None),
        ({}, "https://www.google.com/", Source("organic", referrer_host="www.google.com")),
        ({}, "https://m.baidu.com/s", Source("organic", referrer_host="m.baidu.com")),
        ({}, "https://www.instagram.com/x", Source("social", referrer_host="www.instagram.com")),
        ({}, "https://mp.weixin.qq.com/s", Source("wechat", referrer_host="mp.weixin.qq.com")),
        ({}, "https://blog.example/", Source("referral", referrer_host="blog.example")),
        ({"utm_medium": "CPC", "utm_campaign": "ferns"}, "", Source("paid", "cpc", "ferns")),
        ({"utm_medium": "email"}, "https://mail.example/", Source("email", "email", referrer_host="mail.example")),
        ({"scene": "1058"}, "", Source("wechat", scene="1058")),
        ({"utm_campaign": "x" * 300}, "", Source("referral", campaign="x" * 60)),
    ],
)
def test_where_a_visit_comes_from_is_read_from_its_first_request(
    address: dict[str, str], referrer: str, source: Source | None
) -> None:
    assert source == source_of(address, referrer, own_host="shop.example:8100")
