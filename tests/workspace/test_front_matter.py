"""Copy files: YAML 1.2 core, and every place that of the Markdown file."""

import random
from decimal import Decimal

import pytest

from cms.workspace.front_matter import parse_markdown


def fields(yaml: str) -> object:
    value = parse_markdown(f"---\n{yaml}\n---\n").value
    assert isinstance(value, dict)
    return value["fields"]


def findings(text: str) -> list[tuple[str, int, int]]:
    return [(problem.code, problem.line, problem.column) for problem in parse_markdown(text).problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False),
        ("", None), ("~", None), ("null", None), ('""', ""), ("'true'", "true"),
        ("0777", 777), ("-3", -3), ("+4", 4), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"),
        ("1.50", Decimal("1.50")), (".5", Decimal("0.5")), ("1.", Decimal(1)), ("1e3", Decimal("1E+3")),
        ("12:30", "12:30"), ("2026-12-01", "2026-12-01"), ("=", "="), ("<<", "<<"), ("1.2.3", "1.2.3"),
        ('"75.00"', "75.00"), ("再買 {cart.gap|money}", "再買 {cart.gap|money}"), ("٣", "٣"),
        ("[a, 1]", ["a", 1]), ("{x: {y: no}}", {"x": {"y": "no"}}), ("|\n  two\n  lines", "two\nlines\n"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    assert {"a": meant} == fields(f"a: {written}")


def test_names_of_fields_are_always_text() -> None:
    assert fields("no: 1\n12: 2\ntrue: 3") == {"no": 1, "12": 2, "true": 3}


def test_without_front_matter_there_is_only_a_body() -> None:
    assert parse_markdown("Just *text*\n---\nand more\n").value == {"fields": {}, "body": "Just *text*\n---\nand more"}


def test_empty_front_matter_has_no_fields() -> None:
    assert parse_markdown("---\n---\nb").value == {"fields": {}, "body": "b"}


def test_windows_line_ends_change_neither_values_nor_places() -> None:
    text = "---\na: x\ncta:\n  href: /y\n---\n\nBody\nmore\n"
    unix, windows = parse_markdown(text), parse_markdown(text.replace("\n", "\r\n"))

    assert unix.value == windows.value == {"fields": {"a": "x", "cta": {"href": "/y"}}, "body": "Body\nmore"}
    for pointer in ("/fields", "/fields/a", "/fields/cta/href", "/body"):
        assert unix.places.of_value(pointer) == windows.places.of_value(pointer)


def test_places_are_those_of_the_markdown_file() -> None:
    places = parse_markdown("---\n標題: 好\ncta: {label: 去, href: /c}\nlist:\n- a\n- b: 1\n---\n\nBody").places

    found = [places.of_value(f"/fields/{name}") for name in ("標題", "cta/href", "list/1", "list/1/b", "list/9")]
    assert [(at.line, at.column) for at in found] == [(2, 5), (3, 23), (6, 3), (6, 6), (5, 1)]
    assert (places.of_key("/fields/cta/href").line, places.of_key("/fields/cta/href").column) == (3, 17)
    assert places.of_value("/body").line == 9


@pytest.mark.parametrize(
    ("yaml", "finding"),
    [
        ("a: &x 1", ("yaml-alias", 2, 4)),
        ("a: 1\nb: *x", ("yaml-alias", 3, 4)),
        ("a: !!python/object:os.system 1", ("yaml-tag", 2, 4)),
        ("a: !x [1]", ("yaml-tag", 2, 4)),
        ("a: 1\na: 2", ("duplicate-key", 3, 1)),
        ("a: b: c", ("bad-front-matter", 2, 5)),
        ("a: {x|money} left", ("bad-front-matter", 2, 14)),
        ("a:\n\tb: 1", ("bad-front-matter", 3, 1)),
        ('a: "x', ("bad-front-matter", 3, 1)),
        ("- a", ("bad-front-matter", 2, 1)),
        ("text", ("bad-front-matter", 2, 1)),
        ("{a: 1}: 2", ("bad-front-matter", 2, 1)),
        ("a: .inf", ("bad-front-matter", 2, 4)),
        ("a: " + "9" * 100, ("too-large", 2, 4)),
        ("a: 1e999999999", ("too-large", 2, 4)),
        (r'a: "\0"', ("bad-encoding", 2, 4)),
        ("a: " + "[" * 30_000, ("too-deep", 2, 35)),
        ("a: 1\n...\nb: 2", ("bad-front-matter", 4, 1)),
    ],
)
def test_a_fault_in_the_fields_is_placed_in_the_file(yaml: str, finding: tuple[str, int, int]) -> None:
    assert finding == findings(f"---\n{yaml}\n---\nBody\n")[0]


def test_front_matter_that_is_never_closed_is_a_fault_of_its_first_line() -> None:
    assert findings("---\na: 1\n\nBody\n") == [("bad-front-matter", 1, 1)]


def test_one_fault_does_not_hide_the_next() -> None:
    assert [code for code, _, _ in findings("---\na: &x 1\nb: !t 2\na: 3\n---\n")] == [
        "yaml-alias",
        "yaml-tag",
        "duplicate-key",
    ]


def test_no_text_whatever_makes_the_reader_fail() -> None:
    dice = random.Random(7)
    signs = "---\n\r\t: {}[]&*!|>'\"%@`#,?ab01.~\\x\u2028\u0085再\ufeff"
    for _ in range(3000):
        parsed = parse_markdown("---\n" + "".join(dice.choices(signs, k=dice.randrange(40))) + "\n---\nBody")
        assert parsed.complete or parsed.problems
