"""`cms check --accept`: writes why a finding may stay, and until when."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programs import environment

from cms.cli import cli
from cms.workspace import read_folder
from cms.workspace.formatting import format_files

TODAY = datetime.now(UTC).date()  # noqa: TID251 - the command reads the clock too
SOON = str(TODAY + timedelta(days=90))
ABOUT = ("gold at cart/top", "gold at cart/rail")


def _check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--workspace", str(folder), *options])


def _accept(folder: Path, *ids: str, reason: str = "Mended on Monday", until: str = SOON) -> Result:
    named = [word for key in ids for word in ("--accept", key)]
    return _check(folder, *named, "--reason", reason, "--until", until)


def _id(folder: Path, about: str) -> str:
    found = json.loads(_check(folder, "--format", "json").stdout)["findings"]
    return next(str(finding["id"]) for finding in found if finding["subject"] == about)


def _written(folder: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((folder / "content/accepted.json").read_text("utf-8"))["findings"]
    return rows


def test_a_finding_is_accepted_with_reason_and_day_laid_out_as_cms_fmt_would(peopled: Path) -> None:
    keys = [_id(peopled, about) for about in ABOUT]
    run = _accept(peopled, *keys, reason="Das ändert sich 再")

    assert (0, [f"Accepted until {SOON}: expectation, {about}." for about in ABOUT]) == (
        run.exit_code,
        run.stdout.splitlines(),
    )
    assert [
        {"id": key, "code": "expectation", "about": about, "reason": "Das ändert sich 再", "until": SOON}
        for key, about in zip(keys, ABOUT, strict=True)
    ] == _written(peopled)
    assert "content/accepted.json" not in format_files(read_folder(peopled)).changed


def test_accepted_findings_keep_nothing_from_going_live(peopled: Path, tmp_path: Path) -> None:
    publish = ["publish", "--workspace", str(peopled)]
    before = CliRunner().invoke(cli, publish, env=environment(tmp_path))
    _accept(peopled, *(_id(peopled, about) for about in ABOUT))
    after = CliRunner().invoke(cli, publish, env=environment(tmp_path))
    checked = _check(peopled)

    assert (1, 0, 0) == (before.exit_code, after.exit_code, checked.exit_code), after.output
    assert "expectation" not in checked.stdout
    assert checked.stdout.endswith("2 accepted\n")
    assert f"Accepted until {SOON}: Mended on Monday" in _check(peopled, "--notes").stdout


def test_accepting_again_renews_and_leaves_the_others(peopled: Path) -> None:
    keys = [_id(peopled, about) for about in ABOUT]
    _accept(peopled, *keys)
    later = str(date.fromisoformat(SOON) + timedelta(days=1))
    _accept(peopled, keys[0], reason="Tuesday", until=later)

    assert [(keys[1], SOON), (keys[0], later)] == [(row["id"], row["until"]) for row in _written(peopled)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--accept", "{id}"], "belong together"),
        (["--accept", "{id}", "--reason", " ", "--until", SOON], "belong together"),
        (["--accept", "{id}", "--reason", "x"], "belong together"),
        (["--reason", "x", "--until", SOON], "belong together"),
        (["--accept", "0123456789", "--reason", "x", "--until", SOON], 'No finding has the id "0123456789".'),
        (["--accept", "{id}", "--reason", "x", "--until", str(TODAY - timedelta(days=2))], "is not in the future"),
        (["--accept", "{id}", "--reason", "x", "--until", str(TODAY + timedelta(days=400))], "more than a year ahead"),
        (["--accept", "{id}", "--reason", "x", "--until", "March"], "does not match the format"),
        (["--accept", "{id}", "--reason", "x", "--until", SOON, "--format", "json"], "leave out"),
        (["--accept", "{id}", "--reason", "x", "--until", SOON, "--save-personas", "p"], "leave out"),
    ],
)
def test_what_cannot_be_accepted_is_wrong_usage_and_writes_nothing(
    peopled: Path, options: list[str], said: str
) -> None:
    key = _id(peopled, ABOUT[0])
    run = _check(peopled, *(option.format(id=key) for option in options))

    assert (2, "") == (run.exit_code, run.stdout)
    assert said in run.stderr
    assert not (peopled / "content/accepted.json").exists()


def test_an_error_of_a_template_has_to_be_mended(peopled: Path) -> None:
    (peopled / "components/banner/web.html").write_text("{% if %}", encoding="utf-8")
    found = json.loads(_check(peopled, "--format", "json").stdout)["findings"]
    broken = next(finding for finding in found if finding["file"] == "components/banner/web.html")
    run = _accept(peopled, broken["id"])

    assert 2 == run.exit_code
    assert f"{broken['code']} in components/banner/web.html cannot be accepted: mend it." in run.stderr


def test_a_workspace_that_does_not_compile_accepts_nothing(peopled: Path) -> None:
    key = _id(peopled, ABOUT[0])
    (peopled / "segments/broken.json").write_text("{", encoding="utf-8")
    run = _accept(peopled, key)

    assert 1 == run.exit_code
    assert "segments/broken.json:1:" in run.stdout
    assert "Nothing was written: mend the errors above" in run.stderr
    assert not (peopled / "content/accepted.json").exists()
