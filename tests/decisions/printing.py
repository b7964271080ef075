"""Decisions as canonical bytes, trace included, for comparing answers across processes: `python -m … WORLDS`."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from cms.decisions.decide import decide
from cms.decisions.decision import Decision


def printed(decision: Decision) -> bytes:
    """Write a decision as JSON; only sets are sorted, all other order is part of the answer."""
    return json.dumps(_plain(decision), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(part)] for key, part in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(part) for part in value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def every(worlds: int) -> Iterator[bytes]:
    """Decide for some visitors of some worlds, with their traces."""
    from tests.decisions import conftest
    from tests.decisions.visitors import visitor
    from tests.decisions.worlds import Dice, workspace

    for seed in range(worlds):
        dice = Dice(seed)
        snapshot = conftest.compiled(workspace(dice))
        for told in [visitor(dice) for _ in range(10)]:
            for name in snapshot.surfaces:
                page, channel = conftest.surface(snapshot, name)
                yield printed(decide(snapshot, page, conftest.gathered(snapshot, page, told, channel), trace=True))


if __name__ == "__main__":
    for line in every(int(sys.argv[1])):
        sys.stdout.buffer.write(line + b"\n")
