"""The layout of authored files: one look, the same meaning."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.workspace.copy_text import BODY_HERE, body_place, copy_text, has_comments
from cms.workspace.formatting import WIDTH, copy_bytes, format_files, json_bytes, read_literally
from cms.workspace.layout import Identity
from cms.workspace.limits import MAX_FILE_BYTES
from cms.workspace.reading import read_document


def _formatted(text: str) -> str:
    return json_bytes(read_literally(text.encode())).decode()


def test_what_fits_stands_on_one_line_and_the_rest_is_broken() -> None:
    long = "x" * 50
    written = (
        f'{{"b":{{"x":1,"y":[true,null]}},"a":{{"one":"{long}","two":"{long}","three":"{long}"}},"e":{{}},"l":[]}}'
    )

    assert _formatted(written).splitlines() == [
        "{",
        '  "b": {"x": 1, "y": [true, null]},',
        '  "a": {',
        f'    "one": "{long}",',
        f'    "two": "{long}",',
        f'    "three": "{long}"',
        "  },",
        '  "e": {},',
        '  "l": []',
        "}",
    ]


@pytest.mark.parametrize(("length", "lines"), [(WIDTH, 3), (WIDTH + 1, 5)])
def test_a_line_with_its_comma_may_be_as_long_as_the_limit_and_no_longer(length: int, lines: int) -> None:
    text = "x" * (length - len('  "a": [""],'))

    assert _formatted(f'{{"a": ["{text}"], "b": 1}}').count("\n") - 1 == lines


def test_numbers_stay_as_they_were_typed_and_keys_in_their_order() -> None:
    written = '{"z": 1.10, "a": [-0, 1e5, 1E+2, 0.30000000000000000001, 12345678901234567890123]}'

    assert _formatted(written).split("\n")[1:3] == [
        '  "z": 1.10,',
        '  "a": [-0, 1e5, 1E+2, 0.30000000000000000001, 12345678901234567890123]',
    ]


def test_text_is_readable_but_what_nobody_could_see_is_spelled_out() -> None:
    written = r'{"a": "\u518d\u8cb7 \ud83e\udd8a \/ é", "b": "\u200b\u202e\u0085\ufeff\t\u0007", "c": "👨\u200d👩"}'

    assert _formatted(written).splitlines()[1:4] == [
        '  "a": "再買 🦊 / é",',
        r'  "b": "\u200b\u202e\u0085\ufeff\t\u0007",',
        '  "c": "👨\u200d👩"',
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(float)
    | st.text('a"\\再\n\u2028\u00a0\ufeff\x7f{}[],: ', max_size=40),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab"\\ :'), inner),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(value=st.dictionaries(st.text("abc"), JSON), indent=st.sampled_from([None, 1, 7]), escaped=st.booleans())
def test_the_layout_is_stable_whatever_it_was_and_means_the_same(value: object, *, indent: int, escaped: bool) -> None:
    written = json.dumps(value, indent=indent, ensure_ascii=escaped)
    once = _formatted(written)

    assert json.loads(once, parse_float=Decimal) == json.loads(written, parse_float=Decimal)
    assert list(json.loads(once)) == list(json.loads(written))
    assert _formatted(once) == once == _formatted(json.dumps(value, indent=3))
    assert once.endswith(("}\n", "{}\n"))


def test_copy_gets_plain_line_ends_and_one_at_its_end() -> None:
    assert b"---\na: 1 \n---\n\n  Body  \n\nx\n" == copy_bytes("\ufeff---\r\na: 1 \r---\n\n  Body  \r\n\r\nx \n\n\n")
    assert b"" == copy_bytes(" \n")


@pytest.mark.parametrize(
    "text", ["\ufeff\ufeffHi", "\ufeff\n\ufeffHi", "\r\r\nHi", "Hi\x1c", "---\n---", "---\r---\rHi \r\r"]
)
def test_copy_that_is_formatted_says_the_same_and_stays(text: str) -> None:
    def said(raw: bytes) -> object:
        document, problems = read_document("a.en.md", Identity("copy", "a.en.md"), raw)
        assert () == problems
        return document and document.data

    once = copy_bytes(text)

    assert said(text.encode()) == said(once)
    assert once == copy_bytes(once.decode())


def test_a_file_that_would_become_too_large_to_be_read_stays() -> None:
    def changed(count: int) -> int:
        raw = f'{{"a":[{",".join(["[1]"] * count)}]}}'.encode()
        assert len(raw) < MAX_FILE_BYTES
        return len(format_files({"segments/a.json": raw}).changed)

    assert [1, 0] == [changed(1_000), changed(150_000)]


def test_files_that_cannot_be_read_are_reported_and_stay() -> None:
    files = {
        "content/pages/good.json": b'{"a":1}',
        "content/pages/comma.json": b'{"a": 1,}',
        "content/pages/twice.json": b'{"a": 1, "a": 2}',
        "content/pages/list.json": b"[1,2]",
        "content/entries/x/a.en.md": b"---\nx: &y 1\n---\n",
        "content/entries/x/huge.en.md": b"x\r\n" * 30_000,
        "content/notes.json": b"{ }",
        "components/x/web.html": b"<p>\r\n",
    }

    found = format_files(files)

    assert {"content/pages/good.json": b'{\n  "a": 1\n}\n'} == found.changed
    assert [
        ("content/pages/comma.json", "bad-json"),
        ("content/pages/twice.json", "duplicate-key"),
        ("content/pages/list.json", "wrong-type"),
        ("content/entries/x/a.en.md", "yaml-alias"),
        ("content/entries/x/huge.en.md", "too-large"),
    ] == [(problem.file, problem.code) for problem in found.problems]


def test_fields_are_written_as_people_write_yaml() -> None:
    fields = {
        "headline": 'No "quotes": needed',
        "cta": {"label": "Go", "href": "/a"},
        "points": ["one", {"text": "two", "more": ["x"]}, {}],
        "none": [],
        "odd key": True,
    }

    assert copy_text(fields, "Body\n---\nmore", body_at=1).splitlines() == [
        "---",
        r'headline: "No \"quotes\": needed"',
        "# body: the text below",
        "cta:",
        '  label: "Go"',
        '  href: "/a"',
        "points:",
        '  - "one"',
        '  - text: "two"',
        "    more:",
        '      - "x"',
        "  - {}",
        "none: []",
        '"odd key": true',
        "---",
        "Body",
        "---",
        "more",
    ]
    assert "Body\n" == copy_text({}, "Body")
    assert "---\n---\n---\n" == copy_text({}, "---")


@pytest.mark.parametrize("at", [0, 1, 2, None])
def test_the_place_of_the_body_is_found_again(at: int | None) -> None:
    assert at == body_place(copy_text({"a": {"b": "1"}, "c": [{"d": "2"}]}, "Body", at))


def test_comments_of_people_are_told_from_texts_and_from_our_own_note() -> None:
    assert has_comments("---\na: 1 # why\n---\n")
    assert has_comments("---\na: |\n  x\n# why\nb: 2\n---\n")
    assert has_comments("---\n# why\n---\n")
    assert has_comments("---\na: | # why\n  x\n---\n")
    assert has_comments("---\na: >- # why\n  x\n---\n")
    assert not has_comments(f'---\na: "# no" \nb: x#y\n{BODY_HERE}\nc: |\n  # text\n---\n# A heading\n')
    assert not has_comments("# A heading\n")
