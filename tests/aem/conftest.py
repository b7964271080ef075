"""Delivery of the corner shop, as the tests of delivery have it."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from corner import NOW, CornerShop
from flask.testing import FlaskClient

from cms.commerce import SignalClient, only
from cms.delivery.app import create_app
from cms.delivery.service import Service
from cms.runtime.live import Live
from cms.runtime.site import Site


class Fixed:
    """A follower that has one site and never another."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def newer(self, current: Site | None) -> Site | None:
        return None if current else self._site


def clock() -> datetime:
    return NOW


def delivery(site: Site, shop: CornerShop) -> FlaskClient:
    client = SignalClient(only(shop), clock=clock, monotonic=time.monotonic)
    return create_app(Service(Live(Fixed(site), poll_s=60), client, clock)).test_client()


@pytest.fixture(scope="session")
def deliver() -> Callable[..., FlaskClient]:
    return delivery
