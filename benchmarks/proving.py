"""Proving workspaces of 50 to 5,000 variants, the whole check of them, and rules that were made to be hard.

Each measurement is a process of its own, so that its memory can be told: `python -m benchmarks.proving WORKLOAD` proves
one of the workloads and prints what it took, `python -m benchmarks.proving check FOLDER` checks a folder.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Goal, Section, table
from benchmarks.rulebook import Json, Rulebook, written
from benchmarks.timing import Spread, peak_mb
from benchmarks.workspace import ROOT, snapshot_of
from cms.cli import cli
from cms.proofs.proving import prove

_NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
_SEED = 7
WORKLOADS: Mapping[str, Callable[[Rulebook], dict[str, Json]]] = {
    "50": lambda book: book.files(1),
    "100": lambda book: book.files(2),
    "1000": lambda book: book.files(20),
    "5000": lambda book: book.files(100),
    "one-slot": lambda book: book.deep_slot(1000),
    "nested": lambda book: book.nested(50),
}
_HARD = ("one-slot", "nested")
_BARS = {"50": 0.25, "100": 0.5, "1000": 5.0, "5000": 25.0}  # CPU seconds
_UNCHANGED_S, _PEAK_MB, _BUDGET_S = 2.0, 200.0, 60.0
_ROUNDS = {"5000": 1, "one-slot": 1, "nested": 1}  # 3 of all others


@dataclass(frozen=True, slots=True)
class Took:
    """What one process took; `found` counts its findings by code."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proving:
    """Of one workload: its proofs, and where it was checked as a whole the first and a second check of the same files."""

    proofs: list[Took]
    check: Took | None
    again: Took | None


def section() -> Section:
    found = {name: measured(name) for name in WORKLOADS}
    heads = ("variants", "proof CPU s", "peak MB", "whole check CPU s", "peak MB", "again, unchanged, CPU s", "found")
    body = table(heads, [_row(name, took) for name, took in found.items()])
    note = (
        "Proof: from a compiled snapshot to findings, imports left out. one-slot: 1,000 variants in one slot; nested: 50 "
        f"rules as long and as deep as rules may be; both may give up after {_BUDGET_S:.0f} s, and then say what was not proved."
    )
    return Section("Proving", f"{body}\n\n{note}", tuple(_goals(found)))


def measured(name: str) -> Proving:
    proofs = [_process(name) for _ in range(_ROUNDS.get(name, 3))]
    if name in _HARD:
        return Proving(proofs, None, None)
    with TemporaryDirectory() as folder:
        for path, content in written(WORKLOADS[name](Rulebook(_SEED))).items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return Proving(proofs, _process("check", folder), _process("check", folder))


def _row(name: str, took: Proving) -> tuple[object, ...]:
    codes = ", ".join(f"{count} {code}" for code, count in sorted(took.proofs[0].found.items()))
    whole = (f"{took.check.cpu_s:.1f}", f"{took.check.peak_mb:.0f}") if took.check else ("", "")
    again = f"{took.again.cpu_s:.1f}" if took.again else ""
    return name, _spread(took, "cpu_s"), _spread(took, "peak_mb"), *whole, again, codes


def _spread(took: Proving, figure: str) -> Spread:
    return Spread.of([getattr(one, figure) for one in took.proofs])


def _goals(found: Mapping[str, Proving]) -> list[Goal]:
    times = [
        Goal(f"proving {name} variants", bar, [("", _spread(found[name], "cpu_s"))], unit="CPU s")
        for name, bar in _BARS.items()
    ]
    peaks = [(name, _spread(found[name], "peak_mb")) for name in _BARS]
    again = [("", Spread.of([took.cpu_s])) for took in [found["5000"].again] if took]
    hard = [(name, _spread(found[name], "wall_s")) for name in _HARD]
    return [
        *times,
        Goal("memory for that", _PEAK_MB, peaks, unit="MB"),
        Goal("checking 5,000 unchanged variants", _UNCHANGED_S, again, unit="CPU s"),
        Goal("rules made to be hard end within", _BUDGET_S + 10, hard, unit="s"),
    ]


def _process(*arguments: str) -> Took:
    command = [sys.executable, "-m", "benchmarks.proving", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    return Took(**json.loads(ended.stdout.splitlines()[-1]))


def _proved(name: str) -> Counter[str]:
    """Prove one workload; the clock starts once it is compiled and all is imported."""
    import z3  # noqa: F401, PLC0415 - so that its import is not measured

    snapshot = snapshot_of(written(WORKLOADS[name](Rulebook(_SEED))))
    return _timed(lambda: Counter(finding.code for finding in prove(snapshot, now=_NOW, budget_s=_BUDGET_S)))


def _checked(folder: str) -> Counter[str]:
    """Do what `cms check` does, imports and all."""
    said = StringIO()
    with redirect_stdout(said), suppress(SystemExit):
        cli(["check", "--workspace", folder, "--format", "json"])
    return Counter(finding["code"] for finding in json.loads(said.getvalue())["findings"])


def _timed(work: Callable[[], Counter[str]], *, since_start: bool = False) -> Counter[str]:
    """Print what some work took of this process, or of its whole life."""
    cpu, wall = (0.0, time.perf_counter()) if since_start else (time.process_time(), time.perf_counter())
    found = work()
    took = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": peak_mb(),
        "found": found,
    }
    print(json.dumps(took))
    return found


if __name__ == "__main__":
    if sys.argv[1] == "check":
        _timed(lambda: _checked(sys.argv[2]), since_start=True)
    else:
        _proved(sys.argv[1])
