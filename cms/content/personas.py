"""Personas: what they tell and expect, checked for names and types; what they see is for `proofs` to say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cms.content.context import Compilation
from cms.content.schemas import PersonaShape
from cms.content.shaping import shaped
from cms.content.snapshot import Email, Entry, Page, Persona
from cms.facts.declarations import Origin
from cms.facts.reading import read_facts
from cms.facts.values import clock_of, money_of
from cms.problems import Problem, did_you_mean, pointer_of
from cms.workspace.documents import Document


@dataclass(frozen=True, slots=True)
class PersonaCompiler:
    """Compiles the personas of a workspace whose pages, emails and entries are known."""

    compilation: Compilation
    pages: Mapping[str, Page]
    emails: Mapping[str, Email]
    entries: Mapping[str, Entry]

    def personas(self) -> dict[str, Persona]:
        documents = self.compilation.workspace.of_kind("persona")
        return {key: self._persona(document) for key, document in documents.items()}

    def _persona(self, document: Document) -> Persona:
        valid, problems = shaped(PersonaShape(), document.data)
        data = {"title": "", "request": {}, "facts": {}, "now": "", "expect": {}} | valid
        self.compilation.findings.add(document, *problems, *self._told(data), *self._expected(data["expect"]))
        return Persona(
            document.key, data["title"], data["request"], data["facts"], data["now"], data["expect"], document.path
        )

    def _told(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        request = data["request"]
        sent = request.get("facts") or {}
        settings, schema = self.compilation.settings, self.compilation.schema
        market = settings.market_of(str(sent.get("currency", settings.default_market.currency)))
        read = partial(read_facts, schema=schema, currency=market.currency, zone=market.zone)
        # A locale is negotiated, so that any may be sent.
        sent = {name: value for name, value in sent.items() if name != "locale"}
        yield from read(sent, pointer="/request/facts", origins={Origin.REQUEST})[1]
        yield from read(data["facts"], pointer="/facts")[1]
        yield from _prices((request.get("cart") or {}).get("lines") or (), market.currency)
        yield from _clock(data["now"])

    def _expected(self, expect: Mapping[str, str]) -> Iterator[Problem]:
        places = list(self._places())
        for place, wanted in expect.items():
            pointer = "/expect" + pointer_of(place)
            if place.removeprefix("pages/") in places:
                yield from (problem.below(pointer) for problem in self._target(wanted))
            elif not self._is_unread(place):
                yield Problem("unknown-slot", f'No slot "{place}".', pointer + "#key", did_you_mean(place, places))

    def _places(self) -> Iterator[str]:
        yield from (f"{key}/{slot.key}" for key, page in self.pages.items() for slot in page.slots)
        yield from (f"emails/{key}/{slot.key}" for key, email in self.emails.items() for slot in email.page.slots)

    def _is_unread(self, place: str) -> bool:
        surface = place.removeprefix("pages/").rpartition("/")[0]
        kind, key = ("email", surface[7:]) if surface.startswith("emails/") else ("page", surface)
        return (kind, key) in self.compilation.workspace.unread

    def _target(self, wanted: str) -> Iterator[Problem]:
        entry, _, variant = wanted.partition(":")
        known = self.compilation.keys("entry")
        if wanted != "none" and entry not in known:
            yield Problem("unknown-entry", f'No entry "{entry}".', "", did_you_mean(entry, [*known, "none"]))
        elif variant and entry in self.entries:
            keys = [found.key for found in self.entries[entry].variants]
            if variant not in keys:
                message = f'"{entry}" has no variant "{variant}".'
                yield Problem("unknown-variant", message, "", did_you_mean(variant, keys))


def _prices(lines: Sequence[Mapping[str, Any]], currency: str) -> Iterator[Problem]:
    for index, line in enumerate(lines):
        try:
            _ = None if line.get("unit_price") is None else money_of(line["unit_price"], currency)
        except ValueError as wrong:
            pointer = f"/request/cart/lines/{index}/unit_price"
            yield Problem("wrong-type", f"{wrong}.", pointer, 'Write an amount such as "80.00".')


def _clock(now: str) -> Iterator[Problem]:
    try:
        _ = clock_of(now) if now else None
    except ValueError as wrong:
        yield Problem("bad-date", f"{wrong}.", "/now", 'Write for example "2026-12-01T10:00+08:00".')
