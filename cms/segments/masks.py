"""Many conditions at once as bits of one number: each fact's value says which of them it leaves possible.

A condition becomes alternatives of which each is a conjunction of tests; each alternative has a bit in a layer of its
own, the layers are laid upon each other in the end. What is unknown leaves no alternative possible that tests it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, pairwise, product

from cms.facts.declarations import FactRef
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test
from cms.segments.evaluate import Segments
from cms.segments.python import PythonSource
from cms.segments.regions import Limit, Numbers, Words, numbers_of, words_of

Literal = tuple[Condition, bool]  # a part, and the truth that is wanted of it
_MOST_ALTERNATIVES = 16  # a condition of more is one literal
_MOST_LITERALS = 200  # as is one that names so much
CHUNK = 1024  # rows tested at once: tables grow with the square of them


@dataclass(slots=True)
class _Literals:
    """The literals of one fact, each with the bits of the alternatives that need it."""

    ref: FactRef
    words: list[tuple[int, Words]] = field(default_factory=list)
    numbers: dict[str, list[tuple[int, Numbers]]] = field(default_factory=lambda: defaultdict(list))
    hits: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    misses: list[tuple[int, frozenset[str]]] = field(default_factory=list)


class Masks:
    """The bits of the conditions `rows`: bit n of the local `m` is set where row n definitely holds."""

    def __init__(
        self, source: PythonSource, segments: Segments, rows: Sequence[Condition], *, chunk: int = CHUNK
    ) -> None:
        starts = range(0, len(rows), chunk)
        self._chunks = {start: _Chunk(source, segments, rows[start : start + chunk]) for start in starts}

    def lines(self) -> list[str]:
        """Give the lines that work out `m`; they are to follow the source's head."""
        if len(self._chunks) == 1:
            return self._chunks[0].lines()
        lines = [line for start, chunk in self._chunks.items() for line in (*chunk.lines(), f"m{start} = m")]
        return [*lines, "m = " + " | ".join(f"m{start} << {start}" for start in self._chunks)]


