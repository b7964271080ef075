"""Groups over time: who holds an exclusive group beyond one page, and for how long."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.decide import decide
from cms.decisions.gathering import gather
from cms.decisions.groups import SESSION, holder
from cms.decisions.requests import RequestReader
from cms.facts.context import DecisionContext, View
from cms.facts.counters import Counters, milliseconds
from cms.facts.signals import Signal
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def _offer(exclusive: object, **more: Any) -> Mapping[str, Any]:
    offer = {"kind": "deal"} if exclusive is None else {"kind": "deal", "exclusive": exclusive}
    content = {"en": {"headline": "A deal"}}
    return {"component": "banner", "offer": offer, "variants": [{"key": "default", "content": content}], **more}


def _within(scope: str) -> Mapping[str, str]:
    return {"group": "shipping", "within": scope}


@cache
def snapshot() -> Snapshot:
    entries = {
        "page": _offer("shipping"),
        "session": _offer(_within("session")),
        "customer": _offer(_within("customer")),
        "ended": _offer(_within("customer"), schedule={"until": "2026-12-02T15:00:00+00:00"}),
        "ending": _offer(_within("customer"), schedule={"until": "2026-12-02T15:00:01+00:00"}),
        "other": _offer({"group": "club", "within": "customer"}),
        "free": _offer(None),
    }
    files: Mapping[str, Any] = {
        "content/workspace.json": {"default_locale": "en", "locales": {"en": []}},
        "components/banner/model.json": {"fields": {"headline": {"type": "text", "required": True}}},
        **{f"content/entries/{key}.json": entry for key, entry in entries.items()},
        "content/pages/home.json": {
            "route": "/",
            "stage": "landing",
            "slots": {"top": {"accepts": ["banner"], "entries": list(entries), "may_be_empty": True}},
        },
    }
    found, problems = compile_workspace(
        read_workspace({path: json.dumps(data).encode() for path, data in files.items()})
    )
    assert found is not None, problems
    return found


def context(counters: Counters | None) -> DecisionContext:
    told = {} if counters is None else {Signal.COUNTERS: counters}
    request = RequestReader(snapshot(), channel="web", trusted=False).read({"visitor": "v-1"})
    return gather(snapshot(), snapshot().pages["home"], request, told, now=NOW, observations={})


def held(key: str, counters: Counters | None) -> str | None:
    return holder(snapshot().entries[key], snapshot(), View(context(counters)))


def at(ago: timedelta) -> int:
    return milliseconds(NOW - ago)


def seen(*keys: str, ago: timedelta = MINUTE) -> Counters:
    moments = {key: (at(ago) + place,) for place, key in enumerate(keys)}
    return Counters(seen=moments, shown={key: {"web": moment} for key, moment in moments.items()})


def mailed(*keys: str, ago: timedelta = DAY) -> Counters:
    return Counters(shown={key: {"email": (at(ago) + place,)} for place, key in enumerate(keys)})


def accepted(*keys: str, ago: timedelta = DAY) -> Counters:
    return Counters(accepted={key: at(ago) + place for place, key in enumerate(keys)})


@pytest.mark.parametrize(
    ("key", "counters", "rival"),
    [
        pytest.param("session", seen("page"), "page", id="a-rival-of-this-session"),
        pytest.param("session", seen("page", ago=SESSION), None, id="a-rival-of-an-earlier-session"),
        pytest.param("session", seen("session"), None, id="no-rival-of-itself"),
        pytest.param("session", seen("page", "session"), None, id="the-one-seen-last-holds-the-group"),
        pytest.param("session", seen("session", "page"), "page", id="another-was-seen-last"),
        pytest.param("session", seen("other", "free", "gone"), None, id="of-no-or-another-group-or-gone"),
        pytest.param("session", mailed("page"), None, id="a-mail-is-no-session"),
        pytest.param("customer", mailed("page"), "page", id="a-rival-that-was-mailed"),
        pytest.param("customer", accepted("page"), "page", id="a-rival-that-was-accepted"),
        pytest.param("customer", seen("page"), None, id="a-rival-that-was-only-seen"),
        pytest.param("customer", mailed("ended"), None, id="a-rival-that-has-ended"),
        pytest.param("customer", mailed("ending"), "ending", id="a-rival-that-has-not-ended"),
        pytest.param("customer", accepted("customer", "page"), "page", id="accepted-after-it"),
        pytest.param("customer", accepted("page", "customer"), None, id="accepted-before-it"),
        pytest.param("page", accepted("customer"), None, id="a-group-of-pages-only"),
        pytest.param("free", accepted("customer"), None, id="in-no-group"),
        pytest.param("customer", None, None, id="nobody-knows"),
        pytest.param("customer", Counters(of_nobody=True), None, id="nobody-is-asked-about"),
    ],
)
def test_who_holds_the_group(key: str, counters: Counters | None, rival: str | None) -> None:
    assert held(key, counters) == rival


def test_of_all_that_claim_a_group_always_one_may_be_shown() -> None:
    for counters in (accepted("session", "customer", "ending"), mailed("ending", "customer"), accepted("customer")):
        group = ("customer", "ending")
        assert [key for key in group if held(key, counters) is None]


def test_who_was_looked_up_makes_the_answer_private() -> None:
    for key, private in (("page", False), ("session", True), ("customer", True)):
        view = View(context(Counters()))
        holder(snapshot().entries[key], snapshot(), view)
        assert view.is_private() is private


def test_a_page_passes_over_an_offer_whose_group_is_held() -> None:
    decision = decide(snapshot(), snapshot().pages["home"], context(accepted("page", "customer")), trace=True)
    assert [choice.entry for choice in decision.slots["top"]] == ["page"]
    without = Counters(
        accepted={"customer": at(DAY)}, dismissed={"page": at(DAY), "customer": at(DAY), "free": at(DAY)}
    )
    decision = decide(snapshot(), snapshot().pages["home"], context(without), trace=True)
    assert [choice.entry for choice in decision.slots["top"]] == ["session"]
    lost = {(step.entry, step.outcome, step.rival) for step in decision.trace}
    assert ("customer", "dismissed", "") in lost
    assert ("ending", "exclusive", "customer") in lost or ("ending", "outranked", "session") in lost
