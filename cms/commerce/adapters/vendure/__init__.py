"""Adapter `vendure`: Vendure 3."""

from marshmallow import fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, Options, unsettled
from cms.commerce.adapters.http.hooks import read_hook
from cms.commerce.adapters.vendure.api import AdminSession, Api
from cms.commerce.adapters.vendure.custom_fields import CustomFields
from cms.commerce.adapters.vendure.feed import VendureFeed
from cms.commerce.adapters.vendure.forms import Habits
from cms.commerce.adapters.vendure.permissions import missing
from cms.commerce.adapters.vendure.shop import VendureShop
from cms.commerce.keys import slug
from cms.commerce.wire.transport import Transport

BUSINESS_GROUPS = ("wholesale", "business", "b2b", "trade")
_WORD = validate.Length(min=1)


class VendureOptions(Options):
    business_groups = fields.List(fields.String(validate=_WORD), load_default=BUSINESS_GROUPS)
    category_facets = fields.List(fields.String(validate=_WORD), load_default=("category",))
    channel = fields.String(load_default="", validate=validate.Regexp(r"[!-~]*\Z", error="No channel token."))
    prices_with_tax = fields.Boolean(load_default=True)
    product_path = fields.String(load_default="/products/", validate=validate.Regexp(r"(https?://|/(?!/))\S*\Z"))
    whole_catalogue = fields.Boolean(load_default=False)


def _connect(connection: Connection) -> Connected:
    user, colon, password = connection.key.partition(":")
    if connection.key and not colon:
        raise unsettled("Adapter vendure needs CMS_COMMERCE_KEY as user:password.")
    options, transport = connection.options, Transport(connection.url)
    api = Api(transport, options["channel"])
    admin = AdminSession(api, user, password) if connection.key else None
    custom, habits = CustomFields(api, admin), _habits(connection)
    return Connected(
        VendureShop(api, admin, custom, clock=connection.clock, habits=habits),
        (transport,),
        feed=VendureFeed(admin, custom, habits, always_whole=options["whole_catalogue"]) if admin else None,
        read_hook=read_hook(connection.hook_secrets),
        missing=lambda timeout_s: missing(admin, api.monotonic() + timeout_s),
    )


def _habits(connection: Connection) -> Habits:
    options = connection.options
    return Habits(
        with_tax=options["prices_with_tax"],
        category_facets=frozenset(options["category_facets"]),
        product_path=options["product_path"],
        business_groups=frozenset(map(slug, options["business_groups"])),
    )


ADAPTER = Adapter("vendure", "Vendure", "user:password of a read-only administrator", _connect, VendureOptions)
