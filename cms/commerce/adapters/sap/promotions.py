"""Promotions as the options name them: OCC knows no thresholds of the promotion engine, only sentences about them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cms.commerce.failures import ShopError
from cms.commerce.payloads import PromotionsPayload, read
from cms.facts.signals import Promotion

_KEY = validate.Regexp(r"[^\[\]{}|\s]{1,200}\Z", error="No spaces, brackets or bars.")


class TierOption(Schema):
    class Meta:
        unknown = RAISE

    thresholds = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z")),
        values=fields.String(),
        required=True,
        validate=validate.Length(min=1),
    )
    percent = fields.Integer(strict=True, validate=validate.Range(min=0, max=100), load_default=None)


class PromotionOption(Schema):
    class Meta:
        unknown = RAISE

    key = fields.String(required=True, validate=_KEY)
    tiers = fields.List(fields.Nested(TierOption), load_default=list)
    free_shipping = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    groups = fields.List(fields.String(), load_default=list)
    not_for = fields.List(fields.String(), load_default=list)
    starts = fields.AwareDateTime(load_default=None)
    ends = fields.AwareDateTime(load_default=None)


def check(options: Sequence[Mapping[str, Any]]) -> None:
    """Load them in each currency they name.

    Raises:
        ValidationError: Thresholds that do not ascend or are no money.
    """
    for currency in {name for option in options for tier in option["tiers"] for name in tier["thresholds"]}:
        try:
            promotions(options, currency, None)
        except ShopError as error:
            raise ValidationError(f"In {currency} the thresholds are no amounts that ascend.") from error


def promotions(options: Iterable[Mapping[str, Any]], currency: str, now: datetime | None) -> Sequence[Promotion]:
    """Give those that run now, None: at any time; one whose thresholds are not in this currency does not run in it."""
    running = [option for option in options if now is None or _runs(option, now)]
    told = [option for option in running if all(currency in tier["thresholds"] for tier in option["tiers"])]
    form = {"promotions": [_form(option, currency) for option in told]}
    found: Sequence[Promotion] = read(PromotionsPayload(), form, "promotions")
    return found


def _runs(option: Mapping[str, Any], now: datetime) -> bool:
    return not (option["starts"] and now < option["starts"]) and not (option["ends"] and now >= option["ends"])


def _form(option: Mapping[str, Any], currency: str) -> dict[str, Any]:
    tiers = [
        {"threshold": {"amount": tier["thresholds"][currency], "currency": currency}, "percent": tier["percent"]}
        for tier in option["tiers"]
    ]
    return {key: option[key] for key in ("key", "free_shipping", "groups", "not_for")} | {"tiers": tiers}
