"""The change that is named flips the decision: of random worlds, of the sample's personas, and of each kind of loss."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals import Change, applied, smallest_change, smallest_changes
from cms.decisions.decide import decide
from cms.decisions.decision import Step
from cms.decisions.rehearsal import Rehearsal
from cms.facts.context import DecisionContext
from cms.workspace import find_root, read_folder, read_workspace
from tests.decisions.visitors import visitor
from tests.decisions.worlds import Dice, workspace

ROOT = Path(__file__).parents[2]
LOSERS = int(os.environ.get("COUNTERFACTUAL_LOSERS", "500"))  # of random worlds, and half as many of the sample
Case = tuple[Snapshot, Page, DecisionContext, Step]
Losers = list[tuple[Case, tuple[Change, ...]]]
Files = dict[str, Any]


def _flips(case: Case, changes: tuple[Change, ...]) -> bool:
    snapshot, page, context, step = case
    decision = decide(snapshot, page, applied(context, changes))
    return any(
        step.entry in {"", choice.entry} and step.variant in {"", choice.variant}
        for choice in decision.slots[step.slot]
    )


def _told(changes: tuple[Change, ...] | None) -> list[tuple[str, object]]:
    return [(change.name, change.now or change.to) for change in changes or ()]


@pytest.fixture(scope="session")
def random_losers(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> Losers:
    """Draw losing candidates of worlds in which everything meets, a few of each visit, for which a change is named."""

    def drawn() -> Iterator[tuple[Case, tuple[Change, ...] | None]]:
        dice = Dice(4)
        while True:
            snapshot = snapshot_of(workspace(dice))
            for name in (*snapshot.surfaces, *snapshot.surfaces):
                page, channel = surface_of(snapshot, name)
                context = context_of(snapshot, page, visitor(dice), channel)
                steps = [step for step in decide(snapshot, page, context, trace=True).trace if step.outcome != "chosen"]
                some = dice.sample(steps, min(5, len(steps)))
                found = smallest_changes(snapshot, page, context, some, most_replays=60)
                yield from (
                    ((snapshot, page, context, step), changes) for step, changes in zip(some, found, strict=True)
                )

    return list(islice(((case, changes) for case, changes in drawn() if changes is not None), LOSERS))


def test_each_change_named_of_random_losers_flips_the_decision(random_losers: Losers) -> None:
    assert [] == [(case[3], _told(changes)) for case, changes in random_losers if not _flips(case, changes)]
    assert len({case[3].outcome for case, _ in random_losers}) >= 10


def test_nothing_of_a_change_of_random_losers_can_be_left_out(random_losers: Losers) -> None:
    for case, changes in random_losers:
        for left_out in changes:
            assert not _flips(case, tuple(change for change in changes if change is not left_out)), _told(changes)


def _sample() -> Iterator[Case]:
    """List every losing candidate of every persona on every page and in every mail of the sample workspace."""
    snapshot, _ = compile_workspace(read_workspace(read_folder(find_root(ROOT))))
    assert snapshot is not None
    for persona in snapshot.personas.values():
        rehearsal = Rehearsal(snapshot, persona, now=datetime(2026, 12, 2, tzinfo=UTC))
        for name, page in snapshot.surfaces.items():
            context = rehearsal.context(
                page, channel="email" if name.startswith("emails/") else rehearsal.request.channel
            )
            for step in decide(snapshot, page, context, trace=True).trace:
                if step.outcome != "chosen":
                    yield snapshot, page, context, step


def test_most_losers_of_the_sample_workspace_have_a_change_that_flips_them() -> None:
    losers = list(_sample())
    some = losers[:: max(1, 2 * len(losers) // LOSERS)]

    found = [(case, changes) for case in some if (changes := smallest_change(*case)) is not None]

    assert [] == [(case[3], _told(changes)) for case, changes in found if not _flips(case, changes)]
    assert len(found) > len(some) * 0.9


def test_what_is_named_of_one_candidate_does_not_depend_on_which_others_are_asked_of() -> None:
    of_a_page = groupby(_sample(), key=lambda case: id(case[2]))
    for _, cases in islice(of_a_page, 0, 200, 40):
        asked = list(cases)
        snapshot, page, context, _ = asked[0]

        together = smallest_changes(snapshot, page, context, [step for *_, step in reversed(asked)])

        assert [smallest_change(*case) for case in asked] == [*together][::-1]


_EVERY_SO_OFTEN = """
from itertools import islice
from tests.counterfactuals.test_smallest_change import _sample, _told
from cms.counterfactuals.changes import ordered_text
from cms.counterfactuals import smallest_change

for case in islice(_sample(), 0, 6000, 101):
    print([(name, ordered_text(value)) for name, value in _told(smallest_change(*case))])
"""


def test_two_processes_with_other_hash_seeds_name_the_same_changes() -> None:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _EVERY_SO_OFTEN],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip

    first, second = (process.communicate(timeout=120)[0].splitlines() for process in processes)

    assert len(first) > 50
    assert first == second
