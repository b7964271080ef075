"""Ratios of thread CPU time: two ways of doing the same alternate every few milliseconds, so that drift cancels."""

import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_STRETCH_S = 0.008


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of one run."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        return cls(min(figures), statistics.median(figures), max(figures))

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.least)} to {_short(self.most)})"


def _short(figure: float) -> str:
    if figure < 0.1:
        return f"{figure:.2g}"
    return f"{figure:.2f}" if figure < 10 else f"{figure:,.0f}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What one call costs, and how often the reference's cost that is."""

    microseconds: Spread
    ratio: Spread


def compare(
    call: Callable[[int], object], reference: Callable[[int], object], *, rounds: int = 9, seconds: float = 0.25
) -> Compared:
    """Give the spread over rounds of the median of neighbours; calls take a running number to pick their input by."""
    counts = _count(call), _count(reference)
    costs, ratios = [], []
    for _ in range(rounds):
        pairs: list[tuple[float, float]] = []
        stop = time.thread_time() + seconds
        while len(pairs) < 3 or time.thread_time() < stop:
            before, cost, after = _cost(reference, counts[1]), _cost(call, counts[0]), _cost(reference, counts[1])
            pairs.append((cost, 2 * cost / (before + after)))
        costs.append(statistics.median(cost for cost, _ in pairs) * 1e6)
        ratios.append(statistics.median(ratio for _, ratio in pairs))
    return Compared(Spread.of(costs), Spread.of(ratios))


def _count(call: Callable[[int], object]) -> int:
    return max(1, min(2000, int(_STRETCH_S / _cost(call, 3))))


def _cost(call: Callable[[int], object], count: int) -> float:
    start = time.thread_time()
    for number in range(count):
        call(number)
    return (time.thread_time() - start) / count


def peak_mb() -> float:
    """Read the peak of this process alone; what `resource` tells begins with the peak of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
