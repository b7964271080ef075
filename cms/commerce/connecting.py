"""Connecting: from the settings to the shop, and to the ERP, CDP or CRM beside it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, unsettled
from cms.commerce.adapters import SHIPPED
from cms.commerce.catalogue import SyncedCatalogue, WithCatalogue
from cms.facts.signals import Signal, SignalSource
from cms.problems import did_you_mean
from cms.settings import Settings

SHOP = "shop"  # the name of the first one
_PLUGINS = "vitrine.adapters"
_TOLD_BY_SHOPS = frozenset(Signal) - {Signal.COUNTERS}


@dataclass(frozen=True, slots=True)
class Upstream:
    """A system that signals are read from. `asks` are those it is asked for, in `source`'s form."""

    name: str
    title: str
    source: SignalSource
    asks: frozenset[Signal]
    connected: Connected
    catalogue: SyncedCatalogue | None = None
    hooked: frozenset[Signal] = frozenset()


class _AlsoForm(Schema):
    class Meta:
        unknown = RAISE

    adapter = fields.String(load_default="http")
    url = fields.String(required=True)
    signals = fields.List(
        fields.String(validate=validate.OneOf(sorted(_TOLD_BY_SHOPS))), required=True, validate=validate.Length(min=1)
    )
    options = fields.Dict(keys=fields.String(), load_default=dict)


class _FileForm(Schema):
    class Meta:
        unknown = RAISE

    options = fields.Dict(keys=fields.String(), load_default=dict)
    also = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*\Z")),
        values=fields.Nested(_AlsoForm),
        load_default=dict,
    )


def adapters() -> Mapping[str, Adapter]:
    """List the adapters by name: those shipped, and those of installed packages (entry points `vitrine.adapters`)."""
    found = {adapter.name: adapter for adapter in SHIPPED}
    for point in entry_points(group=_PLUGINS):
        if point.name not in found:
            found[point.name] = point.load()
    return found


def connect(
    adapter: str,
    connection: Connection,
    *,
    name: str = SHOP,
    folder: Path | None = None,
    monotonic: Callable[[], float],
) -> Upstream:
    """Connect to one system through the named adapter; nothing is asked of it yet.

    Args:
        adapter: Its name.
        connection: Where it is; `options` as they were written.
        name: What it is called in reports, logs and files.
        folder: Where the copy of its catalogue is kept; None: nowhere.
        monotonic: Seconds.

    Raises:
        CmsError: `commerce-settings`, with what to set.
    """
    known = adapters()
    if adapter not in known:
        raise unsettled(f'There is no commerce adapter "{adapter}". {did_you_mean(adapter, known)}')
    options = _loaded(known[adapter].options(), connection.options, f"options of {adapter}")
    made = known[adapter].connect(
        Connection(
            connection.url, connection.key, connection.clock, options, connection.hook_secrets, connection.signals
        )
    )
    source, copy = made.source, None
    if made.feed is not None:
        copy = SyncedCatalogue(made.feed, folder, name=f"{name} {adapter} {connection.url}", monotonic=monotonic)
        source = WithCatalogue(source, copy)
    asks = connection.signals & source.supplies if connection.signals else source.supplies
    if missing := connection.signals - source.supplies:
        raise unsettled(
            f"Adapter {adapter} of {name} does not tell {', '.join(sorted(missing))}; take it from `signals`."
        )
    hooked = made.hooked if connection.hook_secrets else frozenset()
    return Upstream(name, known[adapter].title, source, asks, made, copy, hooked)


def only(source: SignalSource, *, hooked: frozenset[Signal] = frozenset()) -> tuple[Upstream, ...]:
    """Make the one upstream of a source that is at hand."""
    return (Upstream(SHOP, SHOP, source, source.supplies, Connected(source), hooked=hooked),)


def source_for(
    adapter: str, *, url: str, key: str, clock: Callable[[], datetime], options: Mapping[str, Any] | None = None
) -> SignalSource:
    """Connect to a single shop; as `connect`, without a place for its catalogue."""
    connection = Connection(url, key, clock, options or {})
    return connect(adapter, connection, monotonic=time.monotonic).source


