"""What everything else is read with: the workspace's settings and its facts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from cms.content.findings import Findings
from cms.content.schemas import FactShape, WorkspaceShape
from cms.content.shaping import shaped
from cms.content.snapshot import Market, Settings
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.declarations import CHANNELS, Absence, Fact, FactSchema, FactType, Origin
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import duration_of
from cms.problems import did_you_mean, pointer_of
from cms.workspace.documents import Document

DEFAULT_SIGNALS_MS = 80


def settings_of(document: Document, findings: Findings) -> Settings:
    """Read `content/workspace.json`; what is wrong is found and replaced by its default."""
    data, problems = shaped(WorkspaceShape(), document.data)
    findings.add(document, *problems)
    markets = {key: _market(document, findings, key, raw) for key, raw in data.get("markets", {}).items()}
    if not markets:
        markets = {"main": Market("main", "USD", ZoneInfo("UTC"))}
    default = data.get("default_market", next(iter(markets)))
    if default not in markets:
        suggestion = did_you_mean(default, markets)
        findings.error(document, "unknown-market", f'No market "{default}".', "/default_market", suggestion)
        default = next(iter(markets))
    default_locale, locales = _locales(document, findings, data)
    return Settings(
        default_locale=default_locale,
        locales=_chains(document, findings, default_locale, locales),
        channels=tuple(data.get("channels", ())),
        default_market=markets[default],
        markets=markets,
        link_hosts=frozenset(host.lower() for host in data.get("link_hosts", ())),
        holdout=Decimal(data.get("holdout", 0)),
        signals_ms=data.get("budgets", {}).get("signals_ms", DEFAULT_SIGNALS_MS),
    )


def _locales(document: Document, findings: Findings, data: Mapping[str, Any]) -> tuple[str, Mapping[str, list[str]]]:
    """Give the default locale and each locale's fallbacks; one whose fallbacks are faulty is still a locale."""
    default = data.get("default_locale", "en")
    written = document.data.get("locales") if isinstance(document.data, Mapping) else None
    named = written if isinstance(written, Mapping) else {default: []}
    locales = {locale: data.get("locales", {}).get(locale, []) for locale in named}
    if default in locales:
        return default, locales
    message = f'The default locale "{default}" is not among the locales.'
    hint = did_you_mean(default, locales) or f'Add "{default}" to "locales".'
    findings.error(document, "unknown-locale", message, "/default_locale", hint)
    return next(iter(locales), default), locales


