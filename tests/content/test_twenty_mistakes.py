"""Authors' mistakes: all of them in one run, each once, at its place, with what to do; and no damage makes it fail."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cms.cli import cli
from cms.runtime.verification import verify
from cms.workspace import find_root, read_folder

TESTS = Path(__file__).parents[1]
MISTAKES = TESTS / "workspaces" / "twenty-mistakes"
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)

# code → file, line, column, a part of the suggestion
EXPECTED = [
    ("missing-copy-file", "content/entries/guide/entry.json", 4, 51, "Create it beside"),
    ("bad-front-matter", "content/entries/letter/default.en.md", 3, 7, "double quotes"),
    ("yaml-alias", "content/entries/notes/default.en.md", 3, 7, "Repeat the value"),
    ("missing-default", "content/entries/sale.json", 4, 20, "Add a default variant"),
    ("unknown-component", "content/entries/summer.json", 2, 16, 'Did you mean "banner"?'),
    ("unknown-segment", "content/entries/welcome.json", 7, 21, 'Did you mean "vip"?'),
    ("bad-link", "content/entries/welcome.json", 14, 82, "/cart"),
    ("bad-date", "content/entries/winter.json", 3, 24, "2026-12-01T00:00+08:00"),
    ("unknown-field", "content/entries/words.json", 4, 90, 'Did you mean "tone"?'),
    ("unknown-format", "content/entries/words.json", 5, 83, 'Did you mean "money"?'),
    ("bad-placeholder", "content/entries/words.json", 6, 83, "Close it with }"),
    ("duplicate-key", "content/pages/cart.json", 5, 3, "Remove or rename one"),
    ("unknown-entry", "content/pages/home.json", 5, 59, 'Did you mean "summer"?'),
    ("wrong-type", "content/rails/extras.json", 3, 12, "without quotes"),
    ("unknown-operator", "segments/large-cart.json", 1, 56, 'Did you mean "at_least"?'),
    ("segment-cycle", "segments/left.json", 1, 41, "Break it at one"),
    ("bad-json", "segments/loose.json", 3, 35, "Remove this trailing comma"),
    ("unknown-fact", "segments/newcomer.json", 4, 5, 'Did you mean "visitor.is_new"?'),
    ("empty-list", "segments/nobody.json", 1, 54, "List at least one value"),
    ("unknown-choice", "segments/phone.json", 3, 52, 'Did you mean "mobile"?'),
]


def test_twenty_mistakes_are_twenty_findings_each_at_its_place_with_a_suggestion() -> None:
    run = CliRunner().invoke(cli, ["check", "--workspace", str(MISTAKES), "--format", "json"])
    report = json.loads(run.stdout)
    findings = report["findings"]

    assert (1, 20, 0) == (run.exit_code, report["errors"], report["warnings"])
    assert [row[:4] for row in EXPECTED] == [(f["code"], f["file"], f["line"], f["column"]) for f in findings]
    assert [] == [
        (row[4], f["suggestion"]) for row, f in zip(EXPECTED, findings, strict=True) if row[4] not in f["suggestion"]
    ]
    told = {"id", "code", "severity", "subject", "file", "line", "column", "pointer", "message", "suggestion"}
    assert told == set(findings[0])


def test_the_text_form_begins_with_the_place() -> None:
    run = CliRunner().invoke(cli, ["check", "--workspace", str(MISTAKES)])
    lines = run.stdout.splitlines()

    assert [f"{file}:{line}:{column}: error[{code}]:" for code, file, line, column, _ in EXPECTED] == [
        line.partition("]:")[0] + "]:" for line in lines[:-1]
    ]
    assert 'error[unknown-segment]: no segment "vpi". Did you mean "vip"?' in run.stdout
    assert "20 errors, 0 warnings" == lines[-1]


def test_an_error_points_into_the_document() -> None:
    found = {problem.code: problem for problem in verify(read_folder(MISTAKES), now=NOW).problems}

    assert "/variants/0/when/any/0/segment" == found["unknown-segment"].pointer
    assert "/when/visitor.device/one_of/1" == found["unknown-choice"].pointer
    assert "/variants/1/content/en/cta/href" == found["bad-link"].pointer
    assert "/slots/top/entries/1" == found["unknown-entry"].pointer


WRECKS = (
    b"\x00",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b'"',
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"\n---\n",
    b"{{",
    b"{%",
    b"&a",
    b"*a",
    b"\\u",
)


def _damaged(raw: bytes, dice: random.Random) -> bytes:
    """Damage a file as crashes, bad merges and slips of the hand do."""
    for _ in range(dice.randint(1, 3)):
        at, end = sorted((dice.randrange(len(raw) + 1), dice.randrange(len(raw) + 1)))
        match dice.randrange(6):
            case 0:
                raw = raw[:at]
            case 1:
                raw = raw[:at] + dice.choice(WRECKS) + raw[at:]
            case 2:
                raw = raw[:at] + raw[min(end, at + 20) :]
            case 3:
                raw = raw[:at] + raw[at:end] + raw[at:]
            case 4:
                raw = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1 :]
            case _:
                words = [word for word in raw.split(b'"') if word]
                raw = raw.replace(dice.choice(words), dice.choice(WRECKS), 1) if words else raw
    return raw


TWISTS: tuple[Any, ...] = (None, True, -1, 1.5, "", "x", [], [None], {}, {"x": 1}, {"segment": "x"}, [{}], "{", 10**30)


def _twisted(raw: bytes, dice: random.Random) -> bytes:
    """Put a value of another kind somewhere into a JSON document, or damage what is none."""
    try:
        data = json.loads(raw)
    except ValueError:
        return _damaged(raw, dice)
    places = list(_places(data))
    for holder, key in dice.sample(places, min(len(places), dice.randint(1, 3))):
        holder[key] = dice.choice(TWISTS)
    return json.dumps(data).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield node, key
        yield from _places(part)


@pytest.mark.parametrize("seed", range(7))
def test_no_damage_to_an_authored_file_makes_the_check_fail(seed: int) -> None:
    """Four runs of ten damaged copies of the sample, three of sixty of a small workspace; in some, of several files."""
    dice = random.Random(seed)
    is_small = seed % 2 == 1
    files = dict(read_folder(TESTS / "workspaces" / "explained" if is_small else find_root(TESTS)))
    names = sorted(name for name in files if name.endswith((".json", ".md")))
    for _ in range(60 if is_small else 10):
        chosen = dice.sample(names, dice.choice((1, 1, 2, 5)))
        damage = dice.choice((_damaged, _twisted))
        damaged = files | {name: damage(files[name], dice) for name in chosen}

        verified = verify(damaged, now=NOW)

        assert all(problem.file and problem.line > 0 and problem.column > 0 for problem in verified.problems)
        assert all(problem.message for problem in verified.problems)
