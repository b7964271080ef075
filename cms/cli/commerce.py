"""`cms commerce`: whether the connected systems answer as they should, and their catalogues read ahead."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cms.cli.options import format_option, now, root_of, workspace_option
from cms.cli.progress import progress_bar
from cms.commerce import Upstream, upstreams
from cms.commerce.catalogue import Progress, Standing
from cms.commerce.doctor import Examined, Heard, counted, examine, failed
from cms.commerce.syncing import sync
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.errors import CmsError
from cms.facts.signals import Shopper
from cms.problems import did_you_mean
from cms.settings import Settings
from cms.shared_memory import connected as redis_at
from cms.workspace import read_folder, read_workspace

_REDIS_S = 1.0


def _is_currency(_context: click.Context, _option: click.Parameter, code: str | None) -> str | None:
    if code is not None and not re.fullmatch("[A-Z]{3}", code):
        raise click.BadParameter(f'"{code}" is not a currency such as USD.')
    return code


_currency_option = click.option(
    "--currency",
    metavar="CODE",
    callback=_is_currency,
    help="Only in this one.  [default: those of the workspace's markets]",
)


@click.group("commerce")
def command() -> None:
    """Look after the connection to the shop and to the systems beside it."""


@command.command("doctor")
@workspace_option
@format_option
@_currency_option
@click.option("--cart-token", help="A shopper's own cart token, to try the cart; it is never shown.")
@click.option("--customer-token", help="A shopper's own token, to try what is known of customers; it is never shown.")
@click.option("--customer-id", help="A customer's id, as a signed visitor reference would name it.")
def doctor(
    workspace: Path | None,
    form: str,
    currency: str | None,
    cart_token: str | None,
    customer_token: str | None,
    customer_id: str | None,
) -> None:
    """Ask each connected system for what pages ask it for, and say what it answers, how fast, and what is missing.

    Exit code 0: all is well. 1: something is in trouble. 2: wrong usage.
    """
    settings = Settings(os.environ)
    found = _connected(settings)
    shopper = Shopper(cart_token=cart_token, customer_token=customer_token, customer_id=customer_id)
    snapshot = None if currency else _compiled(workspace)
    examined = examine(found, shopper, currencies=_currencies(snapshot, currency), clock=now)
    if snapshot is not None:
        examined = [_held_against(one, upstream, snapshot) for one, upstream in zip(examined, found, strict=True)]
    redis = _redis(settings["CMS_REDIS_URL"])
    is_well = all(one.is_well for one in examined) and redis["is_well"]
    if form == "json":
        told = {"is_well": is_well, "systems": [_as_json(one) for one in examined], "redis": redis}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(line for one in examined for line in _told(one, now())))
        click.echo(f"redis: {redis['said']}")
        click.echo("All is well." if is_well else "Not all is well: see what is marked with !.")
    sys.exit(0 if is_well else 1)


@command.command("sync")
@workspace_option
@_currency_option
@click.option("--whole", is_flag=True, help="Read all of it, not only what is new.")
def sync_command(workspace: Path | None, currency: str | None, *, whole: bool) -> None:
    """Bring the copies of the catalogues up to date, in all currencies of the markets.

    What Ctrl-C breaks off, the next call goes on with. Exit code 0: done. 1: a system failed. 2: wrong usage.
    """
    settings = Settings(os.environ)
    found = [upstream for upstream in _connected(settings) if upstream.catalogue is not None]
    if not found:
        click.echo("No connected system tells its catalogue in parts: there is nothing to read ahead.")
        return
    currencies = _currencies(None if currency else _compiled(workspace), currency)
    done = [_sync(upstream, one, whole=whole) for upstream in found for one in currencies]
    sys.exit(0 if all(done) else 1)


def _sync(upstream: Upstream, currency: str, *, whole: bool) -> bool:
    """Sync one copy; gives whether that was done. What one system or currency fails with keeps no other from being read."""
    copy, began = upstream.catalogue, time.monotonic()
    if copy is None:
        return True
    label = f"{upstream.name} {currency}"
    try:
        with progress_bar(label) as advance:
            count = sync(copy, currency, whole=whole, progress=lambda told: advance(*_steps(told)), sleep=time.sleep)
    except KeyboardInterrupt:
        click.echo(f"{label}: broken off; the next call goes on where it was.", err=True)
        sys.exit(130)
    except CmsError as error:
        click.echo(f"{label}: {failed(error)} [{error.code}]", err=True)
        return False
    kept = "" if copy.standing(currency) else "; not kept: this system tells all of it each time"
    click.echo(f"{label}: {counted(count, 'product')} in {time.monotonic() - began:.1f} s{kept}")
    return True


def _steps(told: Progress) -> tuple[int, int]:
    return told.done, told.done if told.total is None else told.total


def _connected(settings: Settings) -> tuple[Upstream, ...]:
    found = upstreams(settings, clock=now, monotonic=time.monotonic)
    if not found:
        message = "No shop is connected: set CMS_COMMERCE_ADAPTER, CMS_COMMERCE_URL and CMS_COMMERCE_KEY."
        raise CmsError("commerce-settings", message)
    return found


def _compiled(workspace: Path | None) -> Snapshot:
    snapshot, _ = compile_workspace(read_workspace(read_folder(root_of(workspace))))
    if snapshot is None:
        raise click.UsageError("The workspace does not compile (see cms check): give --currency.")
    return snapshot


def _held_against(one: Examined, upstream: Upstream, snapshot: Snapshot) -> Examined:
    """Name what a table of traits fills and no fact of the workspace takes."""
    schema = snapshot.schema
    told = sorted(name for name in getattr(upstream.connected.source, "tells", ()) if schema.find(name) is None)
    taken = (
        f"{name}, in the option `map`, is no fact of this workspace. {did_you_mean(name, schema.spell_like(name))}"
        for name in told
    )
    return replace(one, missing=(*one.missing, *map(str.rstrip, taken)))


def _currencies(snapshot: Snapshot | None, currency: str | None) -> Sequence[str]:
    """List those of the markets, the default one's first."""
    if snapshot is None:
        return [currency] if currency else []
    markets = [snapshot.settings.default_market, *snapshot.settings.markets.values()]
    return list(dict.fromkeys(market.currency for market in markets))


