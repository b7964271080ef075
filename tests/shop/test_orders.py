"""After payment: extras, the confirmation, the order's own page."""

import pytest
from flask.testing import FlaskClient
from shopping import KEY, Clock, buy, pay, put
from small_vitrine import SmallVitrine


def extend(visitor: FlaskClient, *skus: str) -> str:
    """Add to the order just placed; gives the page that follows."""
    return visitor.post("/order/add", data={"sku": list(skus)}, follow_redirects=True).text


def test_after_payment_come_extras_with_one_click_to_the_order(visitor: FlaskClient) -> None:
    where = buy(visitor, "pothos")
    page = visitor.get("/order/extras").text

    assert f'id="no-thanks" href="{where}"' in page
    assert "No thanks, show my order" in page
    assert 'name="sku" value="gift-wrap"' in page


def test_an_extra_joins_the_order_and_its_total(visitor: FlaskClient) -> None:
    buy(visitor, "pothos")
    page = extend(visitor, "gift-wrap")

    assert "Added to your order." in page
    assert "$34.00" in page
    assert "Gift Wrap" in page


def test_extras_cost_what_they_cost_in_the_currency_of_the_order(visitor: FlaskClient) -> None:
    buy(visitor, "pothos")
    visitor.post("/choose", data={"currency": "TWD"})
    page = visitor.get("/order/extras").text

    assert "$6.00" in page
    assert "NT$" not in page.partition('class="confirmation"')[2].partition("<footer")[0]


def test_a_second_click_adds_nothing(visitor: FlaskClient) -> None:
    buy(visitor, "pothos")
    extend(visitor, "gift-wrap")
    page = extend(visitor, "gift-wrap")

    assert "Added to your order." not in page
    assert "$34.00" in page


def test_the_larger_plan_takes_the_place_of_the_smaller_one_in_the_order(visitor: FlaskClient) -> None:
    put(visitor, "plant-protection", quantity=2)
    buy(visitor, "pothos")
    page = extend(visitor, "plant-protection-plus")

    assert "Plant Protection Plus<small>× 2</small>" in page
    assert "Plant Protection<small>" not in page
    assert "$56.00" in page  # 23 + 2 * 14 + 5 for shipping


def test_what_was_bought_with_the_order_leaves_the_shelf_and_sold_out_things_stay_away(visitor: FlaskClient) -> None:
    def stock() -> int:
        return int(visitor.get("/signals/v1/products?sku=mister", headers=KEY).get_json()["products"][0]["stock"])

    before = stock()
    buy(visitor, "pothos")
    page = extend(visitor, "mister", "string-of-pearls")

    assert before - 1 == stock()
    assert "Brass Plant Mister<small>" in page
    assert "String of Pearls<small>" not in page


def test_express_cannot_be_chosen_once_the_order_is_placed(visitor: FlaskClient) -> None:
    buy(visitor, "pothos")

    assert "Express shipping" not in extend(visitor, "express-shipping").split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize(("minutes", "open_"), [(29, True), (30, False)])
def test_an_order_can_be_added_to_for_half_an_hour(
    visitor: FlaskClient, clock: Clock, minutes: int, *, open_: bool
) -> None:
    where = buy(visitor, "pothos")
    clock.pass_by(minutes=minutes)
    shown = visitor.get("/order/extras").location
    page = extend(visitor, "gift-wrap")

    assert (None if open_ else where) == shown
    assert (open_, not open_) == ("$34.00" in page, "can no longer be changed" in page)


def test_nobody_adds_to_the_order_of_another_or_to_none(visitor: FlaskClient) -> None:
    nothing = visitor.post("/order/add", data={"sku": "gift-wrap"})
    buy(visitor, "pothos")
    visitor.post("/visit-as", data={"visitor": "guest"})
    others = visitor.post("/order/add", data={"sku": "gift-wrap"})

    assert (404, 404) == (nothing.status_code, others.status_code)
    assert 404 == visitor.get("/order/extras").status_code


def test_with_nothing_to_offer_the_extras_are_passed_over(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(wrap="", upgrade="", vip="")
    where = buy(served, "pothos")

    assert where == served.get("/order/extras").location


def test_what_was_bought_stands_for_the_cart_on_the_extras(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.show(wrap="<p>wrap</p>")
    buy(served, "pothos")
    page = served.get("/order/extras").text

    assert {"lines": [{"sku": "pothos", "quantity": 1}]} == vitrine.bodies[-1]["cart"]
    assert "<p>wrap</p>" in page
    assert 'id="no-thanks"' in page


def test_the_own_extras_leave_out_what_is_in_the_order(visitor: FlaskClient) -> None:
    put(visitor, "gift-wrap", "plant-protection-plus")
    buy(visitor, "pothos")
    page = visitor.get("/order/extras").text.split("<main")[1]

    assert 'value="vip-year"' in page
    assert 'value="gift-wrap"' not in page
    assert 'value="plant-protection"' not in page


def test_an_order_has_a_page_that_says_how_it_is_doing(visitor: FlaskClient, clock: Clock) -> None:
    where = buy(visitor, "fiddle-leaf-fig", who="returning").replace("/confirmation/", "/account/orders/")
    fresh = visitor.get(where).text
    clock.pass_by(days=2)
    later = visitor.get(where).text

    assert (1, 3) == (fresh.count('class="is-done"'), later.count('class="is-done"'))
    assert "Goes well with it" in fresh
    assert where in visitor.get("/account").text


def test_the_page_of_an_order_and_no_other_tells_how_many_days_ago_it_was_placed(
    served: FlaskClient, vitrine: SmallVitrine, clock: Clock
) -> None:
    vitrine.show(wrap="<p>wrap</p>")
    where = buy(served, "pothos")
    page = where.replace("/confirmation/", "/account/orders/")
    for hours in (23, 2, 240):
        clock.pass_by(hours=hours)
        served.get(page)
    served.get(where)
    told = [body["facts"].get("order.days_ago") for body in vitrine.bodies]

    assert [0, 1, 11, None] == told[-4:]
    assert {None} == set(told[:-4])


def test_what_was_ordered_is_no_longer_among_what_was_viewed_in_any_size(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    for sku in ("pothos", "calathea", "pothos-large", "monstera"):
        served.get(f"/p/{sku}")
    put(served, "pothos", "monstera")
    pay(served)
    served.get("/")

    assert ["calathea"] == vitrine.bodies[-1]["facts"]["session.viewed"]


def test_express_arrives_the_next_day(visitor: FlaskClient, clock: Clock) -> None:
    where = buy(visitor, "pothos", "express-shipping").replace("/confirmation/", "/account/orders/")
    clock.pass_by(hours=26)

    assert 4 == visitor.get(where).text.count('class="is-done"')


def test_only_ones_own_orders_are_shown(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "loyal"})
    own = visitor.get("/account/orders/loyal-1").status_code
    others = visitor.get("/account/orders/vip-1").status_code
    visitor.post("/visit-as", data={"visitor": ""})

    assert (200, 404, 404) == (own, others, visitor.get("/account/orders/loyal-1").status_code)


def test_payment_leads_to_the_extras(visitor: FlaskClient) -> None:
    put(visitor, "pothos")

    assert "/order/extras" == pay(visitor)
