"""Finding: what a proof found, before anybody put it into words."""

from dataclasses import dataclass

from cms.facts.declarations import FactRef
from cms.problems import Severity
from cms.segments.conditions import Condition
from cms.visitors.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was proved.

    `kind`, `key` and `pointer` say where it stands: the document and the place in it. `place` is the slot, `cart/top` or
    `emails/left/top`, "" for what concerns no slot; `entry` and `variant` are what it is about, "" likewise.

    | Code | `by` (entries and variants, or segments and "") | Else |
    |---|---|---|
    | never-matches | | `clauses`: a smallest set of parts that contradict each other |
    | unreachable | the smallest set that takes everybody; none: its own rule never matches | `clauses`, as above |
    | no-content | what keeps others away, if anything does | |
    | contradiction | what is shown above and clashes | `detail`: the clash, `discount of fern` |
    | wrong-channel | | `facts`: those it needs and that do not exist in `channel` |
    | equivalent, contained | the other segment | |
    | not-proved | further variants | `detail`: why there is no answer: `time`, `solver`, or `extra` where it is missing |

    `visitor` was replayed on the real resolver: who gets nothing, whom the variant was written for but who sees `shown`
    in its place, who is in the larger segment but not in the smaller; of parts that contradict, who meets all but one.
    """

    code: str
    severity: Severity
    kind: str
    key: str
    pointer: str = ""
    place: str = ""
    channel: str = ""
    entry: str = ""
    variant: str = ""
    by: tuple[tuple[str, str], ...] = ()
    clauses: tuple[Condition, ...] = ()
    facts: tuple[FactRef, ...] = ()
    detail: str = ""
    visitor: Visitor | None = None
    shown: tuple[str, ...] = ()  # `entry:variant`
