"""Our JSON parser: the same values as the standard one, with places and kinder words."""

import json
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.workspace.json_text import parse_json
from cms.workspace.parsed import Parsed

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALARS = st.none() | st.booleans() | st.integers(-(10**60), 10**60) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=25,
)


def findings(text: str) -> list[tuple[str, int, int]]:
    return [(problem.code, problem.line, problem.column) for problem in parse_json(text).problems]


def standard(text: str) -> object:
    return json.loads(text, parse_float=Decimal)


@settings(max_examples=400, deadline=None)
@given(value=VALUES, escaped=st.booleans(), indent=st.sampled_from([None, 1, "\t"]))
def test_every_valid_text_reads_as_the_standard_parser_reads_it(
    value: object, *, escaped: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)

    assert standard(text) == parse_json(text).value
    assert parse_json(text).problems == ()


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from('{}[]",:\\/ \n\t01-.eEtrufalsn\'/*#u"a，“”'), max_size=30) | st.text(max_size=20))
def test_a_text_is_found_faulty_exactly_when_the_standard_parser_refuses_it(text: str) -> None:
    parsed = parse_json(text)
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except ValueError:
        assert parsed.problems
    else:
        assert (value == parsed.value and parsed.complete) or {p.code for p in parsed.problems} & EXTRA


def test_three_thousand_random_documents_read_as_the_standard_parser_reads_them() -> None:
    dice = random.Random(11)
    for _ in range(3000):
        text = json.dumps(
            [random_value(dice, 4) for _ in range(6)], ensure_ascii=dice.random() < 0.5, indent=dice.choice([None, 2])
        )
        parsed = parse_json(text)
        assert standard(text) == parsed.value
        assert not parsed.problems


