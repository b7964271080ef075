"""What is proved of a small world is what asking each of its visitors tells; `small_worlds.py` compares more of them."""

from contextlib import suppress
from itertools import islice
from random import Random

import pytest

from cms.decisions.decide import decide
from tests.proofs.asking import World
from tests.proofs.every_visitor import EveryVisitor, TooManyError
from tests.proofs.small_rules import Dice
from tests.proofs.small_worlds import NOW, compiled, sets, workspace

BATCHES, SETS, MOST = 6, 20, 1_500
CODES = {"never-matches", "unreachable", "no-content", "contradiction", "wrong-channel", "equivalent", "contained"}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_is_proved_is_what_everybody_shows(batch: int) -> None:
    for seed, _, wrong in islice(sets(1_000 * batch, most=MOST), SETS):
        assert [] == wrong, f"python tests/proofs/small_worlds.py --sets 1 --seed {seed}"


def test_asking_decides_as_a_persona_is_decided_for() -> None:
    dice = Random(1)
    for seed in range(40):
        snapshot = compiled(workspace(Dice(seed)))
        world = World(snapshot, EveryVisitor(snapshot, NOW))
        for _, page, channel in world.places():
            for visitor in dice.sample(list(islice(world.everybody.of_surface(page, channel), 300)), 1):
                asked = decide(snapshot, page, world.everybody.context(page, visitor))
                assert visitor.decision(snapshot, page).slots == asked.slots


def test_small_worlds_have_all_there_is_to_find() -> None:
    found: set[str] = set()
    for seed in range(100):
        snapshot = compiled(workspace(Dice(seed)))
        with suppress(TooManyError):
            found |= {one[0] for one in World(snapshot, EveryVisitor(snapshot, NOW, 300)).findings()}
    assert found == CODES
