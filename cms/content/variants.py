"""Variants: the rules of each, its copy in every locale, and which of them is the default."""

from collections.abc import Mapping
from typing import Any

from cms.components.body import Body, RailName, nodes, placeholders
from cms.components.model import ComponentModel
from cms.content.context import Arms, Compilation
from cms.content.copy import Copy, CopyFinder, checked_body, place_of
from cms.content.snapshot import Variant
from cms.offers.offer import Claims, Promise
from cms.problems import pointer_of
from cms.workspace.documents import Document

Copies = Mapping[str, tuple[Copy, Body]]  # locale → where the copy stands, and what it says


def in_folder(document: Document) -> bool:
    return document.path.endswith("/entry.json")


def claims_of(compilation: Compilation, document: Document, data: Mapping[str, Any], pointer: str) -> Claims:
    thresholds = compilation.amounts(document, data.get("threshold", {}), pointer + "/threshold")
    push, sold_out = frozenset(data.get("push", ())), frozenset(data.get("sold_out", ()))
    return Claims(data.get("discount", {}), thresholds, push, sold_out)


class VariantCompiler:
    """Compiles the variants of one entry; without a model all but the words of their copy is checked."""

    def __init__(
        self,
        compilation: Compilation,
        document: Document,
        copies: CopyFinder,
        arms: Arms,
        model: ComponentModel | None,
    ) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.document = document
        self.copies = copies
        self.arms = arms
        self.model = model

    def variants(self, shaped: list[Any], raw: object, claims: Claims) -> tuple[Variant, ...]:
        """Compile all variants; one without a key of its own is checked too, but left out.

        Args:
            shaped: What of the variants has the right shape.
            raw: The variants as written.
            claims: Those of the entry, which a variant may replace.
        """
        written = raw if isinstance(raw, list) else []
        keys = [str(item.get("key", "")) if isinstance(item, Mapping) else "" for item in written]
        variants = []
        for index, data in enumerate(shaped):
            named = "key" in data and not self._is_double(data["key"], keys, index)
            last = index == len(shaped) - 1
            variant = self._variant(data, f"/variants/{index}", claims, named=named, last=last)
            variants += [variant] if named else []
        if keys and all(keys):
            self.copies.report_left_over(keys)
        return tuple(variants)

    def _is_double(self, key: str, keys: list[str], index: int) -> bool:
        if keys.index(key) == index:
            return False
        message = f'The variant "{key}" is there twice.'
        pointer = f"/variants/{index}/key"
        self.findings.error(self.document, "duplicate-variant", message, pointer, "Give it another key.")
        return True

    def _variant(self, data: Mapping[str, Any], pointer: str, claims: Claims, *, named: bool, last: bool) -> Variant:
        key = data.get("key", "")
        arm = key in self.arms.drawn.get(self.document.key, frozenset())
        copies = self._copies(key, data, pointer)
        default = last and not arm and "when" not in data and self._always_shows(data, copies)
        if named:
            self._check_rules(data, pointer, last=last, arm=arm)
            self._check_copies(data, copies, pointer, default=default)
        own = self._claims(data, pointer + "/claims") if "claims" in data else claims
        return Variant(
            key=key,
            content={locale: body for locale, (_, body) in copies.items()},
            when=self.compilation.optional(self.document, data, "when", pointer),
            schedule=self.compilation.schedule(self.document, data.get("schedule"), pointer + "/schedule"),
            promise=self._promise(data.get("promise"), pointer + "/promise"),
            claims=own,
            arm=arm,
            default=default,
        )

    def _claims(self, data: Mapping[str, Any], pointer: str) -> Claims:
        return claims_of(self.compilation, self.document, data["claims"], pointer)

    def _promise(self, data: Mapping[str, Any] | None, pointer: str) -> Promise | None:
        if not data:
            return None
        return Promise(
            promotion=data.get("promotion"),
            threshold=self.compilation.amounts(self.document, data.get("threshold", {}), pointer + "/threshold"),
            price=self.compilation.amounts(self.document, data.get("price", {}), pointer + "/price"),
            stock=tuple(data.get("stock", ())),
        )

    def _is_overlay(self) -> bool:
        return self.model is not None and self.model.display == "overlay"

    def _always_shows(self, data: Mapping[str, Any], copies: Copies) -> bool:
        """Say whether a last variant is a default: of an overlay, which may lack one, only what needs nothing is."""
        if not self._is_overlay():
            return True
        gaps = (gap for _, body in copies.values() for gap in placeholders(body))
        return not {"promise", "schedule"} & data.keys() and not any(gap.can_be_unknown for gap in gaps)

    def _check_rules(self, data: Mapping[str, Any], pointer: str, *, last: bool, arm: bool) -> None:
        key = data["key"]
        if arm and "when" in data:
            message = f'"{key}" is an arm of an experiment and wins only by it.'
            self.findings.error(self.document, "arm-with-when", message, pointer + "/when#key", 'Remove "when".')
        elif last and self.model is not None and not self._is_overlay():
            self._check_last(data, pointer, arm=arm)
        elif not last and not arm and "when" not in data and not self.arms.may_have(key):
            message = f'"{key}" has no "when": it would win always, and what is below it never.'
            hint = 'Add "when", or move it to the end.'
            self.findings.error(self.document, "always-wins", message, pointer + "/key", hint)

    def _check_last(self, data: Mapping[str, Any], pointer: str, *, arm: bool) -> None:
        ruled = next((key for key in ("when", "promise", "schedule") if key in data), None)
        if ruled is not None or arm:
            why = f'"{ruled}" may not stand here' if ruled else "it cannot be an arm of an experiment"
            message = f"The last variant is the default, which always has to be there for everybody: {why}."
            place = pointer + (f"/{ruled}#key" if ruled else "")
            hint = "Add a default variant below it" + (f', or remove "{ruled}".' if ruled else ".")
            self.findings.error(self.document, "missing-default", message, place, hint)

    def _copies(self, key: str, data: Mapping[str, Any], pointer: str) -> Copies:
        """Check the copy of a variant in each of its locales."""
        copies: dict[str, tuple[Copy, Body]] = {}
        for locale, copy in self.copies.of_variant(key, data.get("content", {}), pointer + "/content"):
            body = checked_body(self.compilation, self.model, copy) if self.model is not None else None
            if body is not None:
                copies[locale] = copy, body
                self._check_rails(copy.document, body, copy.pointer)
        return copies

    def _check_copies(self, data: Mapping[str, Any], copies: Copies, pointer: str, *, default: bool) -> None:
        if "content" in data or in_folder(self.document):
            given = self.copies.given(data["key"], data.get("content", {}))
            self._check_locales(data["key"], given, pointer, default=default)
        for copy, body in copies.values() if default else ():
            self._check_gaps(copy, body)

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
            never = [locale for locale in missing if not given & {*settings.locales[locale]}]
            hint = f"Readers of {', '.join(never)} never see it." if never else "Readers get the fallback."
            self.findings.warning(self.document, "missing-locale", message, place, hint)

    def _check_rails(self, document: Document, body: Body, pointer: str) -> None:
        for name in body:
            for node in nodes(body[name]):
                if isinstance(node, RailName):
                    self.compilation.refer(document, "rail", node.key, pointer + pointer_of(name))

    def _check_gaps(self, copy: Copy, body: Body) -> None:
        for name, node in body.items():
            gap = next((gap for gap in placeholders({name: node}) if gap.can_be_unknown), None)
            if gap is not None and self.model is not None:
                message = f"The default must always show, but {gap.ref.name} can be unknown."
                place = place_of(copy, self.model, name)
                self.findings.error(copy.document, "unknown-in-default", message, place, "Say it without.")
