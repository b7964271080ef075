import time

import pytest
from flask.testing import FlaskClient
from small_vitrine import SmallVitrine

PAGES = ["/", "/products", "/p/fiddle-leaf-fig", "/cart", "/account", "/club", "/help/shipping"]
VISITORS = ["", "guest", "returning", "loyal", "fig-buyer", "wholesale", "taipei", "shanghai", "at-risk"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_without_vitrine(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)

    assert 200 == answer.status_code
    assert "<h1" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/", "/p/pothos", "/cart"])
def test_defaults_stand_where_the_slots_are_and_the_bar_says_so(visitor: FlaskClient, path: str) -> None:
    page = visitor.get(path).text

    assert "slot-rail" in page
    assert 'class="card"' in page
    assert "Vitrine not reachable" in page


def test_fragments_of_vitrine_are_inserted_in_place_of_the_defaults(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(top="<p>six to go</p>", tiers="", rail="<p>a rail</p>")
    page = served.get("/cart").text

    assert '<div class="slot slot-top"><p>six to go</p></div>' in page
    assert "<p>a rail</p>" in page
    assert "slot-tiers" not in page
    assert "Vitrine not reachable" not in page
    assert "/components.css?release=r1" in page


def test_the_bar_says_what_each_slot_shows_and_why(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(top="<p>six to go</p>")
    page = served.get("/cart").text

    assert "cart/top" in page
    assert "entry-top : <b>near</b>" in page
    assert "TARGETING_MATCH" in page


def test_links_of_fragments_to_the_shop_keep_the_visitors_host(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(rail='<a href="http://127.0.0.1:8100/p/pothos">Pothos</a>')

    assert '<a href="/p/pothos">Pothos</a>' in served.get("/cart").text


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"slots": []}',
        b'{"slots": {"top": [{}]}}',
        b'{"slots": {"top": null}}',
        b"\xff",
    ],
)
def test_nonsense_from_vitrine_gives_the_defaults(served: FlaskClient, vitrine: SmallVitrine, nonsense: bytes) -> None:
    vitrine.answer = nonsense
    answer = served.get("/cart")

    assert 200 == answer.status_code
    assert "Vitrine not reachable" in answer.text


def test_an_error_from_vitrine_gives_the_defaults_and_is_shown_in_the_bar(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    vitrine.status, vitrine.answer = 422, b'{"code": "unknown-fact"}'

    assert "422 {&#34;code&#34;: &#34;unknown-fact&#34;}" in served.get("/").text


def test_a_slow_vitrine_costs_a_third_of_a_second_at_most(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.get("/livez")
    vitrine.wait_s = 2
    started = time.monotonic()
    answer = served.get("/cart")

    assert time.monotonic() - started < 0.6
    assert "Vitrine not reachable" in answer.text


def test_the_component_styles_come_through_the_shop(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(hero="")
    served.get("/")
    styles = served.get("/components.css?release=r1")

    assert (".cms{}", "text/css") == (styles.text, styles.mimetype)
    assert "immutable" in styles.headers["Cache-Control"]


def test_styles_of_a_release_that_vitrine_does_not_serve_are_not_kept(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    vitrine.show(hero="")
    served.get("/")
    styles = served.get("/components.css?release=bogus")

    assert (".cms{}", "no-store") == (styles.text, styles.headers["Cache-Control"])


def test_missing_component_styles_are_empty_and_not_kept(visitor: FlaskClient) -> None:
    styles = visitor.get("/components.css?release=r1")

    assert (200, "", "no-store") == (styles.status_code, styles.text, styles.headers["Cache-Control"])


def test_the_body_says_what_the_shop_knows_of_the_request(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.post("/visit-as", data={"visitor": "taipei", "back": "/"})
    served.get("/p/pothos")
    body = vitrine.bodies[-1]

    assert ("zh-Hant", {"token": "cart-taipei"}, {"token": "customer-taipei"}, "html") == (
        body["locale"],
        body["cart"],
        body["customer"],
        body["format"],
    )
    expected = {
        "currency": "TWD",
        "visitor.device": "mobile",
        "visitor.country": "TW",
        "visitor.is_new": False,
        "visitor.logged_in": True,
        "source.kind": "email",
        "session.abandoned_cart": True,
        "page.product": "pothos",
        "page.category": "plants",
        "session.viewed": ["pothos"],
    }
    assert expected == {name: body["facts"][name] for name in expected}
    assert "page.stage" not in body["facts"]


def test_a_stranger_without_a_cart_says_that_it_is_empty(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.get("/")

    assert {"lines": []} == vitrine.bodies[-1]["cart"]
    assert "customer" not in vitrine.bodies[-1]
    assert vitrine.bodies[-1]["facts"]["visitor.is_new"] is True


def test_a_guest_with_something_in_the_cart_sends_its_token(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.post("/cart/add", data={"sku": "pothos"})
    served.get("/cart")
    served.get("/")
    tokens = [body["cart"]["token"] for body in vitrine.bodies]

    assert tokens[0] == tokens[1]
    assert tokens[0].startswith("cart-")


@pytest.mark.parametrize("key", VISITORS)
def test_one_can_look_through_everybodys_eyes(visitor: FlaskClient, key: str) -> None:
    page = visitor.post("/visit-as", data={"visitor": key, "back": "/cart"}, follow_redirects=True)

    assert 200 == page.status_code
    assert f'name="visitor" value="{key}" aria-current="true"' in page.text


@pytest.mark.parametrize(
    "back",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/%09/elsewhere.example",
        "/%5Celsewhere.example",
        "/%2F/elsewhere.example",
        "/cart\nx",
        "x",
    ],
)
def test_the_bar_never_leads_to_another_site(visitor: FlaskClient, back: str) -> None:
    assert "/" == visitor.post("/visit-as", data={"visitor": "loyal", "back": back}).location


@pytest.mark.parametrize(
    ("locale", "said"), [("zh-Hans", "小程序 · 微信 · 简体中文"), ("zh-Hant", "小程式 · 微信 · 繁體中文")]
)
def test_the_bar_speaks_the_visitors_language(visitor: FlaskClient, locale: str, said: str) -> None:
    visitor.post("/visit-as", data={"visitor": "shanghai", "back": "/"})
    visitor.post("/choose", data={"locale": locale, "back": "/"})

    assert said in visitor.get("/").text


@pytest.mark.parametrize(
    ("locale", "said"), [("en", "Plant Club, 15% off"), ("zh-Hans", "绿植会 85折"), ("zh-Hant", "綠友會 85折")]
)
def test_a_discount_is_told_as_each_language_tells_it(visitor: FlaskClient, locale: str, said: str) -> None:
    visitor.post("/visit-as", data={"visitor": "loyal", "back": "/"})
    visitor.post("/choose", data={"locale": locale, "back": "/"})

    assert said in visitor.get("/cart").text


def test_single_traits_can_be_changed_and_nonsense_is_ignored(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.post(
        "/choose", data={"device": "tablet", "source": "paid", "locale": "zh-Hans", "currency": "EUR", "back": "/"}
    )
    page = served.get("/")

    assert 'lang="zh-Hans"' in page.text
    assert ("tablet", "paid", "USD") == tuple(
        vitrine.bodies[-1]["facts"][name] for name in ("visitor.device", "source.kind", "currency")
    )


def test_the_browser_language_is_the_first_choice(visitor: FlaskClient) -> None:
    assert '<html lang="zh-Hant">' in visitor.get("/", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.5"}).text


def test_search_and_category_narrow_the_listing(visitor: FlaskClient) -> None:
    found = visitor.get("/products?category=pet-safe&q=fern").text

    assert "/p/boston-fern" in found
    assert "/p/calathea" not in found


@pytest.mark.parametrize("path", ["/p/no-such", "/pictures/no-such.svg", "/confirmation/FP-1", "/nothing"])
def test_what_is_not_there_is_a_friendly_404(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)

    assert 404 == answer.status_code
    assert "This page has wilted" in answer.text


def test_forms_from_other_sites_are_refused(visitor: FlaskClient) -> None:
    answer = visitor.post("/cart/add", data={"sku": "pothos"}, headers={"Origin": "https://elsewhere.example"})

    assert 403 == answer.status_code
