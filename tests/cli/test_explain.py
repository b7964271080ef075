"""`cms explain`: the whole of what it says."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cms.cli import cli
from cms.decisions.words import OUTCOMES

EXPLAINED = Path(__file__).parents[1] / "workspaces" / "explained"


def _explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments, "--workspace", str(EXPLAINED)])


def test_a_page_is_explained_slot_by_slot() -> None:
    run = _explain("near", "cart")

    assert 0 == run.exit_code
    assert (
        """\
near: 6.00 short of free shipping
at cart, stage cart

top: shipping:near (TARGETING_MATCH, en)
  - shipping:member: needs customer.is_member is true; it is false
  + shipping:near: shown
  - shipping:default: was not needed: shipping came first
  - care:default: was not needed: shipping came first

end: nothing
  - club: the page has its offers already: shipping
"""
        == run.stdout
    )


def test_a_slot_is_explained_in_json() -> None:
    run = _explain("near", "cart/top", "--format", "json")

    assert {
        "persona": "near",
        "place": "cart/top",
        "stage": "cart",
        "slots": {
            "top": {
                "chosen": [{"entry": "shipping", "variant": "near", "reason": "TARGETING_MATCH", "locale": "en"}],
                "steps": [
                    {
                        "entry": "shipping",
                        "variant": "member",
                        "outcome": "when",
                        "test": "customer.is_member is true",
                        "seen": "false",
                    },
                    {"entry": "shipping", "variant": "near", "outcome": "chosen"},
                    {"entry": "shipping", "variant": "default", "outcome": "outranked", "rival": "shipping"},
                    {"entry": "care", "variant": "default", "outcome": "outranked", "rival": "shipping"},
                ],
            }
        },
    } == json.loads(run.stdout)


def test_a_wrong_name_is_wrong_usage_with_the_right_one() -> None:
    persona, place = _explain("nera", "cart"), _explain("near", "crat/top")

    assert (2, "", 'No persona "nera". Did you mean "near"?\n') == (persona.exit_code, persona.stdout, persona.stderr)
    assert (2, "", 'No page, slot or mail "crat/top". Did you mean "cart/top"?\n') == (
        place.exit_code,
        place.stdout,
        place.stderr,
    )


def test_a_workspace_with_errors_cannot_be_explained() -> None:
    folder = EXPLAINED.parent / "twenty-mistakes"

    run = CliRunner().invoke(cli, ["explain", "near", "cart", "--workspace", str(folder)])

    assert (1, "") == (run.exit_code, run.stdout)
    assert "cms check" in run.stderr


def test_every_word_of_a_trace_has_its_sentence() -> None:
    """The words are those that `decisions` gives a loss."""
    import re

    sources = Path(__file__).parents[2] / "cms" / "decisions"
    text = "".join(path.read_text(encoding="utf-8") for path in sources.glob("*.py"))
    words = set(re.findall(r'Loss\(\s*"([a-z-]+)"', text)) | set(re.findall(r'return "([a-z]+-[a-z]+)", ', text))

    assert set(OUTCOMES) == words | {"exclusive"}
