"""Importing: models become components, fragments become entries, variations become variants."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from cms.aem.fields import Component, Fields, guessed, hosts_of
from cms.aem.fragments import fragments_in
from cms.aem.joining import WORKSPACE, settings_of
from cms.aem.models import models_in
from cms.aem.paths import DEFAULT, canonical, keys_of, locale_in, variant_keys, without_locale
from cms.aem.shapes import Fragment, Model, Place, Report, Values, Variation
from cms.aem.templates import web_template
from cms.facts.locales import negotiate
from cms.problems import Problem
from cms.workspace.formatting import json_bytes

Json = Any

_FORMS = "docs/aem.md shows the forms that are read."


@dataclass(frozen=True, slots=True)
class Choices:
    """What the author decided beforehand: locales by their name in a path, segments by variation and by tag."""

    locales: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    default_locale: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """New files by path, and what became of everything that did not simply pass."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]
    components: int
    entries: int


def import_documents(documents: Mapping[str, bytes], held: Mapping[str, bytes], choices: Choices) -> Imported:
    """Turn AEM's JSON into authored files.

    Args:
        documents: JSON by the name of its file.
        held: The files of the workspace that they are to join; empty for a new one.
        choices: What the author decided beforehand.
    """
    report = Report()
    models: dict[str, Model] = {}
    fragments: list[Fragment] = []
    for name, raw in documents.items():
        found_models, found = _read(name, raw, report)
        models |= {model.path: model for model in found_models}
        fragments += found
    return _Importing(models, fragments, held, choices, report).imported()


def _read(name: str, raw: bytes, report: Report) -> tuple[list[Model], list[Fragment]]:
    place = Place(name)
    try:
        data = json.loads(raw)
        models, fragments = list(models_in(data, place)), fragments_in(data, place)
    except json.JSONDecodeError:
        report.unread(place, "This is not JSON.", "Export it again.")
        return [], []
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as wrong:
        report.unread(place, f"This is not written as AEM writes it: {type(wrong).__name__}, {wrong}.", _FORMS)
        return [], []
    if not models and not fragments:
        report.unread(place, "Neither a Content Fragment nor a model was found in it.", _FORMS)
    return models, fragments


