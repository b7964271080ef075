"""Adobe Commerce made of its published schemas: GraphQL of one dialect and the REST API, with one small shop in them."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commerce.contract_graphql import Contract, published
from commerce.contract_openapi import Part, Said, Server, contract
from commerce.openapi_specs import Operation, Spec, spec
from graphql import GraphQLError
from werkzeug.wrappers import Request

from cms.commerce.adapter import Connected, Connection
from cms.commerce.adapters.adobe import ADAPTER
from cms.facts.money import Money
from cms.facts.signals import Answer, Shopper, Signal, SignalSource

DIALECTS = ("2.4.8", "2.4.9", "saas")
KEY = "integration-token"
ADA = Shopper(cart_token="masked-of-ada:ada", customer_token="ada")
STRANGER = Shopper(cart_token="nobodys", customer_token="nobody")
VERIFIED = Shopper(cart_id="41", customer_id="7")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
UNKNOWN_CUSTOMER = {"message": "not authorized", "extensions": {"category": "graphql-authorization"}}
_COLUMNS = {"entity_id", "customer_group_id"}  # what the database calls an id
_COMBINE = "Magento\\SalesRule\\Model\\Rule\\Condition\\Combine"
_ADDRESS = "Magento\\SalesRule\\Model\\Rule\\Condition\\Address"


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def uid(number: int) -> str:
    return base64.b64encode(str(number).encode()).decode()


def paid(value: float, currency: str = "USD") -> dict[str, object]:
    return {"value": value, "currency": currency}


def leaf(attribute: str, value: str, operator: str = ">=") -> dict[str, Any]:
    return {"condition_type": _ADDRESS, "operator": operator, "attribute_name": attribute, "value": value}


def combined(*conditions: object, aggregator: str = "all", value: str = "1") -> dict[str, Any]:
    combine = {"condition_type": _COMBINE, "aggregator_type": aggregator, "operator": "", "value": value}
    return combine | {"conditions": list(conditions)}


@dataclass(slots=True)
class World:
    """`rest` and `graphql` answer at `url`; what they answer can be changed between questions."""

    url: str
    rest: Server
    graphql: Contract
    dialect: str

    def connected(self, key: str = KEY, clock: Callable[[], datetime] = lambda: NOW, **options: object) -> Connected:
        given = {"dialect": self.dialect, "auth": "token", "b2b": True, **options}
        return ADAPTER.connect(Connection(self.url, key, clock, ADAPTER.options().load(given)))

    def shop(self, key: str = KEY, **options: object) -> SignalSource:
        return self.connected(key, **options).source

    def made(self, schema: str, **said: object) -> dict[str, Any]:
        """Make a value of a schema of REST, with what it says."""
        made: dict[str, Any] = self.rest.parts[0].spec.fake({"$ref": f"#/components/schemas/{schema}"})
        return {name: value for name, value in {**made, **said}.items() if value is not None}

    def found(self, schema: str, items: list[Any], total: int | None = None) -> dict[str, Any]:
        return self.made(schema, items=items, total_count=len(items) if total is None else total)

    def rule(self, **said: object) -> dict[str, Any]:
        plain = {
            "rule_id": 3, "name": "Spend 500!", "website_ids": [1], "customer_group_ids": [0, 1], "is_active": True,
            "from_date": None, "to_date": None, "coupon_type": "NO_COUPON", "simple_action": "by_percent",
            "discount_amount": 10, "discount_step": 0, "discount_qty": 0, "uses_per_customer": 0, "simple_free_shipping": "NONE", "action_condition": combined(),
            "condition": combined(leaf("base_subtotal", "500")),
        }  # fmt: skip
        return self.made("sales-rule-data-rule-interface", **(plain | said))


def ask(shop: SignalSource, signal: Signal, shopper: Shopper = ADA, *, currency: str = "USD") -> Answer:
    return shop.fetch(signal, shopper, currency=currency, timeout_s=5)


@contextmanager
def world(dialect: str) -> Iterator[World]:
    """Serve a shop of one dialect."""
    graphql = Contract(
        published(f"adobe/graphql-{dialect.replace('.', '-')}.json.gz"),
        headers={"Store": "default"},
        guards={"customer": {"Authorization": "Bearer ada"}},
        refusal=(401, {}, {"errors": [UNKNOWN_CUSTOMER], "data": None}),
    )

    def desk(request: Request) -> Said:
        status, headers, body = graphql.answer(request.path, dict(request.headers), request.get_data())
        return Said(body, status, headers)

    admin = spec("adobe/rest-admin-2.4.8.json.gz")
    part = Part("" if dialect == "saas" else "/rest/default", admin, frozenset({"fields"}), narrow=narrowed)
    opened = f"Bearer {KEY}"
    with contract(
        part, beside={"/graphql": desk}, opens=lambda _operation, sent: sent.headers.get("Authorization") == opened
    ) as rest:
        made = World(rest.url, rest, graphql, dialect)
        graphql.answers |= _told(dialect)
        rest.answers |= _kept(made)
        yield made


def narrowed(admin: Spec, operation: Operation, request: Request, body: Any) -> Any:
    """Give only the fields that were asked for; refuse one that the schema does not have, and to search by one."""
    searched = {value for name, value in request.args.items() if name.endswith("[field]")}
    if searched:
        item = admin.at(admin.at(admin.schema(operation.id))["properties"]["items"]["items"])
        if strange := searched - item["properties"].keys() - _COLUMNS:
            raise ValueError(f"fields that nothing can be searched or sorted by: {sorted(strange)}")
    if "fields" not in request.args:
        return body
    return _projected(admin, admin.schema(operation.id), body, _tree(request.args["fields"]))


def _tree(text: str) -> dict[str, Any]:
    """Read `a,b[c,d]`."""
    root: dict[str, Any] = {}
    stack, last = [root], ""
    for piece in re.findall(r"\w+|\[|\]", text):
        if piece == "[":
            stack.append(stack[-1][last])
        elif piece == "]":
            stack.pop()
        else:
            stack[-1][piece] = {}
            last = piece
    return root


def _projected(admin: Spec, schema: Any, body: Any, tree: Mapping[str, Any]) -> Any:
    schema = admin.at(schema)
    if not tree:
        return body
    if isinstance(body, list):
        return [_projected(admin, schema["items"], one, tree) for one in body]
    declared = schema["properties"]
    if strange := tree.keys() - declared.keys():
        raise ValueError(f"fields that the schema does not have: {sorted(strange)}")
    return {name: _projected(admin, declared[name], body[name], inner) for name, inner in tree.items() if name in body}


def _cart(arguments: Mapping[str, Any]) -> dict[str, Any]:
    if arguments["cart_id"] != "masked-of-ada":
        raise GraphQLError("no such cart", extensions={"category": "graphql-no-such-entity"})
    return {"id": "masked-of-ada", "shipping_addresses": [{"selected_shipping_method": _FLAT_RATE}], "prices": _PRICES}


_FLAT_RATE = {"carrier_code": "flatrate", "method_code": "flatrate"}
_PRICES = {"subtotal_including_tax": paid(358.8), "subtotal_excluding_tax": paid(299)}


def line(sku: str, quantity: float = 2, price: float = 149.5) -> dict[str, Any]:
    net, gross = round(price * quantity, 4), round(price * quantity * 1.2, 4)
    prices = {"price": paid(price), "price_including_tax": paid(round(price * 1.2, 4))}
    return {
        "__typename": "SimpleCartItem",
        "quantity": quantity,
        "product": {"__typename": "SimpleProduct", "sku": sku},
        "prices": prices | {"row_total": paid(net), "row_total_including_tax": paid(gross)},
    }


def order(total: float, *items: Mapping[str, Any], date: str = "2026-03-04 05:06:07") -> dict[str, Any]:
    return {"order_date": date, "total": {"grand_total": paid(total)}, "items": list(items)}


def ordered(sku: str, quantity: float = 1, canceled: float = 0, category: str = "outdoor") -> dict[str, Any]:
    product = {"__typename": "SimpleProduct", "categories": [{"__typename": "CategoryTree", "url_key": category}]}
    counted = {"quantity_ordered": quantity, "quantity_canceled": canceled}
    return {"__typename": "OrderItem", "product_sku": sku, "product": product} | counted


def history(*orders: Mapping[str, Any], total: int | None = None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def page(arguments: Mapping[str, Any]) -> dict[str, Any]:
        start = (arguments["currentPage"] - 1) * arguments["pageSize"]
        some = list(orders)[start : start + arguments["pageSize"]]
        return {"total_count": len(orders) if total is None else total, "items": some}

    return page


def product(sku: str, *, kind: str = "SimpleProduct", price: float = 149.5, **said: object) -> dict[str, Any]:
    made = {
        "__typename": kind, "sku": sku, "name": f"The {sku}", "url_key": sku.lower(), "stock_status": "IN_STOCK",
        "quantity": 12, "categories": [{"__typename": "CategoryTree", "url_key": "outdoor"}],
        "small_image": {"url": f"https://shop.example/{sku}.jpg"},
        "price_range": {"minimum_price": {"final_price": paid(price), "regular_price": paid(price + 10)}},
        "rating_summary": 90, "review_count": 4,
        "related_products": [], "upsell_products": [], "crosssell_products": [],
    }  # fmt: skip
    return made | said


def view(sku: str, *, kind: str = "SimpleProductView", price: float = 149.5, **said: object) -> dict[str, Any]:
    prices = {"final": {"amount": paid(price)}, "regular": {"amount": paid(price + 10)}}
    priced = {"priceRange": {"minimum": prices}} if kind.startswith("Complex") else {"price": prices}
    made = {"__typename": kind, "sku": sku, "name": f"The {sku}", "urlKey": sku.lower(), "categories": [], "links": []}
    return made | {"images": [{"url": f"https://shop.example/{sku}.jpg"}]} | priced | said


def linked(sku: str) -> dict[str, Any]:
    return {"__typename": "SimpleProduct", "sku": sku}


TENT = product(
    "TN", related_products=[linked("MAT")], upsell_products=[linked("TN-XL")], crosssell_products=[linked("PEG")]
)
SHIRT = product(
    "SHIRT",
    kind="ConfigurableProduct",
    price=20,
    variants=[
        {"product": product("SHIRT-S", price=20)},
        {"product": product("SHIRT-M", price=22, stock_status="OUT_OF_STOCK")},
    ],
)
VIEW_LINKS = [
    {"linkTypes": [kind], "product": view(sku)}
    for kind, sku in [("related", "MAT"), ("upsell", "TN-XL"), ("crosssell", "PEG")]
]
VIEWS = [
    view("TN", links=VIEW_LINKS, categories=[{"name": "Outdoor", "slug": "outdoor", "level": 1}]),
    view("SHIRT", kind="ComplexProductView", price=20),
    view("SHIRT-S", price=20, urlKey="shirt-s"),
    view("SHIRT-M", price=22),
]


def _told(dialect: str) -> dict[str, Any]:
    is_old = dialect == "2.4.8"
    rules = "share_applied_sales_rule" if is_old else "share_applied_cart_rule"
    shared = {} if is_old else {"StoreConfig.share_active_segments": True}
    group, rule, segment = (
        ({"name": "Wholesale"}, {"name": "Spend 500!"}, {"name": "Big Spenders", "apply_to": "REGISTERED"})
        if is_old
        else ({"uid": uid(2)}, {"uid": uid(3)}, {"uid": uid(9)})
    )
    return shared | {
        "StoreConfig.graphql_share_customer_group": True,
        "StoreConfig.timezone": "America/Chicago",
        f"StoreConfig.{rules}": True,
        "Query.cart": _cart,
        "Cart.rules": [rule],
        "Cart.itemsV2": {"total_count": 1, "items": [line("TN")]},
        "Customer.id": 7 if is_old else uid(7),
        "Customer.group": group,
        "Customer.segments": [segment],
        "Customer.companies": {"items": [{"id": uid(5), "name": "Acme"}]},
        "Customer.reward_points": {"balance": {"points": 120}},
        "Customer.orders": history(order(80.1, ordered("TN", 2), ordered("PEG", 1, 1)), order(5, ordered("PEG", 1, 1))),
        "Query.products": (lambda asked: [one for one in VIEWS if one["sku"] in asked["skus"]])
        if dialect == "saas"
        else lambda asked: {"items": [one for one in (TENT, SHIRT) if one["sku"] in asked["filter"]["sku"]["in"]]},
    }


def _kept(made: World) -> dict[str, Any]:
    company = {"company_attributes": {"company_id": 5}}
    customer = made.made("customer-data-customer-interface", id=7, group_id=2, extension_attributes=company)
    shipped = {"shipping_assignments": [{"shipping": {"method": "flatrate_flatrate", "address": {}}, "items": []}]}
    address = made.made("quote-data-address-interface")
    shipped["shipping_assignments"][0]["shipping"]["address"] = address  # type: ignore[index]
    item = {"item_id": 1, "sku": "TN", "qty": 2, "quote_id": "41"}
    row = {"item_id": 1, "price": 149.5, "price_incl_tax": 179.4, "row_total": 299, "row_total_incl_tax": 358.8}
    rows = [made.made("quote-data-totals-item-interface", **row)]
    totals = {"quote_currency_code": "USD", "subtotal": 299, "subtotal_incl_tax": 358.8, "items": rows}
    return {
        "GetV1SalesRulesSearch": made.found("sales-rule-data-rule-search-result-interface", [made.rule()]),
        "GetV1CustomerGroupsSearch": made.found("customer-data-group-search-results-interface", groups(made)),
        "GetV1StoreStoreConfigs": [
            made.made(
                "store-data-store-config-interface",
                code="default", website_id=1, base_currency_code="USD", timezone="America/Chicago",
            )
        ],
        "GetV1CustomersCustomerId": customer,
        "GetV1CompanyCompanyId": made.made("company-data-company-interface", id=5, company_name="Acme"),
        "GetV1CartsCartId": made.made(
            "quote-data-cart-interface", id=41, is_active=True, customer=customer, items=[item], extension_attributes=shipped,
            billing_address=address,
        ),
        "GetV1CartsCartIdTotals": made.made("quote-data-totals-interface", **totals),
        "GetV1Orders": made.found("sales-data-order-search-result-interface", [kept_order(made)]),
        "GetV1CategoriesList": made.found("catalog-data-category-search-results-interface", [category(made)]),
        "GetV1Products": lambda request: catalogue(made, request),
        "GetV1InventoryExportstocksalableqtySalesChannelTypeSalesChannelCode": made.found(
            "inventory-export-stock-api-data-export-stock-salable-qty-search-result-interface",
            [
                {"sku": "TN", "qty": 12.5, "is_salable": True},
                {"sku": "PEG", "qty": 0, "is_salable": True},
                {"sku": "MAT", "qty": 3, "is_salable": False},
            ],
        ),
    }  # fmt: skip


def groups(made: World) -> list[Any]:
    named = {0: "NOT LOGGED IN", 1: "General", 2: "Wholesale"}
    return [made.made("customer-data-group-interface", id=number, code=code) for number, code in named.items()]


def category(made: World) -> dict[str, Any]:
    attributes = [{"attribute_code": "url_key", "value": "outdoor"}, {"attribute_code": "meta_title", "value": "Out!"}]
    return made.made("catalog-data-category-interface", id=11, custom_attributes=attributes)


def kept_order(made: World, **said: object) -> dict[str, Any]:
    bought = {"sku": "SHIRT-S", "product_id": 2, "qty_ordered": 3, "qty_canceled": 1}
    below = {"sku": "SHIRT-S", "product_id": 3, "parent_item_id": 1, "qty_ordered": 3, "qty_canceled": 1}
    items = [
        made.made("sales-data-order-item-interface", **bought, parent_item_id=None, parent_item=None),
        made.made("sales-data-order-item-interface", **below, parent_item=None),
    ]
    plain = {"customer_id": 7, "created_at": "2026-03-04 05:06:07", "state": "complete", "grand_total": 60.35}
    plain |= {"order_currency_code": "USD", "items": items}
    return made.made("sales-data-order-interface", **(plain | said))


LISTED = [(1, "TN", 4, 1, []), (2, "SHIRT", 4, 1, [3, 4]), (3, "SHIRT-S", 1, 1, []), (4, "SHIRT-M", 1, 1, [])]


def catalogue(made: World, request: Request) -> dict[str, Any]:
    """List products as REST does: by id, of ids, or what is shown."""
    asked = criteria(request)
    some = [row for row in LISTED if _fits(row, asked)][: int(request.args["searchCriteria[pageSize]"])]
    return made.found(
        "catalog-data-product-search-results-interface", [listed(made, *row) for row in some], len(LISTED)
    )


def listed(made: World, number: int, sku: str, visibility: int, status: int, children: list[int]) -> dict[str, Any]:
    links = [{"category_id": "11", "position": 0}]
    extension = {"category_links": links, "configurable_product_links": children}
    said = {"id": number, "sku": sku, "visibility": visibility, "status": status, "extension_attributes": extension}
    return made.made("catalog-data-product-interface", **said)


def criteria(request: Request) -> dict[tuple[str, str], str]:
    """Read the filters of a search, by field and condition."""
    groups = {name.rpartition("[")[0] for name in request.args if name.endswith("[filters][0][field]")}
    told = {
        group: [request.args[f"{group}[{part}]"] for part in ("field", "conditionType", "value")] for group in groups
    }
    return {(field, how): value for field, how, value in told.values()}


def _fits(row: tuple[int, str, int, int, list[int]], asked: Mapping[tuple[str, str], str]) -> bool:
    number, _, visibility, status, _ = row
    return (
        number > int(asked.get(("entity_id", "gt"), 0))
        and (("entity_id", "in") not in asked or str(number) in asked["entity_id", "in"].split(","))
        and (("status", "eq") not in asked or str(status) == asked["status", "eq"])
        and (("visibility", "neq") not in asked or str(visibility) != asked["visibility", "neq"])
    )
