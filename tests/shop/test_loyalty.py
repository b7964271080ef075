from datetime import date, timedelta

from flask.testing import FlaskClient
from shopping import KEY, START, Clock, buy, put


def traits_of(visitor: FlaskClient, token: str) -> dict[str, object]:
    answer = visitor.get("/signals/v1/traits", headers={**KEY, "Shopper-Token": token})
    return dict(answer.get_json()["traits"])


def test_stamps_are_counted_from_the_orders_and_the_eleventh_begins_a_new_card(visitor: FlaskClient) -> None:
    before = traits_of(visitor, "customer-vip")
    buy(visitor, "plant-food", "potting-mix", who="vip")
    full = traits_of(visitor, "customer-vip")

    assert (8, 2) == (before["loyalty.stamps"], before["loyalty.stamps_to_free"])
    assert (0, 10) == (full["loyalty.stamps"], full["loyalty.stamps_to_free"])


def test_a_company_has_no_stamp_card(visitor: FlaskClient) -> None:
    assert "loyalty.stamps" not in traits_of(visitor, "customer-northlab")


def test_the_tenth_is_free_in_the_cart_of_the_one_whose_card_it_is(visitor: FlaskClient) -> None:
    guest = put(visitor, "plant-food", quantity=2)
    visitor.post("/visit-as", data={"visitor": "vip"})

    assert "Stamp card: the tenth is free" not in guest
    assert "Stamp card: the tenth is free" in put(visitor, "plant-food", quantity=2)


def test_a_refill_is_due_45_days_after_its_last_purchase(visitor: FlaskClient) -> None:
    traits = traits_of(visitor, "customer-fig")
    due = (START - timedelta(days=96) + timedelta(days=45)).date()

    assert due == date.fromisoformat(str(traits["replenish_due[plant-food]"]))
    assert "replenish_due[fiddle-leaf-fig]" not in traits


def test_buying_a_refill_puts_off_the_next_one(visitor: FlaskClient) -> None:
    buy(visitor, "plant-food", who="fig-buyer")

    due = str(traits_of(visitor, "customer-fig")["replenish_due[plant-food]"])
    assert (START + timedelta(days=45)).date() == date.fromisoformat(due)


def test_the_vip_year_makes_a_vip_for_a_year(visitor: FlaskClient, clock: Clock) -> None:
    before = traits_of(visitor, "customer-returning")["membership.vip"]
    buy(visitor, "vip-year", who="returning")
    bought = traits_of(visitor, "customer-returning")["membership.vip"]
    clock.pass_by(days=365)

    assert (False, True, False) == (before, bought, traits_of(visitor, "customer-returning")["membership.vip"])


def test_recency_frequency_and_spending_are_those_of_the_orders(visitor: FlaskClient) -> None:
    traits = traits_of(visitor, "customer-returning")

    assert (52, 2) == (traits["rfm.recency_days"], traits["rfm.frequency"])
    assert {"amount": "66.40", "currency": "USD"} == traits["rfm.monetary"]


def test_somebody_without_orders_has_no_recency(visitor: FlaskClient) -> None:
    traits = traits_of(visitor, "customer-new-account")

    assert "rfm.recency_days" not in traits
    assert (0, False) == (traits["loyalty.stamps"], traits["membership.vip"])
