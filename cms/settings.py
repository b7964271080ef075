"""Settings: one frozen table of names, defaults and help; read once at the start and passed down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cms.errors import CmsError


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable; the unit is in the name."""

    name: str
    default: str
    help: str
    secret: bool = False


SETTINGS = (
    Setting("CMS_DATABASE_URL", "sqlite:///.vitrine/cms.sqlite", "Release store, as an SQLAlchemy URL."),
    Setting("CMS_LAST_GOOD_FILE", ".vitrine/last-good.json", "Where a node keeps the release it starts from when the store is gone."),
    Setting("CMS_EVENTS_URL", "sqlite:///.vitrine/events.sqlite", "Event log, as an SQLAlchemy URL; empty: no events are kept, and nothing is known of what was shown or closed."),
    Setting("CMS_DECISION_LOG_SHARE", "1", "Share of decisions, 0 to 1, kept beside the events with all they were made of, for cms explain."),
    Setting("CMS_DECISION_LOG_DAYS", "7", "How many days decisions are kept."),
    Setting("CMS_REDIS_URL", "", "Redis or Valkey, such as redis://127.0.0.1:6379/0, through which nodes share counters, answers of shops and webhooks; empty for none.", secret=True),
    Setting("CMS_COMMERCE_ADAPTER", "", "How to read the shop: adobe, shopify, sap, salesforce, vendure, http, an installed one, or empty for none."),
    Setting("CMS_COMMERCE_URL", "", "Base URL of the shop's API."),
    Setting("CMS_COMMERCE_KEY", "", "What opens the shop, in the form its adapter takes.", secret=True),
    Setting("CMS_COMMERCE_OPTIONS", "", "JSON file of what the adapter is told beside, and of the systems that are asked also; empty for none."),
    Setting("CMS_COMMERCE_KEYS", "", 'What opens the systems that are asked also, as a JSON object by name: {"erp": "…"}.', secret=True),
    Setting("CMS_COMMERCE_HOOK_SECRETS", "", 'What webhooks are signed with, as a JSON object of lists by name, the newest first: {"shop": ["…"]}.', secret=True),
    Setting("CMS_CATALOGUE_FOLDER", ".vitrine/catalogue", "Where copies of large catalogues are kept; empty: only in memory."),
    Setting("CMS_REFERENCE_KEYS", "", "Comma-separated keys that signed visitor references may be signed with, the newest first, each of 32 characters or more.", secret=True),
    Setting("CMS_SERVER_TOKENS", "", "Comma-separated tokens of callers that may send mails' requests, unit prices and ask for traces.", secret=True),
    Setting("CMS_SITE_NAME", "Our shop", "Name of the shop at the head of mails."),
    Setting("CMS_SITE_ADDRESS", "", "Postal address at the foot of mails."),
    Setting("CMS_SITE_URL", "http://127.0.0.1:8100", "Address of the shop, put before links in mails."),
    Setting("CMS_UNSUBSCRIBE_URL", "", "Address put into List-Unsubscribe; empty for none."),
    Setting("CMS_HOST", "127.0.0.1", "Address the listeners bind to."),
    Setting("CMS_PORT", "8000", "Port of the delivery listener."),
    Setting("CMS_THREADS", "16", "Requests that one delivery process answers at a time."),
    Setting("CMS_POLL_MS", "500", "How often a node looks for a new release or a changed file."),
)  # fmt: skip
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values in force; an unknown name is a mistake in the program and fails at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: environment.get(name, setting.default) for name, setting in _BY_NAME.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def whole(self, name: str, *, least: int = 0, most: int | None = None) -> int:
        """Read a whole number within bounds.

        Raises:
            CmsError: `bad-setting`; the message names it.
        """
        text = self._values[name]
        number = int(text) if text.isdecimal() and len(text) < 10 else -1
        if number < least or (most is not None and number > most):
            upper = "" if most is None else f" and at most {most}"
            raise CmsError("bad-setting", f'{name} must be a whole number, at least {least}{upper}, not "{text}".')
        return number

    def share(self, name: str) -> float:
        """Read a number from 0 to 1.

        Raises:
            CmsError: `bad-setting`; the message names it.
        """
        text = self._values[name]
        if not re.fullmatch(r"0|1|0?\.[0-9]{1,9}|1\.0{1,9}", text, re.ASCII):
            raise CmsError("bad-setting", f'{name} must be a number from 0 to 1, such as 0.05, not "{text}".')
        return float(text)

    def words(self, name: str) -> tuple[str, ...]:
        """Read a comma-separated list."""
        return tuple(word.strip() for word in self._values[name].split(",") if word.strip())
