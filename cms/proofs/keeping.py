"""Keeping: what was proved of a page holds until a file that it hangs on changes, or time passes that its rules tell apart."""

import os
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

import cms
from cms import __version__
from cms.content.snapshot import Entry, Snapshot
from cms.facts.declarations import Origin
from cms.problems import Problem
from cms.proofs.moments import moments_named
from cms.proofs.outcomes import Name
from cms.proofs.places import Place, conditions_of
from cms.proofs.proving import Proved, is_solver_installed
from cms.segments.conditions import Condition, Test, facts_read, leaves, segments_named
from cms.workspace.documents import Workspace

_IGNORED = "*\n"  # nothing of it belongs into version control
_ALWAYS = (("workspace", "workspace"), ("facts", "facts"))


class _Stored(msgspec.Struct, frozen=True):
    key: str
    reached: list[Name]
    dead: list[tuple[Name, Problem]]
    elsewhere: list[Name]
    found: list[Problem]


class ProofFolder:
    """Keeps proofs in a folder, one file for each place; a file of another key is written anew."""

    def __init__(self, folder: Path, snapshot: Snapshot, workspace: Workspace, *, now: datetime, language: str) -> None:
        """Prepare.

        Args:
            folder: Made when something is kept.
            snapshot: What is proved.
            workspace: The files it was compiled from.
            now: A proof of an earlier time holds as long as nothing turned since.
            language: In which findings are told.
        """
        self._folder = folder
        self._snapshot = snapshot
        self._workspace = workspace
        self._now = now
        passed = bisect(sorted(set(moments_named(snapshot))), now)
        self._about = [software(), language, str(passed)]
        self._digests: dict[str, bytes] = {}

    def get(self, name: str, place: Place | None) -> Proved[Problem] | None:
        try:
            stored = msgspec.json.decode(self._file(name, place).read_bytes(), type=_Stored)
        except (OSError, ValueError, RecursionError):
            return None  # nothing kept, or nothing that can be read
        if stored.key != self._key(name, place):
            return None
        return Proved(set(stored.reached), dict(stored.dead), set(stored.elsewhere), found=stored.found)

    def put(self, name: str, place: Place | None, proved: Proved[Problem]) -> None:
        """Keep a proof that found all its answers; what was cut short, or only sampled, is tried again."""
        if (
            not is_solver_installed()
            or proved.undecided
            or any(problem.code == "not-proved" for problem in proved.found)
        ):
            return
        reached, elsewhere = sorted(proved.reached), sorted(proved.elsewhere)
        stored = _Stored(
            self._key(name, place),
            reached,
            sorted(proved.dead.items(), key=lambda one: one[0]),
            elsewhere,
            proved.found,
        )
        write_kept(self._file(name, place), msgspec.json.encode(stored))

    def _file(self, name: str, place: Place | None) -> Path:
        channel = place.channel if place is not None else "all"
        return self._folder / f"{name.replace('/', '.')}.{channel}.json"

    def _key(self, name: str, place: Place | None) -> str:
        """Name the content that a proof hangs on."""
        rules = [] if place is None else [*conditions_of(place.page)]
        segments = self._leading(self._snapshot.segments if place is None else _named(rules))
        rules += [self._snapshot.segments[key] for key in segments]
        paths = {self._workspace.of_kind("segment")[key].path for key in segments}
        paths |= set() if place is None else {*self._of_page(place)}
        hashed = sha256("\0".join([*self._about, name, self._today(rules, place)]).encode())
        for path in sorted({*paths, *self._of_all}):
            hashed.update(path.encode() + self._digest(path))
        return hashed.hexdigest()

    def _digest(self, path: str) -> bytes:
        if path not in self._digests:
            self._digests[path] = sha256(self._workspace.files[path]).digest()
        return self._digests[path]

    @cached_property
    def _of_all(self) -> set[str]:
        found = (self._workspace.of_kind(kind).get(key) for kind, key in _ALWAYS)
        return {document.path for document in found if document is not None}

    def _of_page(self, place: Place) -> Iterator[str]:
        kind, page = place.kind, place.page
        yield self._workspace.of_kind(kind)[page.key].path
        for entry in {entry.key: entry for slot in page.slots for entry in slot.entries}.values():
            yield from self._of_entry(entry)
        for component in {accepted for slot in page.slots for accepted in slot.accepts}:
            yield self._workspace.of_kind("component")[component].path

    def _of_entry(self, entry: Entry) -> Iterator[str]:
        path = self._workspace.of_kind("entry")[entry.key].path
        yield path
        if path.endswith("/entry.json"):
            folder = path.removesuffix("entry.json")
            yield from (one for one in self._copies.get(folder, ()))
        documents = self._workspace.of_kind("experiment")
        yield from (documents[experiment.key].path for experiment in entry.experiments)

    @cached_property
    def _copies(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for document in self._workspace.of_kind("copy").values():
            found.setdefault(document.path.rpartition("/")[0] + "/", []).append(document.path)
        return found

    def _leading(self, keys: Iterable[str]) -> set[str]:
        """Add to segments those that they name."""
        waiting, seen = list(keys), set[str]()
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting += _named([self._snapshot.segments[key]])
        return seen

    def _today(self, rules: Sequence[Condition], place: Place | None) -> str:
        """Give the day or hour in each market, where rules name days or an end is ahead: what was yet to come is over."""
        tests = [test for rule in rules for test in leaves(rule) if isinstance(test, Test)]
        names_days = any(isinstance(one, date) for test in tests for one in test.operands)
        clock = {ref.name for rule in rules for ref in facts_read(rule) if ref.fact.origin is Origin.CLOCK}
        if not names_days and not (clock and place is not None and self._is_scheduled(place)):
            return ""
        zones = {market.zone for market in self._snapshot.settings.markets.values()}
        form = "%Y-%m-%dT%H" if "now.hour" in clock else "%Y-%m-%d"
        return " ".join(sorted(self._now.astimezone(zone).strftime(form) for zone in zones))

    def _is_scheduled(self, place: Place) -> bool:
        entries = [entry for slot in place.page.slots for entry in slot.entries]
        schedules = [entry.schedule for entry in entries]
        schedules += [variant.schedule for entry in entries for variant in entry.variants]
        return any(edge is not None and edge > self._now for one in schedules for edge in (one.start, one.until))


def _named(conditions: Iterable[Condition]) -> list[str]:
    return [named.key for one in conditions for named in segments_named(one)]


@lru_cache(maxsize=1)
def software() -> str:
    """Name this software by its version and its modules, for while it is being worked on; where it lies does not matter."""
    hashed = sha256(__version__.encode())
    for file in sorted(Path(cms.__file__).parent.rglob("*.py")):
        hashed.update(file.read_bytes())
    return hashed.hexdigest()


def write_kept(file: Path, text: bytes) -> None:
    """Write a file at once; a folder that cannot be written costs the next run its time, and nothing else."""
    made = file.with_suffix(f".{os.getpid()}")
    try:
        if not file.parent.exists():
            file.parent.mkdir(parents=True)
            (file.parent / ".gitignore").write_text(_IGNORED, "utf-8")
        made.write_bytes(text)
        made.replace(file)
    except OSError:
        return
