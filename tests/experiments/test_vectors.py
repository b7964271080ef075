"""Published vectors: of the hash, of flagd, and our own, which any implementation can be held against."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import mmh3
import pytest

from cms.experiments.bucketing import bucket_in, bucket_of
from cms.experiments.experiment import Arm, Experiment, is_held_out
from cms.facts.context import Units

VECTORS: Mapping[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
DRAWS = VECTORS["draws"]


def _hash(text: str) -> int:
    found: int = mmh3.mmh3_32_uintdigest(text.encode())
    return found


def _experiment(raw: Mapping[str, Any]) -> Experiment:
    return Experiment(
        raw["key"],
        "free-shipping",
        tuple(Arm(key, key, (low, high)) for key, (low, high) in raw["arms"].items()),
        traffic=Decimal(raw["traffic"]),
        running=True,
        layer=raw.get("layer", ""),
        layer_buckets=tuple(raw.get("layer_buckets", (0, 9999))),
    )


def test_the_hash_is_the_one_its_author_published() -> None:
    """SMHasher's verification value of MurmurHash3 x86-32: a hash of the hashes of 256 keys with as many seeds."""
    hashes = (mmh3.hash(bytes(range(size)), 256 - size, signed=False) for size in range(256))
    of_all = b"".join(one.to_bytes(4, "little") for one in hashes)

    assert 0xB0F57EE3 == mmh3.hash(of_all, 0, signed=False)
    assert {vector["text"]: vector["hash"] for vector in VECTORS["hash"]["vectors"]} == {
        vector["text"]: _hash(vector["text"]) for vector in VECTORS["hash"]["vectors"]
    }


def test_a_bucket_is_the_hash_times_ten_thousand_shifted() -> None:
    """flagd's keys at the edges of the hash: one off here would be two arms for one visitor."""
    edges = VECTORS["flagd"]["edges"]

    assert edges == {key: _hash(key) for key in edges}
    assert [0, 0, 4999, 5000, 9999] == [bucket_in(b"", key.encode()) for key in edges]


@pytest.mark.parametrize("split", VECTORS["flagd"]["splits"], ids=lambda split: split["before"] or "edges")
def test_what_flagd_draws_is_drawn_here(split: Mapping[str, Any]) -> None:
    """Each of its weights is a range of our ten thousand buckets."""
    total = sum(split["weights"].values())
    names = [name for name, weight in split["weights"].items() for _ in range(10_000 * weight // total)]

    assert split["drawn"] == {
        name: names[bucket_in(split["before"].encode(), name.encode())] for name in split["drawn"]
    }


@pytest.mark.parametrize("vector", DRAWS["units"], ids=lambda vector: vector["unit"])
def test_a_unit_is_in_the_arm_that_is_published(vector: Mapping[str, Any]) -> None:
    unit = vector["unit"]
    salts = {"gate": "cart-copy#gate", "layer": "layer:cart", "arm": "cart-copy#arm", "holdout": "holdout"}
    drawn = {name: _experiment(raw).draw(Units(unit)) for name, raw in DRAWS["experiments"].items()}

    assert {name: vector[name] for name in salts} == {name: bucket_of(unit, salt) for name, salt in salts.items()}
    assert {name: vector[name] for name in drawn} == {name: arm.key if arm else None for name, arm in drawn.items()}
    assert not is_held_out(Units(unit), Decimal(vector["holdout"]) / 100)
    assert is_held_out(Units(unit), Decimal(vector["holdout"] + 1) / 100)