def _redis(url: str) -> dict[str, Any]:
    if not url:
        return {"is_well": True, "latency_ms": None, "said": "none: each node keeps its own answers"}
    try:
        client, failures = redis_at(url, answers_s=_REDIS_S)
    except CmsError as error:
        return {"is_well": False, "latency_ms": None, "said": f"! {error.message}"}
    began = time.perf_counter()
    with suppress(*failures):
        client.ping()
        taken = (time.perf_counter() - began) * 1000
        return {"is_well": True, "latency_ms": round(taken, 1), "said": f"answers in {taken:.0f} ms"}
    said = "! does not answer: nodes keep their own answers and counters until it does. Does it run, is CMS_REDIS_URL right?"
    return {"is_well": False, "latency_ms": None, "said": said}


def _told(one: Examined, at: datetime) -> Iterator[str]:
    yield f"{one.name}: {one.title}"
    yield _line(
        "reachable", f"yes, {one.latency_ms:.0f} ms" if one.latency_ms is not None else "no", is_well=one.is_reachable
    )
    if one.apart_s is not None:
        yield _line("clock", _clock(one.apart_s), is_well=abs(one.apart_s) < 30)
    for heard in one.heard:
        yield _line(str(heard.signal), _heard(heard), is_well=not heard.is_trouble)
    for sentence in one.missing:
        yield _line("missing", sentence, is_well=False)
    for stem, why in sorted(one.lacks.items()):
        yield _line("lacks", f"{stem}: {why}")
    for currency, standing in (one.copies or {}).items():
        yield _line("copy", f"{currency}: {_standing(standing, at)}")
    yield _line("webhooks", "taken" if one.takes_hooks else "none: no secret is set, or the system sends none")


def _line(name: str, said: str, *, is_well: bool = True) -> str:
    return f"{' ' if is_well else '!'} {name:<10} {said}"


def _heard(heard: Heard) -> str:
    latency = "" if heard.latency_ms is None else f", {heard.latency_ms:.0f} ms"
    said = {"found": "found now: ", "not-tried": "not tried: ", "unavailable": "no answer: "}.get(heard.state, "")
    return f"{said}{heard.said}{latency}"


def _clock(apart_s: float) -> str:
    if not apart_s:
        return "as ours"
    side = "ahead of" if apart_s > 0 else "behind"
    return f"{abs(apart_s):.0f} s {side} ours: let both machines keep time by NTP"


def _standing(standing: Standing | None, at: datetime) -> str:
    if standing is None:
        return "none is kept: cms commerce sync makes one, where the system tells what has changed"
    minutes = (at - standing.written_at).total_seconds() / 60
    age = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
    return f"{counted(standing.products, 'product')}, {age} old"


def _as_json(one: Examined) -> dict[str, Any]:
    told = asdict(one) | {"is_well": one.is_well}
    return json.loads(json.dumps(told, default=lambda moment: moment.isoformat()))  # type: ignore[no-any-return]
