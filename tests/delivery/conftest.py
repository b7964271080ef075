"""Delivery of the corner shop: the real app, a shop in memory, a clock that stands still."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest
from corner import NOW, CornerShop, corner_site
from flask.testing import FlaskClient

from cms.commerce import SignalClient, only
from cms.delivery.app import create_app
from cms.delivery.references import References
from cms.delivery.service import Service
from cms.events import EventLog
from cms.runtime.counting import Counting
from cms.runtime.live import Live
from cms.runtime.site import Site

TOKEN = "server-token-1"


class Fixed:
    """A follower that has one site, or none, and never another."""

    def __init__(self, site: Site | None) -> None:
        self._site = site

    def newer(self, current: Site | None) -> Site | None:
        return None if current else self._site


def clock() -> datetime:
    return NOW


def delivery(
    site: Site | None,
    shop: CornerShop | None,
    *,
    tokens: tuple[str, ...] = (TOKEN, "server-token-2"),
    events: EventLog | None = None,
    clock: Callable[[], datetime] = clock,
    references: References | None = None,
) -> FlaskClient:
    client = SignalClient(only(shop), clock=clock, monotonic=time.monotonic) if shop else None
    live = Live(Fixed(site), poll_s=60)
    counting = Counting(events, readers=4, monotonic=time.monotonic) if events else None
    known = references or References(())
    service = Service(live, client, clock, tokens, "https://corner.example/off", events, counting, references=known)
    return create_app(service).test_client()


@pytest.fixture
def shop() -> CornerShop:
    return CornerShop()


@pytest.fixture
def web(shop: CornerShop) -> FlaskClient:
    return delivery(corner_site(), shop)


@pytest.fixture
def alone() -> FlaskClient:
    """The same app where no shop is configured."""
    return delivery(corner_site(), None)


@pytest.fixture
def trusted() -> Mapping[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def deliver() -> Callable[..., FlaskClient]:
    return delivery
