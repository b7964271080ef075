"""Events over HTTP: what was closed stays away, what is capped ends, and nothing acknowledged is lost."""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from corner import NOW, CornerShop, corner_files, corner_folder, corner_site, site_of
from flask.testing import FlaskClient
from programs import free_port, post, running_cms, start_cms, status_of, wait_for
from werkzeug.test import TestResponse

from cms.delivery.events import MOST_BYTES
from cms.events import EventLog
from cms.runtime.site import Site

DAY = timedelta(days=1)
EVENTS = "/v1/events"
Deliver = Callable[..., FlaskClient]


def banner(headline: str, **more: object) -> bytes:
    variants = [{"key": "default", "content": {"en": {"headline": headline}}}]
    return json.dumps({"component": "banner", "variants": variants, **more}).encode()


def slot(entry: str) -> Mapping[str, object]:
    return {"accepts": ["banner"], "entries": [entry], "may_be_empty": True}


OFFERS: Mapping[str, bytes] = {
    "content/entries/deal.json": banner("A deal", offer={"kind": "deal"}, dismiss_for="P2D"),
    "content/entries/capped.json": banner(
        "Twice", offer={"kind": "twice"}, cap=[{"per": "visitor", "max": 2, "every": "P7D"}]
    ),
    "content/pages/offers.json": json.dumps(
        {
            "route": "/offers",
            "stage": "landing",
            "slots": {"deal": slot("deal"), "capped": slot("capped"), "about": slot("about")},
        }
    ).encode(),
    "content/emails/offers.json": json.dumps({"subject": {"en": "Offers"}, "slots": {"deal": slot("deal")}}).encode(),
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def offers() -> Site:
    return site_of({**corner_files(), **OFFERS})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = EventLog(f"sqlite:///{tmp_path}/events.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def web(deliver: Deliver, offers: Site, clock: Clock, log: EventLog) -> FlaskClient:
    return deliver(offers, None, events=log, clock=clock)


def event(number: int, kind: str, at: datetime, **more: object) -> dict[str, object]:
    return {"id": f"e-{number}", "kind": kind, "at": at.isoformat(), "visitor": "v-1", **more}


def send(web: FlaskClient, *events: object) -> TestResponse:
    return web.post(EVENTS, json={"events": events})


def statuses(answer: TestResponse) -> list[str]:
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    return [result["status"] for result in answer.json["results"]]


def shown(web: FlaskClient, visitor: str | None = "v-1", **facts: object) -> dict[str, list[str]]:
    answer = web.post("/v1/pages/offers", json={"visitor": visitor, "facts": facts}).json
    assert answer is not None
    assert [found for found in answer["degraded"] if found["signal"] == "counters"] == []
    return {key: [item["entry"] for item in items] for key, items in answer["slots"].items()}


def test_a_dismissed_offer_stays_away_for_its_time_and_comes_back_after(web: FlaskClient, clock: Clock) -> None:
    assert shown(web)["deal"] == ["deal"]
    assert statuses(send(web, event(1, "dismiss", NOW, entry="deal"))) == ["accepted"]
    assert shown(web) == {"deal": [], "capped": ["capped"], "about": ["about"]}
    assert shown(web, visitor="v-2")["deal"] == ["deal"]
    clock.now = NOW + DAY
    assert shown(web)["deal"] == []
    clock.now = NOW + 2 * DAY
    assert shown(web)["deal"] == ["deal"]


def test_a_dismissal_by_a_clock_that_is_ahead_holds_at_once(web: FlaskClient) -> None:
    assert statuses(send(web, event(1, "dismiss", NOW + timedelta(minutes=4), entry="deal"))) == ["accepted"]
    assert shown(web)["deal"] == []


def test_the_day_of_a_dismissal_is_that_of_the_market(web: FlaskClient, clock: Clock) -> None:
    evening = datetime(2026, 12, 3, 4, 30, tzinfo=UTC)  # half past eleven in the evening of the 2nd in New York
    clock.now = evening
    send(web, event(1, "dismiss", evening, entry="deal"))
    clock.now = datetime(2026, 12, 4, 4, 30, tzinfo=UTC)
    assert shown(web)["deal"] == []
    clock.now = datetime(2026, 12, 4, 5, 30, tzinfo=UTC)
    assert shown(web)["deal"] == ["deal"]


def test_a_capped_offer_is_shown_up_to_its_most_within_rolling_days(web: FlaskClient, clock: Clock) -> None:
    assert shown(web)["capped"] == ["capped"]
    send(web, event(1, "impression", NOW - DAY, entry="capped"))
    assert shown(web)["capped"] == ["capped"]
    send(web, event(2, "impression", NOW, entry="capped"))
    assert shown(web)["capped"] == []
    clock.now = NOW + 6 * DAY
    assert shown(web)["capped"] == ["capped"]


def test_an_id_that_is_sent_twice_counts_once(web: FlaskClient) -> None:
    once = event(1, "impression", NOW, entry="capped")
    assert statuses(send(web, once, once)) == ["accepted", "duplicate"]
    assert statuses(send(web, once)) == ["duplicate"]
    assert shown(web)["capped"] == ["capped"]


def test_a_mail_leaves_out_what_its_reader_closed(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    def deals() -> list[str]:
        answer = web.post("/v1/emails/offers", json={"visitor": "v-1"}, headers=trusted).json
        assert answer is not None
        return [item["entry"] for item in answer["slots"]["deal"]]

    assert deals() == ["deal"]
    send(web, event(1, "dismiss", NOW, entry="deal"))
    assert deals() == []


def test_without_consent_or_visitor_nothing_is_read_of_anybody(web: FlaskClient) -> None:
    send(web, event(1, "dismiss", NOW, entry="deal"))
    for visitor, facts in (("v-1", {"visitor.consent": False}), (None, {})):
        assert shown(web, visitor, **facts) == {"deal": ["deal"], "capped": [], "about": ["about"]}


def test_an_answer_that_counters_were_read_for_is_private_and_one_without_a_visitor_is_not(web: FlaskClient) -> None:
    assert web.get("/v1/pages/offers?visitor=v-1").headers["Cache-Control"].startswith("private")
    assert web.get("/v1/pages/offers").headers["Cache-Control"].startswith("public")


def test_a_trace_says_which_day_an_offer_was_closed(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    send(web, event(1, "dismiss", NOW, entry="deal"))
    answer = web.post("/v1/pages/offers", json={"visitor": "v-1", "trace": True}, headers=trusted).json
    assert answer is not None
    step = next(step for step in answer["trace"] if step["entry"] == "deal")
    assert step["outcome"] == "dismissed"
    assert "2026" in step["seen"] or "2 Dec" in step["seen"]
    assert step["observed_at"] == NOW.isoformat()


def test_each_item_of_a_batch_is_judged_by_itself(web: FlaskClient) -> None:
    good = event(1, "dismiss", NOW, entry="no-such-entry")
    answer = send(
        web,
        good,
        event(2, "dismiss", NOW - 8 * DAY, entry="deal"),
        event(3, "dismiss", NOW),
        {**good, "id": "e-4", "email": "anna@example.org"},
        "nonsense",
        {**good, "id": "x" * 5000},
    )
    assert statuses(answer) == ["accepted"] + ["rejected"] * 5
    assert answer.json is not None
    told = [(found["id"], found.get("code"), found.get("pointer")) for found in answer.json["results"]]
    assert told[:5] == [
        ("e-1", None, None),
        ("e-2", "too_old", "/events/1/at"),
        ("e-3", "missing_key", "/events/2"),
        ("e-4", "unknown_key", "/events/3/email"),
        (None, "wrong_type", "/events/4"),
    ]
    assert "x" * 65 not in answer.text
    assert "anna" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "malformed_json"),
        ("[" * 200, 400, "too_deep"),
        ('{"events": [], "events": []}', 400, "duplicate_key"),
        ('{"events": [{"id": "a\\u0000"}]}', 422, "bad_text"),
        ("[]", 422, "invalid_request"),
        ("{}", 422, "invalid_request"),
        ('{"events": {}}', 422, "invalid_request"),
        ('{"events": null}', 422, "invalid_request"),
        ('{"events": []}', 422, "invalid_request"),
        (json.dumps({"events": [{}] * 101}), 422, "invalid_request"),
        ('{"events": [{}], "visitor": "v-1"}', 422, "invalid_request"),
        (json.dumps({"events": [{"id": "x" * 60_000}] * 5}), 413, "too_large"),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8"])
def test_what_is_no_batch_is_refused_whole(
    web: FlaskClient, body: str, status: int, code: str, content_type: str
) -> None:
    answer = web.post(EVENTS, data=body, content_type=content_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    assert answer.json is not None
    assert answer.json["code"] == code


def test_a_batch_may_be_as_long_as_is_said(web: FlaskClient) -> None:
    events = [event(number, "impression", NOW, entry="capped", sku="x" * 256, order="y" * 256) for number in range(100)]
    assert len(json.dumps({"events": events})) < MOST_BYTES
    assert statuses(send(web, *events)) == ["accepted"] * 100


def test_a_beacon_is_taken_as_text_and_other_kinds_are_415(web: FlaskClient) -> None:
    body = json.dumps({"events": [event(1, "dismiss", NOW, entry="deal")]})
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert web.post(EVENTS, data=body, content_type=kind).status_code == 415
    assert statuses(web.post(EVENTS, data=body, content_type="text/plain;charset=UTF-8")) == ["accepted"]
    assert shown(web)["deal"] == []


def test_where_no_events_are_kept_counters_are_unknown_and_nothing_is_degraded(deliver: Deliver, offers: Site) -> None:
    web = deliver(offers, CornerShop())
    answer = send(web, event(1, "dismiss", NOW, entry="deal"))
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (503, "events_not_kept")
    page = web.post("/v1/pages/offers", json={"visitor": "v-1"}).json
    assert page is not None
    assert page["degraded"] == []
    assert shown(web) == {"deal": ["deal"], "capped": [], "about": ["about"]}


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/nowhere/events.sqlite", "sqlite:///{folder}/damaged"])
def test_a_broken_log_harms_no_page_and_stores_nothing(
    deliver: Deliver, offers: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    (tmp_path / "damaged").write_bytes(b"no database" * 1000)
    web = deliver(offers, CornerShop(), events=EventLog(url.format(folder=tmp_path)))
    refused = send(web, event(1, "dismiss", NOW, entry="deal"))
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (503, "events_unavailable")
    assert refused.headers["Retry-After"]
    caplog.clear()
    caplog.set_level(logging.INFO, "cms.runtime")
    answers = [web.post("/v1/pages/offers", json={"visitor": "v-1"}).json for _ in range(3)]
    for answer in answers:
        assert answer is not None
        assert answer["degraded"] == [{"signal": "counters", "why": "error"}]
        assert [item["entry"] for item in answer["slots"]["deal"]] == ["deal"]
        assert answer["slots"]["capped"] == []
    assert len(caplog.messages) == 1, caplog.messages


def test_a_page_that_remembers_nothing_asks_for_no_counters(deliver: Deliver, tmp_path: Path) -> None:
    web = deliver(corner_site(), CornerShop(), events=EventLog("nonsense"))
    answer = web.post("/v1/pages/home", json={"visitor": "v-1"}).json
    assert answer is not None
    assert answer["degraded"] == []


def test_the_document_describes_events_and_their_answer(web: FlaskClient) -> None:
    spec: Any = web.get("/v1/openapi.json").json
    route = spec["paths"]["/v1/events"]["post"]
    assert {"202", "413", "422", "503"} <= set(route["responses"])
    shape = spec["components"]["schemas"]["EventShape"]
    assert set(shape["required"]) == {"id", "kind", "at"}
    assert "dismiss" in shape["properties"]["kind"]["enum"]


def offers_folder(tmp_path: Path) -> Path:
    folder = corner_folder(tmp_path / "w")
    for path, content in OFFERS.items():
        (folder / path).write_bytes(content)
    settings = folder / "content/workspace.json"
    settings.write_text(settings.read_text("utf-8").replace('"signals_ms": 80', '"signals_ms": 2000'), "utf-8")
    return folder


def workers_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_dismissal_that_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    workspace, port = offers_folder(tmp_path), free_port()
    base = f"http://127.0.0.1:{port}"
    command = ("serve", "--workspace", str(workspace), "--port", str(port))
    process = start_cms(tmp_path, *command)
    wait_for(lambda: status_of(f"{base}/readyz") == 200)
    now = datetime.now(UTC)  # noqa: TID251 - a real process has a real clock
    acknowledged = post(f"{base}{EVENTS}", {"events": [event(1, "dismiss", now, entry="deal")]})
    for pid in (*workers_of(process.pid), process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait(5)
    assert acknowledged.status_code == 202
    assert acknowledged.json() == {"results": [{"id": "e-1", "status": "accepted"}]}
    wait_for(lambda: status_of(f"{base}/readyz") == 0)
    with running_cms(tmp_path, *command):
        wait_for(lambda: status_of(f"{base}/readyz") == 200)
        page = post(f"{base}/v1/pages/offers", {"visitor": "v-1"}).json()
        again = post(f"{base}{EVENTS}", {"events": [event(1, "dismiss", now, entry="deal")]}).json()
    assert page["slots"]["deal"] == []
    assert again["results"][0]["status"] == "duplicate"


def test_two_nodes_write_at_once_and_each_sees_what_the_other_was_told(tmp_path: Path) -> None:
    workspace, ports = offers_folder(tmp_path), (free_port(), free_port())
    bases = [f"http://127.0.0.1:{port}" for port in ports]
    for name in "ab":
        (tmp_path / name).mkdir()
    shared = {"CMS_EVENTS_URL": f"sqlite:///{tmp_path}/shared/events.sqlite"}
    now = datetime.now(UTC)  # noqa: TID251 - a real process has a real clock
    accepted: list[str] = []

    def tell(base: str, first: int) -> None:
        for number in range(first, first + 40):
            impression = event(number, "impression", now, entry="capped", visitor=f"v-{number}")
            answer = requests.post(f"{base}{EVENTS}", json={"events": [impression]}, timeout=10)
            accepted.extend(f["id"] for f in answer.json()["results"] if f["status"] == "accepted")

    commands = [("serve", "--workspace", str(workspace), "--port", str(port)) for port in ports]
    with running_cms(tmp_path / "a", *commands[0], **shared), running_cms(tmp_path / "b", *commands[1], **shared):
        for base in bases:
            wait_for(lambda base=base: status_of(f"{base}/readyz") == 200)
        tellers = [threading.Thread(target=tell, args=told) for told in zip(bases, (0, 20), strict=True)]
        for teller in tellers:
            teller.start()
        for teller in tellers:
            teller.join(60)
        post(f"{bases[0]}{EVENTS}", {"events": [event(100, "dismiss", now, entry="deal")]})
        page = post(f"{bases[1]}/v1/pages/offers", {"visitor": "v-1"}).json()
    assert sorted(accepted) == sorted(f"e-{number}" for number in range(60))
    assert page["slots"]["deal"] == []
