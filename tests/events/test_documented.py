"""The document about events says what the code does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from cms.decisions.groups import SESSION
from cms.delivery.events import MOST_BYTES, MOST_EVENTS
from cms.events import Event, EventShape, Kind, read_event
from cms.events.queries import MOST_COUNTED
from cms.events.reading import AHEAD, NEEDS, OLDEST
from cms.events.redis_counters import HEALED, PAUSE_S
from cms.facts.counters import KEPT
from cms.offers.pressure import WEIGHTS, WINDOW

TEXT = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")


def part(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([a-z_]+)`", cell))


def test_the_kinds_and_what_they_need_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| .*? \|(.*)\|$", part("Kinds"), re.MULTILINE)
    assert [(str(kind), NEEDS[kind]) for kind in Kind] == [(kind, names(cell)) for kind, cell in rows]


def test_the_keys_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ((?:`[a-z]+` ?)+)\|", part("Keys"), re.MULTILINE)
    assert list(EventShape().fields) == [key for cell in rows for key in names(cell)]


def test_the_figures_are_those_of_the_code() -> None:
    for said in (
        f"1 to {MOST_EVENTS} events",
        f"beyond {MOST_BYTES // 1000} kB",
        f"at most {AHEAD.seconds // 60} minutes ahead of the server's clock and {OLDEST.days} days back",
        f"the latest {MOST_COUNTED:,} impressions and as many dismissals",
        f"any number of whole days up to {KEPT.days}",
        f"within {HEALED.seconds // 60} minutes",
        f"left alone for {PAUSE_S:.0f} seconds",
        f"a window of {WINDOW.days} days",
        f"within {SESSION.seconds // 60} minutes",
        f"mail {WEIGHTS['email']}, blocking {WEIGHTS['blocking']}, overlay {WEIGHTS['overlay']}, inline {WEIGHTS['inline']}",
    ):
        assert said in " ".join(TEXT.split()), said


def test_the_example_is_an_event() -> None:
    batch = json.loads(TEXT.split("```json\n")[1].split("```")[0])
    found = [read_event(raw, now=datetime(2026, 12, 2, 15, tzinfo=UTC)) for raw in batch["events"]]
    assert [type(event) for event in found] == [Event]
