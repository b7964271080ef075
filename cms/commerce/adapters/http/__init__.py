"""Adapter `http`: any shop that speaks Vitrine's open signals API, and any ERP, CDP or CRM by a table of where it says what."""

from marshmallow import Schema, ValidationError, fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, Options, unsettled
from cms.commerce.adapters.http.api import PLACES, Desk, key_header
from cms.commerce.adapters.http.feed import HttpFeed
from cms.commerce.adapters.http.hooks import read_hook
from cms.commerce.adapters.http.mapping import Rows, Step, steps_of
from cms.commerce.adapters.http.shop import HttpShop
from cms.commerce.wire.transport import Transport
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.signals import Signal

_TOLD = sorted(frozenset(Signal) - {Signal.COUNTERS})
_HEADER = validate.Regexp(r"[A-Za-z0-9-]+\Z", error="Not the name of a header.")
_HEADER_VALUE = validate.Regexp(r"[!-~]([ -~]*[!-~])?\Z", error="Not what can stand in a header.")


_AUTH = validate.Regexp(
    r"[A-Za-z0-9-]+(: [!-~]+)?\Z", error='Neither "bearer", "basic" nor the name of a header such as "X-Api-Key".'
)
_PATH = validate.Regexp(
    rf"/(?:[^{{}}\s#]|\{{(?:{'|'.join(PLACES)})\}})*\Z",
    error="A path begins with / and has no other places than {{customer}}, {{cart}} and {{currency}}.",
)


class _Place(fields.Field[tuple[Step, ...]]):
    """Where a value stands in an answer, such as `contact.tags[].name`."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[Step, ...]:
        try:
            return steps_of(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class _RowsForm(Schema):
    rows = _Place(required=True)
    sku = _Place(required=True)
    units = _Place(required=True)


def _is_trait(name: str) -> None:
    """Refuse what is no trait: the rest of the facts are derived from signals, and a table cannot say how."""
    fact = BUILTIN_FACTS.find(name)
    if fact is not None and fact.fact.signals != {Signal.TRAITS}:
        raise ValidationError(f"{name} is no trait; map only what a CRM or CDP tells beside the shop.")


class HttpOptions(Options):
    auth = fields.String(load_default="bearer", validate=_AUTH)
    headers = fields.Dict(
        keys=fields.String(validate=_HEADER), values=fields.String(validate=_HEADER_VALUE), load_default=dict
    )
    token_header = fields.String(load_default="Shopper-Token", validate=_HEADER)
    paths = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_TOLD)), values=fields.String(validate=_PATH), load_default=dict
    )
    facts = fields.Dict(data_key="map", keys=fields.String(validate=_is_trait), values=_Place(), load_default=dict)
    stock = fields.Nested(_RowsForm, load_default=None)
    hooked = fields.List(fields.String(validate=validate.OneOf(_TOLD)), load_default=())


def _connect(connection: Connection) -> Connected:
    if not connection.key:
        raise unsettled("Adapter http needs the key that opens the shop: set CMS_COMMERCE_KEY.")
    if not connection.key.isprintable() or connection.key != connection.key.strip():
        raise unsettled("A key of adapter http holds a line break or begins or ends with a space: take it out.")
    options, transport = connection.options, Transport(connection.url)
    desk = Desk(
        transport,
        {**options["headers"], **key_header(options["auth"], connection.key)},
        token_header=options["token_header"],
        paths={Signal(signal): path for signal, path in options["paths"].items()},
    )
    rows = Rows(**options["stock"]) if options["stock"] else None
    wanted = connection.signals or frozenset(Signal)
    return Connected(
        HttpShop(desk, facts=options["facts"], rows=rows, has_stock=Signal.STOCK in connection.signals),
        (transport,),
        feed=HttpFeed(desk) if Signal.CATALOGUE in wanted else None,
        read_hook=read_hook(connection.hook_secrets),
        hooked=frozenset(map(Signal, options["hooked"])) if connection.hook_secrets else frozenset(),
    )


ADAPTER = Adapter("http", "open signals API", "service key", _connect, HttpOptions)
