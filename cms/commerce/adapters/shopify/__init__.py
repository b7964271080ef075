"""Adapter `shopify`: Shopify, over its Storefront, Customer Account and Admin APIs."""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, Options, unsettled
from cms.commerce.adapters.shopify.api import Keys, accounts, admin, storefront
from cms.commerce.adapters.shopify.customers import Told
from cms.commerce.adapters.shopify.feed import ShopifyFeed
from cms.commerce.adapters.shopify.forms import RFM, Habits
from cms.commerce.adapters.shopify.hooks import read_hook
from cms.commerce.adapters.shopify.rights import missing
from cms.commerce.adapters.shopify.shop import ShopifyShop
from cms.commerce.wire.transport import Transport
from cms.facts.signals import Signal

VERSION = "2026-10"
RFM_GROUPS = (
    "CHAMPIONS", "LOYAL", "ACTIVE", "NEW", "PROMISING", "NEEDS_ATTENTION", "ALMOST_LOST", "AT_RISK", "PREVIOUSLY_LOYAL",
    "DORMANT", "PROSPECTS",
)  # fmt: skip
_LINKS = {"related": "RELATED", "accessories": "COMPLEMENTARY"}
_CURRENCY = validate.Regexp(r"[A-Z]{3}\Z", error="Not a currency such as USD.")
_COUNTRY = validate.Regexp(r"[A-Z]{2}\Z", error="Not a country such as US.")
_METAFIELD = validate.Regexp(r"[\w-]+(\.[\w-]+)+\Z", error="Not a metafield such as loyalty.tier.")
_NUMBER = validate.Regexp(
    r"[0-9]{1,20}\Z", error="Not the number of a segment, as its address in Shopify's admin ends."
)


class ShopifyOptions(Options):
    api_version = fields.String(load_default=VERSION, validate=validate.Regexp(r"20\d\d-(01|04|07|10)\Z"))
    customer_account_url = fields.Url(schemes={"https", "http"}, require_tld=False, load_default="")
    product_key = fields.String(load_default="sku", validate=validate.OneOf(["sku", "variant"]))
    categories = fields.List(
        fields.String(validate=validate.OneOf(["collections", "product-type"])),
        load_default=["collections", "product-type"],
    )
    product_path = fields.String(load_default="/products/", validate=validate.Regexp(r"(https?://|/(?!/))\S*\Z"))
    markets = fields.Dict(
        keys=fields.String(validate=_CURRENCY), values=fields.String(validate=_COUNTRY), load_default=dict
    )
    language = fields.String(load_default="", validate=validate.Regexp(r"([A-Z]{2}(_[A-Z]{2})?)?\Z"))
    recommendations = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)),
        values=fields.String(validate=validate.OneOf(["RELATED", "COMPLEMENTARY"])),
        load_default=_LINKS,
    )
    page_size = fields.Integer(load_default=50, validate=validate.Range(min=1, max=250))
    segments = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)), values=fields.String(validate=_NUMBER), load_default=dict
    )
    b2b = fields.Boolean(load_default=False)
    customer_fields = fields.Dict(
        keys=fields.String(validate=validate.OneOf(["company_level", "loyalty_tier", "loyalty_points", "is_member"])),
        values=fields.String(validate=_METAFIELD),
        load_default=dict,
    )
    traits = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)),
        values=fields.String(validate=validate.Regexp(rf"{RFM}\Z|[\w-]+(\.[\w-]+)+\Z")),
        load_default=lambda: {"rfm.class": RFM},
    )
    rfm_classes = fields.Dict(
        keys=fields.String(validate=validate.OneOf(RFM_GROUPS)),
        values=fields.String(validate=validate.Length(min=1)),
        load_default=lambda: {group: group.lower().replace("_", "-") for group in RFM_GROUPS},
    )
    all_orders = fields.Boolean(load_default=False)


class _KeysForm(Schema):
    class Meta:
        unknown = RAISE

    storefront = fields.String(required=True, validate=validate.Length(min=1))
    admin = fields.String()
    client_id = fields.String()
    client_secret = fields.String()


def _keys(key: str) -> Keys:
    try:
        keys = Keys(**_KeysForm().load(json.loads(key)))
    except (ValueError, TypeError, ValidationError) as error:
        form = '{"storefront": "private token", "admin": "shpat_…"}, or client_id and client_secret instead of admin'
        raise unsettled(f"Adapter shopify needs CMS_COMMERCE_KEY as JSON: {form}.") from error
    if bool(keys.client_id) != bool(keys.client_secret) or (keys.admin and keys.client_id):
        raise unsettled("Adapter shopify's key has either admin, or both client_id and client_secret.")
    return keys


def _habits(options: Mapping[str, Any]) -> Habits:
    return Habits(
        by_variant=options["product_key"] == "variant",
        by_collection="collections" in options["categories"],
        by_type="product-type" in options["categories"],
        product_path=options["product_path"],
        is_b2b=options["b2b"],
        segments=options["segments"],
        fields=options["customer_fields"],
        countries=frozenset(options["markets"].values()),
    )


def _connect(connection: Connection) -> Connected:
    keys, options = _keys(connection.key), connection.options
    transport, version = Transport(connection.url), options["api_version"]
    shop = storefront(transport, version, keys)
    office = admin(transport, version, keys) if keys.has_admin else None
    own = accounts(options["customer_account_url"]) if options["customer_account_url"] else None
    habits = _habits(options)
    told = Told(options["traits"], options["rfm_classes"], has_all_orders=options["all_orders"])
    feed = ShopifyFeed(
        shop,
        office,
        habits,
        countries=options["markets"],
        language=options["language"],
        intents=options["recommendations"],
        page_size=options["page_size"],
        clock=connection.clock,
    )
    return Connected(
        ShopifyShop(shop, own, office, clock=connection.clock, habits=habits, told=told),
        (transport, *([own.api.transport] if own else [])),
        feed=feed if Signal.CATALOGUE in (connection.signals or Signal) else None,
        read_hook=read_hook(connection.hook_secrets),
        missing=missing(shop, office, habits, told),
    )


ADAPTER = Adapter(
    "shopify",
    "Shopify",
    'JSON: {"storefront": "private token", "admin": "Admin API token"}, or client_id and client_secret instead of admin',
    _connect,
    ShopifyOptions,
)
