"""Service: what every route of the listener works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app

from cms.commerce import SignalClient
from cms.commerce.hooks.receiving import Hooks
from cms.delivery.failures import Failure
from cms.delivery.references import References
from cms.events import Events
from cms.runtime.counting import Counting
from cms.runtime.live import Live
from cms.runtime.recording import Recorder
from cms.runtime.site import Site


@dataclass(frozen=True, slots=True)
class Service:
    """The live release, the shop, the clock, who is trusted and what is remembered; built once, at the start."""

    live: Live
    client: SignalClient | None
    clock: Callable[[], datetime]
    tokens: tuple[str, ...] = ()
    unsubscribe_url: str = ""
    events: Events | None = None  # None: no events are kept
    counting: Counting | None = None  # of those events
    recorder: Recorder | None = None  # None: decisions are not logged
    hooks: Hooks | None = None  # None: no shop's webhooks are taken
    references: References = field(default_factory=lambda: References(()))  # that the shop signs

    def site(self) -> Site:
        """Take the release in force; a request keeps it from start to end.

        Raises:
            Failure: 503 before a verified release is loaded.
        """
        site = self.live.site
        if site is None:
            raise Failure(503, "no_release", "No release is loaded yet.")
        return site


def service() -> Service:
    """Give the service of the app that answers now."""
    found: Service = current_app.extensions["cms"]
    return found
