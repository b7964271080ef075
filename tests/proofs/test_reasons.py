"""Why nobody sees a variant: the fewest others that take its visitors, or what its channel never knows."""

import json
from datetime import UTC, datetime
from typing import Any

from cms.content.compiling import compile_workspace
from cms.problems import Severity
from cms.proofs.finding import Finding
from cms.proofs.proving import prove
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)
SLOTS = {"top": {"accepts": ["note"], "entries": ["one"]}}
PAGE = {"content/pages/one.json": {"route": "/one", "stage": "cart", "slots": SLOTS}}
MAIL = {"content/emails/one.json": {"subject": {"en": "One"}, "slots": SLOTS}}


def variant(key: str, **when: Any) -> dict[str, Any]:
    return {"key": key, **({"when": when} if when else {}), "content": {"en": {"text": "Hello"}}}


def found(surface: dict[str, Any], *variants: dict[str, Any]) -> list[Finding]:
    """Prove a page or mail whose one slot lists an entry of these variants and a default."""
    files = {
        **surface,
        "content/workspace.json": {"channels": ["web", "email"]},
        "components/note/model.json": {"channels": ["web", "email"], "fields": {"text": {"type": "text", "required": True}}},
        "content/entries/one.json": {"component": "note", "variants": [*variants, variant("default")]},
    }  # fmt: skip
    written = {path: json.dumps(data).encode() for path, data in files.items()}
    snapshot, problems = compile_workspace(read_workspace(written))
    assert snapshot is not None, problems
    return list(prove(snapshot, now=NOW))


def visits(least: int) -> dict[str, Any]:
    return {"visitor.visits": {"at_least": least}}


def test_of_those_above_only_the_ones_that_take_its_visitors_are_named() -> None:
    (dead,) = found(
        PAGE,
        variant("new", **{"visitor.is_new": True}),
        variant("full", **{"cart.count": {"at_least": 5}}),
        variant("back", **{"visitor.is_new": False}),
        variant("either", **{"visitor.is_new": {"known": True}}),
    )

    assert ("unreachable", "either", (("one", "new"), ("one", "back"))) == (dead.code, dead.variant, dead.by)


def test_one_that_takes_all_of_them_alone_is_named_alone() -> None:
    # The two above it take its visitors together, so does the third by itself.
    dead = found(
        PAGE,
        variant("few", **{"visitor.visits": {"between": [4, 6]}}),
        variant("many", **visits(7)),
        variant("some", **visits(3)),
        variant("last", **visits(4)),
    )[-1]

    assert ("last", (("one", "some"),)) == (dead.variant, dead.by)


def test_its_visitor_is_one_of_those_it_was_written_for() -> None:
    (dead,) = found(PAGE, variant("some", **visits(3)), variant("last", **visits(4)))

    assert dead.visitor is not None
    assert ({"visitor.visits": 4}, ("one:some",)) == (dict(dead.visitor.facts), dead.shown)


def test_what_a_mail_never_knows_is_an_error_where_nothing_else_with_a_rule_is_shown() -> None:
    (alone,) = found(MAIL, variant("phone", **{"visitor.device": "mobile"}))
    (beside,) = found(
        MAIL, variant("phone", **{"visitor.device": "mobile"}), variant("tw", **{"visitor.country": "TW"})
    )

    assert [("wrong-channel", Severity.ERROR), ("wrong-channel", Severity.WARNING)] == [
        (one.code, one.severity) for one in (alone, beside)
    ]
    assert ["visitor.device"] == [ref.name for ref in alone.facts]


def test_a_rule_that_says_itself_that_it_is_for_pages_is_no_mistake_in_a_mail() -> None:
    named = variant("phone", **{"visitor.device": "mobile", "channel": ["web"]})

    assert [] == found(PAGE | MAIL, named)
