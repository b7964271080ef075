"""A breaker lets one call at a time find out whether the shop is back, and never keeps the others out for good."""

import pytest

from cms.commerce.client.breaker import OPEN_S, PROBE_LEASE_S, WINDOW_S, Breaker


@pytest.fixture
def sick() -> Breaker:
    """One that opened at 0."""
    breaker = Breaker(lambda: 0.0)
    for _ in range(5):
        breaker.failed(0.0, "timeout")
    assert not breaker.would_admit(OPEN_S - 0.1)
    return breaker


def test_one_call_at_a_time_tries(sick: Breaker) -> None:
    assert sick.would_admit(OPEN_S)
    sick.admit(OPEN_S)

    assert not sick.would_admit(OPEN_S + 1)


def test_a_try_that_is_never_heard_of_again_is_given_up(sick: Breaker) -> None:
    sick.admit(OPEN_S)

    assert sick.would_admit(OPEN_S + PROBE_LEASE_S)


def test_a_try_that_was_not_made_leaves_it_to_the_next(sick: Breaker) -> None:
    sick.admit(OPEN_S)
    sick.abandoned()

    assert sick.would_admit(OPEN_S)


def test_a_try_that_failed_opens_again(sick: Breaker) -> None:
    sick.admit(OPEN_S)
    sick.failed(OPEN_S + 1, "timeout")

    assert [False, True] == [sick.would_admit(OPEN_S + 1 + later) for later in (OPEN_S - 0.1, OPEN_S)]


def test_after_a_try_that_succeeded_all_is_forgotten(sick: Breaker) -> None:
    sick.admit(OPEN_S)
    sick.succeeded(OPEN_S + 1)
    for _ in range(4):
        sick.failed(OPEN_S + 2, "timeout")

    assert sick.would_admit(OPEN_S + 2)


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = Breaker(lambda: 0.0)
    for moment in (0.0, 1.0, 2.0, 3.0, 3.1 + WINDOW_S):
        breaker.failed(moment, "timeout")

    assert breaker.would_admit(4.0 + WINDOW_S)
