"""The page decision in process: ours beside a page written by hand and beside the tree interpreter."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.floors import by_hand, interpreter
from benchmarks.timing import Compared, compare
from benchmarks.workload import Rules, make_rules, make_visitors, values_of, workspace_of
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.facts.context import DecisionContext
from cms.facts.signals import Signal
from cms.workspace import read_folder, read_workspace

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
VISITORS = 400
_ANSWERED = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})


def workspace_files(rules: Rules) -> Mapping[str, bytes]:
    return workspace_of(rules, read_folder(ROOT))


def snapshot_of(files: Mapping[str, bytes]) -> Snapshot:
    snapshot, problems = compile_workspace(read_workspace(files))
    if snapshot is None:
        raise SystemExit("\n".join(map(str, problems)))
    return snapshot


def context_of(values: Mapping[str, object]) -> DecisionContext:
    return DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", values=values, answered=_ANSWERED)  # type: ignore[arg-type]


def measured() -> dict[str, Compared]:
    """Compare, after making sure that all three choose alike."""
    rules = make_rules()
    snapshot, visitors = snapshot_of(workspace_files(rules)), make_visitors(VISITORS)
    page, values = snapshot.pages["page"], [values_of(visitor) for visitor in visitors]
    contexts = [context_of(found) for found in values]
    hand, tree = by_hand(rules), interpreter(rules)
    for visitor, context in zip(visitors, contexts, strict=True):
        if not tree(visitor) == hand(visitor) == _chosen(decide(snapshot, page, context)):
            raise SystemExit("The three ways do not choose alike: nothing to compare.")

    def written(number: int) -> object:
        return hand(visitors[number % VISITORS])

    return {
        "page written by hand, if/elif (the limit)": compare(written, written),
        "tree interpreter": compare(lambda number: tree(visitors[number % VISITORS]), written),
        "Vitrine `decide`": compare(lambda number: decide(snapshot, page, contexts[number % VISITORS]), written),
        "Vitrine `decide` with its trace": compare(
            lambda number: decide(snapshot, page, contexts[number % VISITORS], trace=True), written, rounds=5
        ),
    }


def _chosen(decision: Decision) -> dict[str, str]:
    return {slot: choices[0].variant for slot, choices in decision.slots.items()}
