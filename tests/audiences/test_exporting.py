"""`cms segments export`: what it writes, what it refuses, and what it says."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sample import ROOT

from cms.audiences.members import Member
from cms.audiences.writing import write_csv
from cms.cli import cli
from cms.errors import CmsError
from cms.facts.builtin import BUILTIN_FACTS
from cms.segments.columns import column

pytestmark = pytest.mark.filterwarnings("ignore:fetch_:DeprecationWarning")  # Ibis's own
DOCS = (ROOT / "docs" / "segments-export.md").read_text("utf-8")


def example(name: str) -> str:
    """Give a file that the document shows."""
    return DOCS.partition(f"`{name}`:\n\n```csv\n")[2].partition("```")[0]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write the files that the document shows."""
    folder = tmp_path / "shop-export"
    folder.mkdir()
    for name in ("customers.csv", "orders.csv", "order_lines.csv", "traits.csv"):
        (folder / name).write_text(example(name), encoding="utf-8")
    return folder


def run(*words: object) -> Result:
    arguments = ["segments", "export", *map(str, words), "--workspace", str(ROOT), "--as-of", "2026-12-02T10:00+08:00"]
    return CliRunner().invoke(cli, arguments)


def test_the_example_of_the_document_prints_what_it_shows(shop: Path) -> None:
    _, _, session = DOCS.partition("$ cms segments export lapsed high-value")
    command, _, shown = session.partition("```")[0].partition("\n")
    words = command.replace("shop-export", str(shop)).split()
    done = run("lapsed", "high-value", *words[: words.index("--as-of")])

    assert (0, shown) == (done.exit_code, done.stdout)


def test_json_has_amounts_lists_and_dates_as_the_signals_api_writes_them(shop: Path) -> None:
    done = run(
        "high-value", "--from", shop, "--format", "json",
        *(f"--column={name}" for name in ("orders.total", "orders.last", "customer.groups", "bought[fern]", "clv")),
    )  # fmt: skip

    assert [
        {
            "customer": "c-1001",
            "segment": "high-value",
            "facts": {
                "orders.total": {"amount": "129.00", "currency": "USD"},
                "orders.last": "2026-11-20",
                "customer.groups": ["vip"],
                "bought[fern]": "never",
                "clv": {"amount": "1250.00", "currency": "USD"},
            },
        }
    ] == json.loads(done.stdout)


def test_json_lines_are_the_same_a_line_each_and_none_is_none(shop: Path) -> None:
    lines = run("lapsed", "--from", shop, "--format", "jsonl").stdout.splitlines()

    assert [{"customer": "c-1002", "segment": "lapsed"}] == [json.loads(line) for line in lines]
    assert [] == json.loads(run("vip", "--from", shop, "--format", "json").stdout)


def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    rows = 'customer,company,is_member\n"=HYPERLINK(1)",@x,true\n+886,ok,true\nplain,-1,true\n'
    (tmp_path / "customers.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "orders.csv").write_text("customer,placed_at,total,currency\n", encoding="utf-8")
    written = list(
        csv.reader(io.StringIO(run("just-joined", "--from", tmp_path, "--column", "customer.company").stdout))
    )

    assert [
        ["'+886", "just-joined", "ok"],
        ["'=HYPERLINK(1)", "just-joined", "'@x"],
        ["plain", "just-joined", "'-1"],
    ] == written[1:]


def test_a_number_below_zero_is_a_number_and_no_formula() -> None:
    risk = BUILTIN_FACTS.find("churn_risk")
    assert risk is not None
    out = io.StringIO()
    write_csv(out, [Member("ann", ("risky",), {column("churn_risk"): Decimal("-0.5")})], [risk])

    assert "ann,risky,-0.5" == out.getvalue().splitlines()[1]


def test_a_pipe_is_written_to_and_stays_a_pipe(shop: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = run("lapsed", "--from", shop, "--output", pipe)
        assert 0 == done.exit_code, done.output
        assert pipe.is_fifo()
        assert b"customer,segment\nc-1002,lapsed\n" == os.read(reader, 1_000)
    finally:
        os.close(reader)


def test_a_segment_that_only_a_visit_can_tell_is_refused_and_nothing_is_written(shop: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    done = run("lapsed", "near-free-shipping", "--from", shop, "--output", output)

    assert isinstance(done.exception, CmsError)
    assert "nobody" == done.exception.code
    assert "Only a visit tells cart.subtotal, shop.free_shipping_threshold." in done.exception.message
    assert not output.exists()


def test_nothing_is_printed_of_a_source_that_cannot_be_read(shop: Path) -> None:
    (shop / "orders.csv").write_text("customer,placed_at\nc-1,2026-01-01\n", encoding="utf-8")
    done = run("lapsed", "--from", shop)

    assert isinstance(done.exception, CmsError)
    assert ("source-column", "") == (done.exception.code, done.stdout)


def test_a_folder_to_write_to_that_is_not_there_is_wrong_usage(shop: Path, tmp_path: Path) -> None:
    done = run("lapsed", "--from", shop, "--output", tmp_path / "none" / "out.csv")

    assert (2, f"There is no folder {tmp_path / 'none'}.\n") == (done.exit_code, done.stderr)


def test_a_missing_table_is_named(shop: Path) -> None:
    (shop / "traits.csv").unlink()
    done = run("high-value", "--from", shop)

    assert isinstance(done.exception, CmsError)
    assert "rfm.class, clv would be in the table traits." in done.exception.message


def test_a_fact_that_only_part_of_a_rule_needs_is_unknown_and_said(shop: Path) -> None:
    done = run("just-joined", "--from", shop)

    assert 0 == done.exit_code
    assert "Only a visit tells visitor.logged_in." in done.stderr


def test_a_file_is_there_whole_or_not_at_all(shop: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    assert 0 == run("lapsed", "--from", shop, "--output", output).exit_code
    assert "customer,segment\nc-1002,lapsed\n" == output.read_text("utf-8")

    (shop / "orders.csv").write_text("customer,total,currency\nx,1,USD\n", encoding="utf-8")
    assert 1 == run("lapsed", "--from", shop, "--output", output).exit_code
    assert "customer,segment\nc-1002,lapsed\n" == output.read_text("utf-8")
    assert [output] == [path for path in tmp_path.iterdir() if path != shop]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lapsd",), 'No segment "lapsd". Did you mean "lapsed"?'),
        (("lapsed", "--column", "orders.cont"), 'No fact "orders.cont". Did you mean "orders.count"?'),
        (("lapsed", "--market", "uk"), 'No market "uk".'),
        (("lapsed", "--times-in", "Nowhere"), '"Nowhere" is no time zone'),
    ],
)
def test_a_name_that_is_not_there_is_wrong_usage(shop: Path, words: tuple[str, ...], said: str) -> None:
    done = run(*words, "--from", shop)

    assert 2 == done.exit_code
    assert said in done.stderr


def test_without_the_extra_the_command_names_it() -> None:
    program = (
        "import importlib.util as util, sys; util.find_spec = lambda name: None; sys.argv = ['cms', 'segments', 'export', 'lapsed', '--from', '.'];"
        "from cms.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert "pip install vitrine-cms[insights]" in done.stderr


def test_every_option_is_documented() -> None:
    text = CliRunner().invoke(cli, ["segments", "export", "--help"]).output
    options = {word for word in text.replace(",", " ").split() if word.startswith("--")}

    assert [] == sorted(option for option in options - {"--help"} if option not in DOCS)
