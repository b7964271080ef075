"""A small electronics shop as SAP Commerce tells it, served from the published OCC schema."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from commerce.contract_openapi import Part, Said, Server, contract
from commerce.openapi_specs import Operation, Spec, spec
from werkzeug.wrappers import Request

from cms.commerce.adapter import Connected, Connection
from cms.commerce.adapters.sap import ADAPTER
from cms.facts.signals import Answer, Shopper, Signal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GUID = "6b7ff1f0-9d3c-4a4c-8f9a-0c4b9f3e2a11"
ANNA = "ceff469f-25aa-4a10-99e3-da31245204e7"  # a customer's id as SAP makes it
ANNAS_TOKEN = "annas-access-token"
CLIENT_TOKEN = "client-access-token"
TOKEN_PATH = "/authorizationserver/oauth/token"


def price(value: float, currency: str = "USD") -> dict[str, Any]:
    return {"value": value, "currencyIso": currency}


def entry(code: str, quantity: int, total: float, *categories: str) -> dict[str, Any]:
    filed = [{"code": category} for category in categories]
    return {"quantity": quantity, "totalPrice": price(total), "product": {"code": code, "categories": filed}}


CART: dict[str, Any] = {
    "code": "00001000",
    "guid": GUID,
    "totalItems": 2,
    "totalPrice": price(330.4),
    "subTotal": price(350.4),
    "deliveryMode": {"code": "premium-gross"},
    "appliedOrderPromotions": [{"promotion": {"code": "order_over_300"}, "description": "You saved $20"}],
    "appliedProductPromotions": [],
    "entries": [entry("1934793", 3, 100.0, "576", "brand_10"), entry("300938", 1, 250.4, "578")],
}
USER: dict[str, Any] = {
    "customerId": ANNA,
    "uid": "anna@example.test",
    "orgUnit": {"uid": "rustic", "name": "Rustic Hardware"},
    "roles": ["b2bcustomergroup"],
}
GROUPS: dict[str, Any] = {"userGroups": [{"uid": "CustomerForSiteA"}, {"uid": "wholesale"}]}
HISTORY = [
    {"code": "00002001", "status": "COMPLETED", "placed": "2026-02-01T10:00:00+0000", "total": price(99.9)},
    {"code": "00002002", "status": "CANCELLED", "placed": "2026-02-02T10:00:00+0000", "total": price(15.0)},
    {"code": "00002003", "status": "CREATED", "placed": "2026-02-03T10:00:00+0000", "total": price(20.0)},
]
LINES = {"00002001": [entry("1934793", 2, 66.6, "576")], "00002003": [entry("300938", 1, 20.0)]}
FEATURE = {"code": "zoom", "name": "Zoom", "comparable": True, "featureValues": [{"value": "3"}, {"value": "5"}]}
CAMERA: dict[str, Any] = {
    "code": "1934793",
    "name": "PowerShot A480",
    "url": "/Open-Catalogue/Cameras/PowerShot-A480/p/1934793",
    "purchasable": True,
    "baseProduct": "powershot",
    "price": price(99.85),
    "stock": {"stockLevel": 12, "stockLevelStatus": "inStock", "isValueRounded": False},
    "averageRating": 4.5,
    "numberOfReviews": 7,
    "categories": [{"code": "576"}, {"code": "brand_10"}],
    "tags": ["compact"],
    "images": [
        {"url": "/medias/thumb.jpg", "format": "thumbnail", "imageType": "PRIMARY"},
        {"url": "/medias/camera.jpg?context=abc", "format": "product", "imageType": "PRIMARY"},
        {"url": "/medias/back.jpg", "format": "product", "imageType": "GALLERY"},
    ],
    "classifications": [
        {"features": [{**FEATURE, "featureUnit": {"symbol": "x"}}, {"code": "weight", "name": "Weight"}]},
    ],
    "productReferences": [
        {"referenceType": "UPSELLING", "target": {"code": "1981415"}},
        {"referenceType": "CROSSELLING", "target": {"code": "300938"}},
        {"referenceType": "ACCESSORIES", "target": {"code": "300938"}},
        {"referenceType": "BASE_PRODUCT", "target": {"code": "powershot"}},
    ],
}
CHARGER: dict[str, Any] = {
    "code": "300938",
    "name": "Charger",
    "url": "/p/300938",
    "price": price(250.4),
    "stock": {"stockLevelStatus": "inStock"},
}
BASE: dict[str, Any] = {"code": "powershot", "name": "PowerShot", "url": "/p/powershot", "purchasable": False}


def paged(items: list[Any], key: str, request: Request, pages: int = 1) -> dict[str, Any]:
    """Answer every page with the same items, told apart by their code."""
    page = int(request.args.get("currentPage", 0))
    numbered = [{**item, "code": item["code"] if not page else f"{item['code']}-{page}"} for item in items]
    return {key: numbered, "pagination": {"totalPages": pages, "totalResults": pages * len(items)}}


def exported(*products: Any, pages: int = 1) -> dict[str, Any]:
    return {"products": list(products), "totalPageCount": pages, "totalProductCount": pages * len(products)}


ANSWERS: dict[str, Any] = {
    "getCart": CART,
    "getCurrentOrgCart": CART,  # the same address with "current" in it
    "getUser": USER,
    "getOrgUser": USER,
    "getUserCustomerGroups": GROUPS,
    "getUserOrderHistory": lambda request: paged(HISTORY, "orders", request),
    "getUserOrders": lambda request: {
        "code": request.path.rpartition("/")[2],
        "entries": LINES[request.path.rpartition("/")[2]],
    },
    "getExportedProducts": exported(CAMERA, CHARGER, BASE),
    "getExpressUpdateProducts": {"productExpressUpdateElements": []},
    "getProduct": CAMERA,
    "getProducts": lambda request: paged([CAMERA, CHARGER], "products", request),
}


def give_token(request: Request) -> Said:
    """What the authorization server does for the shop's client."""
    asked = {"grant_type": "client_credentials", "client_id": "vitrine", "client_secret": "s3cret", "scope": "extended"}
    if request.form.to_dict() != asked:
        return Said({"error": "invalid_client", "error_description": "Bad client credentials"}, 401)
    return Said({"access_token": CLIENT_TOKEN, "token_type": "bearer", "expires_in": 43199, "scope": "extended"})


