"""`cms check`: text, JSON, exit codes and wrong usage."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programs import running_cms, said

from cms.cli import cli

WORKSPACES = Path(__file__).parents[1] / "workspaces"


def _check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--workspace", str(folder), *options])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return shutil.copytree(WORKSPACES / "explained", tmp_path / "shop")


@pytest.fixture
def warned(workspace: Path) -> Path:
    (workspace / "segments" / "lonely.json").write_text('{"when": {"visitor.is_new": true}}', encoding="utf-8")
    return workspace


def test_a_good_workspace_has_no_findings(workspace: Path) -> None:
    text, machine = _check(workspace), _check(workspace, "--format", "json", "--strict")

    assert (0, "0 errors, 0 warnings, 1 note\n", "") == (text.exit_code, text.stdout, text.stderr)
    report = json.loads(machine.stdout)
    codes = [found["code"] for found in report.pop("findings")]
    nothing = {"errors": 0, "warnings": 0, "notes": 1, "accepted": 0, "known": 0}
    assert (0, nothing, ["catalogue-not-checked"]) == (machine.exit_code, report, codes)


def test_a_warning_counts_only_when_strict(warned: Path) -> None:
    said = (
        'segments/lonely.json:1:1: warning[unused]: nothing refers to the segment "lonely". Use it, or delete the file.\n'
        "0 errors, 1 warning, 1 note\n"
    )

    assert [(0, said), (1, said)] == [
        (run.exit_code, run.stdout) for run in (_check(warned), _check(warned, "--strict"))
    ]


def test_a_finding_in_json_has_the_whole_of_it(warned: Path) -> None:
    report = json.loads(_check(warned, "--format", "json").stdout)
    report["findings"] = [found for found in report["findings"] if found["code"] == "unused"]

    assert {
        "errors": 0,
        "warnings": 1,
        "notes": 1,
        "accepted": 0,
        "known": 0,
        "findings": [
            {
                "id": "3c4127d020",
                "code": "unused",
                "severity": "warning",
                "subject": "",
                "file": "segments/lonely.json",
                "line": 1,
                "column": 1,
                "pointer": "",
                "message": 'nothing refers to the segment "lonely".',
                "suggestion": "Use it, or delete the file.",
            }
        ],
    } == report


def test_a_persona_that_sees_something_else_is_an_error(workspace: Path) -> None:
    persona = workspace / "content" / "personas" / "near.json"
    persona.write_text(persona.read_text(encoding="utf-8").replace("shipping:near", "care"), encoding="utf-8")

    run = _check(workspace)

    assert 1 == run.exit_code
    assert (
        "content/personas/near.json:6:26: error[expectation]: "
        'cart/top is expected to show "care", but shows "shipping:near". Try: cms explain near cart.\n'
        "1 error, 0 warnings, 1 note\n"
    ) == run.stdout


def test_a_personas_own_mistakes_are_found_beside_all_others(workspace: Path) -> None:
    (workspace / "content" / "personas" / "bad.json").write_text(
        '{"request": {"visiter": "x", "facts": {"cart.count": 1, "visitor.device": "mobil"},\n'
        '  "cart": {"lines": [{"sku": "fern", "quantity": 0}, {"sku": "fern", "quantity": 1, "unit_price": 5}]}},\n'
        '  "facts": {"cart.subtotl": "1.00", "cart.count": "3", "page.stage": "cart"}, "now": "yesterday",\n'
        '  "expect": {"crat/top": "care", "cart/top": "cares", "pages/cart/end": "shipping:nera", "cart/end": "none"}}',
        encoding="utf-8",
    )
    (workspace / "segments" / "broken.json").write_text("{", encoding="utf-8")

    run = _check(workspace, "--format", "json")

    found = [(f["code"], f["line"], f["column"], f["suggestion"]) for f in json.loads(run.stdout)["findings"]]
    assert [
        ("unknown-key", 1, 14, 'Did you mean "visitor"?'),
        ("not-a-request-fact", 1, 40, "Send request facts only."),
        ("unknown-choice", 1, 75, 'Did you mean "mobile"?'),
        ("wrong-type", 2, 50, "Write one in that range."),
        ("wrong-type", 2, 99, 'Write an amount such as "80.00".'),
        ("unknown-fact", 3, 13, 'Did you mean "cart.subtotal"?'),
        ("wrong-type", 3, 51, "A number is written without quotes, such as 2."),
        ("fixed-fact", 3, 56, "Leave it out."),
        ("bad-date", 3, 86, 'Write for example "2026-12-01T10:00+08:00".'),
        ("unknown-slot", 4, 14, 'Did you mean "cart/top"?'),
        ("unknown-entry", 4, 46, 'Did you mean "care"?'),
        ("unknown-variant", 4, 73, 'Did you mean "near"?'),
    ] == found[:-1]
    assert "bad-json" == found[-1][0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--format", "xml"],
        ["check", "--workspace", "no/such/folder"],
        ["check", "--stricter"],
        ["check", "surplus"],
        ["explain"],
        ["explain", "near"],
        ["init"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_exit_code_2_and_leaves_stdout_empty(arguments: list[str]) -> None:
    run = CliRunner().invoke(cli, arguments)

    assert (2, "") == (run.exit_code, run.stdout)
    assert run.stderr.startswith("Usage:")


def test_the_workspace_is_found_by_walking_up(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace / "content" / "entries")

    assert 0 == CliRunner().invoke(cli, ["check"]).exit_code


def test_a_console_of_another_encoding_gets_escapes_and_no_traceback(workspace: Path, tmp_path: Path) -> None:
    (workspace / "content" / "再.json").write_text("{}", encoding="utf-8")
    arguments = ("check", "--no-proofs", "--workspace", str(workspace))
    with running_cms(tmp_path, *arguments, PYTHONIOENCODING="latin-1") as process:
        process.wait(30)

    assert "content/\\u518d.json:1:1: error[unknown-file]" in said(tmp_path, "stdout")
    assert "Traceback" not in said(tmp_path)
