import time
import uuid

import pytest
from flask.testing import FlaskClient
from shopping import START
from small_vitrine import SmallVitrine

OFFER = {"entry": "free-shipping", "variant": "near", "slot": "top", "decision": "d_1"}


def test_a_closed_offer_is_told_to_vitrine_as_one_event(served: FlaskClient, vitrine: SmallVitrine) -> None:
    vitrine.status = 202
    served.post("/visit-as", data={"visitor": "taipei"})
    answer = served.post("/dismissals", data=OFFER)
    (event,) = vitrine.events

    assert 204 == answer.status_code
    assert {**OFFER, "kind": "dismiss", "visitor": "shop-taipei", "at": START.isoformat()} == {
        name: value for name, value in event.items() if name != "id"
    }
    assert uuid.UUID(event["id"])


def test_the_event_names_the_visitor_that_pages_are_asked_for(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.get("/cart")
    served.post("/dismissals", data=OFFER)

    assert vitrine.bodies[-1]["visitor"] == vitrine.events[-1]["visitor"]


def test_closing_an_offer_works_when_vitrine_is_away(visitor: FlaskClient) -> None:
    assert 204 == visitor.post("/dismissals", data=OFFER).status_code


@pytest.mark.parametrize("status", [400, 500, 503])
def test_closing_an_offer_works_when_vitrine_refuses_it(
    served: FlaskClient, vitrine: SmallVitrine, status: int
) -> None:
    vitrine.status = status

    assert 204 == served.post("/dismissals", data=OFFER).status_code


def test_a_slow_vitrine_costs_a_third_of_a_second_at_most(hurried: FlaskClient, vitrine: SmallVitrine) -> None:
    hurried.get("/livez")
    vitrine.wait_s = 2
    started = time.monotonic()
    answer = hurried.post("/dismissals", data=OFFER)

    assert 204 == answer.status_code
    assert time.monotonic() - started < 1.5


def test_nothing_is_told_of_who_did_not_agree_to_be_remembered(served: FlaskClient, vitrine: SmallVitrine) -> None:
    served.post("/choose", data={"consent": "no"})
    answer = served.post("/dismissals", data=OFFER)

    assert (204, []) == (answer.status_code, vitrine.events)


@pytest.mark.parametrize("wrong", [{"entry": ""}, {"slot": "a b"}, {"variant": "x" * 201}, {"decision": "<b>"}])
def test_nonsense_is_refused_and_told_to_nobody(
    served: FlaskClient, vitrine: SmallVitrine, wrong: dict[str, str]
) -> None:
    assert 422 == served.post("/dismissals", data=OFFER | wrong).status_code
    assert [] == vitrine.events


def test_other_sites_cannot_close_anything(served: FlaskClient, vitrine: SmallVitrine) -> None:
    answer = served.post("/dismissals", data=OFFER, headers={"Origin": "https://elsewhere.example"})

    assert (403, []) == (answer.status_code, vitrine.events)
