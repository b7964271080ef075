"""An access token is fetched once for all, before the one before it ends, and not again and again where it is of no use."""

import threading

import pytest

from cms.commerce.failures import TIMEOUT, ShopError
from cms.commerce.wire.tokens import Token, Tokens


class Desk:
    def __init__(self, lasts_s: float = 600.0) -> None:
        self.now = 0.0
        self.lasts_s = lasts_s
        self.given = 0
        self.tokens = Tokens(self.fetch, monotonic=lambda: self.now)

    def fetch(self, deadline: float) -> Token:
        self.given += 1
        return Token(f"token-{self.given}", self.lasts_s)

    def at(self, moment: float) -> str:
        self.now = moment
        return self.tokens.get(moment + 1)


def test_a_token_is_renewed_a_minute_before_it_ends() -> None:
    desk = Desk()
    got = [desk.at(moment) for moment in (0.0, 539.0, 541.0)]

    assert ["token-1", "token-1", "token-2"] == got


def test_one_that_lasts_no_minute_is_used_for_half_of_its_time() -> None:
    desk = Desk(lasts_s=20.0)
    got = [desk.at(moment) for moment in (0.0, 9.0, 11.0)]

    assert ["token-1", "token-1", "token-2"] == got


def test_many_who_were_refused_the_same_one_share_the_next() -> None:
    desk = Desk()
    refused = desk.tokens.get(1.0)
    desk.now = 100.0

    assert ["token-2"] * 3 == [desk.tokens.renewed(refused, 101.0) for _ in range(3)]


def test_a_new_one_that_is_refused_lacks_a_permission_and_no_other_is_got() -> None:
    desk = Desk()
    refused = desk.tokens.get(1.0)

    with pytest.raises(ShopError, match="permission") as caught:
        desk.tokens.renewed(refused, 1.0)
    assert (False, 1) == (caught.value.ails, desk.given)


def test_who_waits_for_somebody_elses_fetch_waits_until_the_deadline() -> None:
    started, ends = threading.Event(), threading.Event()

    def hangs(deadline: float) -> Token:
        started.set()
        ends.wait(5)
        return Token("late")

    tokens = Tokens(hangs, monotonic=lambda: 0.0)
    thread = threading.Thread(target=tokens.get, args=(5.0,))
    thread.start()
    started.wait(5)
    with pytest.raises(ShopError) as caught:
        tokens.get(0.02)
    ends.set()
    thread.join()

    assert (TIMEOUT, "late") == (caught.value.code, tokens.get(1.0))
