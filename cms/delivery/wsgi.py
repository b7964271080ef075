"""The app as a server loads it: settings from the environment, adapters connected, releases followed."""

import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from uuid import uuid4

from flask import Flask

from cms.commerce import SharedAnswers, SignalClient, Upstream, upstreams
from cms.commerce.hooks.fan_out import FanOut
from cms.commerce.hooks.receiving import Hooks
from cms.commerce.hooks.seen import Seen
from cms.delivery.app import create_app
from cms.delivery.references import References
from cms.delivery.service import Service
from cms.email.message import Letterhead
from cms.events import Asked, DecisionLog, EventLog, Events, RedisCounters
from cms.problems import Problem, pressing
from cms.releases.store import ReleaseStore
from cms.runtime.counting import Counting
from cms.runtime.live import FolderFollower, Live, StoreFollower
from cms.runtime.parent import end_with_parent
from cms.runtime.recording import Recorder
from cms.runtime.warming import keep_warm
from cms.settings import Settings

_OPENING_S = 2.0
WORKSPACE = "CMS_SERVED_WORKSPACE"  # set by `cms serve --workspace`, not a setting of its own


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the border where time enters


def create() -> Flask:
    """Build the app of one worker process."""
    end_with_parent()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings(os.environ)
    live = Live(_follower(settings), poll_s=poll_s_of(settings))
    live.follow()
    asked = upstreams(settings, clock=clock, monotonic=time.monotonic)
    client = _client(settings, asked)
    if client is not None:
        keep_warm(client, live)
    hooks = None if client is None else _hooks(settings, asked, client)
    events = events_of(settings)
    counting = _counting(events, readers=settings.whole("CMS_THREADS", least=1)) if events else None
    tokens = settings.words("CMS_SERVER_TOKENS")
    unsubscribe = settings["CMS_UNSUBSCRIBE_URL"]
    references = References(settings.words("CMS_REFERENCE_KEYS"))
    service = Service(
        live, client, clock, tokens, unsubscribe, events, counting, _recorder(settings), hooks, references
    )
    app = create_app(service, has_gallery=bool(os.environ.get(WORKSPACE)))
    gc.freeze()  # what stays for good is not looked through again: that would hold up a page longer than any shop may
    return app


def events_of(settings: Settings) -> Events | None:
    """Open what the settings name; None: no events are kept.

    Raises:
        CmsError: `redis-missing` or `bad-setting`.
    """
    if not settings["CMS_EVENTS_URL"]:
        return None
    log = EventLog(settings["CMS_EVENTS_URL"])
    return RedisCounters(log, settings["CMS_REDIS_URL"], monotonic=time.monotonic) if settings["CMS_REDIS_URL"] else log


def _counting(events: Events, *, readers: int) -> Counting:
    counting = Counting(events, readers=readers, monotonic=time.monotonic)
    counting.ask(Asked("nobody"), now=clock(), budget_s=_OPENING_S)()  # opens the log, so that no visitor's page has to
    return counting


def _recorder(settings: Settings) -> Recorder | None:
    """Begin to keep decisions until the process ends, and to forget old ones; do nothing where no events are kept."""
    share, kept_for = kept_decisions(settings)
    if not settings["CMS_EVENTS_URL"]:
        return None
    recorder = Recorder(DecisionLog(settings["CMS_EVENTS_URL"]), share=share, kept_for=kept_for, clock=clock)
    Finalize(None, recorder.close, exitpriority=0)  # a worker is a forked process, which knows no atexit
    return recorder


def kept_decisions(settings: Settings) -> tuple[float, timedelta]:
    """Say what share of the decisions is kept, and how long.

    Raises:
        CmsError: `bad-setting`.
    """
    days = settings.whole("CMS_DECISION_LOG_DAYS", least=1, most=3650)
    return settings.share("CMS_DECISION_LOG_SHARE"), timedelta(days=days)


def _follower(settings: Settings) -> FolderFollower | StoreFollower:
    folder = os.environ.get(WORKSPACE)
    if folder:
        return FolderFollower(Path(folder), _report, clock=clock, letterhead=letterhead_of(settings))
    return StoreFollower(
        lambda: ReleaseStore(settings["CMS_DATABASE_URL"]),
        Path(settings["CMS_LAST_GOOD_FILE"]),
        letterhead=letterhead_of(settings),
    )


def poll_s_of(settings: Settings) -> float:
    """Say how often to look; a node that never rests would starve the requests."""
    return settings.whole("CMS_POLL_MS", least=50) / 1000


def letterhead_of(settings: Settings) -> Letterhead:
    """Say whose mails these are."""
    return Letterhead(settings["CMS_SITE_NAME"], settings["CMS_SITE_URL"], settings["CMS_SITE_ADDRESS"])


def _report(problems: tuple[Problem, ...]) -> None:
    for problem in pressing(problems):
        sys.stderr.write(f"{problem}\n")


def client_of(settings: Settings, *, clock: Callable[[], datetime]) -> SignalClient | None:
    """Connect to the systems the settings name; None where they name none.

    Raises:
        CmsError: `commerce-settings`, and what `SharedAnswers` raises.
    """
    return _client(settings, upstreams(settings, clock=clock, monotonic=time.monotonic))


def _client(settings: Settings, asked: Sequence[Upstream]) -> SignalClient | None:
    url = settings["CMS_REDIS_URL"]
    shared = SharedAnswers(url, monotonic=time.monotonic) if asked and url else None
    return SignalClient(asked, clock=clock, monotonic=time.monotonic, shared=shared) if asked else None


def _hooks(settings: Settings, asked: Sequence[Upstream], client: SignalClient) -> Hooks | None:
    """Take webhooks of the systems whose signatures can be checked, until the process ends; None where there are none."""
    readers = {one.name: one.connected.read_hook for one in asked if one.connected.read_hook is not None}
    if not readers:
        return None
    url, monotonic = settings["CMS_REDIS_URL"], time.monotonic
    others = FanOut(url, client, node=uuid4().hex, monotonic=monotonic) if url else None
    hooks = Hooks(readers, client, seen=Seen(url, monotonic=monotonic), others=others, monotonic=monotonic)
    Finalize(None, hooks.close, exitpriority=0)
    return hooks
