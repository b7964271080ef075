"""What the compilers of one workspace share while they work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import Any

from cms.components.model import ComponentModel
from cms.content.findings import Findings
from cms.content.schemas import SHAPES
from cms.content.shaping import shaped
from cms.content.snapshot import Settings
from cms.facts.declarations import FactRef, FactSchema
from cms.facts.money import Money
from cms.facts.values import duration_of, moment_of, money_of
from cms.offers.offer import ALWAYS, Schedule
from cms.problems import did_you_mean, pointer_of
from cms.segments.conditions import Condition, Test, facts_read, leaves, segments_named
from cms.segments.operands import Language
from cms.segments.parsing import parse_condition
from cms.workspace.documents import Document, Workspace


@dataclass(frozen=True, slots=True)
class Arms:
    """Entry → its variants that only an experiment shows; `unclear` ones may be such once an experiment is mended."""

    drawn: Mapping[str, frozenset[str]]
    unclear: frozenset[str] = frozenset()
    unread: bool = False  # an experiment could not be read at all, so that any variant may be an arm

    def may_have(self, variant: str) -> bool:
        return self.unread or variant in self.unclear


@dataclass(slots=True)
class Compilation:
    """One compilation: the workspace, what is already known of it, and what was found wrong."""

    workspace: Workspace
    findings: Findings
    settings: Settings
    schema: FactSchema
    components: Mapping[str, ComponentModel] = field(default_factory=dict)
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    # (kind, key) of a document → those of the documents it refers to
    references: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        market = self.settings.default_market
        return Language(self.schema, market.currency, market.zone)

    def keys(self, kind: str) -> frozenset[str]:
        """Name every document of a kind, those that could not be read included."""
        if kind not in self.known:
            self.known[kind] = self.workspace.keys_of(kind)
        return self.known[kind]

    def shaped(self, document: Document) -> dict[str, Any]:
        """Check a document against the shape of its kind; gives what is valid of it."""
        data, problems = shaped(SHAPES[document.kind](), document.data)
        self.findings.add(document, *problems)
        return data

    def refer(self, document: Document, kind: str, key: object, pointer: str, *, what: str | None = None) -> bool:
        """Note a reference; a target that is not there is an error with a suggestion."""
        known = self.keys(kind)
        if key in known:
            self.references.setdefault((document.kind, document.key), set()).add((kind, str(key)))
            return True
        word = what or kind
        self.findings.error(document, f"unknown-{word}", f'No {word} "{key}".', pointer, did_you_mean(str(key), known))
        return False

    def condition(self, document: Document, raw: object, pointer: str) -> Condition | None:
        """Parse a condition and check the segments it names."""
        condition, problems = parse_condition(raw, self.language, pointer)
        self.findings.add(document, *problems)
        if condition is None:
            return None
        known = [self.refer(document, "segment", named.key, named.pointer) for named in segments_named(condition)]
        for test in (leaf for leaf in leaves(condition) if isinstance(leaf, Test)):
            self.check_entries(document, facts_read(test), test.pointer)
        return condition if all(known) and not problems else None

    def optional(self, document: Document, data: Mapping[str, Any], key: str, pointer: str = "") -> Condition | None:
        """Parse the condition that may stand under a key."""
        return self.condition(document, data[key], pointer + pointer_of(key)) if key in data else None

    def check_entries(self, document: Document, refs: Iterable[FactRef], pointer: str) -> None:
        """Check that the facts of an entry, such as `dismissed[welcome]`, name one there is; that shows none of it."""
        for ref in refs:
            if "entry" in ref.fact.parameters and ref.parameter not in self.keys("entry"):
                message = f'"{ref.name}": no entry "{ref.parameter}".'
                suggestion = did_you_mean(ref.parameter, self.keys("entry"))
                self.findings.error(document, "unknown-entry", message, pointer, suggestion)

    def schedule(self, document: Document, raw: Mapping[str, str] | None, pointer: str) -> Schedule:
        if not raw:
            return ALWAYS
        start = self._moment(document, raw.get("start"), pointer + "/from")
        until = self._moment(document, raw.get("until"), pointer + "/until")
        if start is not None and until is not None and until <= start:
            message = "The schedule ends before it begins."
            self.findings.error(document, "empty-schedule", message, pointer + "/until", "Swap the two, or mend one.")
        # Many write "for ever" as the year 9999, beyond which no calendar reckons: open is the same to every clock.
        is_endless = until is not None and until.year == MAXYEAR
        is_without_beginning = start is not None and start.year == MINYEAR
        return Schedule(None if is_without_beginning else start, None if is_endless else until)

    def _moment(self, document: Document, raw: str | None, pointer: str) -> datetime | None:
        if raw is None:
            return None
        try:
            return moment_of(raw)
        except ValueError as wrong:
            is_whole = "of the calendar" in str(wrong)
            hint = f'{"Mend it" if is_whole else "Write it with its offset"}: "2026-12-01T00:00+08:00".'
            self.findings.error(document, "bad-date", f"{wrong}.", pointer, hint)
            return None

    def duration(self, document: Document, raw: str | None, pointer: str) -> timedelta | None:
        if raw is None:
            return None
        try:
            return duration_of(raw)
        except ValueError as wrong:
            self.findings.error(document, "bad-duration", f"{wrong}.", pointer, 'Write for example "P30D" or "PT20M".')
            return None

    def amounts(self, document: Document, raw: Mapping[str, Any], pointer: str) -> dict[str, Money]:
        """Read a mapping of keys to amounts of money."""
        amounts: dict[str, Money] = {}
        for key, amount in raw.items():
            try:
                amounts[key] = money_of(amount, self.settings.default_market.currency)
            except ValueError as wrong:
                place = pointer + pointer_of(key)
                self.findings.error(document, "wrong-type", f"{wrong}.", place, 'Write an amount such as "80.00".')
        return amounts
