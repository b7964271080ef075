"""`cms matrix`: who sees what, for people, programs and browsers."""

import json
from html.parser import HTMLParser
from pathlib import Path

from click.testing import CliRunner, Result

from cms.cli import cli

DOC = Path(__file__).parents[2] / "docs" / "preview.md"


def matrix(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["matrix", *arguments, "--workspace", str(workspace)])


def test_each_place_lists_its_variants_in_their_order_and_who_sees_them(peopled: Path) -> None:
    run = matrix(peopled, "--page", "cart", "--page", "home/hero")

    assert (0, "") == (run.exit_code, run.stderr)
    assert (
        """\
cart/top
  free-shipping:near (TARGETING_MATCH): 3
    gold ✗ expected free-shipping:reached, near ✓, taipei

cart/side
  members:gold (TARGETING_MATCH): 1
    gold ✓
  members:default (DEFAULT): 2
    near, taipei ↳ en

cart/rail
  favorites:default (STATIC): 3
    gold ✗ expected none, near, taipei ↳ en

home/hero
  hello:on-a-phone (TARGETING_MATCH): 2
    gold, taipei ↳ en
  hello:default (DEFAULT): 1
    near

seen by nobody: 3
    free-shipping: reached, default
    hello: from-search

3 personas at 4 places, 2 expectations kept, 2 broken
"""
        == run.stdout
    )


def test_mails_are_places_too(peopled: Path) -> None:
    run = matrix(peopled, "--page", "emails/abandoned-cart", "--persona", "near")

    assert run.stdout.startswith("emails/abandoned-cart/top\n  free-shipping:near (TARGETING_MATCH): 1\n    near\n")
    assert run.stdout.endswith("\n1 persona at 2 places, 0 expectations kept, 0 broken\n")


def test_a_locale_puts_everybody_into_it_and_holds_nobody_to_what_they_expect(peopled: Path) -> None:
    run = matrix(peopled, "--page", "cart/side", "--locale", "zh-Hant")

    assert "    gold ↳ en\n" in run.stdout
    assert "    near ↳ en, taipei ↳ en\n" in run.stdout
    assert run.stdout.endswith("\n3 personas at 1 place, all in zh-Hant\n")


def test_the_text_fits_a_terminal_however_many_look(peopled: Path) -> None:
    near = (peopled / "content/personas/near.json").read_text("utf-8")
    for number in range(40):
        (peopled / f"content/personas/somebody-quite-like-number-{number}.json").write_text(near, encoding="utf-8")
    lines = matrix(peopled).stdout.splitlines()

    assert 120 >= max(map(len, lines))
    assert any("somebody-quite-like-number-39 ✓" in line for line in lines)


def test_a_name_longer_than_a_line_stays_whole(peopled: Path) -> None:
    key = "somebody-" * 12 + "else"
    gold = peopled / "content/personas/gold.json"
    (gold.parent / f"{key}.json").write_bytes(gold.read_bytes())

    assert f"    {key} ✗ expected none,\n" in matrix(peopled, "--page", "cart/rail").stdout


def test_whoever_is_named_twice_looks_once(peopled: Path) -> None:
    run = matrix(peopled, "--persona", "near", "--persona", "near", "--page", "cart/top", "--format", "html")

    assert ["Place", "near 6.00 short"] == Table(run.stdout).rows[0]
    assert "1 persona at 1 place, 1 expectation kept, 0 broken" in run.stdout


def test_a_place_may_be_named_as_personas_name_it(peopled: Path) -> None:
    assert matrix(peopled, "--page", "cart").stdout == matrix(peopled, "--page", "pages/cart").stdout


def test_json_is_one_documented_shape(peopled: Path) -> None:
    told = json.loads(matrix(peopled, "--page", "cart", "--format", "json").stdout)
    place = told["places"][0]

    assert ["cart/top", "cart/side", "cart/rail"] == [place["place"] for place in told["places"]]
    assert {
        "shown": [
            {
                "entry": "free-shipping",
                "variant": "near",
                "reason": "TARGETING_MATCH",
                "locale": "en",
                "fallback": False,
            }
        ],
        "expected": "free-shipping:reached",
        "kept": False,
    } == place["cells"]["gold"]
    assert {"entry": "free-shipping", "variant": "reached", "arm": False, "places": ["cart/top"]} in told["unseen"]
    assert (2, 2) == (told["kept"], told["broken"])
    keys = {*told, *told["personas"][0], *place, *place["cells"]["gold"], *place["cells"]["gold"]["shown"][0]}
    keys |= {*told["unseen"][0]}
    assert [] == [key for key in sorted(keys) if f"`{key}`" not in DOC.read_text("utf-8")]


class Table(HTMLParser):
    """Collects the cells of every row, the headers' scopes, and everything a document would load or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.scopes: list[str] = []
        self.loaded: list[str] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self.scopes += [given["scope"] or ""] if tag == "th" else []
        self.inside = self.inside or tag == "tr"
        self.loaded += [tag] if tag == "script" else []
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href"} and value != "data:,"]

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "tr"

    def handle_data(self, data: str) -> None:
        if self.inside and self.rows[-1]:
            self.rows[-1][-1] = " ".join([*self.rows[-1][-1].split(), *data.split()])


def test_html_is_one_file_with_a_table_of_headers_and_cells(peopled: Path) -> None:
    html = matrix(peopled, "--page", "cart", "--format", "html").stdout
    table = Table(html)

    assert [] == table.loaded
    assert ["Place", "gold Gold member <on a phone>", "near 6.00 short", "taipei 6.00 short, in Taipei"] == table.rows[
        0
    ]
    assert "free-shipping near TARGETING_MATCH ✗ expected free-shipping:reached" == table.rows[2][1]
    assert "members default DEFAULT · ↳ en (fallback)" == table.rows[3][3]
    assert ["col"] * 4 + ["rowgroup"] + ["row"] * 3 == table.scopes
    assert "Seen by nobody: 2" in html


def test_a_wrong_name_is_wrong_usage_with_the_right_one(peopled: Path) -> None:
    wrong = {
        ("--page", "crat"): 'No page, slot or mail "crat". Did you mean "cart"?\n',
        ("--persona", "nera"): 'No persona "nera". Did you mean "near"?\n',
        ("--locale", "zh-Hnat"): 'No locale "zh-Hnat". Did you mean "zh-Hant"?\n',
    }

    assert wrong == {words: matrix(peopled, *words).stderr for words in wrong}
    assert {2} == {matrix(peopled, *words).exit_code for words in wrong}


def test_a_workspace_with_errors_has_no_matrix(peopled: Path) -> None:
    (peopled / "content/workspace.json").write_text("{", encoding="utf-8")
    run = matrix(peopled)

    assert (1, "") == (run.exit_code, run.stdout)
    assert "cms check" in run.stderr
