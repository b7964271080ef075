"""One engine in a process of its own: `python -m benchmarks.worker NAME SIZE`, orders and answers as lines of JSON.

Inside a turn the engine alternates every few milliseconds with the page written by hand, both on the CPU time of the
thread, so that the drift of a busy machine cancels in the ratio. No visitor is seen twice.
"""

import gc
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from statistics import median
from typing import Any, TextIO

from benchmarks.engines.engine import ENGINES, Engine, Split
from benchmarks.floors import by_hand
from benchmarks.workload import (
    OTHER,
    SIZES,
    Rules,
    Visitor,
    make_rules,
    make_visitors,
    oracle,
    pick,
    stream_of_visitors,
)

_STRETCH_S, _FEWEST, _MOST = 0.008, 3, 1000
_AGREEING, _WARMING = 400, 3
_BUILT = ("decision", "traced")  # what is asked with the visitor object that the engine wants
Ask = Callable[[Any], object]


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # talkative libraries must not talk into the protocol
    logging.disable(logging.CRITICAL)
    _serve(sys.argv[1], sys.argv[2], answers)


def _serve(name: str, size: str, answers: TextIO) -> None:
    session: Session | None = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if session is None:
                session = Session.of(name, size)
                gc.collect()
                gc.freeze()
                told: Mapping[str, Any] = {"version": _version(ENGINES[name].distribution)}
            elif order["do"] == "agree":
                told = {"disagreement": session.disagreement()}
            elif order["do"] == "time":
                told = session.turn(order["seconds"])
            else:
                session.engine.close()
                told = {}
        except Exception as failure:  # noqa: BLE001 - whatever an engine throws, the others go on without it
            told = {"failure": f"{type(failure).__name__}: {str(failure)[:200]}"}
        answers.write(json.dumps(told) + "\n")
        if order["do"] == "close":
            answers.flush()
            os._exit(0)  # some libraries leave threads behind that would not end


def _version(distribution: str) -> str:
    try:
        return version(distribution) if distribution else ""
    except PackageNotFoundError:
        return ""  # run from its source


@dataclass(frozen=True, slots=True)
class Session:
    """An engine that has the rules; `ways` of asking it are by name."""

    engine: Engine
    rules: Rules
    visitors: Iterator[Visitor]
    ways: Mapping[str, Ask]

    @classmethod
    def of(cls, name: str, size: str) -> "Session":
        rules, engine = make_rules(SIZES[size]), ENGINES[name].make()
        engine.load(rules)
        ways: dict[str, Ask] = {"hand": by_hand(rules), "page": engine.ask, "decision": engine.decide}
        if ENGINES[name].traces:
            ways["traced"] = engine.traced
        return cls(engine, rules, stream_of_visitors(101), ways)

    def turn(self, seconds: float) -> dict[str, Any]:
        """Give median CPU seconds a page by way, "hand" among them, and how often the page by hand that is."""
        self._costs(dict.fromkeys(self.ways, _WARMING))
        once = self._costs(dict.fromkeys(self.ways, _WARMING))
        pages = {way: max(1, min(_MOST, int(_STRETCH_S / cost))) for way, cost in once.items()}
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in self.ways}
        stop = time.thread_time() + seconds
        while len(found["hand"]) < _FEWEST or time.thread_time() < stop:
            costs = self._costs(pages)
            for way, cost in costs.items():
                found[way].append((cost, cost / costs["hand"]))
        return {way: [median(column) for column in zip(*rows, strict=True)] for way, rows in found.items()}

    def _costs(self, pages: Mapping[str, int]) -> dict[str, float]:
        """Time all ways on new visitors, the page by hand before and after the others."""
        visitors = list(islice(self.visitors, max(pages.values())))
        needed = max((count for way, count in pages.items() if way in _BUILT), default=0)
        built = [self.engine.visitor(visitor) for visitor in visitors[:needed]]
        items = {way: (built if way in _BUILT else visitors)[:count] for way, count in pages.items()}
        before = _cost(self.ways["hand"], items["hand"])
        costs = {way: _cost(ask, items[way]) for way, ask in self.ways.items() if way != "hand"}
        return {"hand": (before + _cost(self.ways["hand"], items["hand"])) / 2, **costs}

    def disagreement(self) -> str:
        """Compare with the oracle; "" if all choices are right and stay so when asked again."""
        for visitor in make_visitors(_AGREEING, seed=55):
            chosen = self._chosen(visitor)
            if chosen != self._chosen(visitor):
                return f"{visitor['user_id']} gets another answer when asked again"
            right = oracle(self.rules, visitor)
            for slot in self.rules.page:
                if chosen[slot] != right[slot] and chosen[slot] not in self._also_right(slot, visitor):
                    return f"{slot} of {visitor['user_id']}: {chosen[slot]}, where {right[slot]} is right"
        return ""

    def _chosen(self, visitor: Visitor) -> dict[str, str]:
        return dict(self.engine.chosen(self.engine.ask(visitor)))

    def _also_right(self, slot: str, visitor: Visitor) -> set[str]:
        """Name what may be chosen where only the split decides and the engine draws it itself."""
        inside = pick(self.rules, slot, visitor, lambda _: True)
        outside = pick(self.rules, slot, visitor, lambda _: False)
        if inside == outside or self.engine.split is Split.SHARED:
            return set()
        return {inside, inside + OTHER if self.engine.split is Split.ARMS else outside}


def _cost(ask: Ask, items: Sequence[Any]) -> float:
    start = time.thread_time()
    for item in items:
        ask(item)
    return (time.thread_time() - start) / len(items)


if __name__ == "__main__":
    main()
