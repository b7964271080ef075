"""Adapter `sap`: SAP Commerce over OCC v2."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from marshmallow import fields, validate

from cms.commerce.adapter import Adapter, Connected, Connection, Options, unsettled
from cms.commerce.adapters.sap.api import Occ, client_tokens
from cms.commerce.adapters.sap.feed import Catalogue, SapFeed
from cms.commerce.adapters.sap.forms import Habits
from cms.commerce.adapters.sap.hooks import reader
from cms.commerce.adapters.sap.permissions import missing
from cms.commerce.adapters.sap.promotions import PromotionOption, check
from cms.commerce.adapters.sap.shop import Reach, SapShop
from cms.commerce.wire.transport import Transport

_PATH = validate.Regexp(r"(/[A-Za-z0-9_.~-]+)+\Z", error="Not a path such as /occ/v2.")
_SITE = validate.Regexp(r"[A-Za-z0-9_-]{1,100}\Z", error="Not the id of a base site.")
_WHERE = validate.Regexp(r"(https?://[^\s?#]+)?\Z", error="Not an address such as https://media.example.")
_ELSEWHERE = "OCC does not tell it: take it as a trait from the system that keeps it, and use that trait in the rule."


class SapOptions(Options):
    site = fields.String(required=True, validate=_SITE)
    api_path = fields.String(load_default="/occ/v2", validate=_PATH)
    token_path = fields.String(load_default="/authorizationserver/oauth/token", validate=_PATH)
    scope = fields.String(load_default="extended")
    languages = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    catalog = fields.String(load_default="")
    catalog_version = fields.String(load_default="Online")
    product_path = fields.String(
        load_default="", validate=validate.Regexp(r"(\Z|/.*\{code\})", error="Holds no {{code}}.")
    )
    media_url = fields.String(load_default="", validate=_WHERE)
    b2b = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    business_groups = fields.List(fields.String(), load_default=list)
    order_lines = fields.Integer(strict=True, load_default=20, validate=validate.Range(min=0, max=100))
    order_statuses = fields.List(fields.String(validate=validate.Regexp(r"[A-Z0-9_]+\Z")), load_default=list)
    stock_search = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    promotions = fields.List(fields.Nested(PromotionOption), load_default=list, validate=check)


def _connect(connection: Connection) -> Connected:
    client, colon, secret = connection.key.partition(":")
    if not (client and colon and secret):
        raise unsettled("Adapter sap needs CMS_COMMERCE_KEY as client id:client secret of a trusted OAuth client.")
    options, transport = connection.options, Transport(connection.url)
    tokens = client_tokens(transport, options["token_path"], client, secret, options["scope"])
    language, *others = options["languages"].items() or [("", "")]
    occ = Occ(transport, tokens, f"{options['api_path']}/{options['site']}", language=language[1])
    habits = _habits(options, connection.url, language[0])
    catalogue = Catalogue(options["catalog"], options["catalog_version"], dict(others))
    source = SapShop(occ, clock=connection.clock, habits=habits, reach=_reach(options), lacks=_lacks(options))
    return Connected(
        source,
        (transport,),
        SapFeed(occ, catalogue, habits, clock=connection.clock),
        reader(connection.hook_secrets),
        missing=partial(missing, occ),
    )


def _habits(options: Mapping[str, Any], url: str, locale: str) -> Habits:
    parts = urlsplit(url)
    return Habits(
        options["product_path"],
        options["media_url"].rstrip("/") or f"{parts.scheme}://{parts.netloc}",
        locale,
        options["b2b"],
        frozenset(options["business_groups"]),
    )


def _reach(options: Mapping[str, Any]) -> Reach:
    statuses = tuple(options["order_statuses"])
    return Reach(options["order_lines"], statuses, options["stock_search"], tuple(options["promotions"]))


def _lacks(options: Mapping[str, Any]) -> dict[str, str]:
    """Name what OCC never tells, and what these options leave out."""
    stems = ("company_level", "loyalty_tier", "loyalty_points", "is_member", "tags")
    lacks = {f"customer.{stem}": _ELSEWHERE for stem in stems}
    if not options["b2b"]:
        lacks["customer.company"] = "Only a B2B site has companies: set the option b2b to true on one."
        if not options["business_groups"]:
            lacks["customer.kind"] = (
                "Set the option b2b on a B2B site, or business_groups to the groups of business customers."
            )
    if not options["order_lines"]:
        why = "OCC's order history tells no lines: set the option order_lines to how many orders of a customer may be opened."
        lacks |= dict.fromkeys(("bought", "orders.quantity", "product.last_bought"), why)
    return lacks


ADAPTER = Adapter("sap", "SAP Commerce", "client id:client secret of a trusted OAuth client", _connect, SapOptions)