class _Chunk:
    """So many rows as are tested at once."""

    def __init__(self, source: PythonSource, segments: Segments, rows: Sequence[Condition]) -> None:
        self._source = source
        self._segments = segments
        self._by_fact: dict[str, _Literals] = {}
        self._others: dict[str, int] = defaultdict(int)  # expression → bits that need it
        self._all = 0
        layers = 1
        for row, condition in enumerate(rows):
            for layer, literals in enumerate(self._alternatives(condition)):
                layers = max(layers, layer + 1)
                self._need(1 << (layer * len(rows) + row), literals)
        self._fold = " | ".join(["m", *(f"m >> {layer * len(rows)}" for layer in range(1, layers))])
        self._rows = (1 << len(rows)) - 1

    def lines(self) -> list[str]:
        lines: list[str] = []
        for literals in self._by_fact.values():
            lines += self._lines_of(literals)
        if lines and lines[0].startswith("m &= "):  # what a fact leaves are no more than all
            lines[0] = lines[0].replace("m &= ", "m = ", 1)
        else:
            lines.insert(0, f"m = {self._all:#x}")  # in hexadecimal, for Python reads no long decimals
        lines += [f"if not ({text}): m &= {self._all & ~bits:#x}" for text, bits in self._others.items()]
        return lines if self._fold == "m" else [*lines, f"m = ({self._fold}) & {self._rows:#x}"]

    def _alternatives(self, condition: Condition) -> list[tuple[Literal, ...]]:
        try:
            return self._expanded(condition, wanted=True)
        except OverflowError:
            return [((condition, True),)]

    def _expanded(self, condition: Condition, *, wanted: bool) -> list[tuple[Literal, ...]]:
        """Multiply a condition out.

        Raises:
            OverflowError: It has too many alternatives, or too long ones.
        """
        match condition:
            case Test():
                return [((condition, wanted),)]
            case InSegment(key):
                return self._expanded(self._segments[key], wanted=wanted)
            case Not(part):
                return self._expanded(part, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                below = [self._expanded(part, wanted=wanted) for part in parts]
                if isinstance(condition, All) is not wanted:
                    return _few(list(chain.from_iterable(below)))
                found: list[tuple[Literal, ...]] = [()]
                for each in below:
                    found = _few([(*left, *right) for left, right in product(found, each)])
                return found

    def _need(self, bit: int, literals: Iterable[Literal]) -> None:
        self._all |= bit
        tested: set[str] = set()  # facts that the alternative has tested by table: a second test of one stands alone
        for part, wanted in literals:
            if isinstance(part, Test) and self._placed(bit, part, wanted=wanted, tested=tested):
                continue
            self._others[self._source.text(part, wanted=wanted)] |= bit

    def _placed(self, bit: int, test: Test, *, wanted: bool, tested: set[str]) -> bool:
        literals = self._by_fact.setdefault(test.ref.name, _Literals(test.ref))
        words, numbers = words_of(test, wanted=wanted), numbers_of(test, wanted=wanted)
        if numbers is not None:
            literals.numbers[numbers.currency].append((bit, numbers))
            return True
        if test.ref.name in tested:
            return False
        if words is not None:
            literals.words.append((bit, words))
        elif test.operator in {"has_any", "has_none"}:
            of_kind = literals.hits if (test.operator == "has_any") is wanted else literals.misses
            of_kind.append((bit, _members(test)))
        else:
            return False
        tested.add(test.ref.name)
        return True

    def _lines_of(self, literals: _Literals) -> Iterator[str]:
        if literals.words:
            table, other = self._word_table(literals.words)
            yield f"m &= {self._source.constant(table)}.get({self._source.fact(literals.ref)}, {other})"
        for currency, numbers in literals.numbers.items():
            local = self._source.number(literals.ref, currency)
            unknown = self._without(bit for bit, _ in numbers)
            yield f"m &= {self._region(local, numbers)} if {local} == {local} else {unknown}"
        if literals.hits or literals.misses:
            yield from self._set_lines(literals)

    def _without(self, bits: Iterable[int]) -> int:
        kept = self._all
        for bit in bits:
            kept &= ~bit
        return kept

    def _word_table(self, words: Sequence[tuple[int, Words]]) -> tuple[Mapping[object, int], int]:
        """Map each word mentioned, and None for unknown, to what it leaves; further words leave `other`."""
        other = self._without(bit for bit, found in words if found.inside)
        table: dict[object, int] = {None: self._without(bit for bit, _ in words)}
        for bit, found in words:
            for value in found.values:
                table[value] = table.get(value, other) ^ bit  # each bit is there once
        return table, other

    def _region(self, local: str, numbers: Sequence[tuple[int, Numbers]]) -> str:
        """Look up the stretch between two limits that a number lies in, or the limit that it is."""
        cuts = sorted({limit for _, found in numbers for _, limit in found.bounds})
        signs = {sign for _, found in numbers for sign, _ in found.bounds}
        left, right = self._source.constant(bisect_left), self._source.constant(bisect_right)
        limits = self._source.constant(cuts)
        if signs <= {">=", "<"}:  # a limit belongs to the stretch above it
            stretches: list[tuple[Limit, object]] = [(cut, cut) for cut in cuts]
            place = f"{right}({limits}, {local})"
        else:
            above = [*(Fraction(low + high) / 2 for low, high in pairwise(cuts)), float("inf")]
            stretches = [(cut, point) for cut, *points in zip(cuts, cuts, above, strict=True) for point in points]
            place = f"{left}({limits}, {local}) + {right}({limits}, {local})"
        masks = self._source.constant(tuple(self._stretches(numbers, stretches)))
        return f"{masks}[{place}]"

    def _stretches(
        self, numbers: Sequence[tuple[int, Numbers]], stretches: Sequence[tuple[Limit, object]]
    ) -> Iterator[int]:
        """Give what a number below all limits leaves, then one in each stretch, told by the limit and a point in it."""
        bounded: dict[Limit, list[int]] = defaultdict(list)  # by limit: what can change there
        for place, (_, found) in enumerate(numbers):
            for _, limit in found.bounds:
                bounded[limit].append(place)
        kept, holding, failing = self._all, [True] * len(numbers), Counter[int]()
        below: tuple[Iterable[int], object] = range(len(numbers)), float("-inf")
        for places, point in chain([below], ((bounded[limit], point) for limit, point in stretches)):
            for place in places:
                bit, found = numbers[place]
                holds = found.hold(point)
                failing[bit] += holding[place] - holds
                holding[place] = holds
                kept = kept & ~bit if failing[bit] else kept | bit
            yield kept

    def _set_lines(self, literals: _Literals) -> Iterator[str]:
        found: dict[str, int] = defaultdict(int)
        for bit, members in (*literals.hits, *literals.misses):
            for member in members:
                found[member] |= bit
        known = self._source.fact(literals.ref)
        base = self._without(bit for bit, _ in literals.hits)
        unknown = base & self._without(bit for bit, _ in literals.misses)
        table = self._source.constant(dict(found))
        yield f"if {known} is None: m &= {unknown}"
        yield f"else:\n    h = 0\n    for x in {known}:\n        if x in {table}: h |= {table}[x]\n    m &= {base} ^ h"


def _few(alternatives: list[tuple[Literal, ...]]) -> list[tuple[Literal, ...]]:
    if len(alternatives) > _MOST_ALTERNATIVES or sum(map(len, alternatives)) > _MOST_LITERALS:
        raise OverflowError
    return alternatives


def _members(test: Test) -> frozenset[str]:
    if not isinstance(test.operand, frozenset):
        raise TypeError(test.operand)
    return test.operand
