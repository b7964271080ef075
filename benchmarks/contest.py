"""Engines timed in turn, each in a process of its own without a network, where the system lets us take it away."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.engines.engine import ENGINES, OURS
from benchmarks.timing import Spread

ROOT = Path(__file__).parents[1]
_PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
_PATIENCE_S = 300
Entrant = tuple[str, str]  # engine, size


@dataclass(frozen=True, slots=True)
class Timed:
    """An engine's rounds by way of asking: CPU seconds a page, and how often the page by hand that is."""

    engine: str
    version: str
    rounds: Mapping[str, Sequence[tuple[float, float]]]

    @property
    def title(self) -> str:
        return f"{ENGINES[self.engine].title} {self.version}".strip()

    def microseconds(self, way: str) -> Spread:
        return Spread.of([cost * 1e6 for cost, _ in self.rounds[way]])

    def by_hand(self, way: str) -> Spread:
        return Spread.of([ratio for _, ratio in self.rounds[way]])

    def over(self, other: "Timed", way: str, other_way: str = "") -> Spread:
        """Say how often another's cost ours is, each measured by the page by hand beside it."""
        pairs = zip(self.rounds[way], other.rounds[other_way or way], strict=False)
        return Spread.of([mine / theirs for (_, mine), (_, theirs) in pairs])

    def cost_over(self, other: "Timed", way: str) -> Spread:
        """Say how often another's CPU time ours is, where the page by hand differs between the two."""
        pairs = zip(self.rounds[way], other.rounds[way], strict=False)
        return Spread.of([mine / theirs for (mine, _), (theirs, _) in pairs])


@dataclass(slots=True)
class Contest:
    """What came of it; `left_out` says who is missing and why."""

    timed: dict[Entrant, Timed] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def find(self, engine: str, size: str = "base") -> Timed | None:
        return self.timed.get((engine, size))


def contest(entrants: Iterable[Entrant], *, rounds: int, seconds: float, agree: bool = True) -> Contest:
    """Load all, leave out who does not choose as the oracle does, then time the others in turn."""
    found = Contest()
    workers = [_Worker(*entrant) for entrant in entrants]
    workers = _still_in(found, workers, {"do": "load"})
    if agree:
        workers = _still_in(found, workers, {"do": "agree"})
    for number in range(rounds):
        for worker in workers if number % 2 else reversed(workers):
            worker.rounds.append(worker.ask({"do": "time", "seconds": seconds}))
    for worker in workers:
        worker.close()
        _note(found, worker)
    return found


def _still_in(found: Contest, workers: Sequence["_Worker"], order: Mapping[str, Any]) -> list["_Worker"]:
    """Give an order to all at once, as it is not timed; end those who fail at it."""
    for worker in workers:
        worker.tell(order)
    staying = []
    for worker in workers:
        told = worker.hear()
        reason = told.get("failure") or told.get("disagreement")
        if reason:
            worker.process.kill()
            found.left_out.append(f"{ENGINES[worker.engine].title} ({worker.size}) is left out: {reason}.")
        else:
            worker.version = told.get("version", worker.version)
            staying.append(worker)
    return staying


def _note(found: Contest, worker: "_Worker") -> None:
    rounds = [told for told in worker.rounds if "failure" not in told]
    if not rounds:
        reason = next((told["failure"] for told in worker.rounds), "it was never asked")
        found.left_out.append(f"{ENGINES[worker.engine].title} ({worker.size}) is left out: {reason}.")
        return
    by_way = {way: [tuple(told[way]) for told in rounds] for way in rounds[0]}
    found.timed[worker.engine, worker.size] = Timed(worker.engine, worker.version, by_way)


class _Worker:
    """A process that is told lines and heard one by one."""

    def __init__(self, engine: str, size: str) -> None:
        self.engine, self.size, self.version = engine, size, ""
        self.rounds: list[Mapping[str, Any]] = []
        python = sys.executable if engine in OURS else str(_PEERS_PYTHON if _PEERS_PYTHON.exists() else sys.executable)
        self.process = subprocess.Popen(
            [*_unshared(), python, "-m", "benchmarks.worker", engine, size],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )

    def ask(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        self.tell(order)
        return self.hear()

    def tell(self, order: Mapping[str, Any]) -> None:
        if self.process.stdin is not None and self.process.poll() is None:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()

    def hear(self) -> Mapping[str, Any]:
        patience = threading.Timer(_PATIENCE_S, self.process.kill)
        patience.start()
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        patience.cancel()
        told: Mapping[str, Any] = json.loads(line) if line else {"failure": "its process ended"}
        return told

    def close(self) -> None:
        self.tell({"do": "close"})
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@cache
def _unshared() -> tuple[str, ...]:
    """Give the command that starts another without a network; nothing where that is not allowed."""
    command = ("unshare", "-n")
    try:
        allowed = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    return command if allowed else ()
