"""Ids of webhooks: known for a day, on all nodes, and never in the way."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cms.commerce.hooks.seen import KEPT_S, Seen
from cms.errors import CmsError


def test_an_id_is_new_once_in_a_day() -> None:
    now = [0.0]
    seen = Seen("", monotonic=lambda: now[0])
    assert [seen.is_new("shop", "msg_1"), seen.is_new("shop", "msg_1")] == [True, False]
    now[0] = KEPT_S
    assert not seen.is_new("shop", "msg_1")
    now[0] += 1
    assert seen.is_new("shop", "msg_1")


def test_an_id_of_another_upstream_is_another() -> None:
    seen = Seen("", monotonic=lambda: 0.0)
    assert all(seen.is_new(upstream, "msg_1") for upstream in ("shop", "erp"))
    assert seen.is_new("sho", "p\0msg_1")
    assert seen.is_new("shop", "\udcff")


def test_memory_is_bounded_and_the_oldest_go() -> None:
    seen = Seen("", monotonic=lambda: 0.0, most=3)
    assert all(seen.is_new("shop", str(number)) for number in range(4))
    assert [seen.is_new("shop", str(number)) for number in (3, 2, 0)] == [False, False, True]
    assert len(seen._known) == 3


def test_of_sixteen_threads_one_is_first() -> None:
    seen = Seen("", monotonic=time.monotonic)
    with ThreadPoolExecutor(16) as pool:
        for number in range(50):
            key = str(number)
            assert sum(pool.map(lambda _, key=key: seen.is_new("shop", key), range(16))) == 1


def test_nodes_know_from_each_other_for_a_day(redis_url: str) -> None:
    from redis import Redis

    nodes = [Seen(redis_url, monotonic=time.monotonic, answers_s=5) for _ in range(2)]
    assert [node.is_new("shop", "msg_1") for node in nodes] == [True, False]
    with Redis.from_url(redis_url) as server:
        [kept] = server.keys("vitrine:hook:*")
        assert KEPT_S - 5 <= server.ttl(kept) <= KEPT_S
        assert b"msg_1" not in kept
    for node in nodes:
        node.close()


@pytest.mark.parametrize("trouble", ["silent_redis", "closed_redis"])
def test_redis_in_trouble_costs_a_moment_and_no_webhook(trouble: str, request: pytest.FixtureRequest) -> None:
    seen = Seen(request.getfixturevalue(trouble), monotonic=time.monotonic)
    began = time.monotonic()
    assert [seen.is_new("shop", str(number % 100)) for number in range(200)] == [True] * 100 + [False] * 100
    assert time.monotonic() - began < 0.5
    seen.close()


def test_redis_that_comes_back_is_used_again(line: Any, soon: Callable[[Callable[[], object]], object]) -> None:
    now = [0.0]
    first, second = (Seen(line.url, monotonic=lambda: now[0], answers_s=5) for _ in range(2))
    line.cut()
    assert first.is_new("shop", "msg_1")
    assert second.is_new("shop", "msg_1")
    line.mend()
    now[0] += 6
    assert first.is_new("shop", "msg_2")
    assert not second.is_new("shop", "msg_2")


def test_settings_that_cannot_be_used_are_told_when_it_is_made() -> None:
    with pytest.raises(CmsError) as wrong:
        Seen("not an address", monotonic=time.monotonic)
    assert wrong.value.code == "bad-setting"
