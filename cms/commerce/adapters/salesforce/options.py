"""What the adapter `salesforce` can be told, and what it can never tell by that."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from cms.commerce.adapter import Options
from cms.commerce.adapters.salesforce.feed import Shelf
from cms.commerce.adapters.salesforce.forms import MALFORMED, Habits, promise_form
from cms.commerce.payloads import PromotionPayload
from cms.facts.signals import Signal

_ID = validate.Regexp(r"[^\s,/]{1,256}\Z", error="Not an id of B2C Commerce.")
_ATTRIBUTE = validate.Regexp(r"c_\w+\Z", error="The API name of a custom attribute begins with c_.")
_OF_CUSTOMERS: Mapping[str, str] = {
    "kind": "whether a customer is a consumer or a business",
    "groups": "a shopper's token the groups of a customer",
    "company_level": "the level of a company",
    "loyalty_tier": "a loyalty tier",
    "loyalty_points": "loyalty points",
    "is_member": "membership",
    "tags": "tags of a customer",
}
_OF_PRODUCTS = ("rating", "review_count", "popularity")
_OF_TIERS = ("cart.gap", "next.threshold", "tier.percent")


def _is_promotion(promotion: Mapping[str, Any]) -> None:
    """Check a promotion as it is told in each of its currencies."""
    try:
        currencies = {tier["threshold"]["currency"] for tier in promotion.get("tiers") or ()}
        for currency in currencies or {""}:
            PromotionPayload().load(promise_form(promotion, "-", currency))
    except (ValidationError, *MALFORMED) as error:
        raise ValidationError("Not written as a promotion of the open signals API.") from error


class SalesforceOptions(Options):
    organization = fields.String(required=True, validate=_ID)
    site = fields.String(required=True, validate=_ID)
    locales = fields.Dict(keys=fields.String(), values=fields.String(validate=_ID), load_default=dict)
    customer = fields.Dict(
        keys=fields.String(validate=validate.OneOf([*_OF_CUSTOMERS, "company", "account"])),
        values=fields.String(validate=_ATTRIBUTE),
        load_default=dict,
    )
    product = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_OF_PRODUCTS)),
        values=fields.String(validate=_ATTRIBUTE),
        load_default=dict,
    )
    tags = fields.List(fields.String(validate=validate.Regexp(r"\w+\Z")), load_default=("brand",))
    categories = fields.List(
        fields.String(validate=_ID), load_default=Shelf().categories, validate=validate.Length(min=1)
    )
    picture = fields.String(validate=_ID, load_default=Shelf().picture)
    product_path = fields.String(validate=validate.Regexp(r"(https?://|/(?!/))\S*\Z"), load_default="/product/")
    inventories = fields.List(fields.String(validate=_ID), load_default=(), validate=validate.Length(max=5))
    campaigns = fields.List(fields.String(validate=_ID), load_default=())
    promotions = fields.Dict(
        keys=fields.String(validate=_ID),
        values=fields.Dict(
            keys=fields.String(validate=validate.OneOf(["tiers", "free_shipping", "groups", "not_for"])),
            validate=_is_promotion,
        ),
        load_default=dict,
    )
    trusted_system = fields.Boolean(load_default=False)


def habits_of(options: Mapping[str, Any]) -> Habits:
    return Habits(
        customer=options["customer"],
        product=options["product"],
        tags=tuple(options["tags"]),
        locales=options["locales"],
        product_path=options["product_path"],
        promotions=options["promotions"],
    )


def shelf_of(options: Mapping[str, Any]) -> Shelf:
    return Shelf(tuple(options["categories"]), options["picture"], tuple(options["inventories"]))


def lacking(options: Mapping[str, Any], supplies: frozenset[Signal]) -> Mapping[str, str]:
    """Name the facts that this site cannot tell, each with why and what to do."""
    lacks = {
        f"customer.{name}": f"SCAPI does not tell {what}: name the custom attribute that holds it under "
        f"`customer.{name}` in the options."
        for name, what in _OF_CUSTOMERS.items()
        if name not in options["customer"]
    }
    lacks["orders.quantity"] = (
        "Orders of SCAPI do not tell the categories of what was bought: ask for a SKU, or take it from a CDP."
    )
    if Signal.CATALOGUE in supplies and "rating" not in options["product"]:
        lacks["product.rating"] = (
            "SCAPI knows no ratings: name the custom attribute that holds them under `product.rating` in the options."
        )
    if Signal.PROMOTIONS in supplies:
        lacks |= _without_tiers(options["promotions"])
    return lacks


def _without_tiers(promotions: Mapping[str, Any]) -> dict[str, str]:
    tiers = [tier for one in promotions.values() for tier in one.get("tiers") or ()]
    free = any(one.get("free_shipping") and one.get("tiers") for one in promotions.values())
    why = "SCAPI tells promotions without their conditions: give {} under `promotions` in the options."
    lacks = {} if tiers else {stem: why.format("the thresholds") for stem in _OF_TIERS}
    if not any(tier.get("percent") is not None for tier in tiers):
        lacks |= {stem: why.format("the percentages of tiers") for stem in ("next.percent", "tier.percent")}
    return lacks if free else lacks | {"shop.free_shipping_threshold": why.format("the one with free shipping")}
