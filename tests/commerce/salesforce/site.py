"""A B2C Commerce site made of its published specs: a guest's and a customer's baskets, an account, a small catalogue."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commerce.contract_openapi import Part, Said, Server, contract
from commerce.openapi_specs import spec
from werkzeug.wrappers import Request

from cms.commerce.adapter import Connected, Connection
from cms.commerce.adapters.salesforce import ADAPTER
from cms.facts.money import Money
from cms.facts.signals import Shopper

ORGANIZATION = "f_ecom_zzxy_001"
OPTIONS: Mapping[str, Any] = {"organization": ORGANIZATION, "site": "RefArch"}
KEY = "our-client:our-secret"
SEARCH = f"/search/shopper-search/v1/organizations/{ORGANIZATION}/product-search"
PREFIXES = {
    "auth-oas-v1-public": "/shopper/auth/v1",
    "shopper-availability-oas-v1-public": "/product/shopper-availability/v1",
    "shopper-baskets-oas-v2-public": "/checkout/shopper-baskets/v2",
    "shopper-context-oas-v1-public": "/shopper/shopper-context/v1",
    "shopper-customers-oas-v1-public": "/customer/shopper-customers/v1",
    "shopper-orders-oas-v1-public": "/checkout/shopper-orders/v1",
    "shopper-products-oas-v1-public": "/product/shopper-products/v1",
    "shopper-promotions-oas-v1-public": "/pricing/shopper-promotions/v1",
}
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_SEARCHED = frozenset({"siteId", "refine", "limit", "offset", "expand", "select", "currency", "locale", "q"})


def published(name: str) -> Any:
    return spec(f"salesforce/{name}.yaml.gz")


def clock() -> datetime:
    return NOW


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def jwt(customer_id: str, *, guest: bool = False) -> str:
    """Make an access token as SLAS does, with a signature that nobody here checks."""
    who = f"upn:Guest::uidn:Guest User::gcid:{customer_id}" if guest else "upn:ada::uidn:Ada::gcid:guestOfAda"
    isb = f"uido:ecom::{who}::chid:RefArch" if guest else f"uido:ecom::{who}::rcid:{customer_id}::chid:RefArch"
    claims = json.dumps({"isb": isb, "sub": "cc-slas::zzxy_001::scid:our-client::usid:1", "iat": 0}).encode()
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"ES256"}', claims, b"signed"))


ADA = jwt("abAda")
BOB = jwt("abBob")
GUEST = jwt("abGuest", guest=True)
STRANGER = jwt("abNobody")
OURS = jwt("abOurs", guest=True)
KNOWN = Shopper(cart_token=ADA, customer_token=ADA)


def basket(customer_id: str, **more: Any) -> dict[str, Any]:
    totals = (
        "adjustedMerchandizeTotalTax",
        "adjustedShippingTotalTax",
        "merchandizeTotalTax",
        "orderTotal",
        "taxTotal",
    )
    totals += ("productSubTotal", "productTotal", "shippingTotal", "shippingTotalTax")
    return {
        **dict.fromkeys(totals, 0),
        "agentBasket": False,
        "basketId": "b-1",
        "channelType": "storefront",
        "creationDate": "2026-05-01T08:00:00.000Z",
        "currency": "USD",
        "customerInfo": {"customerId": customer_id, "email": "-"},
        "lastModified": "2026-05-01T09:00:00.000Z",
        "shipments": [],
        "shippingItems": [],
        "taxation": "net",
    } | more


def line(sku: str, quantity: float, price: float, **more: Any) -> dict[str, Any]:
    return {"productId": sku, "quantity": quantity, "priceAfterItemDiscount": price, **more}


FULL = basket(
    "abAda",
    productItems=[
        line("umbrella", 3.0, 50.0, priceAdjustments=[{"promotionId": "$5_off"}]),
        line("tent-red", 1, 149.5),
        line("gone", 0, 0),
    ],
    productSubTotal=199.5,
    orderPriceAdjustments=[{"promotionId": "15off700"}, {"itemText": "by hand"}],
    shipments=[{"shipmentId": "me", "shippingMethod": {"id": "001", "name": "Ground"}}],
    shippingItems=[{"priceAdjustments": [{"promotionId": "15off700"}]}],
)


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "orderNo": f"{number:08}",
        "creationDate": f"2026-0{1 + number % 4}-{1 + number % 28:02}T10:00:00.000Z",
        "status": "completed",
        "currency": "USD",
        "orderTotal": 10.5,
        "customerInfo": {"customerId": "abAda", "email": "-"},
        "productItems": [{"productId": "umbrella", "quantity": 2.0}],
    } | more


UMBRELLA: dict[str, Any] = {
    "id": "umbrella",
    "name": "Umbrella",
    "brand": "Rain & Co",
    "currency": "USD",
    "type": {"item": True},
    "price": 49.99,
    "tieredPrices": [
        {"price": 60, "pricebook": "list", "quantity": 1},
        {"price": 49.99, "pricebook": "sale", "quantity": 1},
        {"price": 90, "pricebook": "pallet", "quantity": 100},
    ],
    "primaryCategoryId": "rain",
    "primaryCategory": {"id": "rain", "name": "Rain", "parentCategoryTree": [{"id": "outdoor", "name": "Outdoor"}]},
    "imageGroups": [{"viewType": "large", "images": [{"link": "https://img.example/umbrella.jpg"}]}],
    "recommendations": [
        {"recommendationType": {"displayValue": "UpSell", "value": 2}, "recommendedItemId": "tent"},
        {"recommendationType": {"displayValue": "-", "value": 9}, "recommendedItemId": "tent"},
    ],
    "productLinks": [
        {
            "type": "accessory",
            "sourceProductId": "umbrella",
            "sourceProductLink": "-",
            "targetProductId": "stand",
            "targetProductLink": "-",
        }
    ],
}
TENT: dict[str, Any] = {
    "id": "tent",
    "name": "Tent",
    "currency": "USD",
    "type": {"master": True},
    "price": 149.5,
    "primaryCategoryId": "outdoor",
    "variants": [
        {"productId": "tent-blue", "price": 149.5, "orderable": False, "variationValues": {"color": "blue"}},
        {
            "productId": "tent-red",
            "price": 179,
            "orderable": True,
            "variationValues": {"color": "red"},
            "tieredPrices": [{"price": 199, "pricebook": "list", "quantity": 1}],
        },
    ],
    "imageGroups": [
        {"viewType": "large", "images": [{"link": "https://img.example/tent.jpg"}]},
        {
            "viewType": "large",
            "images": [{"link": "https://img.example/tent-red.jpg"}],
            "variationAttributes": [{"id": "color", "values": [{"value": "red"}]}],
        },
    ],
}
STAND: dict[str, Any] = {"id": "stand", "name": "Stand", "currency": "USD", "type": {"item": True}, "price": 5}
SET: dict[str, Any] = {"id": "trip", "name": "For a trip", "type": {"set": True}}


def stocked(sku: str, ats: float, **more: Any) -> dict[str, Any]:
    return {"id": sku, "inventories": [{"id": "main", "ats": ats, "orderable": ats > 0, **more}]}


@dataclass(slots=True)
class Site:
    """What the site has; tests change it."""

    products: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {one["id"]: one for one in (UMBRELLA, TENT, SET)}
    )
    beside: dict[str, dict[str, Any]] = field(default_factory=lambda: {"stand": STAND})  # sold, not in the search
    stock: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {one["id"]: one for one in (stocked("umbrella", 7.0), stocked("tent-red", 2))}
    )
    baskets: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"abAda": [FULL], "abGuest": [basket("abGuest")]}
    )
    orders: list[dict[str, Any]] = field(default_factory=lambda: [order(1)])
    customers: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "abAda": {"customerId": "abAda", "companyName": "Ada & Sons"},
            "abBob": {"customerId": "abBob"},
        }
    )
    promotions: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=lambda: [OURS])  # that SLAS gave us, the last one now
    headers: dict[str, str] = field(default_factory=dict)  # of what the catalogue answers
    refused: set[str] = field(default_factory=set)  # tokens that have ended
    unlisted: int = 0  # products that the search counts and does not name
    searched: list[Mapping[str, str]] = field(default_factory=list)
    minted: list[Mapping[str, str]] = field(default_factory=list)

    @contextmanager
    def open(self, **answers: Any) -> Iterator[Server]:
        known = {
            "getAccessToken": self._token,
            "getTrustedSystemAccessToken": self._token,
            "getCustomer": self._own(lambda request: self.customers[_named(request)]),
            "getCustomerBaskets": self._own(self._baskets),
            "getCustomerOrders": self._own(self.told_orders),
            "getProducts": self._products,
            "getAvailability": self._availability,
            "getPromotions": lambda request: self._promoted(request.args["ids"].split(",")),
            "getPromotionsForCampaign": lambda _: self._promoted(list(self.promotions)),
        }
        parts = [Part(prefix, published(name)) for name, prefix in PREFIXES.items()]
        with contract(*parts, answers=known | answers, beside={SEARCH: self._search}, opens=self._opens) as server:
            yield server

    def _opens(self, _operation: str, request: Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return token in {ADA, BOB, GUEST, *self.tokens} - self.refused

    def _token(self, request: Request) -> Said:
        self.minted.append(request.form.to_dict())
        if request.headers["Authorization"] != f"Basic {b64encode(KEY.encode()).decode()}":
            return Said({"error": "invalid_client", "error_description": "-"}, 401)
        login = request.form.get("login_id", "guest")
        if login not in ("guest", "ada"):
            return Said({"error": "invalid_request", "error_description": "no such login"}, 400)
        ours = self.tokens[-1]
        token = published("auth-oas-v1-public").example("getAccessToken")
        return Said(token | {"access_token": ADA if login == "ada" else ours})

    def _own(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """Let nobody see but what the token names, as the system does."""

        def checked(request: Request) -> Any:
            token = request.headers["Authorization"].removeprefix("Bearer ")
            if f"cid:{_named(request)}" not in _claims(token):
                return Said({"title": "Bad Request", "type": "-", "detail": "CustomerId does not match"}, 400)
            return answer(request)

        return checked

    def _baskets(self, request: Request) -> Any:
        found = self.baskets.get(_named(request), [])
        return {"baskets": found, "total": len(found)} if found else {"total": 0}

    def told_orders(self, request: Request) -> Any:
        start, limit = int(request.args["offset"]), int(request.args["limit"])
        orders = [one for one in self.orders if one["customerInfo"]["customerId"] == _named(request)]
        page = orders[start : start + limit]
        return {"data": page, "limit": len(page), "offset": start, "total": len(orders)}

    def _products(self, request: Request) -> Said:
        ids = request.args["ids"].split(",")
        if len(ids) > 24:
            return Said({"title": "Bad Request", "type": "-", "detail": "24"}, 400)
        found = [one for key in ids if (one := (self.beside | self.products).get(key))]
        if request.args.get("locale") == "zh-TW":
            found = [one | {"name": f"{one['name']} (zh)"} for one in found]
        return Said({"limit": len(found), "data": found, "total": len(found)}, headers=self.headers)

    def _availability(self, request: Request) -> Said:
        found = list(self.stock.values())
        return Said({"limit": len(found), "data": found, "total": len(found)}, headers=self.headers)

    def _promoted(self, ids: list[str]) -> Said:
        """List promotions. No body holds the spec, which asks for `limit` and `total` and allows nothing but `data`."""
        found = [self.promotions[key] for key in ids if key in self.promotions]
        if not found:
            return Said({"title": "Not Found", "type": "-", "detail": "-"}, 404)
        return Said({"limit": len(found), "data": found, "total": len(found)}, wrong=True)

    def _search(self, request: Request) -> Said:
        """Search as the reference of Shopper Search says, whose spec is not among the published ones at hand."""
        asked = request.args.to_dict()
        limit, start = int(asked.get("limit", 25)), int(asked.get("offset", 0))
        if not self._opens("productSearch", request):
            return Said({"title": "Unauthorized"}, 401)
        if asked.keys() - _SEARCHED or "siteId" not in asked or not 0 < limit <= 200:
            return Said({"title": "Bad Request"}, 400)
        self.searched.append(asked)
        hits = [{"productId": key} for key in list(self.products)[start : start + limit]]
        total = len(self.products) + self.unlisted
        return Said({"limit": len(hits), "hits": hits, "offset": start, "total": total}, headers=self.headers)


def _named(request: Request) -> str:
    return request.path.split("/customers/")[1].split("/")[0]


def _claims(token: str) -> str:
    part = token.split(".")[1]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def connected(server: Server, *, key: str = KEY, secrets: tuple[str, ...] = (), **options: Any) -> Connected:
    loaded = ADAPTER.options().load({**OPTIONS, **options})
    return ADAPTER.connect(Connection(server.url, key, clock, loaded, secrets))
