"""Entries: rules, offers and copy joined and checked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from cms.components.body import Body, RailName, nodes, placeholders
from cms.components.model import ComponentModel
from cms.content.context import Arms, Compilation
from cms.content.copy import Copy, CopyFinder, checked_body, place_of
from cms.content.schemas import ClaimsShape, EntryShape, FolderEntryShape
from cms.content.shaping import shaped
from cms.content.snapshot import Entry, Variant
from cms.offers.offer import DEFAULT_DISMISSAL, Cap, Claims, Offer, Promise
from cms.problems import pointer_of
from cms.workspace.documents import Document


def entries_of(compilation: Compilation, arms: Arms) -> dict[str, Entry]:
    """Compile every entry."""
    files: dict[str, dict[str, Document]] = defaultdict(dict)
    for key, document in compilation.workspace.of_kind("copy").items():
        folder, _, name = key.partition("/")
        files[folder][name] = document
    found = (
        EntryCompiler(compilation, document, files.get(key, {}), arms).entry()
        for key, document in compilation.workspace.of_kind("entry").items()
    )
    return {entry.key: entry for entry in found if entry is not None}


def in_folder(document: Document) -> bool:
    return document.path.endswith("/entry.json")


class EntryCompiler:
    """Compiles one entry."""

    def __init__(self, compilation: Compilation, document: Document, files: Mapping[str, Document], arms: Arms) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.document = document
        self.copies = CopyFinder(compilation, document, files)
        self.arms = arms

    def entry(self) -> Entry | None:
        data, problems = shaped(FolderEntryShape() if in_folder(self.document) else EntryShape(), self.document.data)
        self.findings.add(self.document, *problems)
        raw = self.document.data if isinstance(self.document.data, Mapping) else {}
        component = raw.get("component")
        if not isinstance(component, str) or not self.compilation.refer(
            self.document, "component", component, "/component"
        ):
            return None
        model = self.compilation.components.get(component)
        if model is None or not isinstance(data.get("variants"), list):
            return None
        variants = self._variants(model, data["variants"], raw.get("variants", []))
        return self._joined(model, data, variants) if variants else None

    def _joined(self, model: ComponentModel, data: Mapping[str, Any], variants: tuple[Variant, ...]) -> Entry:
        offer = self._offer(data.get("offer"))
        remembered = offer is not None or model.display == "overlay"
        for key in ("cap", "dismiss_for"):
            if key in data and not remembered:
                message = f'"{key}" is remembered only for offers and overlays.'
                self.findings.error(
                    self.document, "not-an-offer", message, pointer_of(key), 'Add "offer", or remove it.'
                )
        dismiss_for = self.compilation.duration(self.document, data.get("dismiss_for"), "/dismiss_for")
        return Entry(
            key=self.document.key,
            component=model,
            variants=variants,
            audience=self._condition(data, "audience", "/audience"),
            offer=offer,
            schedule=self.compilation.schedule(self.document, data.get("schedule"), "/schedule"),
            caps=tuple(self._caps(data.get("cap", []))),
            dismiss_for=(dismiss_for or DEFAULT_DISMISSAL) if remembered else None,
            service=data.get("service", False),
        )

    def _condition(self, data: Mapping[str, Any], key: str, pointer: str) -> Any:
        return self.compilation.condition(self.document, data[key], pointer) if key in data else None

    def _offer(self, raw: Mapping[str, Any] | None) -> Offer | None:
        if raw is None:
            return None
        return Offer(raw.get("kind", ""), raw.get("sale"), raw.get("exclusive"))

    def _caps(self, raw: Iterable[Mapping[str, Any]]) -> Iterable[Cap]:
        for index, cap in enumerate(raw):
            every = self.compilation.duration(self.document, cap.get("every"), f"/cap/{index}/every")
            if every is not None and "max" in cap and "per" in cap:
                yield Cap(cap["per"], cap["max"], every)

    def _variants(self, model: ComponentModel, shaped_: list[Any], raw: list[Any]) -> tuple[Variant, ...]:
        keys = [str(item.get("key")) for item in raw if isinstance(item, Mapping)]
        claims = self._entry_claims()
        variants = []
        for index, data in enumerate(shaped_):
            pointer = f"/variants/{index}"
            if not isinstance(data, Mapping) or "key" not in data:
                continue
            if keys.index(data["key"]) < index:
                message = f'The variant "{data["key"]}" is there twice.'
                self.findings.error(
                    self.document, "duplicate-variant", message, pointer + "/key", "Give it another key."
                )
                continue
            variants.append(self._variant(model, data, pointer, claims, last=index == len(shaped_) - 1))
        self.copies.report_left_over(keys)
        return tuple(variants)

    def _entry_claims(self) -> Claims:
        raw = self.document.data if isinstance(self.document.data, Mapping) else {}
        offer = raw.get("offer")
        if not isinstance(offer, Mapping) or "claims" not in offer:
            return Claims()
        data, problems = shaped(ClaimsShape(), offer["claims"], "/offer/claims")
        self.findings.add(self.document, *problems)
        return self._claims(data, "/offer/claims")

    def _claims(self, data: Mapping[str, Any], pointer: str) -> Claims:
        thresholds = self.compilation.amounts(self.document, data.get("threshold", {}), pointer + "/threshold")
        return Claims(
            data.get("discount", {}), thresholds, frozenset(data.get("push", ())), frozenset(data.get("sold_out", ()))
        )

    def _promise(self, data: Mapping[str, Any] | None, pointer: str) -> Promise | None:
        if not data:
            return None
        return Promise(
            promotion=data.get("promotion"),
            threshold=self.compilation.amounts(self.document, data.get("threshold", {}), pointer + "/threshold"),
            price=self.compilation.amounts(self.document, data.get("price", {}), pointer + "/price"),
            stock=tuple(data.get("stock", ())),
        )

    def _variant(
        self, model: ComponentModel, data: Mapping[str, Any], pointer: str, claims: Claims, *, last: bool
    ) -> Variant:
        arm = data["key"] in self.arms.drawn.get(self.document.key, frozenset())
        self._check_rules(model, data, pointer, last=last, arm=arm)
        own = self._claims(data["claims"], pointer + "/claims") if "claims" in data else claims
        default = last and not arm and "when" not in data
        copies = self._copies(model, data, pointer, default=default)
        return Variant(
            key=data["key"],
            content={locale: body for locale, (_, body) in copies.items()},
            when=self._condition(data, "when", pointer + "/when"),
            schedule=self.compilation.schedule(self.document, data.get("schedule"), pointer + "/schedule"),
            promise=self._promise(data.get("promise"), pointer + "/promise"),
            claims=own,
            arm=arm,
            default=default,
        )

    def _check_rules(
        self, model: ComponentModel, data: Mapping[str, Any], pointer: str, *, last: bool, arm: bool
    ) -> None:
        if arm and "when" in data:
            message = f'"{data["key"]}" is an arm of an experiment and wins only by it.'
            self.findings.error(self.document, "arm-with-when", message, pointer + "/when#key", 'Remove "when".')
        elif last and model.display != "overlay":
            for key in ("when", "promise", "schedule"):
                if key in data or arm:
                    message = "The last variant is the default: it has no when, promise or schedule."
                    place = pointer + (f"/{key}#key" if key in data else "")
                    self.findings.error(
                        self.document, "missing-default", message, place, "Add a default variant below it."
                    )
                    break
        elif not last and not arm and "when" not in data and not self.arms.may_have(data["key"]):
            message = f'"{data["key"]}" has no "when": it would win always, and what is below it never.'
            self.findings.error(
                self.document, "always-wins", message, pointer + "/key", 'Add "when", or move it to the end.'
            )

    def _copies(
        self, model: ComponentModel, data: Mapping[str, Any], pointer: str, *, default: bool
    ) -> dict[str, tuple[Copy, Body]]:
        """Check the copy of a variant in each of its locales."""
        copies: dict[str, tuple[Copy, Body]] = {}
        raw = data.get("content", {})
        for locale, copy in self.copies.of_variant(data["key"], raw, pointer + "/content"):
            body = checked_body(self.compilation, model, copy)
            if body is not None:
                copies[locale] = copy, body
                self._check_rails(copy.document, body, copy.pointer)
                if default:
                    self._check_gaps(model, copy, body)
        if "content" in data or in_folder(self.document):
            given = self.copies.given(data["key"], raw)
            self._check_locales(data["key"], given, pointer, default=default)
        return copies

    def _check_locales(self, variant: str, given: frozenset[str], pointer: str, *, default: bool) -> None:
        settings = self.compilation.settings
        missing = [locale for locale in settings.locales if locale not in given]
        if not given:
            message = f'The variant "{variant}" has no content.'
            hint = f'Add "content", or a file such as {variant}.{settings.default_locale}.md beside it.'
            self.findings.error(self.document, "no-copy", message, pointer, hint)
        elif given - settings.locales.keys():
            return  # A misspelled locale is reported where it stands; it may be the one that is missing.
        elif default and settings.default_locale in missing:
            message = f'The default has no content in the default locale "{settings.default_locale}".'
            hint = f'Add "{settings.default_locale}".'
            self.findings.error(self.document, "missing-default", message, pointer + "/content", hint)
        elif missing:
            message = f'"{variant}" is not written in {", ".join(missing)}.'
            place = pointer + "/content"
            self.findings.warning(self.document, "missing-locale", message, place, "Readers get the fallback.")

    def _check_rails(self, document: Document, body: Body, pointer: str) -> None:
        for name in body:
            for node in nodes(body[name]):
                if isinstance(node, RailName):
                    self.compilation.refer(document, "rail", node.key, pointer + pointer_of(name))

    def _check_gaps(self, model: ComponentModel, copy: Copy, body: Body) -> None:
        for name, node in body.items():
            gap = next((gap for gap in placeholders({name: node}) if gap.can_be_unknown), None)
            if gap is not None:
                message = f"The default must always show, but {gap.ref.name} can be unknown."
                place = place_of(copy, model, name)
                self.findings.error(copy.document, "unknown-in-default", message, place, "Say it without.")
