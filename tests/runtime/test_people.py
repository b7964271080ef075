"""Who is counted when a page or mail is decided: visitors, the customers they are, and what everybody was shown."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from corner import NOW, CornerShop, corner_files, site_of
from programs import wait_for

from cms.commerce import SignalClient, only
from cms.decisions.requests import RequestReader
from cms.errors import CmsError
from cms.events import Asked, Event, EventLog, Kind
from cms.facts.context import Units
from cms.facts.counters import Counters
from cms.runtime.answers import Answer, answer
from cms.runtime.counting import Counting
from cms.runtime.site import Site

MINUTE = timedelta(minutes=1)
OFFERS = ("plain", "mine", "ours", "all", "loud")


def _offer(**more: object) -> bytes:
    variants = [{"key": "default", "content": {"en": {"headline": "A deal"}}}]
    return json.dumps({"component": "banner", "offer": {"kind": "deal"}, "variants": variants, **more}).encode()


def _cap(per: str, times: int) -> list[Mapping[str, object]]:
    return [{"per": per, "max": times, "every": "P14D"}]


def _slots(*entries: str) -> Mapping[str, object]:
    return {key: {"accepts": ["banner"], "entries": [key], "may_be_empty": True} for key in entries}


FILES: Mapping[str, bytes] = {
    "content/entries/plain.json": _offer(),
    "content/entries/mine.json": _offer(cap=_cap("visitor", 2)),
    "content/entries/ours.json": _offer(cap=_cap("customer", 2)),
    "content/entries/all.json": _offer(cap=_cap("total", 3)),
    "content/entries/loud.json": _offer(audience={"pressure": {"at_least": 4}}),
    "content/pages/offers.json": json.dumps(
        {"route": "/offers", "stage": "landing", "slots": _slots(*OFFERS)}
    ).encode(),
    "content/pages/plain.json": json.dumps(
        {"route": "/plain", "stage": "landing", "slots": {"about": _slots("about")["about"]}}
    ).encode(),
    "content/emails/offers.json": json.dumps({"subject": {"en": "Offers"}, "slots": _slots("ours", "mine")}).encode(),
}


@pytest.fixture(scope="module")
def site() -> Site:
    return site_of({**corner_files(), **FILES})


@pytest.fixture(scope="module")
def tight() -> Site:
    """Give the same site with a budget of five: a mail weighs three, what stands on a page one."""
    files = {**corner_files(), **FILES}
    workspace = json.loads(files["content/workspace.json"])
    workspace["budgets"] = {**workspace.get("budgets", {}), "pressure": {"max": 5}}
    return site_of({**files, "content/workspace.json": json.dumps(workspace).encode()})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = EventLog(f"sqlite:///{tmp_path}/events.sqlite")
    yield opened
    opened.close()


class People:
    """Asks for pages and mails, and posts what was seen."""

    def __init__(self, site: Site, log: EventLog) -> None:
        self.site, self.log = site, log
        self.shop = CornerShop()
        self.client = SignalClient(only(self.shop), clock=lambda: NOW, monotonic=time.monotonic)
        self.counting = Counting(log, readers=4, monotonic=time.monotonic)
        self._posted = 0

    def answer(
        self, visitor: str | None = None, token: str | None = None, *, page: str = "offers", **facts: Any
    ) -> Answer:
        snapshot = self.site.snapshot
        body = {"visitor": visitor, "facts": facts, "customer": {"token": token} if token else None}
        email = page.startswith("emails/")
        request = RequestReader(snapshot, channel="email" if email else "web", trusted=True).read(body)
        return answer(snapshot, snapshot.surfaces[page], request, self.client, now=NOW, counting=self.counting)

    def shown(self, *who: str | None, **more: Any) -> set[str]:
        found = self.answer(*who, **more)
        assert [one for one in found.degraded if one.signal == "counters"] == []
        return {choice.entry for choices in found.decision.slots.values() for choice in choices}

    def see(self, entry: str, visitor: str | None, times: int = 1, at: datetime = NOW, **more: Any) -> None:
        for _ in range(times):
            self._posted += 1
            event = Event(f"e-{self._posted}", Kind.IMPRESSION, at, visitor, entry=entry, **more)
            self.log.add([event], received_at=NOW)

    def know(self, visitor: str, token: str, customer: str) -> None:
        """Log in, and wait until that is remembered."""
        self.answer(visitor, token)
        wait_for(lambda: customer in self.log.customers_of({visitor}).get(visitor, ()))


@pytest.fixture
def people(site: Site, log: EventLog) -> Iterator[People]:
    made = People(site, log)
    yield made
    made.client.close()


def test_nothing_was_shown_so_everything_may_be_but_what_needs_a_person(people: People) -> None:
    assert people.shown("v-1") == {"plain", "mine", "ours", "all"}
    assert people.shown() == {"plain", "all"}
    assert people.shown("v-1", **{"visitor.consent": False}) == {"plain", "all"}


def test_a_cap_of_a_visitor_ends_with_the_visitor_and_that_of_a_customer_follows_them(people: People) -> None:
    people.know("v-1", "gold", "c-1")
    people.see("mine", "v-1", 2)
    people.see("ours", "v-1", 2)
    assert people.shown("v-1", "gold") == people.shown("v-1") == {"plain", "all", "loud"}
    assert people.shown("v-2") == {"plain", "mine", "ours", "all"}
    assert people.shown("v-2", "gold") == {"plain", "mine", "all", "loud"}  # at once, before the link is stored
    wait_for(lambda: people.log.customers_of({"v-2"}) != {})
    assert people.shown("v-2") == {"plain", "mine", "all", "loud"}
    assert people.shown("v-3", "green") == {"plain", "mine", "ours", "all"}


def test_mails_count_for_the_customer_and_so_does_the_web_for_mails(people: People) -> None:
    assert people.shown(None, "gold", page="emails/offers") == {"ours", "mine"}
    people.see("ours", None, customer="c-1", channel="email")
    people.know("v-1", "gold", "c-1")
    people.see("ours", "v-1")
    assert people.shown(None, "gold", page="emails/offers") == {"mine"}
    assert people.shown("v-1") == {"plain", "mine", "all", "loud"}  # a mail weighs 3, the page's impression 1
    assert people.shown(None, None, page="emails/offers") == set()


def test_what_everybody_was_shown_ends_for_everybody(people: People) -> None:
    people.see("all", "v-1", 2)
    assert "all" in people.shown("v-2")
    people.see("all", None)
    for who in ("v-1", "v-2", None):
        assert "all" not in people.shown(who)


@pytest.mark.parametrize(("mails", "offers"), [(0, 4), (1, 2), (2, 0)])
def test_a_budget_ends_offers_of_all_channels_together_on_this_page_too(
    tight: Site, log: EventLog, mails: int, offers: int
) -> None:
    people = People(tight, log)
    people.know("v-1", "gold", "c-1")
    for _ in range(mails):
        people.see("plain", None, customer="c-1", channel="email")
    people.see("about", "v-1", 9)  # no offer
    assert len(people.shown("v-1") & {"plain", "mine", "ours", "all"}) == offers
    assert len(people.shown("v-2")) == 4
    assert people.shown("v-1", page="plain") == {"about"}
    people.client.close()


def test_a_visitor_without_consent_is_never_linked_nor_looked_up(people: People) -> None:
    people.answer("v-1", "gold", **{"visitor.consent": False})
    people.know("v-2", "gold", "c-1")
    assert people.log.customers_of({"v-1", "v-2"}) == {"v-2": frozenset({"c-1"})}
    assert people.answer("v-2", "gold", **{"visitor.consent": False}).view.context.units == Units()


def test_a_page_that_remembers_nothing_asks_nobody_who_it_is(people: People) -> None:
    assert people.shown("v-1", "gold", page="plain") == {"about"}
    assert people.shop.asked == []
    assert people.log.customers_of({"v-1"}) == {}


def test_the_first_visitor_key_reaches_experiments_at_the_next_login(people: People) -> None:
    people.know("v-1", "gold", "c-1")
    units = people.answer("v-2", "gold").view.context.units
    assert (units.visitor, units.customer, units.first_visitor) == ("v-2", "c-1", "v-1")
    assert people.answer("v-3").view.context.units == Units("v-3")


class SlowLog(EventLog):
    """A log whose links take their time, or fail."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.awake = threading.Event()
        self.failure: CmsError | None = None
        self.reads = 0

    def counters(self, asked: Asked, *, now: datetime) -> Counters:
        self.reads += 1
        return super().counters(asked, now=now)

    def link(self, visitor: str, customer: str, *, now: datetime) -> bool:
        self.awake.wait(5)
        if self.failure is not None:
            raise self.failure
        return super().link(visitor, customer, now=now)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowLog]:
    opened = SlowLog(f"sqlite:///{tmp_path}/events.sqlite")
    yield opened
    opened.awake.set()
    opened.close()