def random_value(dice: random.Random, depth: int) -> object:
    match dice.randrange(8 if depth else 6):
        case 0:
            return dice.choice([None, True, False])
        case 1:
            return dice.randrange(-(10**18), 10**18)
        case 2:
            return dice.uniform(-1, 1) * 10 ** dice.randrange(-20, 20)
        case 3 | 4 | 5:
            return random_text(dice)
        case 6:
            return [random_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {random_text(dice): random_value(dice, depth - 1) for _ in range(dice.randrange(4))}


def random_text(dice: random.Random) -> str:
    return "".join(dice.choices('ab "\\/\n\t\x7f\x01é再🌱\u2028\ufeff~{}[],:', k=dice.randrange(8)))


def test_a_key_that_stands_twice_is_named_by_its_pointer() -> None:
    found = parse_json('{"a": {"b/c": 1, "b/c": 2}}').problems

    assert [("duplicate-key", "/a/b~1c", 18)] == [(problem.code, problem.pointer, problem.column) for problem in found]


EXTRA = {"bad-encoding", "duplicate-key", "too-large", "too-deep"}


def refuse(word: str) -> object:
    raise ValueError(word)


def test_types_are_kept_exactly() -> None:
    value = parse_json('{"a": 1, "b": 1.50, "c": true, "d": 1e3}').value

    assert {"a": 1, "b": Decimal("1.50"), "c": True, "d": Decimal("1E+3")} == value
    assert [int, Decimal, bool, Decimal] == [type(item) for item in value.values()]


def test_every_value_and_key_knows_its_place() -> None:
    parsed = parse_json('{\n  "標題": [1,\n   {"a/b": true}]\n}')

    assert place(parsed, "/標題") == (2, 9)
    assert place(parsed, "/標題/1/a~1b") == (3, 12)
    assert (parsed.places.of_key("/標題/1/a~1b").line, parsed.places.of_key("/標題/1/a~1b").column) == (3, 5)
    assert place(parsed, "/標題/1/missing/deeper") == (3, 4)


def place(parsed: Parsed, pointer: str) -> tuple[int, int]:
    at = parsed.places.of_value(pointer)
    return at.line, at.column


@pytest.mark.parametrize(
    ("text", "value", "finding"),
    [
        ('{"a": 1,}', {"a": 1}, ("bad-json", 1, 8)),
        ("[1, 2,\n]", [1, 2], ("bad-json", 1, 6)),
        ("{'a': 1}", {"a": 1}, ("bad-json", 1, 2)),
        ("{“a”: 1}", {"a": 1}, ("bad-json", 1, 2)),
        ("{a: 1}", {"a": 1}, ("bad-json", 1, 2)),
        ('{"a" : yes}', {"a": True}, ("bad-json", 1, 8)),
        ('{"a"：1}', {"a": 1}, ("bad-json", 1, 5)),
        ("[1，2]", [1, 2], ("bad-json", 1, 3)),
        ("[1\n2]", [1, 2], ("bad-json", 1, 3)),
        ("[1,,2]", [1, 2], ("bad-json", 1, 4)),
        ("[1] // one", [1], ("bad-json", 1, 5)),
        ("/* a\nb */[1]", [1], ("bad-json", 1, 1)),
        ("[1]\n]", [1], ("bad-json", 2, 1)),
        ("[True, None]", [True, None], ("bad-json", 1, 2)),
        ("[NaN]", [0], ("bad-json", 1, 2)),
        ("[007]", [7], ("bad-json", 1, 2)),
        ("[.5]", [Decimal("0.5")], ("bad-json", 1, 2)),
        ("[1]\u00a0", [1], ("bad-json", 1, 4)),
        ("\ufeff[1]", [1], ("bad-json", 1, 1)),
        ('["a\tb"]', ["a\tb"], ("bad-json", 1, 4)),
        (r'["\q"]', [r"\q"], ("bad-json", 1, 3)),
        (r'["\ud83d"]', ["\ufffd"], ("bad-encoding", 1, 2)),
        (r'["\u0000"]', ["\ufffd"], ("bad-encoding", 1, 2)),
        ('{"a": 1, "a": 2}', {"a": 2}, ("duplicate-key", 1, 10)),
        ("[" + "1" * 5000 + "]", [0], ("too-large", 1, 2)),
        ("[1e999]", [0], ("too-large", 1, 2)),
    ],
)
def test_a_slip_is_reported_at_its_place_and_read_as_it_was_meant(
    text: str, value: object, finding: tuple[str, int, int]
) -> None:
    parsed = parse_json(text)

    assert finding == findings(text)[0]
    assert parsed.complete
    assert value == parsed.value


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", ("bad-json", 1, 1)),
        ("  \n", ("bad-json", 1, 1)),
        ('{\n "a": {"b": 1', ("bad-json", 2, 7)),
        ('{"a": "b\n}', ("bad-json", 1, 7)),
        ('{"a": [1}', ("bad-json", 1, 9)),
        ('{"a" 1}', ("bad-json", 1, 6)),
        ('{"a":', ("bad-json", 1, 6)),
        ("[@]", ("bad-json", 1, 2)),
        ("[" * 200_000, ("too-deep", 1, 33)),
        ('{"a":' * 200_000, ("too-deep", 1, 161)),
    ],
)
def test_what_cannot_be_understood_ends_the_reading_at_the_place(text: str, finding: tuple[str, int, int]) -> None:
    assert [finding] == findings(text)
    assert not parse_json(text).complete


def test_a_trailing_comma_and_a_duplicate_key_hide_nothing_after_them() -> None:
    text = '{\n"a": [1,],\n"a": 2,\n"b": tru,\n}'

    assert findings(text) == [
        ("bad-json", 2, 8),
        ("duplicate-key", 3, 1),
        ("bad-json", 4, 6),
        ("bad-json", 4, 9),
    ]


def test_a_file_of_nothing_but_slips_stops_being_reported_after_fifty() -> None:
    parsed = parse_json("[" + "x " * 500 + "]")

    assert len(parsed.problems) == 50
    assert not parsed.complete


def test_thirty_two_levels_are_allowed() -> None:
    assert parse_json("[" * 32 + "]" * 32).problems == ()
