"""Reference, compiled Python, SQL on two databases and Z3 give one answer; `tests/differential.py` asks more of them."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from differential import (
    Answers,
    Batch,
    Form,
    by_bits,
    by_python,
    by_reference,
    by_z3,
    differences,
    duckdb,
    of_existing,
    postgresql,
    random_batch,
    told,
)

from cms.facts.declarations import FactRef, FactType
from cms.segments import conditions
from cms.segments.conditions import Condition, leaves
from cms.segments.evaluate import Evaluator, Truth
from cms.segments.operands import OPERANDS

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis's own


@pytest.fixture(scope="module")
def batch() -> Batch:
    return random_batch(seed=1)


@pytest.fixture(scope="module")
def expected(batch: Batch) -> Answers:
    return by_reference(batch)


@pytest.fixture(scope="module")
def on_duckdb() -> Iterator[Form]:
    with duckdb() as form:
        yield form


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[Form]:
    with ExitStack() as stack:
        try:
            form = stack.enter_context(postgresql())
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"no PostgreSQL server could be started: {error!r}")
        yield form


def test_sql_on_duckdb_means_what_the_reference_means(batch: Batch, expected: Answers, on_duckdb: Form) -> None:
    assert "" == told(differences(batch, expected, {"duckdb": on_duckdb}))


def test_sql_on_postgresql_means_what_the_reference_means(batch: Batch, expected: Answers, on_postgresql: Form) -> None:
    assert "" == told(differences(batch, expected, {"postgresql": on_postgresql}))


def test_compiled_python_means_what_the_reference_means(batch: Batch, expected: Answers) -> None:
    assert "" == told(differences(batch, expected, {"python": by_python}))


def test_bits_mean_what_the_reference_means(batch: Batch, expected: Answers) -> None:
    assert "" == told(differences(batch, expected, {"bits": by_bits}))


def test_formulas_mean_what_the_reference_means(batch: Batch) -> None:
    real = of_existing(batch, 100)

    assert "" == told(differences(real, by_reference(real), {"z3": by_z3}))


def test_of_those_asked_of_formulas_answers_differ_too(batch: Batch) -> None:
    real = of_existing(batch, 100)
    answers = Counter(answer for answers in by_reference(real) for answer in answers)

    assert min(answers[True], answers[False], answers[None]) > 3_000
    assert {"USD", "JPY"} == {view.context.currency for view in real.views}
    assert len({view.today for view in real.views}) > 20


def test_every_operator_of_every_type_is_asked_and_answers_differ(batch: Batch) -> None:
    given: dict[tuple[FactType, str], set[Truth]] = defaultdict(set)
    evaluators = [Evaluator(batch.segments, view) for view in batch.views]
    for test in (leaf for _, rule in batch.rules for leaf in leaves(rule) if isinstance(leaf, conditions.Test)):
        given[test.ref.fact.type, test.operator] |= {evaluator.truth(test) for evaluator in evaluators}

    assert {(kind, operator) for operator, spec in OPERANDS.items() for kind in spec.types} == given.keys()
    assert [] == [asked for asked, answers in given.items() if len(answers) < 2]


def test_the_pairs_are_many_and_of_every_form_and_answer(batch: Batch, expected: Answers) -> None:
    nodes = [node for _, rule in batch.rules for node in _nodes(rule)]
    operands = [node.operand for node in nodes if isinstance(node, conditions.Test)]
    answers = Counter(answer for answers in expected for answer in answers)

    assert {conditions.Test, conditions.All, conditions.AnyOf, conditions.Not, conditions.InSegment} == set(
        map(type, nodes)
    )
    assert {conditions.PercentOf, FactRef} < set(map(type, operands))
    assert batch.pairs >= 90_000
    assert min(answers[True], answers[False], answers[None]) > 10_000


def _nodes(condition: Condition) -> Iterator[Condition]:
    yield condition
    match condition:
        case conditions.Not(part):
            yield from _nodes(part)
        case conditions.All(parts) | conditions.AnyOf(parts):
            for part in parts:
                yield from _nodes(part)
