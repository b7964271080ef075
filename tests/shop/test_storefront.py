import re
import time

import pytest
from flask.testing import FlaskClient
from shopping import ADDRESS, buy, order, put
from small_vitrine import SmallVitrine

from cms.shop.customers import load_directory
from cms.shop.visits import REGIONS
from cms.shop.wording import LOCALES

PAGES = [
    "/", "/products", "/products?category=services", "/p/fiddle-leaf-fig", "/p/pot-stoneware", "/p/plant-protection",
    "/cart", "/account", "/account/trade", "/subscribe", "/subscribe/thanks", "/club", "/help/shipping",
]  # fmt: skip
VISITORS = ["", *load_directory().visitors]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_without_vitrine(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)

    assert 200 == answer.status_code
    assert "<h1" in answer.text
    assert ["/static/shop.js"] == re.findall(r'<script src="([^?"]*)[^>]* defer></script>', answer.text)
    assert 1 == answer.text.count("<script")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_lacks_a_word_in_any_language(visitor: FlaskClient, locale: str) -> None:
    visitor.post("/choose", data={"locale": locale, "currency": "TWD", "back": "/"})

    for path in PAGES:
        page = visitor.get(path)
        assert 200 == page.status_code, path
        assert f'<html lang="{locale}">' in page.text
        assert "{" not in page.text, path


def test_the_script_is_the_shops_own_and_below_a_thousand_bytes(visitor: FlaskClient) -> None:
    script = visitor.get("/static/shop.js")

    assert 200 == script.status_code
    assert len(script.data) < 1000
    assert "script-src 'self';" in visitor.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/p/pothos", "/cart", "/account"])
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


def test_a_slow_vitrine_costs_a_third_of_a_second_at_most(hurried: FlaskClient, vitrine: SmallVitrine) -> None:
    hurried.get("/livez")
    vitrine.wait_s = 2
    started = time.monotonic()
    answer = hurried.get("/cart")

    assert time.monotonic() - started < 1.5
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

    assert ("zh-Hant", "cart-taipei", {"token": "customer-taipei"}, "html") == (
        body["locale"],
        body["cart"]["token"],
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


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("search-ad", {"source.kind": "paid", "source.medium": "cpc", "source.campaign": "house-plants"}),
        ("guest", {"source.kind": "organic", "source.referrer_host": "www.google.com", "visitor.region": "US-OR"}),
        ("wechat-article", {"source.kind": "wechat", "source.scene": "1058", "visitor.country": "CN"}),
        ("service-mobile", {"visitor.device": "mobile", "visitor.country": "DE", "source.campaign": "replenishment"}),
        ("new-account", {"visitor.logged_in": True, "session.abandoned_cart": False}),
        ("win-back", {"source.campaign": "win-back", "visitor.is_new": False}),
        ("at-risk", {"session.abandoned_cart": True, "source.kind": "social"}),
    ],
)
def test_each_demo_visitor_comes_as_they_are(
    served: FlaskClient, vitrine: SmallVitrine, who: str, told: dict[str, object]
) -> None:
    served.post("/visit-as", data={"visitor": who, "back": "/"})
    served.get("/")
    facts = vitrine.bodies[-1]["facts"]

    assert told == {name: facts.get(name) for name in told}


