"""Pages and emails: slots, what they accept, and what a page can ever need to know."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cms.components.typed_money import warning_of_money
from cms.content.context import Compilation
from cms.content.fields import KEY
from cms.content.needs import Needs
from cms.content.schemas import EmailShape, PageShape
from cms.content.shaping import shaped
from cms.content.snapshot import Email, Entry, Page, Slot
from cms.facts.placeholders import Template, parse_template
from cms.facts.signals import Signal
from cms.problems import did_you_mean, pointer_of
from cms.rails.rail import Rail
from cms.segments.conditions import Condition
from cms.workspace.documents import Document

_ON_PAGES = frozenset({"web", "app"})
_IN_MAILS = frozenset({"email"})


class PageCompiler:
    """Compiles the pages and emails of a workspace whose entries and rails are known."""

    def __init__(
        self,
        compilation: Compilation,
        entries: Mapping[str, Entry],
        rails: Mapping[str, Rail],
        segments: Mapping[str, Condition],
    ) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.entries = entries
        self.needs = Needs(segments, rails, compilation.settings)

    def pages(self) -> dict[str, Page]:
        documents = self.compilation.workspace.of_kind("page").values()
        return {document.key: self._page(document, PageShape(), _ON_PAGES) for document in documents}

    def emails(self) -> dict[str, Email]:
        return {
            document.key: self._email(document) for document in self.compilation.workspace.of_kind("email").values()
        }

    def _page(self, document: Document, shape: PageShape | EmailShape, channels: frozenset[str]) -> Page:
        data, problems = shaped(shape, document.data)
        self.findings.add(document, *problems)
        route = data.get("route", "")
        if "route" in data and not str(route).startswith("/"):
            self.findings.error(document, "bad-route", f'"{route}" is no route.', "/route", "Begin it with /.")
        raw = data.get("slots", {})
        self._check_names(document, raw)
        slots = tuple(
            self._slot(document, key, slot, data.get("stage", ""), channels)
            for key, slot in (raw.items() if isinstance(raw, Mapping) else ())
            if isinstance(slot, Mapping)
        )
        # Drawn by customer if known: where some are held out every page has to know.
        known = {Signal.CUSTOMER} if self.compilation.settings.holdout > 0 else set()
        signals = frozenset(known).union(*map(self.needs.of_slot, slots))
        return Page(document.key, data.get("stage", ""), slots, str(route), data.get("max_offers"), signals)

    def _check_names(self, document: Document, slots: object) -> None:
        for name in slots if isinstance(slots, Mapping) else ():
            if not re.fullmatch(KEY, name):
                message = f'"{name}" is no key of a slot: it is made of a-z, 0-9 and -.'
                pointer = "/slots" + pointer_of(name) + "#key"
                self.findings.error(document, "bad-name", message, pointer, 'Write for example "top".')

    def _email(self, document: Document) -> Email:
        page = self._page(document, EmailShape(), _IN_MAILS)
        raw = document.data if isinstance(document.data, Mapping) else {}
        default = self.compilation.settings.default_locale
        subject, preheader = (self._texts(document, raw.get(name), f"/{name}") for name in ("subject", "preheader"))
        if isinstance(raw.get("subject"), Mapping) and default not in raw["subject"]:
            message = f'The subject is missing in the default locale "{default}".'
            self.findings.error(document, "missing-default", message, "/subject", f'Add "{default}".')
        for name in ("subject", "preheader"):
            self._warn_of_missing(document, name, raw.get(name))
        gaps = [
            gap for texts in (*subject.values(), *preheader.values()) for text in texts for gap in text.placeholders
        ]
        signals = page.signals.union(*(gap.ref.fact.signals for gap in gaps)) if gaps else page.signals
        return Email(Page(page.key, page.stage, page.slots, "", page.max_offers, signals), subject, preheader)

    def _warn_of_missing(self, document: Document, name: str, raw: object) -> None:
        settings = self.compilation.settings
        given = list(raw) if isinstance(raw, Mapping) else []
        missing = [locale for locale in settings.locales if locale not in given]
        if not given or not missing or not all(locale in settings.locales for locale in given):
            return  # One misspelled is reported where it stands; it may be the one that is missing.
        if name != "subject" or settings.default_locale in given:
            message = f"The {name} is not written in {', '.join(missing)}."
            self.findings.warning(document, "missing-locale", message, f"/{name}", "Readers get the fallback.")

    def _texts(self, document: Document, raw: object, pointer: str) -> dict[str, tuple[Template, ...]]:
        """Read a text or a list of texts per locale: the first whose gaps are all filled is used."""
        texts: dict[str, tuple[Template, ...]] = {}
        for locale, value in raw.items() if isinstance(raw, Mapping) else ():
            place = pointer + pointer_of(locale)
            if locale not in self.compilation.settings.locales:
                suggestion = did_you_mean(locale, self.compilation.settings.locales)
                self.findings.error(document, "unknown-locale", f'No locale "{locale}".', place + "#key", suggestion)
                continue
            values = value if isinstance(value, list) else [value]
            if not values or not all(isinstance(text, str) and text.strip() for text in values):
                message, hint = "A text, or a list of texts, is needed.", 'Write "…" or ["…", "…"].'
                self.findings.error(document, "wrong-type", message, place, hint)
                continue
            texts[locale] = tuple(self._template(document, text, place) for text in values)
            if any(gap.can_be_unknown for gap in texts[locale][-1].placeholders):
                message = "The last text must always do, but a placeholder in it can be unknown."
                self.findings.error(document, "unknown-in-default", message, place, "Add a text without placeholders.")
            self._warn_of_spare(document, texts[locale], place)
        return texts

    def _warn_of_spare(self, document: Document, texts: Sequence[Template], pointer: str) -> None:
        """Warn of texts below one that always does."""
        for index, text in enumerate(texts[:-1]):
            if not any(gap.can_be_unknown for gap in text.placeholders):
                message = "What stands below is never used: this text always does."
                hint = "Move it to the end, or remove what is below."
                self.findings.warning(document, "unused", message, f"{pointer}/{index}", hint)
                return

    def _template(self, document: Document, text: str, pointer: str) -> Template:
        template, problems = parse_template(text, self.compilation.schema)
        warning = warning_of_money(template, pointer)
        self.findings.add(document, *(problem.below(pointer) for problem in problems), *([warning] if warning else []))
        self.compilation.check_entries(document, (gap.ref for gap in template.placeholders), pointer)
        return template

    def _slot(
        self, document: Document, key: str, data: Mapping[str, Any], stage: str, channels: frozenset[str]
    ) -> Slot:
        pointer = "/slots" + pointer_of(key)
        accepts = data.get("accepts", [])
        known = True
        for index, component in enumerate(accepts):
            place = f"{pointer}/accepts/{index}"
            if self.compilation.refer(document, "component", component, place):
                self._check_stage(document, component, stage, channels, place)
            else:
                known = False
        entries = tuple(self._entries(document, data.get("entries", []), accepts if known else [], pointer))
        if data.get("entries") == [] and not data.get("may_be_empty"):
            message = f'The slot "{key}" lists no entry and may not be empty.'
            self.findings.error(
                document, "empty-list", message, pointer + "/entries", 'List an entry, or say "may_be_empty": true.'
            )
        audience = (
            self.compilation.condition(document, data["audience"], pointer + "/audience")
            if "audience" in data
            else None
        )
        return Slot(key, tuple(accepts), entries, data.get("count", 1), data.get("may_be_empty", False), audience)

    def _check_stage(
        self, document: Document, component: str, stage: str, channels: frozenset[str], pointer: str
    ) -> None:
        model = self.compilation.components.get(component)
        if model is None:
            return
        if stage == "payment" and model.display != "inline":
            message = f'"{component}" is an {model.display} component: nothing may stand in the way at payment.'
            self.findings.error(document, "blocking-at-payment", message, pointer, "Accept inline components only.")
        elif stage in model.never:
            message = f'"{component}" is never shown at the stage {stage}.'
            self.findings.error(document, "wrong-stage", message, pointer, "Accept another component.")
        elif not model.channels & channels:
            message = f'"{component}" has no output for {" or ".join(sorted(channels))}.'
            self.findings.error(document, "wrong-channel", message, pointer, "Accept another component.")

    def _entries(self, document: Document, keys: Sequence[str], accepts: list[str], pointer: str) -> Iterator[Entry]:
        for index, key in enumerate(keys):
            place = f"{pointer}/entries/{index}"
            if key in keys[:index]:
                message = f'The entry "{key}" is listed twice.'
                self.findings.warning(document, "duplicate-entry", message, place, "Remove one.")
            if not self.compilation.refer(document, "entry", key, place) or key not in self.entries:
                continue
            entry = self.entries[key]
            if accepts and entry.component.key not in accepts:
                message = f'The slot does not accept "{entry.component.key}", the component of "{key}".'
                self.findings.error(document, "not-accepted", message, place, f"It accepts: {', '.join(accepts)}.")
            yield entry