def _market(document: Document, findings: Findings, key: str, raw: Mapping[str, Any]) -> Market:
    pointer = "/markets" + pointer_of(key)
    try:
        currency = Money.parse("0", raw.get("currency", "USD")).currency
    except ValueError as wrong:
        findings.error(document, "wrong-type", f"{wrong}.", pointer + "/currency", 'Write for example "USD".')
        currency = "USD"
    try:
        zone = ZoneInfo(raw.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = raw.get("time_zone")
        findings.error(
            document,
            "unknown-time-zone",
            f'No time zone "{name}".',
            pointer + "/time_zone",
            "Write for example Asia/Taipei.",
        )
        zone = ZoneInfo("UTC")
    return Market(key, currency, zone)


def _chains(
    document: Document, findings: Findings, default: str, raw: Mapping[str, list[str]]
) -> Mapping[str, tuple[str, ...]]:
    for locale, fallbacks in raw.items():
        _check_locale(document, findings, locale)
        for index, fallback in enumerate(fallbacks):
            pointer = "/locales" + pointer_of(locale, index)
            if fallback not in raw:
                findings.error(
                    document, "unknown-locale", f'No locale "{fallback}".', pointer, did_you_mean(fallback, raw)
                )
            elif {locale, fallback} == {"zh-Hans", "zh-Hant"}:
                message = f"{locale} falls back to {fallback}: readers of one script get the other."
                findings.warning(
                    document, "script-fallback", message, pointer, f"Translate to {locale}, or fall back to {default}."
                )
    chains = {locale: tuple(dict.fromkeys((locale, *fallbacks, default))) for locale, fallbacks in raw.items()}
    return chains | {default: (default,)} if default not in raw else chains


def _check_locale(document: Document, findings: Findings, locale: str) -> None:
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        pointer = "/locales" + pointer_of(locale) + "#key"
        findings.error(
            document,
            "unknown-locale",
            f'"{locale}" is not a language tag.',
            pointer,
            "Write for example en, de-AT or zh-Hant.",
        )


def schema_of(document: Document | None, settings: Settings, findings: Findings) -> FactSchema:
    """Join the built-in facts with those of `segments/facts.json`."""
    currencies = tuple(dict.fromkeys(market.currency for market in settings.markets.values()))
    choices: dict[str, tuple[str, ...]] = {"locale": tuple(settings.locales), "currency": currencies}
    own: list[Fact] = []
    if document is not None and not isinstance(document.data, Mapping):
        findings.error(document, "wrong-type", "An object {…} of facts is needed.", "", "Write { … }.")
    elif document is not None and isinstance(document.data, Mapping):
        for name, raw in document.data.items():
            own.extend(_declared(document, findings, name, raw, choices))
    return BUILTIN_FACTS.having(own, choices)


def _declared(
    document: Document, findings: Findings, name: str, raw: object, choices: dict[str, tuple[str, ...]]
) -> Iterator[Fact]:
    pointer = pointer_of(name)
    data, problems = shaped(FactShape(), raw, pointer)
    findings.add(document, *problems)
    builtin = BUILTIN_FACTS.find(name)
    if builtin is not None:
        _give_choices(document, findings, builtin.fact, data, choices)
    elif "type" not in data:
        if not problems:
            findings.error(document, "missing-key", f'The fact "{name}" has no type.', pointer, 'Add "type".')
    else:
        if data["type"] == "enum" and isinstance(raw, Mapping) and "of" not in raw:
            findings.error(document, "missing-key", f'The enum "{name}" lists no choices.', pointer, 'Add "of".')
        yield from _own(document, findings, name, data)


def _give_choices(
    document: Document, findings: Findings, fact: Fact, data: Mapping[str, Any], choices: dict[str, tuple[str, ...]]
) -> None:
    pointer = pointer_of(fact.stem)
    if fact.type is not FactType.ENUM or (fact.of and "of" in data):
        findings.error(
            document,
            "builtin-fact",
            f'"{fact.stem}" is built in and cannot be declared again.',
            pointer + "#key",
            "Choose another name.",
        )
    elif "of" in data:
        choices[fact.stem] = tuple(data["of"])


def _own(document: Document, findings: Findings, name: str, data: Mapping[str, Any]) -> Iterator[Fact]:
    pointer = pointer_of(name)
    stem, _, rest = name.partition("[")
    kind, _, suffix = rest.partition("]")
    if FactSchema([Fact(stem, FactType.BOOL, Origin.TRAIT, {}, (kind,) if rest else (), suffix)]).find(name) is None:
        findings.error(
            document,
            "bad-name",
            f'"{name}" is no name of a fact.',
            pointer + "#key",
            "Write for example plant.light or plant.care[sku].",
        )
        return
    if data.get("origin") == "request" and "absent" in data:
        findings.error(
            document,
            "absent-request",
            "A request fact has no absence: what is not sent is unknown.",
            pointer + "/absent",
            "Remove it.",
        )
    origin = Origin(data.get("origin", "trait"))
    fetched = frozenset({Signal.TRAITS}) if origin is not Origin.REQUEST else frozenset()
    yield Fact(
        stem,
        FactType(data["type"]),
        origin,
        {"en": name, **data.get("title", {})},
        parameters=(kind,) if rest else (),
        suffix=suffix,
        of=tuple(data.get("of", ())),
        ordered=data.get("ordered", False),
        channels=frozenset(data["channels"]) if "channels" in data else CHANNELS,
        max_age=_age(document, findings, pointer, data.get("max_age")),
        absent=Absence(data["absent"]) if "absent" in data and origin is not Origin.REQUEST else None,
        minimum=data.get("minimum"),
        maximum=data.get("maximum"),
        signals=fetched,
        owner=Signal.TRAITS if fetched else None,
    )


def _age(document: Document, findings: Findings, pointer: str, raw: str | None) -> Any:
    if raw is None:
        return None
    try:
        return duration_of(raw)
    except ValueError as wrong:
        findings.error(document, "bad-duration", f"{wrong}.", pointer + "/max_age", 'Write for example "P30D".')
        return None
