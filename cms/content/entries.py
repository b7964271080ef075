"""Entries: rules, offers and variants joined and checked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from cms.components.model import ComponentModel
from cms.content.context import Arms, Compilation
from cms.content.copy import CopyFinder
from cms.content.schemas import ClaimsShape, EntryShape, FolderEntryShape
from cms.content.shaping import shaped
from cms.content.snapshot import Entry
from cms.content.variants import VariantCompiler, claims_of, in_folder
from cms.offers.caps import NOT_COUNTABLE, is_countable
from cms.offers.offer import DEFAULT_DISMISSAL, Cap, Claims, Offer
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


class EntryCompiler:
    """Compiles one entry; what is wrong with its component or a variant hides nothing of the rest."""

    def __init__(self, compilation: Compilation, document: Document, files: Mapping[str, Document], arms: Arms) -> None:
        self.compilation = compilation
        self.findings = compilation.findings
        self.document = document
        self.raw = document.data if isinstance(document.data, Mapping) else {}
        self.copies = CopyFinder(compilation, document, files)
        self.arms = arms

    def entry(self) -> Entry | None:
        data, problems = shaped(FolderEntryShape() if in_folder(self.document) else EntryShape(), self.document.data)
        self.findings.add(self.document, *problems)
        model = self._model()
        compiler = VariantCompiler(self.compilation, self.document, self.copies, self.arms, model)
        variants = compiler.variants(data.get("variants", []), self.raw.get("variants"), self._claims())
        remembered = self._is_remembered(model)
        offer, dismiss_for = self._offer(data.get("offer")), self._dismissal(data)
        audience = self.compilation.optional(self.document, data, "audience")
        schedule = self.compilation.schedule(self.document, data.get("schedule"), "/schedule")
        caps = tuple(self._caps(data.get("cap", [])))
        if model is None or not variants:
            return None
        return Entry(
            key=self.document.key,
            component=model,
            variants=variants,
            audience=audience,
            offer=offer,
            schedule=schedule,
            caps=caps,
            dismiss_for=dismiss_for if remembered else None,
            service=data.get("service", False),
        )

    def _model(self) -> ComponentModel | None:
        component = self.raw.get("component")
        if not isinstance(component, str):
            return None
        self.compilation.refer(self.document, "component", component, "/component")
        return self.compilation.components.get(component)

    def _is_remembered(self, model: ComponentModel | None) -> bool:
        """Check that caps and dismissals are said only of what they can be remembered for."""
        remembered = "offer" in self.raw or model is None or model.display == "overlay"
        for key in ("cap", "dismiss_for"):
            if key in self.raw and not remembered:
                message, hint = f'"{key}" is remembered only for offers and overlays.', 'Add "offer", or remove it.'
                self.findings.error(self.document, "not-an-offer", message, pointer_of(key), hint)
        return remembered

    def _dismissal(self, data: Mapping[str, Any]) -> timedelta:
        given = self.compilation.duration(self.document, data.get("dismiss_for"), "/dismiss_for")
        return given or DEFAULT_DISMISSAL

    def _offer(self, raw: Mapping[str, Any] | None) -> Offer | None:
        if raw is None:
            return None
        exclusive = raw.get("exclusive", {})
        return Offer(raw.get("kind", ""), raw.get("sale"), exclusive.get("group"), exclusive.get("within", "page"))

    def _caps(self, raw: Iterable[Mapping[str, Any]]) -> Iterable[Cap]:
        for index, cap in enumerate(raw):
            every = self.compilation.duration(self.document, cap.get("every"), f"/cap/{index}/every")
            if every is not None and not is_countable(every):
                self.findings.error(
                    self.document, "bad-duration", NOT_COUNTABLE, f"/cap/{index}/every", 'Write for example "P7D".'
                )
            elif every is not None and "max" in cap and "per" in cap:
                yield Cap(cap["per"], cap["max"], every)

    def _claims(self) -> Claims:
        offer = self.raw.get("offer")
        if not isinstance(offer, Mapping) or "claims" not in offer:
            return Claims()
        data, problems = shaped(ClaimsShape(), offer["claims"], "/offer/claims")
        self.findings.add(self.document, *problems)
        return claims_of(self.compilation, self.document, data, "/offer/claims")
