"""Deciding in process: beside a page written by hand and the peers, in a growing store, and in deep slots."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contest import Contest, Timed, contest
from benchmarks.engines.engine import ENGINES, OURS
from benchmarks.report import Goal, Section, table

_STORES = {"base": "30", "store1000": "1,000", "store10000": "10,000"}
_DEEP = {"deep5": 5, "deep20": 20, "deep80": 80}
_WAYS = {"page": "visitor object included", "decision": "decision only"}
_SLOWER = (("eppo", 3.5), ("growthbook", 25), ("target", 3_000))


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure, and which engines."""

    rounds: int = 9
    seconds: float = 0.3
    engines: Sequence[str] = tuple(ENGINES)


def beside_peers(effort: Effort) -> Section:
    names = [name for name in ENGINES if name in effort.engines or name in OURS]
    found = contest([(name, "base") for name in names], rounds=effort.rounds, seconds=effort.seconds)
    ours = found.find("vitrine")
    if ours is None:
        raise SystemExit("\n".join(found.left_out))
    heads = (
        "engine",
        "core",
        "page CPU µs",
        "x by hand",
        "x by hand, decision only",
        "x Vitrine",
        "x Vitrine, decision only",
    )
    ranked = sorted(found.timed.values(), key=lambda timed: timed.by_hand("page").median)
    body = table(heads, [row for timed in ranked for row in _rows(timed, ours)])
    peers = tuple(timed.title for timed in ranked if timed.engine not in OURS)
    return Section(
        "Deciding a page: 12 slots, 5 variants each", _with(body, found), (*_base_goals(found, ours),), peers
    )


def _rows(timed: Timed, ours: Timed) -> list[tuple[object, ...]]:
    name = f"**{timed.title}**" if timed is ours else timed.title
    core, ways = ENGINES[timed.engine].core, ("page", "decision")
    ratios = [timed.by_hand(way) for way in ways] + [timed.over(ours, way) for way in ways]
    rows: list[tuple[object, ...]] = [(name, core, timed.microseconds("page"), *ratios)]
    if "traced" in timed.rounds:
        rows.append(
            (
                f"{name}, with its trace, decision only",
                core,
                timed.microseconds("traced"),
                "",
                timed.by_hand("traced"),
                "",
                "",
            )
        )
    return rows


def _base_goals(found: Contest, ours: Timed) -> list[Goal]:
    hand = [(said, ours.by_hand(way)) for way, said in _WAYS.items()]
    goals = [Goal("page decision over the page by hand", 1.5, hand)]
    for name, bar in _SLOWER:
        peer = found.find(name)
        readings = [(said, peer.over(ours, way)) for way, said in _WAYS.items()] if peer else []
        goals.append(Goal(f"faster than {ENGINES[name].title}", bar, readings, at_most=False))
    return [*goals, Goal("trace on over trace off", 10, [("", ours.over(ours, "traced", "decision"))])]


def in_growing_store(effort: Effort) -> Section:
    found = contest([("vitrine", size) for size in _STORES], rounds=effort.rounds, seconds=effort.seconds, agree=False)
    small, large = found.find("vitrine"), found.find("vitrine", "store10000")
    rows = [
        (said, timed.microseconds("page"), timed.by_hand("page"), timed.over(small, "page"))
        for size, said in _STORES.items()
        if small and (timed := found.find("vitrine", size))
    ]
    body = table(("segments in the store", "Vitrine, page CPU µs", "x by hand", "x 30 segments"), rows)
    readings = [("", large.over(small, "page"))] if small and large else []
    goal = Goal("page cost with 10,000 segments in the store over 30", 1.1, readings)
    return Section("The same page while the store grows", _with(body, found), (goal,))


def in_deep_slots(effort: Effort) -> Section:
    entrants = [(name, size) for size in _DEEP for name in ("vitrine", "eppo")]
    found = contest(entrants, rounds=effort.rounds, seconds=effort.seconds)
    heads = ("variants a slot", "by hand µs", "Vitrine µs", "x by hand", "Eppo µs", "x by hand", "Eppo over Vitrine")
    body = table(heads, [_deep_row(found, size) for size in _DEEP])
    few, many, eppo = found.find("vitrine", "deep5"), found.find("vitrine", "deep80"), found.find("eppo", "deep80")
    growth = [(said, many.cost_over(few, way)) for way, said in _WAYS.items()] if few and many else []
    faster = [(said, eppo.over(many, way)) for way, said in _WAYS.items()] if eppo and many else []
    goals = (
        Goal("page cost with 80 variants a slot over 5", 1.5, growth),
        Goal("faster than Eppo with 80 variants a slot", 30, faster, at_most=False),
    )
    return Section("Deep slots: 12 slots of rarely matching variants", _with(body, found), goals)


def _deep_row(found: Contest, size: str) -> tuple[object, ...]:
    ours, eppo = found.find("vitrine", size), found.find("eppo", size)
    cells: list[object] = [_DEEP[size], ours.microseconds("hand") if ours else "–"]
    for timed in (ours, eppo):
        cells += [timed.microseconds("page"), timed.by_hand("page")] if timed else ["–", "–"]
    return (*cells, eppo.over(ours, "page") if ours and eppo else "–")


def quick(effort: Effort) -> Section:
    """Compare Vitrine with the page by hand alone, in seconds."""
    sizes = ("base", "deep5", "deep80")
    found = contest([("vitrine", size) for size in sizes], rounds=effort.rounds, seconds=effort.seconds)
    rows = [
        (size, timed.microseconds("hand"), *(timed.by_hand(way) for way in ("page", "decision", "traced")))
        for size in sizes
        if (timed := found.find("vitrine", size))
    ]
    heads = ("size", "by hand µs", "Vitrine x by hand", "decision only", "decision with trace")
    return Section("Vitrine beside the page by hand", _with(table(heads, rows), found))


def _with(body: str, found: Contest) -> str:
    return "\n\n".join([body, *found.left_out])
