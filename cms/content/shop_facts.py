"""Facts of a shop: `segments/facts.json` joined with the built-in ones."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from cms.content.findings import Findings
from cms.content.schemas import FactShape
from cms.content.shaping import shaped
from cms.content.snapshot import Settings
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.declarations import CHANNELS, Absence, Fact, FactSchema, FactType, Origin
from cms.facts.signals import Signal
from cms.facts.values import duration_of
from cms.problems import pointer_of
from cms.workspace.documents import Document

_ABSENCES: Mapping[str, str] = {
    FactType.NUMBER: Absence.ZERO,
    FactType.MONEY: Absence.ZERO,
    FactType.DATE: Absence.NEVER,
    FactType.SET: Absence.EMPTY,
}
_CHOOSING = frozenset({FactType.ENUM, FactType.SET})
_GIVEN = frozenset({"of", "title"})  # what may be said of a built-in enum; the rest must be as it is


def schema_of(document: Document | None, settings: Settings, findings: Findings) -> FactSchema:
    """Join the built-in facts with those of `segments/facts.json`."""
    currencies = tuple(dict.fromkeys(market.currency for market in settings.markets.values()))
    choices = {"locale": tuple(settings.locales), "currency": currencies, "channel": settings.channels}
    own: list[Fact] = []
    if document is not None and not isinstance(document.data, Mapping):
        findings.error(document, "wrong-type", "An object {…} of facts is needed.", "", "Write { … }.")
    elif document is not None and isinstance(document.data, Mapping):
        for name, raw in document.data.items():
            own.extend(_Declaration(document, findings, name, raw).joined(choices))
    return BUILTIN_FACTS.having(own, choices)


class _Declaration:
    """One fact of the file: read, checked, and placed in it."""

    def __init__(self, document: Document, findings: Findings, name: str, raw: object) -> None:
        self.document = document
        self.findings = findings
        self.name = name
        self.is_object = isinstance(raw, Mapping)
        self.raw = raw if isinstance(raw, Mapping) else {}
        self.pointer = pointer_of(name)
        self.data, problems = shaped(FactShape(), raw, self.pointer)
        self.findings.add(document, *problems)

    def joined(self, choices: dict[str, tuple[str, ...]]) -> Iterator[Fact]:
        """Give the shop's own fact, or note the choices it gives to a built-in one."""
        builtin = BUILTIN_FACTS.find(self.name)
        self._check_choices()
        if builtin is not None:
            self._give_choices(builtin.fact, choices)
        elif "type" in self.data:
            yield from self._own()
        elif self.is_object and "type" not in self.raw:
            self.fault("missing-key", f'The fact "{self.name}" has no type.', "", 'Add "type".')

    def fault(self, code: str, message: str, below: str, suggestion: str) -> None:
        self.findings.error(self.document, code, message, self.pointer + below, suggestion)

    def _check_choices(self) -> None:
        given = self.data.get("of", [])
        for index, choice in enumerate(given):
            if choice in given[:index]:
                self.fault("duplicate-choice", f'The choice "{choice}" is there twice.', f"/of/{index}", "Remove one.")

    def _give_choices(self, fact: Fact, choices: dict[str, tuple[str, ...]]) -> None:
        is_settled = bool(fact.of) or fact.stem in choices
        if fact.type is not FactType.ENUM or (is_settled and "of" in self.data):
            message = f'"{fact.stem}" is built in and cannot be declared again.'
            self.fault("builtin-fact", message, "#key", "Choose another name.")
            return
        for key in self.data.keys() & self.raw.keys() - _GIVEN:
            if self.data[key] != getattr(fact, key):
                message = f'"{fact.stem}" is built in: its {key} cannot be changed.'
                self.fault("builtin-fact", message, pointer_of(key), "Remove it; give the choices only.")
        if "of" in self.data:
            choices[fact.stem] = tuple(self.data["of"])

    def _own(self) -> Iterator[Fact]:
        stem, _, rest = self.name.partition("[")
        kind, _, suffix = rest.partition("]")
        parameters = (kind,) if rest else ()
        if FactSchema([Fact(stem, FactType.BOOL, Origin.TRAIT, {}, parameters, suffix)]).find(self.name) is None:
            hint = "Write for example plant.light or plant.care[sku]."
            self.fault("bad-name", f'"{self.name}" is no name of a fact.', "#key", hint)
            return
        self._check_domain()
        data, origin = self.data, Origin(self.data.get("origin", "trait"))
        fetched = frozenset({Signal.TRAITS}) if origin is not Origin.REQUEST else frozenset()
        yield Fact(
            stem,
            FactType(data["type"]),
            origin,
            {"en": self.name, **data.get("title", {})},
            parameters=parameters,
            suffix=suffix,
            of=tuple(data.get("of", ())),
            ordered=data.get("ordered", False),
            channels=frozenset(data["channels"]) if "channels" in data else CHANNELS,
            max_age=self._age(),
            absent=self._absence(),
            minimum=data.get("minimum"),
            maximum=data.get("maximum"),
            signals=fetched,
            owner=Signal.TRAITS if fetched else None,
        )

    def _check_domain(self) -> None:
        kind, data = self.data["type"], self.data
        if kind == FactType.ENUM and "of" not in self.raw:
            self.fault("missing-key", f'The enum "{self.name}" lists no choices.', "", 'Add "of".')
        elif "of" in self.raw and kind not in _CHOOSING:
            self.fault("unknown-key", f"A {kind} has no choices.", "/of#key", "Remove it, or make it an enum or a set.")
        if "minimum" in data and "maximum" in data and data["minimum"] > data["maximum"]:
            message = "The minimum is more than the maximum: no value would do."
            self.fault("empty-range", message, "/minimum", "Swap the two, or mend one.")

    def _absence(self) -> Absence | None:
        """Read what absence means; only what is a value of the type can be meant."""
        given, kind = self.data.get("absent"), self.data["type"]
        if given is None:
            return None
        if self.data.get("origin") == "request":
            message = "A request fact has no absence: what is not sent is unknown."
            self.fault("absent-request", message, "/absent", "Remove it.")
            return None
        fitting = _ABSENCES.get(kind)
        if given == fitting:
            return Absence(given)
        hint = f'Write "{fitting}", or remove it.' if fitting else "Remove it: what is absent is unknown."
        self.fault("wrong-absence", f'A {kind} cannot be "{given}".', "/absent", hint)
        return None

    def _age(self) -> timedelta | None:
        if "max_age" not in self.data:
            return None
        try:
            return duration_of(self.data["max_age"])
        except ValueError as wrong:
            self.fault("bad-duration", f"{wrong}.", "/max_age", 'Write for example "P30D".')
            return None