def opens(_operation: str, request: Request) -> bool:
    """Open `users/current` to Anna's token only, and what is hers; all else to the shop's client."""
    token = request.headers["Authorization"]
    if "Users/current" in request.path or "users/current" in request.path:
        return token == f"Bearer {ANNAS_TOKEN}"
    return token == f"Bearer {CLIENT_TOKEN}" or (token == f"Bearer {ANNAS_TOKEN}" and ANNA in request.path)


def selection(text: str) -> dict[str, Any]:
    """Read a `fields` string such as `a,b(c)`: names and what is selected of each."""
    root: dict[str, Any] = {}
    stack, name = [root], ""
    for sign in text + ",":
        if sign not in "(),":
            name += sign
            continue
        if name:
            inner = stack[-1].setdefault(name, {})
        if sign == "(":
            stack.append(inner)
        if sign == ")":
            stack.pop()
        name = ""
    return root


def narrowed(spec: Spec, operation: Operation, request: Request, body: Any) -> Any:
    """Answer what `fields` asks for and nothing else, as OCC does; a name that the schema lacks is an error."""
    wanted = selection(request.args.get("fields", "DEFAULT"))
    return _narrowed(spec, spec.schema(operation.id), wanted, body)


def _narrowed(spec: Spec, schema: Any, wanted: Mapping[str, Any], body: Any) -> Any:
    known: dict[str, Any] = {}
    for part in spec.parts(schema):
        if "items" in part:
            found = body if isinstance(body, list) else []
            _narrowed(spec, part["items"], wanted, {})
            return [_narrowed(spec, part["items"], wanted, one) for one in found]
        known |= part.get("properties") or {}
    for name, inner in wanted.items():
        if name not in known:
            raise ValueError(f"Incorrect field: {name}")
        if bool(inner) != _is_nested(spec, known[name]):
            raise ValueError(f"{name} must {'not ' if inner else ''}be followed by what is wanted of it")
    return {
        name: _narrowed(spec, known[name], inner, body[name]) if inner else body[name]
        for name, inner in wanted.items()
        if _checks(spec, known[name], inner) and name in body
    }


def _checks(spec: Spec, schema: Any, wanted: Mapping[str, Any]) -> bool:
    if wanted:
        _narrowed(spec, schema, wanted, {})
    return True


def _is_nested(spec: Spec, schema: Any) -> bool:
    return any(
        "properties" in part or ("items" in part and _is_nested(spec, part["items"])) for part in spec.parts(schema)
    )


@contextmanager
def occ(answers: Mapping[str, Any] | None = None, *, token: Callable[[Request], Said] = give_token) -> Iterator[Server]:
    """Serve the shop; `answers` replace those of the world."""
    part = Part("/occ/v2", spec("sap/occ-v2.json.gz"), frozenset({"lang", "curr"}), narrowed)
    with contract(part, answers={**ANSWERS, **(answers or {})}, beside={TOKEN_PATH: token}, opens=opens) as server:
        yield server


def connected(url: str, *, key: str = "vitrine:s3cret", secrets: tuple[str, ...] = (), **options: Any) -> Connected:
    """Connect as the settings would."""
    loaded = ADAPTER.options().load({"site": "electronics", **options})
    return ADAPTER.connect(Connection(url, key, lambda: NOW, loaded, secrets))


def ask(
    server: Server, signal: Signal, shopper: Shopper | None = None, *, currency: str = "USD", **options: Any
) -> Answer:
    """Put one question through the adapter."""
    source = connected(server.url, **options).source
    return source.fetch(signal, shopper or Shopper(), currency=currency, timeout_s=5)


def refused(kind: str, status: int = 400, **more: str) -> Said:
    """Say no as OCC does."""
    return Said({"errors": [{"type": kind, "message": f"{kind} of {GUID}", **more}]}, status)