def test_a_person_tells_where_they_come_from_until_another_link_brings_them(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    served.get("/?utm_medium=email&utm_campaign=spring", headers={"Referer": "https://mail.example/x"})
    served.get("/cart", headers={"Referer": "http://localhost/"})
    mail = vitrine.bodies[-1]["facts"]
    served.get("/", headers={"Referer": "https://www.google.com/"})
    search = vitrine.bodies[-1]["facts"]

    assert ("email", "spring", "mail.example") == (
        mail["source.kind"], mail["source.campaign"], mail["source.referrer_host"],
    )  # fmt: skip
    assert ("organic", None) == (search["source.kind"], search.get("source.campaign"))


@pytest.mark.parametrize(("who", "is_one_person"), [("guest", False), ("loyal", True), ("", False)])
def test_a_stranger_is_another_person_in_each_browser_and_a_customer_is_not(
    served: FlaskClient, vitrine: SmallVitrine, who: str, *, is_one_person: bool
) -> None:
    for browser in (served, served.application.test_client()):
        browser.post("/visit-as", data={"visitor": who, "back": "/"})
        browser.get("/")
    first, second = (body["visitor"] for body in vitrine.bodies)

    assert is_one_person == (first == second)


def test_a_source_that_was_chosen_in_the_bar_brings_no_campaign_of_another(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    served.post("/visit-as", data={"visitor": "search-ad", "back": "/"})
    served.post("/choose", data={"source": "direct", "back": "/"})
    served.get("/")
    facts = vitrine.bodies[-1]["facts"]

    assert ["source.kind"] == [name for name in facts if name.startswith("source.")]


@pytest.mark.parametrize("region", [region for region in REGIONS if region])
def test_a_region_brings_its_country(served: FlaskClient, vitrine: SmallVitrine, region: str) -> None:
    served.post("/choose", data={"region": region, "back": "/"})
    served.get("/")
    facts = vitrine.bodies[-1]["facts"]

    assert (region, region[:2]) == (facts["visitor.region"], facts["visitor.country"])


def test_the_listing_tells_category_and_search_terms(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.get("/products?category=plants&q=Low+Light")
    facts = vitrine.bodies[-1]["facts"]

    assert ("plants", ["low", "light"]) == (facts["page.category"], facts["page.search_terms"])
    assert "page.product" not in facts


def test_every_page_of_the_journey_asks_for_its_slots(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(wrap="<p>wrap</p>")
    for path in ("/", "/products", "/p/pothos", "/cart"):
        served.get(path)
    put(served, "pothos")
    served.get("/checkout")
    served.post("/checkout", data=ADDRESS)
    served.get("/payment")
    served.post("/payment")
    served.get("/order/extras")
    where = served.get("/confirmation").location
    served.get(where)
    served.get(where.replace("/confirmation/", "/account/orders/"))
    served.post("/account/join", data=ADDRESS)
    served.get("/account/welcome")
    served.get("/account")

    assert [
        "landing", "listing", "product", "cart", "cart", "checkout", "payment", "extras", "confirmation", "order",
        "welcome", "account",
    ] == vitrine.pages  # fmt: skip


def test_a_stranger_without_a_cart_says_that_it_is_empty(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.get("/")

    assert {"lines": []} == vitrine.bodies[-1]["cart"]
    assert "customer" not in vitrine.bodies[-1]
    assert vitrine.bodies[-1]["facts"]["visitor.is_new"] is True


def test_the_version_of_a_cart_is_another_whenever_its_price_may_be(served: FlaskClient, vitrine: SmallVitrine) -> None:
    def version() -> str:
        served.get("/")
        return str(vitrine.bodies[-1]["cart"]["version"])

    served.post("/visit-as", data={"visitor": "loyal"})
    before = version()
    unchanged = version()
    put(served, "plant-food")
    added = version()
    served.post("/cart/update", data={"sku": "plant-food", "quantity": "3"})
    more = version()
    served.post("/choose", data={"currency": "TWD"})
    put(served, "pothos")
    other_currency = version()
    served.post("/cart/update", data={"sku": "plant-food", "quantity": "0"})
    fewer = version()
    order(served)

    assert before == unchanged
    assert len({before, added, more, other_currency, fewer, version()}) == 6


def test_an_order_that_fills_the_stamp_card_makes_the_cart_another(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.post("/visit-as", data={"visitor": "loyal"})
    confirmation = buy(served, "pothos", who="loyal")
    served.get("/")
    before = vitrine.bodies[-1]["cart"]["version"]
    served.post("/order/add", data={"sku": "plant-food"})
    served.get("/")

    assert confirmation
    assert before != vitrine.bodies[-1]["cart"]["version"]


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


def test_services_are_listed_when_asked_for_and_not_among_everything(visitor: FlaskClient) -> None:
    assert "/p/gift-wrap" in visitor.get("/products?category=services").text
    assert "/p/gift-wrap" not in visitor.get("/products").text


def test_readers_see_the_reviews_of_their_language_and_the_english_ones(visitor: FlaskClient) -> None:
    visitor.post("/choose", data={"locale": "zh-Hant", "back": "/"})
    page = visitor.get("/p/monstera-large").text

    assert page.index('<blockquote lang="zh-Hant">') < page.index('<blockquote lang="en">')
    assert '<blockquote lang="zh-Hans">' not in page


def test_a_plant_page_offers_the_set_that_fits_as_one_form(visitor: FlaskClient) -> None:
    form = visitor.get("/p/monstera").text.split('class="set"')[1].split("</form>")[0]

    assert ["monstera", "pot-basket", "potting-mix", "mister"] == re.findall(r'name="sku" value="([^"]*)"', form)


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
