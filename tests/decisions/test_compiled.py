"""However a page is compiled, it decides alike: as if and elif, as bits, with its steps, and not compiled at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest

from cms.content.segments import MAX_DEPTH
from cms.content.snapshot import Page, Snapshot
from cms.decisions.choosing import Choosing
from cms.decisions.decide import decide
from cms.decisions.plans import PagePlan, SlotPlan
from cms.decisions.requests import RequestReader
from cms.decisions.source import page_function
from cms.decisions.wanting import signals_wanted
from cms.experiments.experiment import is_held_out
from cms.facts.context import DecisionContext, View
from cms.facts.signals import Signal
from tests.decisions.visitors import visitor
from tests.decisions.worlds import COMPONENTS, Dice, settings, workspace

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
WORLDS, VISITORS = 25, 12
NEVER, ALWAYS = 1_000, 0  # so many conditions are tested as bits


@pytest.mark.parametrize("seed", range(4))
def test_every_way_of_compiling_decides_alike(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    seed: int,
) -> None:
    dice, compared = Dice(100 + seed), 0
    for _ in range(WORLDS):
        snapshot = snapshot_of(_plain(workspace(dice), dice))
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            plan = PagePlan.of(snapshot, page, channel)
            ways = [
                page_function(plan, traced=traced, many=many) for traced in (False, True) for many in (NEVER, ALWAYS)
            ]
            for _ in range(VISITORS):
                context = context_of(snapshot, page, visitor(dice), channel)
                if is_held_out(context.units, snapshot.settings.holdout):
                    continue
                slow = Choosing(plan, View(context), tracing=True)
                slots = slow.fill_all()
                for (function, is_plain), traced in zip(ways, (False, False, True, True), strict=True):
                    choosing = None if is_plain and not traced else Choosing(plan, View(context), tracing=traced)
                    assert function(context, choosing) == slots
                    assert not traced or choosing is None or choosing.steps == slow.steps
                compared += 1
                decided = decide(snapshot, page, context, trace=True)
                assert decided.trace == tuple(slow.steps)
    assert compared > WORLDS * VISITORS // 2


def _plain(files: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Take from a world's entries and slots, from most of them, all but what their conditions decide."""
    plain = dict(files)
    for path, made in files.items():
        if path.startswith("content/entries/") and dice.likely(80):
            kept = {key: made[key] for key in ("audience", "service") if key in made}
            variants = [_words(variant) for variant in made["variants"]]
            variants += (
                [] if variants[-1]["key"] == "default" else [{"key": "default", "content": {"en": {"text": "Hello"}}}]
            )
            plain[path] = {**kept, "component": "note", "variants": variants}
        elif "slots" in made:
            plain[path] = made | {"slots": {key: {**slot, "count": 1} for key, slot in made["slots"].items()}}
    return {
        path: {k: v for k, v in made.items() if k != "max_offers"} if "slots" in made else made
        for path, made in plain.items()
    }


def _words(variant: dict[str, Any]) -> dict[str, Any]:
    content = {locale: {"text": "Hello"} for locale in variant["content"]}
    return {key: variant[key] for key in ("key", "when") if key in variant} | {"content": content}


def test_the_worlds_have_slots_of_both_kinds(
    snapshot_of: Callable[[Any], Snapshot], surface_of: Callable[[Snapshot, str], tuple[Page, str]]
) -> None:
    """Or the test above would prove little."""
    slots, involved, dice = 0, 0, Dice(7)
    for _ in range(40):
        snapshot = snapshot_of(_plain(workspace(dice), dice))
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            function, _ = page_function(PagePlan.of(snapshot, page, channel), traced=False)
            slots += len(page.slots)
            involved += sum(isinstance(value, SlotPlan) for value in function.__globals__.values())
    assert 20 < involved < slots - 20


def note(*variants: dict[str, Any]) -> dict[str, Any]:
    return {"component": "note", "variants": [*variants, variant("default")]}


def variant(key: str, when: Any = None, *, locale: str = "en") -> dict[str, Any]:
    return {"key": key, "content": {locale: {"text": "Hello"}}} | ({} if when is None else {"when": when})


def of_one_entry(made: dict[str, Any], **segments: Any) -> dict[str, Any]:
    return {
        **COMPONENTS,
        "content/workspace.json": settings(0),
        "content/entries/note.json": made,
        "content/pages/cart.json": {
            "route": "/cart",
            "stage": "cart",
            "slots": {"view": {"accepts": ["note"], "entries": ["note"]}},
        },
        **{f"segments/{key}.json": {"when": when} for key, when in segments.items()},
    }


def compared(control: str, arm: str) -> dict[str, Any]:
    arms = [
        {"key": "control", "variant": control, "buckets": [0, 4999]},
        {"key": "other", "variant": arm, "buckets": [5000, 9999]},
    ]
    return {"entry": "note", "arms": arms, "traffic": 50, "state": "running"}


OFTEN, SELDOM = ({"visitor.visits": {"at_least": least}} for least in (4, 2))


