"""What everything else is read with: the workspace's settings."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from cms.content.findings import Findings
from cms.content.schemas import WorkspaceShape
from cms.content.shaping import shaped
from cms.content.snapshot import Market, Settings
from cms.facts.locales import script_of
from cms.facts.money import Money
from cms.facts.values import duration_of
from cms.offers.caps import NOT_COUNTABLE, is_countable
from cms.offers.pressure import WEIGHTS, WINDOW, Pressure
from cms.problems import did_you_mean, pointer_of
from cms.workspace.documents import Document

DEFAULT_SIGNALS_MS = 80
_WINDOW = "/budgets/pressure/every"
_CHINESE = {"Hans", "Hant"}


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
        pressure=_pressure(document, findings, data.get("budgets", {}).get("pressure", {})),
    )


def _pressure(document: Document, findings: Findings, raw: Mapping[str, Any]) -> Pressure:
    """Read how much the offers of a window may weigh; without a limit they are weighed all the same."""
    every, wrong = WINDOW, ""
    try:
        every = duration_of(raw.get("every", "P7D"))
    except ValueError as problem:
        wrong = f"{problem}."
    if wrong or not is_countable(every):
        findings.error(document, "bad-duration", wrong or NOT_COUNTABLE, _WINDOW, 'Write for example "P7D".')
    return Pressure(raw.get("max"), every, {**WEIGHTS, **raw.get("weights", {})})


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
            if fallback not in raw:
                pointer, suggestion = "/locales" + pointer_of(locale, index), did_you_mean(fallback, raw)
                findings.error(document, "unknown-locale", f'No locale "{fallback}".', pointer, suggestion)
    chains = {locale: tuple(dict.fromkeys((locale, *fallbacks, default))) for locale, fallbacks in raw.items()}
    _warn_of_scripts(document, findings, chains, raw)
    return chains | {default: (default,)} if default not in raw else chains


def _warn_of_scripts(
    document: Document, findings: Findings, chains: Mapping[str, tuple[str, ...]], raw: Mapping[str, list[str]]
) -> None:
    """Warn where readers of one Chinese script may get the other, be it by the default that ends every chain."""
    for locale, chain in chains.items():
        for fallback in chain:
            if {script_of(locale), script_of(fallback)} != _CHINESE:
                continue
            written = raw[locale]
            below = pointer_of(written.index(fallback)) if fallback in written else "#key"
            message = f"{locale} falls back to {fallback}: readers of one script get the other."
            hint = f"Translate to {locale}, or fall back to another language."
            findings.warning(document, "script-fallback", message, "/locales" + pointer_of(locale) + below, hint)


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
