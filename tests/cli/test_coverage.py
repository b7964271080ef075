"""`cms matrix --coverage`: which segments get offers at which stage."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.cli import cli

DOC = Path(__file__).parents[2] / "docs" / "preview.md"


@pytest.fixture
def offering(peopled: Path) -> Path:
    """Make the club an offer for gold members, in the cart."""
    members = peopled / "content/entries/members.json"
    told = json.loads(members.read_text("utf-8"))
    audience = {"customer.loyalty_tier": "gold"}
    members.write_text(json.dumps({**told, "audience": audience, "offer": {"kind": "club"}}), encoding="utf-8")
    for key, tier in (("gold", "gold"), ("green", "green")):
        segment = {"when": {"customer.loyalty_tier": tier}}
        (peopled / f"segments/{key}.json").write_text(json.dumps(segment), encoding="utf-8")
    return peopled


def coverage(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["matrix", "--coverage", *arguments, "--workspace", str(workspace)])


def test_each_segment_has_a_row_and_each_stage_with_offers_a_column(offering: Path) -> None:
    run = coverage(offering, "--page", "cart")

    lines = run.stdout.splitlines()
    assert (0, "") == (run.exit_code, run.stderr)
    assert "segment             cart /1" == lines[0]
    assert ["gold 1", "green –", "near-free-shipping 1"] == [" ".join(line.split()) for line in lines[1:4]]
    assert "cart: no offer for green" == lines[-1]


def test_a_page_without_offers_has_nothing_to_tell(offering: Path) -> None:
    assert coverage(offering, "--page", "home").stdout.splitlines()[0] == "segment"


def test_json_is_one_documented_shape(offering: Path) -> None:
    stage = json.loads(coverage(offering, "--format", "json").stdout)["stages"][0]

    assert {
        "gold": {"found": True, "reached": ["cart/side members"], "never": False},
        "green": {"found": True, "reached": [], "never": True},
        "near-free-shipping": {"found": True, "reached": ["cart/side members"], "never": False},
    } == stage.pop("segments")
    assert {
        "stage": "cart",
        "surfaces": ["cart"],
        "offers": [{"place": "cart/side", "entry": "members"}],
        "gaps": ["green"],
    } == stage
    keys = {*stage, "stages", "segments", "found", "reached", "never", "place", "entry"}
    assert [] == [key for key in sorted(keys) if f"`{key}`" not in DOC.read_text("utf-8")]


@pytest.mark.parametrize("options", [["--persona", "gold"], ["--locale", "en"], ["--format", "html"]])
def test_what_is_of_personas_is_wrong_usage(offering: Path, options: list[str]) -> None:
    run = coverage(offering, *options)

    assert 2 == run.exit_code
    assert "--page only" in run.stderr
