"""Connecting: from the settings to the shop, and to the ERP, CDP or CRM beside it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, unsettled
from cms.commerce.adapters import SHIPPED
from cms.commerce.catalogue import SyncedCatalogue, WithCatalogue
from cms.commerce.wire.strict_json import parse_json
from cms.errors import CmsError
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
        keys=fields.String(validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*\Z", error="a name is of a-z, 0-9 and -")),
        values=fields.Nested(_AlsoForm),
        load_default=dict,
    )


def adapter_named(name: str) -> Adapter:
    """Find a shipped adapter, or that of an installed package (entry point `vitrine.adapters`); no other package is loaded.

    Raises:
        CmsError: `commerce-settings`: there is none, or it cannot be loaded.
    """
    shipped = {adapter.name: adapter for adapter in SHIPPED}
    installed = {point.name: point for point in entry_points(group=_PLUGINS)}
    if name in shipped:
        return shipped[name]
    if name not in installed:
        raise unsettled(f'There is no commerce adapter "{name}". {did_you_mean(name, [*shipped, *installed])}')
    return _loaded_from(installed[name])


def _loaded_from(point: EntryPoint) -> Adapter:
    try:
        adapter = point.load()
    except Exception as error:  # whatever importing a package of somebody else's may raise
        said = f"{type(error).__name__}: {error}".rstrip(".")
        raise unsettled(f"Adapter {point.name} cannot be loaded from {point.value}. {said}.") from error
    if not isinstance(adapter, Adapter):
        raise unsettled(f"Adapter {point.name}: {point.value} is no cms.commerce.adapter.Adapter.")
    return adapter


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
    kind = adapter_named(adapter)
    options = _loaded(kind.options(), connection.options, f"options of {adapter}")
    made = kind.connect(
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
    return Upstream(name, kind.title, source, asks, made, copy, hooked)


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
        try:
            return connect(form["adapter"], connection, name=name, folder=folder, monotonic=monotonic)
        except CmsError as error:
            raise error if name == SHOP else _about(name, error) from error

    return tuple(_shared(tuple(opened(name, form) for name, form in named.items())))


def _shared(opened: Sequence[Upstream]) -> Iterator[Upstream]:
    """Let what stands beside the shop be asked instead of it; traits alone come from all who tell any."""
    beside = frozenset[Signal]().union(*(upstream.asks for upstream in opened[1:])) - {Signal.TRAITS}
    for number, one in enumerate(opened):
        asks = one.asks - beside if number == 0 else one.asks
        yield replace(one, asks=asks)


def _about(name: str, error: CmsError) -> CmsError:
    """Say of which system beside the shop settings cannot be used: its address and key do not stand where the shop's do."""
    said = error.message.replace("CMS_COMMERCE_KEY", f'"{name}" in CMS_COMMERCE_KEYS')
    return unsettled(f"{name}: {said.replace('CMS_COMMERCE_URL', 'its `url`')}")


def _file(path: str) -> Mapping[str, Any]:
    if not path:
        return {"options": {}, "also": {}}
    try:
        written = parse_json(Path(path).read_bytes())
    except OSError as error:
        raise unsettled(f"CMS_COMMERCE_OPTIONS names {path}, which cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise unsettled(f"{path}, named by CMS_COMMERCE_OPTIONS, is no JSON: {error}.") from error
    return _loaded(_FileForm(), written, path)


def _secrets(settings: Settings, name: str, form: fields.Field[Any]) -> dict[str, Any]:
    if not settings[name]:
        return {}
    try:
        return dict(fields.Dict(keys=fields.String(), values=form).deserialize(parse_json(settings[name].encode())))
    except (ValueError, ValidationError) as error:
        example = '{"shop": ["…"]}' if isinstance(form, fields.List) else '{"erp": "…"}'
        raise unsettled(f"{name} must be a JSON object by name, such as {example}.") from error


def _loaded(schema: Schema, data: object, where: str) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = schema.load(data)  # type: ignore[arg-type]
    except ValidationError as error:
        raise unsettled(f"{where}: {'; '.join(_said(error.messages, schema))}") from error
    return loaded


_PLAINLY = {
    "Missing data for required field.": "must be set",
    "Invalid input type.": "must be a JSON object",
}


def _said(messages: Any, form: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Say each wrong place with its path as it is written, and of one that is unknown what was meant."""
    if isinstance(messages, dict):
        known = _fields(form, messages)
        for key, inner in messages.items():
            if inner == ["Unknown field."]:
                yield f"{'.'.join((*path, str(key)))}: no such option. {did_you_mean(str(key), known)}".rstrip(" .")
            elif isinstance(form, fields.Dict):  # of which marshmallow tells keys and values apart
                for wrong in inner.values():
                    yield from _said(wrong, form.value_field, (*path, str(key)))
            else:
                yield from _said(inner, known.get(key), path if key == "_schema" else (*path, str(key)))
    else:
        said = " ".join(_PLAINLY.get(str(message), str(message)) for message in messages)
        yield f"{'.'.join(path) or 'it'}: {said}".rstrip(".")


def _fields(form: object, keys: Iterable[object]) -> dict[Any, Any]:
    """Name the fields of a form as they are written; of a list, by the numbers given."""
    if isinstance(form, fields.List):
        return dict.fromkeys(keys, form.inner)
    schema = form.schema if isinstance(form, fields.Nested) else form
    return {one.data_key or name: one for name, one in schema.fields.items()} if isinstance(schema, Schema) else {}
