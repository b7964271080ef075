"""What `cms check` is asked to prove."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.cli import cli


def _check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--workspace", str(folder), *options])


def test_without_proofs_the_cheap_checks_run_and_it_is_said_that_nothing_was_proved(peopled: Path) -> None:
    run = _check(peopled, "--no-proofs")

    assert (1, "Nothing was proved: --no-proofs.\n") == (run.exit_code, run.stderr)
    assert "error[expectation]" in run.stdout


def test_a_budget_that_runs_out_is_said_and_what_is_left_is_found(peopled: Path) -> None:
    run = _check(peopled, "--budget", "0.000001")

    assert 1 == run.exit_code
    assert run.stderr.startswith("Not everything was proved: ")
    assert "[not-proved]" in run.stdout


def test_what_was_proved_is_kept_beside_the_workspace_for_the_next_time(peopled: Path) -> None:
    first = _check(peopled, "--notes")
    kept = sorted((peopled / ".vitrine/proofs").glob("*.json"))
    times = [path.stat().st_mtime_ns for path in kept]
    second = _check(peopled, "--notes")

    assert first.stdout == second.stdout
    assert kept
    assert times == [path.stat().st_mtime_ns for path in kept]


@pytest.mark.parametrize("name", ["cart", "pages/cart", "emails/abandoned-cart"])
def test_a_page_or_mail_is_named_as_elsewhere(peopled: Path, name: str) -> None:
    run = _check(peopled, "--page", name, "--page", "home", "--format", "json")

    assert (1, "") == (run.exit_code, run.stderr)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--page", "crat"], 'No page or mail "crat". Did you mean "cart"?'),
        (["--no-proofs", "--page", "cart"], "--no-proofs leaves nothing for --page and --budget."),
        (["--no-proofs", "--budget", "2"], "--no-proofs leaves nothing for --page and --budget."),
        (["--budget", "0"], "0.0 is not in the range x>0."),
        (["--language", "zh"], "'zh' is not one of 'en', 'zh-Hans'."),
    ],
)
def test_what_cannot_be_proved_is_wrong_usage(peopled: Path, options: list[str], said: str) -> None:
    run = _check(peopled, *options)

    assert (2, "") == (run.exit_code, run.stdout)
    assert said in run.stderr