def test_no_page_waits_until_a_link_is_stored(site: Site, slow: SlowLog) -> None:
    people = People(site, slow)
    people.answer("v-1")
    start = time.monotonic()
    people.answer("v-1", "gold")
    assert time.monotonic() - start < 1
    assert slow.customers_of({"v-1"}) == {}
    slow.awake.set()
    wait_for(lambda: slow.customers_of({"v-1"}) != {})
    people.client.close()


def test_a_link_that_could_not_be_stored_is_tried_again_by_the_next_page(site: Site, slow: SlowLog) -> None:
    people = People(site, slow)
    slow.awake.set()
    slow.failure = CmsError("store-busy", "busy")
    people.answer("v-1", "gold")
    wait_for(lambda: not people.counting._linked)
    slow.failure = None
    people.know("v-1", "gold", "c-1")
    assert slow.customers_of({"v-1"}) == {"v-1": frozenset({"c-1"})}
    people.client.close()


def test_the_counters_of_a_known_person_are_read_once(site: Site, slow: SlowLog) -> None:
    people = People(site, slow)
    slow.awake.set()
    people.know("v-1", "gold", "c-1")
    before = slow.reads
    people.answer("v-1", "gold")
    people.answer("v-1")
    people.answer("v-9")
    assert slow.reads - before == 3
    people.answer("v-9", "gold")  # who they are is news: once more
    assert slow.reads - before == 5
    people.client.close()
