"""`cms aem import`: what becomes of AEM's Content Fragments, and that nothing is lost without a word."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corner import site_of
from sample import ROOT

from cms.aem.importing import Choices, import_documents
from cms.aem.markdown import markdown_of
from cms.aem.paths import keys_of, locale_in
from cms.cli import cli
from cms.errors import CmsError
from cms.workspace import read_folder

FRAGMENTS = Path(__file__).with_name("fragments")
DOCS = (ROOT / "docs" / "aem.md").read_text("utf-8")
ZH = ("--locale", "zh-cn=zh-Hans")


def imported(into: Path, *words: object, paths: tuple[Path, ...] = (FRAGMENTS,)) -> Result:
    return CliRunner().invoke(cli, ["aem", "import", *map(str, paths), "--into", str(into), *map(str, words)])


def held(into: Path, path: str) -> Any:
    return json.loads((into / path).read_text("utf-8"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    done = imported(tmp_path / "w", *ZH)
    assert 0 == done.exit_code, done.output
    return tmp_path / "w"


def test_what_is_imported_passes_the_check_and_is_shown(workspace: Path) -> None:
    page = {
        "route": "/",
        "stage": "landing",
        "slots": {"main": {"accepts": ["plant-story", "tip"], "entries": ["monstera", "mist"], "count": 2}},
    }
    (workspace / "content/pages").mkdir()
    (workspace / "content/pages/home.json").write_text(json.dumps(page), encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", "--workspace", str(workspace)])

    assert 0 == done.exit_code, done.output
    assert {"author", "plant-story", "tip"} == site_of(read_folder(workspace)).snapshot.components.keys()


def test_the_fields_of_a_model_are_fields_of_a_component(workspace: Path) -> None:
    model = held(workspace, "components/plant-story/model.json")

    assert "Plant story" == model["title"]
    assert {
        "headline": {"type": "text", "max_length": 80, "required": True},
        "body_text": {"type": "markdown"},
        "water_days": {"type": "int"},
        "pet_safe": {"type": "bool"},
        "published_at": {"type": "datetime"},
        "light": {"type": "choice", "of": ["low", "bright"]},
        "topics": {"type": "list", "of": {"type": "text"}},
        "primary_image": {"type": "image"},
        "guide": {"type": "link"},
        "author": {
            "type": "group",
            "fields": {
                "first_name": {"type": "text", "max_length": 60, "required": True},
                "occupations": {"type": "list", "of": {"type": "choice", "of": ["gardener", "photographer"]}},
                "portrait": {"type": "image"},
            },
        },
    } == model["fields"]


def test_values_keep_their_meaning(workspace: Path) -> None:
    entry = held(workspace, "content/entries/monstera.json")
    content = entry["variants"][-1]["content"]

    assert ("The monstera", "plant-story") == (entry["title"], entry["component"])
    assert {
        "headline": "Big {{leaves}",
        "body_text": "## Light\n\nWater **less**, see [care](/care) or this.\n\n- once\n- a week\n\nrare",
        "water_days": 7,
        "pet_safe": False,
        "published_at": "2026-01-01T00:00:00+00:00",
        "light": "bright",
        "topics": ["plants:care", "plants:big"],
        "primary_image": {"src": "/content/dam/plants/big%20leaf.jpg", "alt": ""},
        "guide": "/content/plants/en/guide",
        "author": {
            "first_name": "Ian",
            "occupations": ["gardener"],
            "portrait": {"src": "/content/dam/plants/ian.png", "alt": ""},
        },
    } == content["en"]
    assert {
        "headline": "大叶子",
        "body_text": "少浇水。",
        "published_at": "2026-01-01T08:00:00+08:00",
        "light": "bright",
    } == content["zh-Hans"]


def test_a_result_of_graphql_needs_no_model(workspace: Path) -> None:
    assert {
        "title": {"type": "text"},
        "text": {"type": "markdown"},
        "minutes": {"type": "int"},
        "rating": {"type": "decimal"},
        "winter": {"type": "bool"},
        "picture": {"type": "image"},
        "gardener": {"type": "group", "fields": {"first_name": {"type": "text"}}},
        "links": {"type": "list", "of": {"type": "link"}},
    } == held(workspace, "components/tip/model.json")["fields"]
    vip, default = held(workspace, "content/entries/mist.json")["variants"]
    assert ("vip", "Mist them for longer") == (vip["key"], vip["content"]["en"]["title"])
    assert {"src": "/content/dam/plants/mist.webp", "alt": "", "width": 800, "height": 600} == default["content"]["en"][
        "picture"
    ]
    assert "Every *morning*." == default["content"]["en"]["text"]


def test_variations_come_before_their_master_and_wait_for_an_audience_of_their_name(workspace: Path) -> None:
    variants = held(workspace, "content/entries/monstera.json")["variants"]

    assert ["summer", "trade", "default"] == [variant["key"] for variant in variants]
    assert {"segment": "aem-summer"} == variants[0]["when"]
    assert "when" not in variants[-1]
    assert {"cdp.audiences": {"has_any": ["summer"]}} == held(workspace, "segments/aem-summer.json")["when"]


def test_an_author_may_say_beforehand_who_sees_a_variation(tmp_path: Path) -> None:
    into = tmp_path / "w"
    (into / "segments").mkdir(parents=True)
    for key in ("warm", "trade"):
        (into / f"segments/{key}.json").write_text('{"when": {"customer.is_member": true}}', encoding="utf-8")
    done = imported(into, *ZH, "--when", "summer=warm", "--tag", "plants:trade=trade")
    whens = [variant.get("when") for variant in held(into, "content/entries/monstera.json")["variants"]]

    assert 0 == done.exit_code, done.output
    assert [{"segment": "warm"}, {"segment": "trade"}, None] == whens
    assert 'variation "summer"' not in done.output


def test_everything_that_is_left_out_is_listed_with_its_place(tmp_path: Path) -> None:
    done = imported(tmp_path / "w", *ZH, "--format", "json")
    found = {(Path(each["file"]).name, each["code"], each["message"]) for each in json.loads(done.stdout)["findings"]}

    def of(file: str, code: str) -> set[str]:
        return {message for name, kind, message in found if (name, kind) == (file, code)}

    assert {
        'in "bodyText", the element <table> of a text: its words are kept.',
        'in "bodyText", the address "javascript:x" in a text, because "javascript:" is not allowed or not complete: its words are kept.',
        'the value "diver" of "occupations": it is none of gardener, photographer.',
    } == of("story.en.assets.json", "aem-not-imported")
    assert {'the field "raw" of type json: no field of ours is like it.'} == of(
        "model.infinity.json", "aem-not-imported"
    )
    assert {
        'the description of "/content/dam/plants/zh-cn/stories/monstera": an entry has none.',
        'the value "7.5" of "waterDays": a whole number is needed.',
    } < of("story.zh-cn.managed.json", "aem-not-imported")
    assert 'the field "primaryImage" is called "primary_image".' in of("model.infinity.json", "aem-changed")
    assert any("has no words" in message for message in of("story.en.assets.json", "aem-decide"))


def test_every_value_is_in_an_entry_or_in_the_report(tmp_path: Path) -> None:
    done = imported(tmp_path / "w", *ZH, "--notes")
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "w").rglob("*.json")) + done.output
    told = json.loads((FRAGMENTS / "story.en.assets.json").read_text("utf-8"))["properties"]["elements"]
    texts = [value for each in told.values() for value in ([each["value"]] if isinstance(each["value"], str) else [])]
    kept = [text for text in texts if text.replace("{", "{{") in written or text.replace(" ", "%20") in written]

    assert {"headline", "light", "primaryImage", "guide"} == {
        name for name, each in told.items() if each["value"] in kept
    }
    assert '"raw"' in done.output  # and the rest is a text, or the author, whose fields are there
    assert '"first_name": "Ian"' in written


def test_nothing_that_is_there_already_is_overwritten(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    done = imported(workspace, *ZH)

    assert before == {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    assert 'The entry "monstera" is there already and stays as it is.' in done.output.replace("the entry", "The entry")


def test_settings_that_say_nothing_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/workspace.json").write_text("{}", encoding="utf-8")
    imported(tmp_path, *ZH)

    assert "{}" == (tmp_path / "content/workspace.json").read_text("utf-8")


@pytest.mark.parametrize("content", ["{bad", "[]", "\xff"])
def test_nothing_is_written_beside_settings_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/workspace.json").write_text(content, encoding="latin-1")
    done = imported(tmp_path, *ZH)

    assert isinstance(done.exception, CmsError)
    assert "aem-workspace" == done.exception.code
    assert ["content", "workspace.json"] == [path.name for path in tmp_path.rglob("*")]


def test_variations_whose_names_are_alike_are_variants_of_their_own(tmp_path: Path) -> None:
    names = ["summer-sale", "summer_sale", "夏", "冬", "default", "Default"]
    document = {
        "path": "/content/dam/plants/en/tips/mist",
        "model": {"path": "/conf/tip"},
        "fields": [{"type": "text", "name": "title", "values": ["Mist"]}],
        "variations": [{"name": name, "fields": []} for name in names],
    }
    (tmp_path / "mist.json").write_text(json.dumps(document), encoding="utf-8")
    done = imported(tmp_path / "w", paths=(tmp_path / "mist.json",))

    assert 0 == done.exit_code, done.output
    *variants, _ = held(tmp_path / "w", "content/entries/mist.json")["variants"]
    keys = "summer-sale summer-sale-2 variation variation-2 default-variation default-variation-2".split()
    assert keys == [variant["key"] for variant in variants]
    audiences = [held(tmp_path / "w", f"segments/{variant['when']['segment']}.json")["when"] for variant in variants]
    assert [{"cdp.audiences": {"has_any": [name]}} for name in names] == audiences


def test_no_two_paths_get_one_key() -> None:
    paths = ["/a/b", "/b/a-2", "/c/a-3", "/x/a", "/a", "/ü/a", "/ö/a", "/ä/a", "/植物", "/動物"]

    assert len(paths) == len(set(keys_of(paths).values()))


def test_a_locale_that_the_workspace_does_not_have_is_left_out_and_said(tmp_path: Path) -> None:
    into = tmp_path / "w"
    (into / "content").mkdir(parents=True)
    (into / "content/workspace.json").write_text('{"default_locale": "en", "locales": {"en": []}}', encoding="utf-8")
    done = imported(into)

    assert ["en"] == list(held(into, "content/entries/monstera.json")["variants"][-1]["content"])
    assert 'the workspace has no locale for "zh-cn"' in done.output


@pytest.mark.parametrize(
    ("content", "said"), [("{", "This is not JSON."), ('{"a": 1}', "Neither a Content Fragment nor a model")]
)
def test_a_file_of_another_shape_is_an_error(tmp_path: Path, content: str, said: str) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text(content, encoding="utf-8")
    done = imported(tmp_path / "w", paths=(odd,))

    assert 1 == done.exit_code
    assert said.lower() in done.output.lower()


def test_whatever_a_file_holds_the_import_ends_with_a_report() -> None:
    random = Random(1)
    documents = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(FRAGMENTS.iterdir())}
    for _ in range(100):
        name = random.choice(sorted(documents))
        spoiled = {**documents, name: _spoiled(documents[name], random)}
        made = import_documents({key: json.dumps(data).encode() for key, data in spoiled.items()}, {}, Choices())
        assert made.problems


def _spoiled(data: Any, random: Random) -> Any:
    """Put something else in one place of a document."""
    if not isinstance(data, dict | list) or not data or random.random() < 0.1:
        return random.choice([None, 1, "x", [], {}, [[1]], {"value": {}}, [None], 1e300, {"_path": 1}])
    if isinstance(data, list):
        at = random.randrange(len(data))
        return [*data[:at], _spoiled(data[at], random), *data[at + 1 :]]
    key = random.choice(sorted(data))
    return {**data, key: _spoiled(data[key], random)}


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/content/dam/plants/en/stories/a", "en"),
        ("/content/dam/plants/ca/fr/a", "fr"),
        ("/content/dam/plants/zh_CN/a", "zh_CN"),
        ("/content/dam/plants/de-at/a", "de-at"),
        ("/content/dam/plants/stories/en", ""),
    ],
)
def test_the_locale_is_the_last_language_of_a_path(path: str, tag: str) -> None:
    assert tag == locale_in(path)


@pytest.mark.parametrize(
    ("text", "mime", "written"),
    [
        ("<p>2 * 3 &lt; 7 {x}</p>", "text/html", "2 \\* 3 \\< 7 {{x}"),
        ("<ol><li>a</li><li>b</li></ol>", "text/html", "1. a\n2. b"),
        ('<p><img src="/a.jpg" alt="A fern"></p>', "text/html", "![A fern](/a.jpg)"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "text/html", "a – b\n\n1 – 2"),
        ('<a href="/ok)[b](/bad">a</a>', "text/html", "[a](/ok%29[b]%28/bad)"),
        ('<img src="/a(1).jpg" alt="A">', "text/html", "![A](/a%281%29.jpg)"),
        ("<p>a<script>b()</script><style>c{}</style></p>", "text/html", "a"),
        ("*kept* {x}", "text/markdown", "*kept* {{x}"),
        ("1. no *list*\n# none", "text/plain", "1\\. no \\*list\\*\n\\# none"),
    ],
)
def test_long_texts_are_markdown(text: str, mime: str, written: str) -> None:
    assert written == markdown_of(text, mime, lambda _: None, lambda _: "")


def test_the_examples_of_the_document_are_imported(tmp_path: Path) -> None:
    examples = DOCS.split("```json\n")[1:]
    shown = {
        place.split("`")[-2]: text.partition("```")[0]
        for place, text in zip(DOCS.split("```json\n"), examples, strict=False)
    }
    source = tmp_path / "from-aem"
    source.mkdir()
    for name in ("tip.model.json", "mist.json"):
        (source / name).write_text(shown[name], encoding="utf-8")
    done = imported(tmp_path / "w", paths=(source,))

    assert 0 == done.exit_code, done.output
    for path in ("components/tip/model.json", "content/entries/mist.json", "segments/aem-vip.json"):
        assert json.loads(shown[path]) == held(tmp_path / "w", path)


def test_every_option_and_code_is_documented() -> None:
    runner = CliRunner()
    words = " ".join(runner.invoke(cli, ["aem", name, "--help"]).output for name in ("import", "export")).split()
    source = (ROOT / "cms/aem/shapes.py").read_text("utf-8")
    codes = {word.strip('",') for word in source.split() if word.startswith(('"aem-', 'self._add("aem-'))}

    assert [] == sorted(
        {word for word in words if word.startswith("--")} - {"--help"} - set(DOCS.replace("`", " ").split())
    )
    assert [] == [code for code in codes if code.removeprefix('self._add("') not in DOCS]