def upstreams(
    settings: Settings, *, clock: Callable[[], datetime], monotonic: Callable[[], float]
) -> tuple[Upstream, ...]:
    """Connect to all that the settings name: the shop first; empty where they name none.

    Raises:
        CmsError: `commerce-settings`, with what to set.
    """
    if not settings["CMS_COMMERCE_ADAPTER"]:
        return ()
    file = _file(settings["CMS_COMMERCE_OPTIONS"])
    keys = _secrets(settings, "CMS_COMMERCE_KEYS", fields.String())
    hooks = _secrets(settings, "CMS_COMMERCE_HOOK_SECRETS", fields.List(fields.String()))
    folder = Path(settings["CMS_CATALOGUE_FOLDER"]) if settings["CMS_CATALOGUE_FOLDER"] else None
    shop = {
        "adapter": settings["CMS_COMMERCE_ADAPTER"],
        "url": settings["CMS_COMMERCE_URL"],
        "options": file["options"],
    }
    named = {SHOP: shop, **file["also"]}
    if SHOP in file["also"]:
        raise unsettled(f'"{SHOP}" is the name of the shop itself: give the one under `also` another name.')
    for setting, given in (("CMS_COMMERCE_KEYS", keys), ("CMS_COMMERCE_HOOK_SECRETS", hooks)):
        if unknown := given.keys() - named.keys():
            raise unsettled(f"{setting} names {', '.join(sorted(unknown))}, which is neither {SHOP} nor under `also`.")
    keys = {SHOP: settings["CMS_COMMERCE_KEY"]} | keys

    def opened(name: str, form: Mapping[str, Any]) -> Upstream:
        wanted = frozenset(map(Signal, form.get("signals", ())))
        secrets = tuple(hooks.get(name, ()))
        connection = Connection(form["url"], keys.get(name, ""), clock, form["options"], secrets, wanted)
        return connect(form["adapter"], connection, name=name, folder=folder, monotonic=monotonic)

    return tuple(_shared(tuple(opened(name, form) for name, form in named.items())))


def _shared(opened: Sequence[Upstream]) -> Iterator[Upstream]:
    """Let what stands beside the shop be asked instead of it; traits alone come from all who tell any."""
    beside = frozenset[Signal]().union(*(upstream.asks for upstream in opened[1:])) - {Signal.TRAITS}
    for number, one in enumerate(opened):
        asks = one.asks - beside if number == 0 else one.asks
        yield replace(one, asks=asks)


def _file(path: str) -> Mapping[str, Any]:
    if not path:
        return {"options": {}, "also": {}}
    try:
        written = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise unsettled(f"CMS_COMMERCE_OPTIONS names {path}, which cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise unsettled(f"{path}, named by CMS_COMMERCE_OPTIONS, is no JSON: {error}.") from error
    return _loaded(_FileForm(), written, path)


def _secrets(settings: Settings, name: str, form: fields.Field[Any]) -> dict[str, Any]:
    if not settings[name]:
        return {}
    try:
        return dict(fields.Dict(keys=fields.String(), values=form).deserialize(json.loads(settings[name])))
    except (ValueError, ValidationError) as error:
        example = '{"shop": ["…"]}' if isinstance(form, fields.List) else '{"erp": "…"}'
        raise unsettled(f"{name} must be a JSON object by name, such as {example}.") from error


def _loaded(schema: Schema, data: object, where: str) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = schema.load(data)  # type: ignore[arg-type]
    except ValidationError as error:
        raise unsettled(f"{where}: {'; '.join(_said(error.messages, schema))}") from error
    return loaded


def _said(messages: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """Say each wrong place with its path, and of one that is unknown what was meant."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if inner == ["Unknown field."] and not path:
                yield f"{key}: no such option. {did_you_mean(str(key), schema.fields)}".rstrip()
            else:
                yield from _said(inner, schema, f"{path}.{key}" if path else str(key))
    else:
        yield f"{path or 'it'}: {' '.join(map(str, messages))}".rstrip(".")