class _Importing:
    """One import: everything read, and what becomes of it."""

    def __init__(
        self,
        models: Mapping[str, Model],
        fragments: Sequence[Fragment],
        held: Mapping[str, bytes],
        choices: Choices,
        report: Report,
    ) -> None:
        self.fragments = fragments
        self.held = held
        self.choices = choices
        self.report = report
        self.settings = settings_of(held)
        hosts = {host for each in fragments for values in _told(each) for host in hosts_of(values)}
        self.hosts = frozenset(hosts if self.settings is None else self.settings.get("link_hosts", ()))
        self.models = dict(models)
        self.fields = Fields(self.models, {each.path: each for each in fragments}, self.hosts, report)
        self.locales: dict[str, str] = {}  # by name in paths
        self.variants = variant_keys(each.name for fragment in fragments for each in fragment.variations)
        self._waiting: dict[str, Variation] = {}  # by segment
        self.default_locale = self._default_locale()

    def imported(self) -> Imported:
        components = self._components()
        entries = dict(self._entries(components))
        files = dict(self._component_files(components)) | entries | self._segment_files()
        if self.settings is None:
            files[WORKSPACE] = json_bytes(self._workspace())
        return Imported(files, tuple(self.report.found), len(components), len(entries))

    # Components

    def _components(self) -> dict[str, Component]:
        """Make a component of each model that was given or that a fragment names."""
        by_model: dict[str, list[Values]] = defaultdict(list)
        for each in self.fragments:
            by_model[each.model].extend(_told(each))
        for path in by_model.keys() - self.models.keys():
            place = next(each.place for each in self.fragments if each.model == path)
            self.models[path] = guessed(path, by_model[path], place)
            self.report.changed(
                place,
                f'The model "{path}" was not given: its fields are guessed from the values.',
                "Import the model too.",
            )
        keys = keys_of(self.models)
        made = {path: self.fields.component(keys[path], model, by_model[path]) for path, model in self.models.items()}
        return {path: component for path, component in made.items() if self._is_new(component)}

    def _is_new(self, component: Component) -> bool:
        if not component.written:
            self.report.lost(
                component.model.place, f'The model "{component.model.path}": none of its fields could be taken.'
            )
            return False
        if f"components/{component.key}/model.json" in self.held:
            self.report.lost(
                component.model.place, f'The component "{component.key}" is there already and stays as it is.'
            )
        return True

    def _component_files(self, components: Mapping[str, Component]) -> Iterator[tuple[str, bytes]]:
        for component in components.values():
            folder = f"components/{component.key}"
            if f"{folder}/model.json" in self.held:
                continue
            title = component.model.title or component.key
            model = {"title": title, "channels": ["web", "app"], "fields": component.written}
            yield f"{folder}/model.json", json_bytes(model)
            yield f"{folder}/web.html", web_template(component.key, component.written).encode()

    # Locales

    def _default_locale(self) -> str:
        if self.settings is not None:
            return str(self.settings.get("default_locale", "en"))
        found = [tag for each in self.fragments if (tag := locale_in(each.path))]
        named = [self.choices.locales.get(tag, canonical(tag)) for tag in found]
        return self.choices.default_locale or ("en" if "en" in named or not named else max(named, key=named.count))

    def _locale(self, fragment: Fragment) -> str | None:
        """Find the locale of a fragment by its path; None where the workspace has none for it."""
        tag = locale_in(fragment.path)
        if not tag:
            return self.default_locale
        if tag not in self.locales:
            self.locales[tag] = self.choices.locales.get(tag) or self._known(tag)
        if not self.locales[tag]:
            hint = f'Add one to "locales" in content/workspace.json, or say --locale {tag}=….'
            self.report.lost(fragment.place, f'"{fragment.path}": the workspace has no locale for "{tag}".', hint)
        return self.locales[tag] or None

    def _known(self, tag: str) -> str:
        if self.settings is None:
            return canonical(tag)
        return negotiate(tag, self.settings.get("locales", {self.default_locale: []}), "")

    # Entries

    def _entries(self, components: Mapping[str, Component]) -> Iterator[tuple[str, bytes]]:
        grouped: dict[str, list[Fragment]] = defaultdict(list)
        for each in self.fragments:
            grouped[without_locale(each.path)].append(each)
        keys = keys_of(grouped)
        for path, several in grouped.items():
            key, component = keys[path], components.get(several[0].model)
            if component is None:
                self.report.lost(several[0].place, f'"{path}": its model could not be taken.')
            elif any(
                held in self.held for held in (f"content/entries/{key}.json", f"content/entries/{key}/entry.json")
            ):
                self.report.lost(several[0].place, f'The entry "{key}" is there already and stays as it is.')
            elif (entry := self._entry(component, several)) is not None:
                yield f"content/entries/{key}.json", json_bytes(entry)

    def _entry(self, component: Component, several: Sequence[Fragment]) -> Json:
        by_locale: dict[str, Fragment] = {}
        for each in several:
            locale = self._locale(each)
            if locale in by_locale:
                self.report.lost(each.place, f'"{each.path}": "{by_locale[locale].path}" is in {locale} already.')
            elif locale is not None:
                by_locale[locale] = each
        first = by_locale.get(self.default_locale)
        if first is None:
            hint = "Import that language too, or say --default-locale for a new workspace."
            self.report.lost(
                several[0].place,
                f'"{several[0].path}": it is not there in {self.default_locale}, the default locale.',
                hint,
            )
            return None
        for each in by_locale.values():
            for name in each.left:
                self.report.lost(each.place, f'The {name} of "{each.path}": an entry has none.')
        variants = [self._variant(component, name, by_locale) for name in _variations(first, by_locale.values())]
        master = {
            "key": DEFAULT,
            "content": self._content(component, {locale: each.master for locale, each in by_locale.items()}, by_locale),
        }
        return {
            **({"title": first.title} if first.title else {}),
            "component": component.key,
            "variants": [*variants, master],
        }

    def _variant(self, component: Component, name: str, by_locale: Mapping[str, Fragment]) -> Json:
        found = {
            locale: variation
            for locale, each in by_locale.items()
            for variation in each.variations
            if variation.name == name
        }
        one, place = next(iter(found.values())), next(iter(by_locale.values())).place
        content = self._content(component, {locale: each.values for locale, each in found.items()}, by_locale)
        return {"key": self.variants[name], "when": {"segment": self._segment(one, place)}, "content": content}

    def _content(self, component: Component, told: Mapping[str, Values], by_locale: Mapping[str, Fragment]) -> Json:
        return {locale: self.fields.body(component, values, by_locale[locale].place) for locale, values in told.items()}

    def _segment(self, variation: Variation, place: Place) -> str:
        """Name the segment that sees a variation: as the author said, else one of that name that waits for an audience."""
        by_tag = (self.choices.tags[tag] for tag in variation.tags if tag in self.choices.tags)
        chosen = self.choices.segments.get(variation.name) or next(by_tag, None)
        if chosen is not None:
            return chosen
        key = f"aem-{self.variants[variation.name]}"
        self.report.undecided(
            place,
            f'Who sees the variation "{variation.name}" is not said in AEM.',
            f"Say it in segments/{key}.json, which waits for a CDP audience of that name, or import with --when {variation.name}=SEGMENT.",
        )
        self._waiting[key] = variation
        return key

    def _segment_files(self) -> dict[str, bytes]:
        return {
            f"segments/{key}.json": json_bytes(
                {
                    "title": f"AEM variation {each.title}: say who sees it",
                    "when": {"cdp.audiences": {"has_any": [each.name]}},
                }
            )
            for key, each in self._waiting.items()
            if f"segments/{key}.json" not in self.held
        }

    def _workspace(self) -> Json:
        others = sorted({locale for locale in self.locales.values() if locale} - {self.default_locale})
        locales = {self.default_locale: [], **{locale: [self.default_locale] for locale in others}}
        if self.hosts:
            self.report.changed(
                Place(WORKSPACE),
                f"Links may lead to {', '.join(sorted(self.hosts))}.",
                "Take out what they should not.",
            )
        return {
            "default_locale": self.default_locale,
            "locales": locales,
            **({"link_hosts": sorted(self.hosts)} if self.hosts else {}),
        }


def _told(fragment: Fragment) -> Iterator[Values]:
    yield fragment.master
    for variation in fragment.variations:
        yield variation.values


def _variations(first: Fragment, others: Iterable[Fragment]) -> Sequence[str]:
    return list(dict.fromkeys(each.name for fragment in chain([first], others) for each in fragment.variations))