@pytest.mark.parametrize(
    ("made", "experiments"),
    [
        (note(variant("arm", locale="zh-Hans"), variant("often", OFTEN)), {"x": compared("often", "arm")}),
        (
            note(variant("arm"), variant("often", OFTEN), variant("seldom", SELDOM)),
            {"x": compared("often", "arm"), "y": compared("seldom", "arm")},
        ),
    ],
    ids=["an arm that is not written everywhere", "an arm of two experiments"],
)
def test_steps_that_what_is_shown_does_not_tell_are_not_taken_from_others(
    snapshot_of: Callable[[Any], Snapshot],
    context_of: Callable[..., DecisionContext],
    made: dict[str, Any],
    experiments: dict[str, Any],
) -> None:
    files = {f"content/experiments/{key}.json": experiment for key, experiment in experiments.items()}
    snapshot = snapshot_of(of_one_entry(made) | files)
    page = snapshot.pages["cart"]
    for number in range(60):
        told = {"visitor": f"v-{number}", "locale": "en", "facts": {"visitor.visits": number % 6}}
        context = context_of(snapshot, page, {"request": told})
        slow = Choosing(PagePlan.of(snapshot, page, "web"), View(context), tracing=True)
        slow.fill_all()

        assert tuple(slow.steps) == decide(snapshot, page, context, trace=True).trace


LONG: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "words": (
        note(*(variant(f"v{n}", {"any": [{"visitor.country": f"c{n}-{k}"} for k in range(16)]}) for n in range(1000))),
        {},
    ),
    "numbers": (
        note(*(variant(f"v{n}", {"visitor.visits": {"between": [2 * n, 2 * n + 1]}}) for n in range(1500))),
        {},
    ),
    "segments named twice": (
        note(*(variant(f"v{n}", {"segment": "s19", "visitor.country": ["c7-3", f"c{n}"]}) for n in range(12))),
        {"s0": {"cart.count": 1}}
        | {f"s{n}": {"all": [{"segment": f"s{n - 1}"}, {"segment": f"s{n - 1}"}]} for n in range(1, 20)},
    ),
    "segments named by all": (
        note(*(variant(f"v{n}", {"segment": f"s4-{n}"}) for n in range(20))),
        {f"s0-{n}": {"all": [{"visitor.visits": {"at_least": 50 * n + k}} for k in range(50)]} for n in range(20)}
        | {
            f"s{height}-{n}": {"all": [{"segment": f"s{height - 1}-{k}"} for k in range(20)]}
            for height in range(1, 5)
            for n in range(20)
        },
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_the_largest_pages_are_compiled_in_time(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext], name: str
) -> None:
    made, segments = LONG[name]
    snapshot = snapshot_of(of_one_entry(made, **segments))
    page = snapshot.pages["cart"]
    told = {"facts": {"visitor.country": "c7-3", "visitor.visits": 4000}, "cart": {"lines": []}}
    context = context_of(snapshot, page, {"request": told})

    started = perf_counter()
    decided = decide(snapshot, page, context)
    wanted = signals_wanted(snapshot, page, RequestReader(snapshot, channel="web", trusted=True).read(told), now=NOW)
    assert perf_counter() - started < 5, "seconds"
    shown = {"words": "v7", "segments named by all": "v0"}.get(name, "default")
    assert shown == decided.slots["view"][0].variant
    assert wanted == ({Signal.CART} if name == "segments named twice" else set())


def test_segments_as_deep_as_they_may_be_decide(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext]
) -> None:
    segments = {f"s{n}": _deep({"segment": f"s{n - 1}"} if n else {"visitor.is_new": True}) for n in range(MAX_DEPTH)}
    top = {"segment": f"s{MAX_DEPTH - 1}"}
    for many in (1, 12):
        made = note(*(variant(f"v{n}", {**top, "visitor.visits": n}) for n in range(many)))
        snapshot = snapshot_of(of_one_entry(made, **segments))
        told = {"request": {"facts": {"visitor.is_new": True, "visitor.visits": 0}}}
        page = snapshot.pages["cart"]
        context = context_of(snapshot, page, told)

        for trace in (False, True):
            assert "v0" == decide(snapshot, page, context, trace=trace).slots["view"][0].variant


def _deep(condition: dict[str, Any]) -> dict[str, Any]:
    for word in ("any", "all", "any", "all", "any"):
        condition = {word: [condition, {"visitor.visits": 0}], "visitor.visits": {"at_least": 0, "less_than": 99}}
    return condition


def test_names_that_the_generated_code_has_itself_do_not_make_it_slower(snapshot_of: Callable[[Any], Snapshot]) -> None:
    """A slot `view`, a fact `session.page_views`: the page needs no `Choosing`."""
    snapshot = snapshot_of(of_one_entry(note(variant("often", {"session.page_views": {"at_least": 3}}))))

    _, is_plain = page_function(PagePlan.of(snapshot, snapshot.pages["cart"], "web"), traced=False)
    assert is_plain


def test_steps_are_kept_for_a_slot_only_up_to_a_number(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext]
) -> None:
    made = note(*(variant(f"v{n}", {"visitor.visits": n}) for n in range(300)))
    snapshot = snapshot_of(of_one_entry(made))
    page = snapshot.pages["cart"]
    for visits in range(0, 300, 3):
        context = context_of(snapshot, page, {"request": {"facts": {"visitor.visits": visits}}})
        decide(snapshot, page, context, trace=True)

    kept = snapshot.programs[id(page), "web"].plan.slots[0].traces
    assert 0 < sum(map(len, kept.values())) <= 20_000
