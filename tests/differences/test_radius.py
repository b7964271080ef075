"""Shares and where they lie, as figures and as people read them."""

import pytest

from cms.cli.radii import as_text
from cms.differences.radius import Kind, Radius, wilson


@pytest.mark.parametrize(
    ("part", "of", "interval"),
    [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (1, 10, (0.0179, 0.4042)), (5, 20, (0.1119, 0.4687)), (0, 0, (0.0, 1.0))],
)  # fmt: skip
def test_intervals_are_those_of_the_tables(part: int, of: int, interval: tuple[float, float]) -> None:
    assert interval == tuple(round(end, 4) for end in wilson(part, of))


def test_none_and_all_are_exact() -> None:
    assert [0.0] * 300 == [wilson(0, of)[0] for of in range(1, 301)]
    assert [1.0] * 300 == [wilson(of, of)[1] for of in range(1, 301)]


@pytest.mark.parametrize(
    ("changed", "of", "share"), [(0, 9, "0.0 %"), (9, 9, "100.0 %"), (3, 100_000, "0.003 %"), (99_999, 100_000, "99.999 %")]
)  # fmt: skip
def test_few_are_not_said_to_be_none_nor_most_to_be_all(changed: int, of: int, share: str) -> None:
    radius = Radius()
    radius.whole.kinds.update({Kind.CHANGED: changed, Kind.SAME: of - changed})

    assert next(as_text(radius, is_traffic=True)).startswith(f"{share} (95 % between ")
