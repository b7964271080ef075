"""Shopify's webhooks: signed over their body alone; neither their moment nor their id is."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cms.commerce.adapter import Hint, Hook, HookError, ReadHook
from cms.commerce.adapters.shopify.forms import gid, number_of
from cms.commerce.hooks.reading import object_of
from cms.commerce.hooks.signatures import header_of, hmac_base64
from cms.facts.signals import Signal

_LONGEST_ID = 256
_OF_CUSTOMERS: Mapping[str, tuple[Signal, ...]] = {
    "customers": (Signal.CUSTOMER, Signal.TRAITS),
    "customer": (Signal.CUSTOMER, Signal.TRAITS),
    "orders": (Signal.ORDERS, Signal.TRAITS),
}
_OF_ALL: Mapping[str, tuple[Signal, ...]] = {
    "products": (Signal.CATALOGUE,),
    "variants": (Signal.CATALOGUE,),
    "collections": (Signal.CATALOGUE,),
    "inventory_levels": (Signal.CATALOGUE, Signal.STOCK),
    "inventory_items": (Signal.CATALOGUE, Signal.STOCK),
    "discounts": (Signal.PROMOTIONS,),
    "segments": (Signal.CUSTOMER, Signal.PROMOTIONS),
    "companies": (Signal.CUSTOMER,),
    "company_contacts": (Signal.CUSTOMER,),
    "company_locations": (Signal.CUSTOMER,),
}


def read_hook(secrets: Sequence[str]) -> ReadHook | None:
    """Make the reader of a shop's webhooks; None without a secret, for then nobody can sign one."""

    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Hook:
        del now  # a webhook that is sent again keeps its first moment for hours, and nobody signs it
        hmac_base64(headers, body, secrets, header="X-Shopify-Hmac-Sha256")
        ids = [header_of(headers, name) for name in ("X-Shopify-Webhook-Id", "X-Shopify-Event-Id")]
        topic = header_of(headers, "X-Shopify-Topic")
        key = " ".join(ids).strip()
        if not (topic and key) or len(key) > _LONGEST_ID:
            raise HookError("hook-malformed", "A webhook has X-Shopify-Topic and X-Shopify-Webhook-Id.")
        return Hook(key, tuple(dict.fromkeys(hints(topic, object_of(body)))))

    return read if secrets else None


def hints(topic: str, body: Mapping[str, Any]) -> Iterator[Hint]:
    """Say what is to be read again; a topic that is not known here is about nothing that is read."""
    kind = topic.lower().replace(".", "/").partition("/")[0]
    if kind == "carts":
        for token in _cart_tokens(body):
            yield Hint(Signal.CART, token)
    elif kind in _OF_CUSTOMERS:
        whose = _customer(kind, body)
        if whose is not None:
            yield from (Hint(signal, whose) for signal in _OF_CUSTOMERS[kind])
    elif kind in _OF_ALL:
        yield from (Hint(signal) for signal in _OF_ALL[kind])


def _cart_tokens(body: Mapping[str, Any]) -> Sequence[str]:
    """Give a cart's token in both forms in which a page may have sent it."""
    token = body.get("token") or body.get("id")
    if not isinstance(token, str):
        raise HookError("hook-malformed", "A webhook about a cart names its token.")
    bare = token.removeprefix("gid://shopify/Cart/")
    return (bare, gid("Cart", bare))


def _customer(kind: str, body: Mapping[str, Any]) -> str | None:
    """Give whose webhook it is, "" where it does not say, and None where it is a guest's."""
    match kind, body:
        case _, {"customerId": str(key)} | {"customer_id": str(key)}:
            return _number(key)
        case _, {"customerId": int(number)} | {"customer_id": int(number)} | {"customer": {"id": int(number)}}:
            return str(number)
        case "orders", {"customer": None}:
            return None
        case "customers", {"id": int(number)}:
            return str(number)
        case "customers", {"admin_graphql_api_id": str(key)}:
            return _number(key)
    return ""


def _number(key: str) -> str:
    try:
        return number_of("Customer", key)
    except ValueError as error:
        raise HookError("hook-malformed", "A webhook names a customer who is none of Shopify's.") from error
