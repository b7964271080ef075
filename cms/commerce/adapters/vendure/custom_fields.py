"""Which custom fields a shop has: asked once, for its schema is its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from cms.commerce.adapters.vendure import queries
from cms.commerce.adapters.vendure.api import SHOP, AdminSession, Api
from cms.commerce.adapters.vendure.forms import CUSTOMER_FIELDS
from cms.commerce.failures import ShopError
from cms.commerce.wire.transport import SHOPPER_BYTES


class CustomFields:
    """The custom fields that mean something here; a shop that hides its schema has none."""

    def __init__(self, api: Api, admin: AdminSession | None) -> None:
        self.monotonic = api.monotonic
        self._api = api
        self._admin = admin
        self._known: dict[tuple[str, bool], Mapping[str, str]] = {}

    def of_customers(self, deadline: float, *, for_admin: bool = False) -> str:
        """Give the selection of a customer's fields, "" where there are none."""
        fields = self._fields("CustomerCustomFields", deadline, for_admin=for_admin)
        known = [name for name in fields if name in CUSTOMER_FIELDS]
        return f"customFields {{ {' '.join(known)} }}" if known else ""

    def links(self, deadline: float) -> Sequence[str]:
        """List a product's fields that point at other products."""
        fields = self._fields("ProductCustomFields", deadline, for_admin=True)
        return [name for name, kind in fields.items() if kind == "Product"]

    def _fields(self, type_name: str, deadline: float, *, for_admin: bool) -> Mapping[str, str]:
        key = (type_name, for_admin)
        if key not in self._known:
            self._known[key] = self._asked(type_name, deadline, for_admin=for_admin)
        return self._known[key]

    def _asked(self, type_name: str, deadline: float, *, for_admin: bool) -> Mapping[str, str]:
        variables = {"type": type_name}
        try:
            if for_admin and self._admin is not None:
                said = self._admin.ask(queries.FIELDS, variables, deadline=deadline, max_bytes=SHOPPER_BYTES)
            else:
                said = self._api.ask(SHOP, queries.FIELDS, variables, token="", deadline=deadline)
        except ShopError as error:
            if error.ails:
                raise
            return {}
        fields = (said.data["__type"] or {}).get("fields") or []
        return {field["name"]: _innermost(field["type"]) for field in fields}


def _innermost(kind: Any) -> str:
    while kind.get("ofType"):
        kind = kind["ofType"]
    return str(kind["name"])
