"""A release that was checked is loaded: the same snapshot, made of what is asked for only, once."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from threading import Barrier, RLock

import pytest
from corner import corner_files
from sample import NOW, ROOT, decided, surfaces

from cms.components.body import nodes
from cms.content.compiling import compile_workspace
from cms.content.lazy import Lazy
from cms.content.loading import load_release
from cms.content.snapshot import Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.errors import CmsError
from cms.facts.declarations import FactSchema
from cms.problems import errors
from cms.segments.conditions import segments_named
from cms.workspace import canonical, read_folder, read_workspace, release_id

BROKEN = "content/entries/hello.json"


def loaded(files: Mapping[str, bytes]) -> Snapshot:
    return load_release(release_id(files), canonical(files))


@pytest.fixture(scope="session")
def lazy_sample() -> Snapshot:
    return loaded(read_folder(ROOT))


@pytest.mark.parametrize("name", [field.name for field in fields(Snapshot) if field.compare])
def test_what_is_loaded_equals_what_is_compiled(sample: Snapshot, lazy_sample: Snapshot, name: str) -> None:
    one, other = getattr(sample, name), getattr(lazy_sample, name)
    if isinstance(one, FactSchema):
        one, other = one.facts, other.facts
    assert one == other
    if isinstance(one, Mapping):
        assert list(one) == list(other), "in the same order"


def test_the_sample_has_what_would_be_loaded_wrongly(sample: Snapshot) -> None:
    entries = sample.entries.values()
    assert any(entry.experiments for entry in entries)
    assert any(variant.arm for entry in entries for variant in entry.variants)
    assert any(segments_named(condition) for condition in sample.segments.values())
    assert any(nodes(body) for entry in entries for variant in entry.variants for body in variant.content.values())
    assert list((ROOT / "content/entries").glob("*/*.md"))


def test_every_persona_is_decided_alike_everywhere(sample: Snapshot, lazy_sample: Snapshot) -> None:
    for key in sample.personas:
        one, other = (Rehearsal(found, found.personas[key], now=NOW) for found in (sample, lazy_sample))
        for surface in surfaces(sample):
            assert decided(one, surface) == decided(other, surface), f"{key} at {surface}"


def test_a_mistake_hides_only_the_pages_it_is_on() -> None:
    snapshot = loaded({**corner_files(), BROKEN: b'{"component": "baner", "variants": []}'})
    assert [slot.key for slot in snapshot.pages["about"].slots] == ["main"]
    for _ in range(2):
        with pytest.raises(CmsError, match=BROKEN) as caught:
            snapshot.pages["home"]
        assert caught.value.code == "release-broken"
    assert "home" in snapshot.pages


def test_what_breaks_a_compiler_is_told_with_the_name_of_the_file() -> None:
    snapshot = loaded({**corner_files(), "content/experiments/odd.json": b"{}"})
    with pytest.raises(CmsError, match=r"content/entries/[a-z]+\.json of this release") as caught:
        snapshot.pages["about"]
    assert isinstance(caught.value.__cause__, KeyError)


def test_segments_that_name_each_other_in_a_circle_do_not_hang_a_page() -> None:
    circle = {
        f"segments/{key}.json": json.dumps({"title": key, "when": {"segment": other}}).encode()
        for key, other in (("a", "b"), ("b", "a"))
    }
    page = {
        "route": "/",
        "stage": "landing",
        "slots": {"main": {"accepts": ["banner"], "entries": ["about"], "audience": {"segment": "a"}}},
    }
    snapshot = loaded({**corner_files(), **circle, "content/pages/about.json": json.dumps(page).encode()})
    assert snapshot.pages["about"].signals == frozenset()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("content/workspace.json", b"{"),
        ("content/workspace.json", b'{"default_locale": 7}'),
        ("segments/facts.json", b'{"plant.light": {"type": "lumen"}}'),
    ],
)
def test_a_release_whose_settings_or_facts_are_wrong_is_not_loaded(path: str, content: bytes) -> None:
    with pytest.raises(CmsError, match=path) as caught:
        loaded({**corner_files(), path: content})
    assert caught.value.code == "release-broken"


def test_a_release_without_settings_is_not_loaded() -> None:
    with pytest.raises(CmsError, match=r"content/workspace\.json"):
        loaded({path: raw for path, raw in corner_files().items() if path != "content/workspace.json"})


def at_once(call: Callable[[], object], threads: int = 16) -> list[object]:
    barrier = Barrier(threads)

    def wait_and_call(_: int) -> object:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(wait_and_call, range(threads)))


def test_sixteen_threads_that_ask_for_the_first_page_at_once_get_the_same() -> None:
    snapshot = loaded(corner_files())
    pages = at_once(lambda: snapshot.pages["cart"])
    assert len({id(page) for page in pages}) == 1
    assert pages[0] == compile_workspace(read_workspace(corner_files()))[0].pages["cart"]  # type: ignore[union-attr]


def test_threads_that_ask_for_pages_and_what_is_on_them_do_not_wait_for_each_other_for_ever() -> None:
    snapshot = loaded(corner_files())
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(list, found.values()) for found in [snapshot.pages, snapshot.entries, snapshot.emails] * 5]
        assert all(found.result(timeout=30) for found in asked)


def test_a_value_is_made_once_however_many_ask_for_it() -> None:
    made: list[str] = []

    def make(key: str) -> str:
        time.sleep(0.02)
        made.append(key)
        return key.upper()

    lazy = Lazy("ab", make, RLock())
    assert at_once(lambda: lazy["a"]) == ["A"] * 16
    assert made == ["a"]


def test_a_lazy_mapping_knows_its_keys_without_making_a_value() -> None:
    def never(key: str) -> str:
        raise AssertionError(key)

    lazy = Lazy(["b", "a"], never, RLock())
    assert (list(lazy), len(lazy), "a" in lazy, "c" in lazy, lazy.get("c")) == (["b", "a"], 2, True, False, None)
    with pytest.raises(KeyError):
        lazy["c"]


def test_what_could_not_be_made_is_tried_again() -> None:
    answers = iter([ValueError("not yet"), "now"])

    def make(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    lazy = Lazy("a", make, RLock())
    with pytest.raises(ValueError, match="not yet"):
        lazy["a"]
    assert lazy["a"] == "now"
    assert lazy == {"a": "now"}


def chained(length: int) -> dict[str, bytes]:
    """Write segments each of which names the next one twice."""
    named = {f"s{at}": {"all": [{"segment": f"s{at + 1}"}, {"not": {"segment": f"s{at + 1}"}}]} for at in range(length)}
    conditions = {**named, f"s{length}": {"visitor.device": "mobile"}}
    page = {
        "route": "/",
        "stage": "landing",
        "slots": {"main": {"accepts": ["banner"], "entries": ["about"], "audience": {"segment": "s0"}}},
    }
    files = {f"segments/{key}.json": {"title": key, "when": condition} for key, condition in conditions.items()}
    return {path: json.dumps(data).encode() for path, data in {**files, "content/pages/about.json": page}.items()}


def test_a_long_row_of_segments_is_refused_once_in_a_time_that_grows_with_its_length() -> None:
    start = time.monotonic()
    _, problems = compile_workspace(read_workspace({**corner_files(), **chained(1500)}))
    assert [("too-deep", "segments/s1480.json")] == [(found.code, found.file) for found in errors(problems)]
    assert time.monotonic() - start < 30, "seconds; by every way through the row it would be years"
