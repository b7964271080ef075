"""The shop stopped, hanging, dripping, talking nonsense: pages answer 200 with defaults, in time, and say why."""

import gc
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

PROMISED_MS = 120
PATIENCE_MS = 3 * PROMISED_MS  # machines that run tests are busy with other things too
CALL_MS = 2000  # how long a call itself may take; no page ever waits so long
BODY = {"cart": {"token": "near"}, "customer": {"token": "c"}}


@pytest.fixture(autouse=True)
def _quick_collections() -> Iterator[None]:
    """Set aside what a whole test run has made: collecting that takes longer than a page's budget."""
    gc.freeze()
    yield
    gc.unfreeze()


def ask(web: FlaskClient, **body: object) -> tuple[Any, float]:
    """Give the answer and how many milliseconds it took."""
    start = time.perf_counter()
    answer = web.post("/v1/pages/cart", json=body or BODY)
    took = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200
    return answer.json, took


def shown(answer: Any, slot: str = "top") -> list[tuple[str, str]]:
    return [(item["variant"], item["reason"]) for item in answer["slots"][slot]]


def why(answer: Any) -> dict[str, str]:
    return {found["signal"]: found["why"] for found in answer["degraded"]}


def test_a_shop_that_is_well_is_read_within_the_budget(calm: FlaskClient) -> None:
    answer, _ = ask(calm)
    assert shown(answer) == [("near", "TARGETING_MATCH")]
    assert shown(answer, "side") == [("gold", "TARGETING_MATCH")]
    assert answer["degraded"] == []


@pytest.mark.parametrize(
    ("mood", "said"), [("hanging", "timeout"), ("dripping", "timeout"), ("garbage", "garbage"), ("failing", "error")]
)
def test_a_sick_shop_costs_at_most_its_budget(web: FlaskClient, shop: Any, mood: str, said: str) -> None:
    shop.mood = mood
    answer, took = ask(web)
    assert shown(answer) == [("default", "DEFAULT")]
    assert shown(answer, "side") == [("default", "DEFAULT")]
    assert set(why(answer).values()) == {said}
    assert took < PATIENCE_MS


def test_a_shop_that_is_stopped_is_refused_at_once(web: FlaskClient, shop: Any) -> None:
    shop.stop()
    answer, took = ask(web)
    assert shown(answer) == [("default", "DEFAULT")]
    assert set(why(answer).values()) == {"refused"}
    assert took < PATIENCE_MS


def test_no_page_in_a_row_waits_longer_than_the_promise(
    web: FlaskClient, shop: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {}
    for mood in ("hanging", "stopped"):
        if mood == "stopped":
            shop.stop()
        else:
            shop.mood = mood
        times = [ask(web)[1] for _ in range(20)]
        figures[mood] = f"first {times[0]:.0f}, median {statistics.median(times):.0f}, worst {max(times):.0f} ms"
        assert max(times) < PATIENCE_MS
    with capsys.disabled():
        sys.stdout.write(
            f"\n  shop hanging: {figures['hanging']}; stopped: {figures['stopped']} (promised {PROMISED_MS} ms)\n"
        )


def test_many_visitors_at_once_wait_no_longer_than_one(web: FlaskClient, shop: Any) -> None:
    """Each has tokens of their own, so that no question is shared, and every worker hangs."""
    shop.mood = "hanging"

    def visit(number: int) -> tuple[dict[str, str], float]:
        body = {"cart": {"token": f"c{number}"}, "customer": {"token": f"k{number}"}}
        answer, took = ask(web.application.test_client(), **body)
        return why(answer), took

    with ThreadPoolExecutor(16) as visitors:
        seen = list(visitors.map(visit, range(64)))
    assert {said for reasons, _ in seen for said in reasons.values()} <= {"timeout", "busy"}
    waits = sorted(took for _, took in seen)
    # Sixteen of them share this process with the shop; the scheduler decides over the last few, not the budget.
    assert waits[len(waits) // 2] < PATIENCE_MS
    assert waits[-1] < CALL_MS


def test_a_cart_that_is_late_is_served_from_the_cache_and_marked_stale(
    calm: FlaskClient, shop: Any, monotonic: Any
) -> None:
    ask(calm)
    shop.mood = "hanging"
    fresh, _ = ask(calm)
    assert shown(fresh) == [("near", "TARGETING_MATCH")]
    assert why(fresh) == {"cart": "timeout"}
    monotonic.ahead = 10
    stale, _ = ask(calm)
    assert shown(stale) == [("near", "STALE")]
    assert shown(stale, "side") == [("gold", "TARGETING_MATCH")]
    monotonic.ahead = 31
    gone, _ = ask(calm)
    assert shown(gone) == [("default", "DEFAULT")]


def test_no_price_older_than_its_maximum_is_shown(calm: FlaskClient, shop: Any, monotonic: Any) -> None:
    inline = {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}}
    assert shown(ask(calm, **inline)[0]) == [("near", "TARGETING_MATCH")]
    shop.mood = "failing"
    monotonic.ahead = 59
    assert shown(ask(calm, **inline)[0]) == [("near", "STALE")]
    monotonic.ahead = 61
    answer, _ = ask(calm, **inline)
    assert shown(answer) == [("default", "DEFAULT")]
    assert answer["slots"]["rail"] == []


def test_what_is_added_to_the_cart_shows_on_the_very_next_request(calm: FlaskClient) -> None:
    assert shown(ask(calm, cart={"token": "near"})[0]) == [("near", "TARGETING_MATCH")]
    assert shown(ask(calm, cart={"token": "full"})[0]) == [("reached", "TARGETING_MATCH")]


def test_a_shop_that_recovers_is_used_again(calm: FlaskClient, shop: Any, monotonic: Any) -> None:
    shop.mood = "failing"
    for _ in range(8):
        ask(calm)
    shop.mood = "well"
    monotonic.ahead = 30
    ask(calm)  # with one question that tries whether the shop is well
    assert shown(ask(calm)[0]) == [("near", "TARGETING_MATCH")]


def test_an_unknown_cart_token_gives_defaults(calm: FlaskClient) -> None:
    answer, _ = ask(calm, cart={"token": "nobody"})
    assert shown(answer) == [("default", "DEFAULT")]
    assert why(answer) == {"cart": "unknown-token"}


def test_without_consent_nothing_is_fetched_by_identity(calm: FlaskClient, shop: Any) -> None:
    answer, _ = ask(calm, **BODY, facts={"visitor.consent": False})
    assert shown(answer) == [("default", "DEFAULT")]
    assert set(shop.asked) <= {"/products", "/promotions"}


def test_inline_lines_are_priced_by_the_catalogue(calm: FlaskClient, shop: Any) -> None:
    answer, _ = ask(calm, cart={"lines": [{"sku": "pothos", "quantity": 3}]})
    assert shown(answer) == [("near", "TARGETING_MATCH")]
    assert answer["slots"]["top"][0]["content"]["headline"] == "Add $6.00 for free shipping"
    assert "/cart" not in shop.asked


def test_a_page_asks_only_for_what_it_can_need(calm: FlaskClient, shop: Any) -> None:
    assert calm.post("/v1/pages/home", json=BODY).status_code == 200
    assert shop.asked == []
