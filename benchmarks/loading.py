"""Starting a node from a release of 10,000 segments, 4,000 slots and 20,000 rules, until its first page is decided.

Each start is a process of its own, `python -m benchmarks.loading STORE LAST_GOOD`, so that its memory can be told.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Goal, Section, table
from benchmarks.timing import Spread, peak_mb
from benchmarks.workload import SIZES, make_rules, make_visitors
from benchmarks.workspace import PAGE, ROOT, context_of, shipped, workspace_files
from cms import __version__
from cms.decisions.decide import decide
from cms.email.message import Letterhead
from cms.releases import ReleaseStore
from cms.runtime.live import StoreFollower
from cms.runtime.verification import verify

STARTS = 7
_NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
_EMPTY: Mapping[str, bytes] = {"content/workspace.json": b"{}"}
_NOWHERE = Path("nowhere", "cms.sqlite")


@dataclass(frozen=True, slots=True)
class Started:
    """One node that started: `load_s` is from asking the store to the site in force, its last-good file on disk."""

    import_s: float
    load_s: float
    page_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Loading:
    """Starts of an empty node, of one that loads the large release, and of one that has only its last-good file."""

    empty: list[Started]
    large: list[Started]
    last_good: list[Started]
    files: int
    check_s: float  # what `cms publish` takes before it stores
    store_s: float


def measured() -> Loading:
    large = workspace_files(make_rules(SIZES["store10000"])) | _components()
    with TemporaryDirectory() as name:
        folder = Path(name)
        _publish(_EMPTY, folder / "empty.sqlite")
        check_s, store_s = _publish(large, folder / "large.sqlite")
        empty = [_start(folder / "empty.sqlite", folder / f"empty-{number}") for number in range(STARTS)]
        fresh = [_start(folder / "large.sqlite", folder / f"large-{number}") for number in range(STARTS)]
        kept = [_start(_NOWHERE, folder / f"large-{number}") for number in range(STARTS)]
    return Loading(empty, fresh, kept, len(large), check_s, store_s)


def section() -> Section:
    found = measured()
    floor = Spread.of([node.peak_mb for node in found.empty]).median
    heads = ("node", "imports s", "load s", "first page ms", "ready s", "peak MB", "above empty MB")
    kinds = {
        "empty": found.empty,
        "10,000 segments, from the store": found.large,
        "10,000 segments, from its last-good file": found.last_good,
    }
    rows = [_row(name, starts, floor) for name, starts in kinds.items()]
    nodes = (("from the store", found.large), ("from its last-good file", found.last_good))
    ready = [(name, Spread.of(_ready(starts))) for name, starts in nodes]
    above = [(name, Spread.of(_above(starts, floor))) for name, starts in nodes]
    goals = (
        Goal("ready for the first page of 10,000 segments", 2, ready, unit="s"),
        Goal("memory for that above an empty node", 100, above, unit="MB"),
    )
    note = (
        f"Ready: load and first page, imports left out. `cms publish` checks the {found.files:,} files in "
        f"{found.check_s:.1f} s and stores them in {found.store_s:.1f} s."
    )
    return Section("Starting from a large release", f"{table(heads, rows)}\n\n{note}", goals)


def _row(name: str, starts: list[Started], floor: float) -> tuple[object, ...]:
    figures = (
        [node.import_s for node in starts],
        [node.load_s for node in starts],
        [node.page_s * 1000 for node in starts],
        _ready(starts),
        [node.peak_mb for node in starts],
        _above(starts, floor),
    )
    return (name, *map(Spread.of, figures))


def _ready(starts: list[Started]) -> list[float]:
    return [node.load_s + node.page_s for node in starts]


def _above(starts: list[Started], floor: float) -> list[float]:
    return [node.peak_mb - floor for node in starts]


def _components() -> dict[str, bytes]:
    return shipped(*(folder.name for folder in (ROOT / "components").iterdir()))


def _publish(files: Mapping[str, bytes], store: Path) -> tuple[float, float]:
    """Do what `cms publish` does; give the seconds of checking and of storing."""
    start = time.perf_counter()
    verified = verify(files, now=_NOW)
    if not verified.is_fit:
        raise SystemExit("\n".join(map(str, verified.problems)))
    checked = time.perf_counter()
    ReleaseStore(f"sqlite:///{store}").publish(files, at=_NOW, by="benchmark", checked_by=__version__)
    return checked - start, time.perf_counter() - checked


def _start(store: Path, last_good: Path) -> Started:
    command = [sys.executable, "-m", "benchmarks.loading", str(store), str(last_good)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    return Started(*json.loads(ended.stdout.splitlines()[-1]))


def _node(store: str, last_good: str) -> None:
    """Be the node: load, decide the first page where there is one, and print what it took."""
    imported = time.perf_counter()
    import_s = time.process_time()
    letterhead = Letterhead("Benchmark", "https://benchmark.example", "")
    site = StoreFollower(lambda: ReleaseStore(f"sqlite:///{store}"), Path(last_good), letterhead=letterhead).newer(None)
    if site is None:
        raise SystemExit("There is nothing to load.")
    loaded = time.perf_counter()
    if PAGE in site.snapshot.pages:
        decide(site.snapshot, site.snapshot.pages[PAGE], context_of(make_visitors(1)[0]))
    decided = time.perf_counter()
    print(json.dumps([import_s, loaded - imported, decided - loaded, peak_mb()]))


if __name__ == "__main__":
    _node(*sys.argv[1:])
