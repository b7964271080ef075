"""What a decision was made of, written down and read again, makes the same decision: of every persona, whatever the shop told."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.decide import decide
from cms.decisions.gathering import gather
from cms.decisions.record import (
    SHARED,
    Made,
    _plain,
    _value,
    decision_key,
    joined,
    parts_of,
    read,
    record_of,
    replay,
    written,
)
from cms.decisions.requests import RequestReader
from cms.facts.context import Observation
from cms.facts.counters import Counters
from cms.facts.money import Money
from cms.facts.signals import (
    Cart,
    CartLine,
    Customer,
    Detail,
    Order,
    OrderLine,
    Product,
    Promotion,
    Signal,
    SignalValue,
    Tier,
)
from cms.facts.values import NEVER, Value
from cms.workspace import find_root, read_folder, read_workspace

NOW = datetime(2026, 12, 2, 9, 30, 0, 123456, tzinfo=UTC)
SKUS = ["pothos", "fern", "monstera", "客-1"]
ENGINE = "1.2.3"

amounts = st.builds(Money, st.integers(0, 100_000), st.sampled_from(["USD", "TWD", "KWD"]))
skus = st.sampled_from(SKUS)
words = st.frozensets(st.sampled_from(["plants", "pots", "trade", "vip"]))
moments = st.integers(0, 10_000_000).map(lambda seconds: NOW - timedelta(seconds=seconds, microseconds=7))
carts = st.builds(
    Cart,
    st.lists(st.builds(CartLine, skus, st.integers(1, 9), st.none() | amounts)).map(tuple),
    st.just("USD"),
    st.none() | st.just(Money(6900, "USD")),
    st.none() | st.just("express"),
    st.none() | words,
)
customers = st.builds(
    Customer, st.just("c-1"), st.none() | st.just("business"), st.none() | words, account=st.none() | st.just("a-1"),
    loyalty_tier=st.none() | st.just("gold"), is_member=st.none() | st.booleans(), tags=st.none() | words,
)  # fmt: skip
orders = st.lists(
    st.builds(Order, moments, amounts, st.lists(st.builds(OrderLine, skus, st.integers(1, 3))).map(tuple)), max_size=4
).map(tuple)
products = st.builds(
    Product, skus, st.just({"en": "P", "zh-Hans": "绿植"}), st.just("/p"), st.none() | amounts, tags=words,
    parent=st.sampled_from(["", "family"]), stock=st.none() | st.integers(0, 9), rating=st.none() | st.floats(0, 5),
    popularity=st.integers(0, 9), popularity_in=st.dictionaries(st.sampled_from(["TW", "US"]), st.integers(0, 9)),
    details=st.just((Detail({"en": "height"}, {"en": "30 cm"}),)),
    links=st.dictionaries(st.sampled_from(["related", "accessories"]), st.lists(skus).map(tuple)),
)  # fmt: skip
catalogues = st.lists(products, unique_by=lambda product: product.sku).map(
    lambda found: {product.sku: product for product in found}
)
promotions = st.lists(
    st.builds(
        Promotion, st.sampled_from(["free-shipping", "club"]), st.builds(Tier, amounts, st.none() | st.just(10)).map(lambda tier: (tier,)),
        st.booleans(), words, words,
    ), max_size=2,
).map(tuple)  # fmt: skip
counters = st.builds(
    Counters,
    seen=st.dictionaries(st.sampled_from(["club", "welcome"]), st.just((1_764_000_000_000,))),
    dismissed=st.dictionaries(st.sampled_from(["club", "welcome"]), st.just(1_764_000_000_000)),
    totals=st.dictionaries(st.just("club"), st.dictionaries(st.integers(20_000, 20_010), st.integers(0, 9))),
    first_visitor=st.none() | st.just("first"),
)
told = st.fixed_dictionaries(
    {},
    optional={
        Signal.CART: carts, Signal.CUSTOMER: customers, Signal.ORDERS: orders, Signal.CATALOGUE: catalogues,
        Signal.PROMOTIONS: promotions, Signal.COUNTERS: counters,
        Signal.TRAITS: st.dictionaries(
            st.sampled_from(["rfm.class", "clv", "crm.tags", "nobody.declared"]),
            # JSON has no infinity, and what reads a shop's answer refuses one.
            st.none() | st.booleans() | st.integers(-9, 99) | st.floats(allow_nan=False, allow_infinity=False) | st.just("loyal") | st.just(["vip"]),
        ),
    },
)  # fmt: skip


@cache
def _files() -> Mapping[str, bytes]:
    return read_folder(find_root(Path(__file__).parent))


def _snapshot() -> Snapshot:
    snapshot, _ = compile_workspace(read_workspace(_files()))
    assert snapshot is not None
    return snapshot


@cache
def _live() -> Snapshot:
    return _snapshot()


@cache
def _other() -> Snapshot:
    """The same release, compiled anew as another process would."""
    return _snapshot()


def made(surface: str, body: Mapping[str, Any], told: Mapping[Signal, SignalValue], *, stale: bool = False) -> Made:
    snapshot, page = _live(), _live().surfaces[surface]
    channel = "email" if surface.startswith("emails/") else "web"
    request = RequestReader(snapshot, channel=channel, trusted=True).read(body)
    seen = {signal: Observation(NOW - timedelta(seconds=9), stale) for signal in told}
    context = gather(snapshot, page, request, told, now=NOW, observations=seen)
    decision = decide(snapshot, page, context)
    key = decision_key(snapshot, context, decision)
    return Made(key, snapshot.release, page, request, told, seen, NOW, decision, {"cart": "timeout"})


def _written(one: Made) -> tuple[bytes, dict[Signal, tuple[bytes, ...]]]:
    parts = {signal: parts_of(one.told[signal]) for signal in SHARED if signal in one.told}
    return written(record_of(one, engine=ENGINE, shared={signal: f"kept-{signal}" for signal in parts})), parts


@pytest.mark.parametrize("persona", sorted(_live().personas))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_decision_read_back_is_made_again_bit_for_bit(persona: str, data: st.DataObject) -> None:
    surface = data.draw(st.sampled_from(sorted(_live().surfaces)))
    one = made(surface, _live().personas[persona].request, data.draw(told), stale=data.draw(st.booleans()))

    text, parts = _written(one)
    record = read(text)
    again = replay(record, _other(), {signal: joined(signal, part) for signal, part in parts.items()})

    assert () == again.differs
    assert again.decision.slots == one.decision.slots
    assert read(written(record)) == record
    assert surface == record.surface


@given(told)
def test_what_signals_told_is_read_back_equal(told: Mapping[Signal, Any]) -> None:
    one = made("cart", {"visitor": "v-1"}, told)
    text, parts = _written(one)
    heard = read(text).heard

    for signal, value in told.items():
        back = joined(signal, parts[signal]) if signal in parts else getattr(heard, signal)
        assert value == back
        assert signal not in SHARED or list(value) == list(back)


@given(
    st.booleans() | st.integers(-(2**53), 2**53) | st.decimals(allow_nan=False, allow_infinity=False) | amounts | st.text()
    | st.frozensets(st.text()) | st.dates() | st.timedeltas() | st.just(NEVER)
)  # fmt: skip
def test_every_kind_of_value_is_read_back_equal_and_of_its_kind(value: Value) -> None:
    import msgspec

    back = _value(msgspec.json.decode(msgspec.json.encode(_plain(value))))

    assert (type(value), value) == (type(back), back)


def test_tokens_and_search_terms_that_decided_nothing_are_not_written_down() -> None:
    body = {
        "visitor": "v-1", "cart": {"token": "cart-secret"}, "customer": {"token": "customer-secret"},
        "facts": {"page.search_terms": ["my-aunt"], "visitor.device": "mobile"},
    }  # fmt: skip

    text, _ = _written(made("cart", body, {}))

    assert b"secret" not in text
    assert b"my-aunt" not in text
    assert b"mobile" in text


def test_a_record_with_another_answer_or_other_inputs_is_told() -> None:
    text, _ = _written(made("cart", {"visitor": "v-1"}, {Signal.CART: Cart((), "USD", Money(0, "USD"))}))
    record = read(text)
    first = next(slot for slot, shown in record.slots.items() if shown)
    variant = record.slots[first][0].variant.encode()

    answered = read(text.replace(b'"variant":"' + variant, b'"variant":"other', 1))
    asked = read(text.replace(b'"visitor":"v-1"', b'"visitor":"v-2"'))

    assert [f"{first} was"] == [differs[: len(first) + 4] for differs in replay(answered, _other(), {}).differs]
    assert any("the id is d_" in differs for differs in replay(asked, _other(), {}).differs)


_RECORDS = """
import sys; sys.path[:0] = ["tests/decisions"]
from datetime import date
from test_record import *
from test_record import _live, _written
one = Product("b", {"en": "B", "zh": "C"}, "/b", Money(5, "USD"), tags=frozenset(map(str, range(20))))
shop = {Signal.CATALOGUE: {"b": one}, Signal.CUSTOMER: Customer("c-1", groups=frozenset("abcdef"))}
for persona in sorted(_live().personas):
    for surface in sorted(_live().surfaces):
        text, parts = _written(made(surface, _live().personas[persona].request, shop))
        sys.stdout.buffer.write(text + b"\\n")
print(parts)
"""


def test_a_process_makes_again_what_another_one_decided() -> None:
    """Records differ in the order of sets at most; what is shared is the same bytes, or it would be stored twice."""
    root = Path(__file__).parents[2]
    printed = [
        subprocess.run(
            [sys.executable, "-c", _RECORDS], cwd=root, capture_output=True, check=True, timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}:{root}/tests"},
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]  # fmt: skip

    one = Product("b", {"en": "B", "zh": "C"}, "/b", Money(5, "USD"), tags=frozenset(map(str, range(20))))
    assert printed[0][-1] == printed[1][-1] == str({Signal.CATALOGUE: parts_of({"b": one})}).encode()
    assert len(printed[0]) > 100
    for first, second in zip(printed[0][:-1], printed[1][:-1], strict=True):
        record = read(first)
        assert record == read(second)
        assert () == replay(record, _other(), {Signal.CATALOGUE: {"b": one}}).differs
