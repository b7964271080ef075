"""One file or a folder: an entry says the same, and comes back byte for byte."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.content.splitting import Conversion, join, split
from cms.facts.builtin import BUILTIN_FACTS
from cms.workspace import Workspace, read_folder, read_workspace
from cms.workspace.formatting import format_files, json_bytes

MODEL = {
    "fields": {
        "headline": {"type": "text", "required": True},
        "body": {"type": "markdown"},
        "tone": {"type": "choice", "of": ["info", "no"]},
        "rating": {"type": "decimal"},
        "price": {"type": "money"},
        "cta": {"type": "group", "fields": {"label": {"type": "text"}, "href": {"type": "link"}}},
        "points": {"type": "list", "of": {"type": "group", "fields": {"text": {"type": "text"}}}},
    }
}
Files = dict[str, bytes]


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


WORLD: Files = {
    "content/workspace.json": _json({"default_locale": "en", "locales": {"en": [], "zh-Hant": ["en"]}}),
    "components/banner/model.json": _json(MODEL),
    "components/plain/model.json": _json({"fields": {"headline": {"type": "text"}}}),
    "components/double/model.json": _json({"fields": {"a": {"type": "markdown"}, "b": {"type": "markdown"}}}),
}


def _entry(*variants: Mapping[str, Any], component: str = "banner") -> Files:
    data = json_bytes({"component": component, "variants": list(variants)})
    return {**WORLD, "content/entries/x.json": data}


def _default(**locales: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": "default", "content": {name.replace("_", "-"): body for name, body in locales.items()}}


def _after(files: Files, conversion: Conversion) -> Files:
    assert conversion.refused == ""
    return {path: raw for path, raw in files.items() if path not in conversion.removed} | dict(conversion.written)


def _split(files: Files) -> Files:
    return _after(files, split(read_workspace(files), "x"))


def _join(files: Files) -> Files:
    return _after(files, join(read_workspace(files), "x"))


def _snapshot(files: Files) -> Snapshot:
    snapshot, problems = compile_workspace(read_workspace(files))
    assert snapshot is not None, problems
    return replace(snapshot, release="", schema=BUILTIN_FACTS)


def _copies(files: Files) -> dict[str, str]:
    folder = "content/entries/x/"
    return {path.removeprefix(folder): raw.decode() for path, raw in files.items() if path.startswith(folder)}


def test_copy_moves_into_files_named_after_variant_and_locale() -> None:
    files = _entry(
        {"key": "new", "when": {"visitor.is_new": True}, "content": {"en": {"headline": "Hi", "tone": "no"}}},
        _default(en={"headline": "Hello", "body": "Come *in*."}, zh_Hant={"headline": "你好", "body": "請進。"}),
    )

    assert {
        "entry.json": '{\n  "component": "banner",\n'
        '  "variants": [{"key": "new", "when": {"visitor.is_new": true}}, {"key": "default"}]\n}\n',
        "new.en.md": '---\nheadline: "Hi"\ntone: "no"\n---\n',
        "default.en.md": '---\nheadline: "Hello"\n---\nCome *in*.\n',
        "default.zh-Hant.md": '---\nheadline: "你好"\n---\n請進。\n',
    } == _copies(_split(files))
    assert files == _join(_split(files))
    assert _snapshot(files) == _snapshot(_split(files))


AWKWARD = [
    "---", "---\nx: 1\n---\nbody", "a\n---\nb", "no", "12:30", "1.0", "~", "# heading", "- a\n- b", "> quote", "\ufeffx",
    "🦊", 'say "hi": {{x}', "a\n\n\n b  \nc", "{cart.count|number}",
    '{cart.count|plural one="# \' item" other="# items"}', "a: b # c", "'", '"', "\\n", "%TAG", "&a *b !c", "x\u2028y",
    "x\u0085y", "tab\tend", "e\u0301", "|", "text\n...\nmore",
]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_survive_as_body_and_as_field(text: str) -> None:
    body = {"headline": text, "body": text, "points": [{"text": text}], "tone": "no"}
    near = {"key": "near", "when": {"visitor.is_new": True}, "content": {"en": body}}
    files = _entry(near, _default(en={"headline": "D"}))
    there = _split(files)

    assert "content/entries/x/near.en.md" in there
    assert _snapshot(files) == _snapshot(there)
    assert files == _join(there)
    assert there == _split(_join(there))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (" a", 'its "body" begins or ends with a blank, which a file does not keep'),
        ("a\n", 'its "body" begins or ends with a blank, which a file does not keep'),
        ("\u3000a", 'its "body" begins or ends with a blank, which a file does not keep'),
        ("", 'its "body" is empty'),
        ("a\r\nb", 'its "body" holds a carriage return, which a file does not keep'),
        ("x" * 70_000, "default.en.md cannot be read"),
    ],
)
def test_a_body_that_would_not_survive_stays_inline_and_the_reason_is_told(body: str, why: str) -> None:
    files = _entry(_default(en={"headline": "H", "body": body}, zh_Hant={"headline": "題", "body": "文"}))
    conversion = split(read_workspace(files), "x")
    there = _after(files, conversion)

    assert (f"default, en: {why}",) == conversion.left
    assert {"entry.json", "default.zh-Hant.md"} == set(_copies(there))
    assert _snapshot(files) == _snapshot(there)
    assert files == _join(there)
    assert there == _split(_join(there))


TEXTS = st.text(st.sampled_from("ab \n\t\r-:#'\"{}[]|>&*!%@`\\,?~再🦊\u3000\u00a0\u2028\x85\x7f0.1"), max_size=12)


@st.composite
def _bodies(draw: st.DrawFn) -> dict[str, object]:
    number = st.sampled_from([1, 0, 250, "{cart.count}", "3.50", "1e2", "no"])
    fields: dict[str, st.SearchStrategy[object]] = {
        "headline": TEXTS.map(lambda text: text.replace("{", "{{") or "x"),
        "body": TEXTS.map(lambda text: text.replace("{", "{{")),
        "tone": st.sampled_from(["info", "no"]),
        "rating": number,
        "cta": st.fixed_dictionaries({"label": TEXTS.map(lambda text: text.replace("{", ""))}),
        "points": st.lists(st.fixed_dictionaries({}, optional={"text": TEXTS}), max_size=2),
    }
    names = draw(st.permutations(["headline", *draw(st.sets(st.sampled_from(sorted(fields))))]))
    return {name: draw(fields[name]) for name in dict.fromkeys(names)}


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["en", "zh-Hant"]), _bodies(), min_size=1), st.booleans())
def test_whatever_an_entry_says_it_comes_back_byte_for_byte(content: dict[str, Any], rules_last: bool) -> None:  # noqa: FBT001 - hypothesis fills it in
    near = {"key": "near", "content": content, "when": {"visitor.is_new": True}}
    files = _entry(
        near if rules_last else {"key": "near", "when": near["when"], "content": content},
        _default(en={"headline": "D"}),
    )
    there = _split(files)

    assert compile_workspace(read_workspace(files))[0] is None or _snapshot(files) == _snapshot(there)
    assert files == _join(there)
    assert there == _split(_join(there))


def test_numbers_keep_their_spelling() -> None:
    written = (
        '{"component": "banner", "variants": [{"key": "default", "content": {"en": {"headline": "H", "rating": %s}}}]}'
    )
    for number in ("1.10", "4", "-0.5", "1E+2"):
        files = _split({**WORLD, "content/entries/x.json": (written % number).encode()})
        assert f'headline: "H"\nrating: {number}\n' in _copies(files)["default.en.md"]
        assert f'"rating": {number}}}'.encode() in _join(files)["content/entries/x.json"]
    odd = {**WORLD, "content/entries/x.json": (written % "1e2").encode()}

    assert ("default, en: something in it would be written otherwise when joined",) == split(
        read_workspace(odd), "x"
    ).left


def test_the_places_of_content_locales_and_body_are_kept() -> None:
    files = _entry(
        {"key": "near", "content": {"en": {"headline": "H"}}, "when": {"visitor.is_new": True}},
        {
            "key": "default",
            "content": {"zh-Hant": {"headline": "題"}, "en": {"tone": "no", "headline": "H", "body": "B"}},
        },
    )
    files["content/entries/x.json"] = files["content/entries/x.json"].replace(
        b'"tone": "no", "headline": "H", "body": "B"', b'"body": "B", "headline": "H", "tone": "no"'
    )
    there = _split(files)

    assert '"content": {"en": {"file": "near.en.md"}}, "when"' in _copies(there)["entry.json"]
    assert '"zh-Hant": {"file": "default.zh-Hant.md"}, "en": {"file"' in _copies(there)["entry.json"]
    assert _copies(there)["default.en.md"].startswith('---\n# body: the text below\nheadline: "H"\n')
    assert _snapshot(files) == _snapshot(there)
    assert files == _join(there)


@pytest.mark.parametrize(
    ("component", "body", "count"), [("plain", {"headline": "H"}, "no"), ("double", {"a": "A", "b": "B"}, "2")]
)
def test_without_exactly_one_markdown_field_nothing_is_split(component: str, body: dict[str, str], count: str) -> None:
    conversion = split(read_workspace(_entry(_default(en=body), component=component)), "x")

    assert Conversion(left=(f'its component "{component}" has {count} markdown fields, not one',)) == conversion


FOLDER: Files = {
    **WORLD,
    "content/entries/x/entry.json": json_bytes(
        {"component": "banner", "variants": [{"key": "a", "when": {"visitor.is_new": True}}, {"key": "default"}]}
    ),
    "content/entries/x/a.en.md": b"Just text\n",
    "content/entries/x/default.en.md": b"---\nheadline: plain words\nrating: 1.10\n---\n\n  Body\n",
}


def test_a_folder_written_by_hand_is_joined_with_all_it_says() -> None:
    files = FOLDER | {"content/entries/x/a.en.md": b"---\nheadline: |\n  two\n  lines\n---\nJust text\n"}
    there = _join(files)

    assert [
        {"headline": "two\nlines\n", "body": "Just text"},
        {"headline": "plain words", "body": "Body", "rating": 1.1},
    ] == [variant["content"]["en"] for variant in json.loads(there["content/entries/x.json"])["variants"]]
    assert b'"rating": 1.10' in there["content/entries/x.json"]
    assert _snapshot(files) == _snapshot(there) == _snapshot(_split(there))


def test_copy_named_in_content_is_joined_where_it_is_named() -> None:
    entry = {"component": "banner", "variants": [_default(en={"file": "words.md"}, zh_Hant={"headline": "題"})]}
    files = {
        **WORLD,
        "content/entries/x/entry.json": json_bytes(entry),
        "content/entries/x/words.md": b"---\nheadline: H\n---\n",
    }
    there = _join(files)

    assert {"en": {"headline": "H"}, "zh-Hant": {"headline": "題"}} == json.loads(there["content/entries/x.json"])[
        "variants"
    ][0]["content"]
    assert _snapshot(files) == _snapshot(there)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"b.en.md": b"x"}, "no variant takes b.en.md"),
        ({"notes.txt": b"x"}, "it has errors, see cms check"),
        ({"default.en.md": b"---\nheadline: [\n---\n"}, "it has errors, see cms check"),
        ({"default.en.md": b"---\nheadline: H # why\n---\n"}, "the comments in default.en.md would be lost"),
        ({"default.en.md": b"---\nheadline: | # why\n  H\n---\n"}, "the comments in default.en.md would be lost"),
        (
            {"default.en.md": b"---\nbody: A\n---\nB\n"},
            "the text below the front matter of default.en.md fits no field",
        ),
        ({"entry.json": b'{"component": "banner"}'}, "it has errors, see cms check"),
        ({"entry.json": b'{"component": "baner", "variants": [{"key": "a"}]}'}, 'its component "baner" cannot be read'),
        (
            {"entry.json": b'{"component": "banner", "variants": [{"key": "a"}, {"key": "a"}]}'},
            "two of its variants have the same key",
        ),
        (
            {"entry.json": b'{"component": "banner", "variants": [{"key": "a"}, {"key": "default"}, {"key": "c"}]}'},
            'the variant "c" has no copy',
        ),
        (
            {"entry.json": b'{"component": "banner", "variants": [{"key": "a", "content": {"en": {}}}]}'},
            "the copy is both in the entry and in a.en.md",
        ),
        (
            {"entry.json": b'{"component": "banner", "variants": [{"key": "a", "content": {"en": {"file": "b.md"}}}]}'},
            "there is no file b.md",
        ),
        ({"../x.json": b'{"component": "banner", "variants": []}'}, "it has errors, see cms check"),
    ],
)
def test_what_joining_would_lose_or_guess_is_not_joined(changes: Files, why: str) -> None:
    files = FOLDER | {f"content/entries/x/{name}".replace("/x/../", "/"): raw for name, raw in changes.items()}

    assert Conversion(refused=why) == join(read_workspace(files), "x")


UNREADABLE = "in that form it would be too large or too deeply nested to be read"


def test_copy_that_one_file_could_not_hold_is_not_joined() -> None:
    keys = [*(f"v{number}" for number in range(17)), "default"]
    entry = json_bytes({"component": "banner", "variants": [{"key": key} for key in keys]})
    files = {**WORLD, "content/entries/x/entry.json": entry}
    files |= {f"content/entries/x/{key}.en.md": b"x" * 60_000 for key in keys}

    assert Conversion(refused=UNREADABLE) == join(read_workspace(files), "x")
    del files["content/entries/x/v0.en.md"]
    assert 'the variant "v0" has no copy' == join(read_workspace(files), "x").refused


def test_copy_nested_deeper_than_one_file_may_be_is_not_joined() -> None:
    def joined(depth: int) -> str:
        nested = f"---\npoints: {'[' * depth}{']' * depth}\n---\n".encode()
        return join(read_workspace(FOLDER | {"content/entries/x/default.en.md": nested}), "x").refused

    assert ["", UNREADABLE] == [joined(20), joined(30)]


def test_a_number_of_absurd_length_is_joined_as_the_text_it_is() -> None:
    files = FOLDER | {"content/entries/x/default.en.md": f"---\nrating: 0x{'f' * 9_000}\n---\n".encode()}

    assert f'"rating": "0x{"f" * 9_000}"'.encode() in _join(files)["content/entries/x.json"]


def test_an_entry_that_names_a_file_there_is_not_is_not_split() -> None:
    files = _entry(_default(en={"headline": "H"}, zh_Hant={"file": "a.md"}))

    assert Conversion(refused="there is no file a.md") == split(read_workspace(files), "x")


def test_an_entry_is_not_split_into_a_folder_that_holds_something() -> None:
    files = _entry(_default(en={"headline": "H"})) | {"content/entries/x/default.en.md": b"x"}

    assert "it has errors, see cms check" == split(read_workspace(files), "x").refused


def test_the_rest_of_a_folder_is_split_and_what_has_its_form_is_left_alone() -> None:
    inline = b'{"component": "banner", "variants": [{"key": "a", "content": {"en": {"body": "Just text"}}}, {"key": "default"}]}'
    files = FOLDER | {"content/entries/x/entry.json": inline}
    del files["content/entries/x/a.en.md"]

    assert FOLDER["content/entries/x/a.en.md"] == _split(files)["content/entries/x/a.en.md"]
    assert Conversion() == split(read_workspace(FOLDER), "x")
    assert Conversion() == join(read_workspace(_entry(_default(en={"headline": "H"}))), "x")


def _all(convert: Callable[[Workspace, str], Conversion], files: Files) -> Files:
    workspace = read_workspace(files)
    for key in sorted(workspace.keys_of("entry")):
        files = _after(files, convert(workspace, key))
    return files


def test_the_sample_workspace_goes_there_and_back() -> None:
    sample = dict(read_folder(Path(__file__).parents[2]))
    files = sample | dict(format_files(sample).changed)
    one_file, folders = _all(join, files), _all(split, files)

    assert one_file == _all(join, folders)
    assert folders == _all(split, one_file)
    assert _snapshot(files).entries == _snapshot(folders).entries == _snapshot(one_file).entries
    assert len(folders) > len(files) > len(one_file)
