"""Canonical bytes and the name of a state."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from cms.workspace import canonical, release_id

FILES = {
    "content/pages/a.json": b'{\r\n  "b": [1.50, 1e3, "\\u518d \\" x"],\n  "a": {}\n}\n',
    "content/entries/x/a.en.md": b"\xef\xbb\xbf---\r\na: 1\r\n---\r\nBody\r",
}


def test_json_is_compact_with_keys_and_numbers_as_written() -> None:
    assert canonical(FILES)["content/pages/a.json"] == '{"b":[1.50,1e3,"再 \\" x"],"a":{}}'.encode()


def test_other_text_has_lf_and_no_byte_order_mark() -> None:
    assert canonical(FILES)["content/entries/x/a.en.md"] == b"---\na: 1\n---\nBody\n"


def test_canonical_files_are_already_canonical() -> None:
    assert canonical(canonical(FILES)) == canonical(FILES)


def test_what_cannot_be_read_stays_as_it_is() -> None:
    broken = {"a.json": b'{"a": 1,}', "b.json": b"\xff", "c.md": b"\xff\r\n", "d.json": b"[" * 100_000}

    assert canonical(broken) == broken


def test_the_same_content_has_the_same_name_on_every_system() -> None:
    unix = {"a.json": b'{\n "a": 1\n}\n', "b.md": b"x\n"}
    windows = {"b.md": b"\xef\xbb\xbfx\r\n", "a.json": b'{\r\n\t"a":1}'}

    assert release_id(unix) == release_id(windows)
    assert len(release_id(unix)) == 64


def test_a_byte_moved_between_name_and_content_changes_the_name() -> None:
    assert release_id({"ab": b"c"}) != release_id({"a": b"bc"})
    assert release_id({"a": b"", "b": b""}) != release_id({"a": b"b"})
    assert release_id({"a.json": b'{"a":1,"b":2}'}) != release_id({"a.json": b'{"b":2,"a":1}'})


JSON = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('a"\\再\n\u2028{}[],: '),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab"\\ :'), inner),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(value=JSON, indent=st.sampled_from([None, 2]), escaped=st.booleans())
def test_canonical_json_says_the_same(*, value: object, indent: int | None, escaped: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()

    assert meaning(canonical({"a.json": text})["a.json"]) == meaning(text)


def meaning(raw: bytes) -> object:
    return json.loads(raw, parse_float=Decimal)
