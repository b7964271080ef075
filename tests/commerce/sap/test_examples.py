"""The examples that the published schema holds, through the real adapter."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from commerce.contract_openapi import Said, Server
from commerce.openapi_specs import Spec, spec
from commerce.sap.occ_world import ANNA, GUID, ask, connected, selection

from cms.commerce.adapters.sap import selections as asked
from cms.commerce.failures import ShopError
from cms.facts.signals import Found, Shopper, Signal

OPERATIONS = {
    "getCart": asked.CART,
    "getOrgUser": asked.EMPLOYEE,
    "getUserCustomerGroups": asked.GROUPS,
    "getUserOrderHistory": asked.ORDERS,
    "getUserOrders": asked.ORDER,
    "getExportedProducts": asked.EXPORT.format(asked.PRODUCT),
    "getExpressUpdateProducts": asked.UPDATES,
    "getProducts": asked.SEARCH,
}


@pytest.fixture(scope="module")
def occ_spec() -> Spec:
    return spec("sap/occ-v2.json.gz")


def examples(spec: Spec, schema: Any, wanted: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """List the examples of the fields that are asked for."""
    for part in spec.parts(schema):
        if "items" in part:
            yield from examples(spec, part["items"], wanted, path)
        for name, inner in wanted.items():
            field = (part.get("properties") or {}).get(name)
            if field is not None and "example" in spec.at(field):
                yield f"{path}.{name}", spec.at(field)["example"]
            elif field is not None:
                yield from examples(spec, field, inner, f"{path}.{name}")


def test_the_examples_of_fields_that_are_asked_for_are_read(occ_spec: Spec, serve: Callable[..., Server]) -> None:
    everywhere = [
        name
        for schema in occ_spec.data["components"]["schemas"].values()
        for name, field in (schema.get("properties") or {}).items()
        if "example" in field or "example" in field.get("items", {})
    ]
    found = {
        (operation, path): value
        for operation, fields in OPERATIONS.items()
        for path, value in examples(occ_spec, occ_spec.schema(operation), selection(fields))
    }
    sys.stdout.write(f"\nfields with an example: {len(everywhere)}, in answers that are asked for: {len(found)}\n")
    cart = found["getCart", ".deliveryMode.code"]
    unit, placed = found["getOrgUser", ".orgUnit.name"], found["getUserOrderHistory", ".orders.placed"]
    level = found["getExportedProducts", ".products.stock.stockLevel"]
    currency = found["getCart", ".subTotal.currencyIso"]
    total = {"value": 1.0, "currencyIso": currency}
    server = serve(
        {
            "getCart": {"guid": GUID, "totalItems": 0, "subTotal": total, "deliveryMode": {"code": cart}},
            "getOrgUser": {"customerId": ANNA, "orgUnit": {"uid": found["getOrgUser", ".orgUnit.uid"], "name": unit}},
            "getUserOrderHistory": {
                "orders": [{"code": "1", "placed": placed, "total": total}],
                "pagination": {"totalPages": 1, "totalResults": 1},
            },
            "getExportedProducts": {
                "products": [
                    {"code": "x", "url": "/x", "name": "X", "stock": {"stockLevel": level, "isValueRounded": False}}
                ],
                "totalPageCount": 1,
                "totalProductCount": 1,
            },
        }
    )
    anna = Shopper(customer_id=ANNA)
    assert ask(server, Signal.CART, Shopper(cart_token=GUID)).value.shipping_method == cart
    assert ask(server, Signal.CUSTOMER, anna, b2b=True).value.company == unit
    (order,) = ask(server, Signal.ORDERS, anna, order_lines=0).value
    assert order.placed_at.isoformat() == "2025-09-08T14:08:58+00:00"
    batch = connected(server.url).feed.batch("", currency="USD", timeout_s=5)
    assert batch.products["x"].stock == level


def test_the_published_answers_are_understood(occ_spec: Spec, serve: Callable[..., Server]) -> None:
    """All three are errors: one is about what was asked, one about the token, one about the shop."""
    answers = {
        int(code): media["example"]
        for operation in occ_spec.operations.values()
        for code, response in operation.data["responses"].items()
        for media in (occ_spec.at(response).get("content") or {}).values()
        if "example" in media
    }
    assert sorted(answers) == [400, 401, 500]
    outcomes: dict[int, Any] = {}
    for status, body in answers.items():
        server = serve({"getUser": Said(body, status)})
        try:
            outcomes[status] = ask(server, Signal.CUSTOMER, Shopper(customer_token="annas-access-token")).found
        except ShopError as error:
            outcomes[status] = (error.message, error.ails)
    sys.stdout.write(f"\npublished answers understood: {len(outcomes)} of {len(answers)}\n")
    assert outcomes[400] == ("users answered 400 with InvalidResourceError", False)
    assert outcomes[401] is Found.UNKNOWN_TOKEN
    assert outcomes[500] == ("users answered 500", True)
