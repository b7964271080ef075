"""Of every mistake made in a faultless workspace the proof finds all that follows from it, and nothing else."""

import pytest

from cms.content.snapshot import Snapshot
from cms.problems import Severity
from cms.proofs.finding import Finding
from cms.proofs.proving import prove
from tests.proofs.asking import Said, replayed, said
from tests.proofs.defects import KINDS, injected
from tests.proofs.faultless import NOW, Shop, compiled

SEEDS = range(12)  # × 17 kinds: more than 200 mistakes


def _pressing(snapshot: Snapshot) -> tuple[Finding, ...]:
    return tuple(one for one in prove(snapshot, now=NOW) if one.severity is not Severity.INFO)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mistake_is_found_and_nothing_else(seed: int) -> None:
    files, wanted = injected(seed)
    snapshot = compiled(files)
    found = _pressing(snapshot)

    assert {} == _missed(wanted, {said(one) for one in found})
    assert set() == {said(one) for one in found} - set().union(*wanted.values())
    assert [] == [wrong for one in found for wrong in replayed(one, snapshot)]


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_a_faultless_workspace_is_proved_so(seed: int) -> None:
    findings = prove(compiled(Shop(seed).files), now=NOW)

    assert [] == [said(one) for one in findings if one.code not in {"equivalent", "contained"}]


def test_there_are_more_than_two_hundred_mistakes() -> None:
    assert len(KINDS) * len(SEEDS) > 200


def _missed(wanted: dict[str, set[Said]], found: set[Said]) -> dict[str, set[Said]]:
    return {kind: findings - found for kind, findings in wanted.items() if findings - found}
