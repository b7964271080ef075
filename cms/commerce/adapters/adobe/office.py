"""What only an administrator may read, over REST: rules, stock, and shoppers by an id that was verified."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.commerce.adapters.adobe.api import Admin, Filter, RefusedError, Remembered, Search, part
from cms.commerce.adapters.adobe.forms import (
    Habits,
    customer_form,
    is_line,
    kept_cart_form,
    kept_orders_form,
)
from cms.commerce.adapters.adobe.products import stock_form
from cms.commerce.adapters.adobe.rules import Store, promotions_form, rule_keys, store_of
from cms.commerce.failures import MISMATCH, ShopError
from cms.commerce.keys import slug
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, PromotionsPayload, StockPayload, read
from cms.facts.signals import Answer, Found, Shopper, Signal

MOST_ORDERS = 500
_MOST = 20_000  # groups, categories, rules
_MOST_STOCK = 200_000
_AT_ONCE = 100
_STOCK_AT_ONCE = 5_000
_STORES = "/store/storeConfigs"
_GROUPS = Search("/customerGroups/search", fields="id,code", sort="customer_group_id")
_RULES = Search("/salesRules/search", (Filter("is_active", "1"),), sort="rule_id")
_CATEGORIES = Search("/categories/list", fields="id,custom_attributes", sort="entity_id")
_ORDER = "customer_id,created_at,state,grand_total,order_currency_code"
_ITEM = "items[sku,product_id,parent_item_id,qty_ordered,qty_canceled]"
_CUSTOMER = "id,group_id,extension_attributes[company_attributes[company_id]]"
_CART = "id,is_active,customer[id],items[item_id,sku,qty],extension_attributes[shipping_assignments[shipping[method]]]"
_TOTALS = (
    "quote_currency_code,subtotal,subtotal_incl_tax,items[item_id,price,price_incl_tax,row_total,row_total_incl_tax]"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Which shop of this installation, and what is installed there; `website` "" where stock is not asked for."""

    store: str
    website: str
    is_commerce: bool = True
    is_b2b: bool = False


class Office:
    """Answers to signals from REST; may raise what its forms raise on an answer of another shape."""

    def __init__(
        self,
        admin: Admin,
        site: Site,
        habits: Habits,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self.supplies = frozenset({Signal.PROMOTIONS} | ({Signal.STOCK} if site.website else set()))
        self._admin = admin
        self._site = site
        self._habits = habits
        self._clock = clock
        self._groups = Remembered(self._read_groups, monotonic=monotonic)
        self._rules = Remembered(self._read_rules, monotonic=monotonic)
        self._store = Remembered(self._read_store, monotonic=monotonic)
        self._categories = Remembered(self._read_categories, monotonic=monotonic)

    def tell(self, signal: Signal, deadline: float) -> Answer:
        """Tell what is everybody's."""
        return self._stock(deadline) if signal is Signal.STOCK else self._promotions(deadline)

    def tell_of(self, signal: Signal, shopper: Shopper, deadline: float) -> Answer:
        """Tell of the customer of a verified id; an id that is no number of this shop's is not known to it."""
        customer, cart = shopper.customer_id or "", shopper.cart_id or ""
        if not _is_id(customer) or (signal is Signal.CART and not _is_id(cart)):
            return Answer(Found.UNKNOWN_TOKEN)
        if signal is Signal.CART:
            return self._cart(cart, customer, deadline)
        return self._customer(customer, deadline) if signal is Signal.CUSTOMER else self._orders(customer, deadline)

    def group_keys(self, group: str, deadline: float) -> Sequence[str] | None:
        """Name a group by its id; None where the shop has none of it."""
        groups = self._groups.get(deadline)
        named = groups.get(group) or self._groups.anew(deadline).get(group)
        return [named] if named else None

    def groups_of(self, customer: str, deadline: float) -> Sequence[str] | None:
        """Name the groups of a customer whose id their own token has told."""
        return self.group_keys(str(self._read_customer(customer, deadline)["group_id"]), deadline)

    def rule_keys(self, deadline: float) -> Mapping[str, str]:
        """Name the rules by id as promotions are."""
        return rule_keys(self._rules.get(deadline))

    def missing(self, deadline: float) -> Sequence[str]:
        """Try each list once; say what the key may not read, and what is therefore unknown."""
        tried = {
            _RULES: "promotions and thresholds: Marketing > Promotions > Cart Price Rules",
            _GROUPS: "customer groups: Customers > Customer Groups",
            Search("/customers/search", fields="id"): "customers by id: Customers > All Customers",
            Search("/orders", fields="entity_id"): "orders by id: Sales > Operations > Orders",
            Search("/carts/search", fields="id"): "carts by id: Sales > Operations > Carts",
            Search("/products", fields="id"): "the catalogue: Catalog > Inventory > Products",
            _CATEGORIES: "categories: Catalog > Inventory > Categories",
        }
        if self._site.is_b2b:
            tried[Search("/company/", fields="id")] = "names of companies: Companies > View"
        calls = [(search.path, search.params(1), why) for search, why in tried.items()]
        calls.append((_STORES, {}, "the store's currency and time zone: Stores > Settings > All Stores"))
        if self._site.website:
            calls.append((self._salable.path, self._salable.params(1), "stock: Stores > Inventory"))
        return [said for path, params, why in calls if (said := self._refused(path, params, why, deadline))]

    @property
    def _salable(self) -> Search:
        return Search(f"/inventory/export-stock-salable-qty/website/{part(self._site.website)}")

    def _refused(self, path: str, params: Mapping[str, str | int], why: str, deadline: float) -> str:
        try:
            self._admin.get(path, params, deadline=deadline)
        except RefusedError as error:
            needs = f" (resource {error.needs})" if error.needs else ""
            return f"The key may not read {path}: it answered {error.status}{needs}. Allow {why}."
        return ""

    def _promotions(self, deadline: float) -> Answer:
        rules, groups, store = self._rules.anew(deadline), self._groups.anew(deadline), self._store.get(deadline)
        form = promotions_form(rules, groups, store, self._clock(), with_tax=self._habits.with_tax)
        return Answer(Found.FOUND, read(PromotionsPayload(), form, "promotions"))

    def _stock(self, deadline: float) -> Answer:
        items = self._admin.all(self._salable, size=_STOCK_AT_ONCE, most=_MOST_STOCK, deadline=deadline)
        return Answer(Found.FOUND, read(StockPayload(), {"stock": stock_form(items)}, "stock"))

    def _customer(self, key: str, deadline: float) -> Answer:
        customer = self._read_customer(key, deadline)
        groups = self.group_keys(str(customer["group_id"]), deadline)
        company, is_b2b = self._company(customer, deadline), self._site.is_b2b
        form = customer_form(key, groups, company, is_b2b=is_b2b, habits=self._habits)
        return Answer(Found.FOUND, read(CustomerPayload(), form, "customer"), key)

    def _company(self, customer: Any, deadline: float) -> Any:
        of = (customer.get("extension_attributes") or {}).get("company_attributes") or {}
        number = of.get("company_id")
        if not self._site.is_b2b or not number:
            return None
        company = self._admin.get(f"/company/{int(number)}", {"fields": "id,company_name"}, deadline=deadline)
        return {"id": company["id"], "name": company["company_name"]}

    def _cart(self, cart: str, customer: str, deadline: float) -> Answer:
        found = self._admin.get(f"/carts/{cart}", {"fields": _CART}, deadline=deadline)
        if str(found["id"]) != cart or str(found["customer"]["id"]) != customer:
            raise mismatch("cart")
        if not found["is_active"]:
            return Answer(Found.UNKNOWN_TOKEN)  # it became an order
        totals = self._admin.get(f"/carts/{cart}/totals", {"fields": _TOTALS}, deadline=deadline)
        form = kept_cart_form(found, totals, self._habits)
        return Answer(Found.FOUND, read(CartPayload(), form, "cart"), customer)

    def _orders(self, customer: str, deadline: float) -> Answer:
        fields = f"{_ORDER},{_ITEM}"
        search = Search("/orders", (Filter("customer_id", customer),), fields, "entity_id", up=False)
        orders = self._admin.all(search, size=_AT_ONCE, most=MOST_ORDERS, deadline=deadline)
        if any(str(order["customer_id"]) != customer for order in orders):
            raise mismatch("order")
        bought = {item.get("product_id") for order in orders for item in order["items"] if is_line(item)} - {None}
        form = kept_orders_form(orders, self._filed(sorted(bought), deadline))
        return Answer(Found.FOUND, read(OrdersPayload(), form, "orders"), customer)

    def _filed(self, products: Sequence[int], deadline: float) -> Mapping[int | None, Sequence[str]]:
        """Look up the categories that products are in; one that was deleted is in none."""
        filed: dict[int | None, Sequence[str]] = {}
        for start in range(0, len(products), _AT_ONCE):
            some = ",".join(map(str, products[start : start + _AT_ONCE]))
            fields = "id,extension_attributes[category_links]"
            search = Search("/products", (Filter("entity_id", some, "in"),), fields)
            for product in self._admin.get(search.path, search.params(_AT_ONCE), deadline=deadline)["items"] or []:
                filed[product["id"]] = self._named(product, deadline)
        return filed

    def _named(self, product: Any, deadline: float) -> Sequence[str]:
        links = (product.get("extension_attributes") or {}).get("category_links") or []
        names = self._categories.get(deadline)
        return [names[link["category_id"]] for link in links if link["category_id"] in names]

    def _read_customer(self, key: str, deadline: float) -> Any:
        customer = self._admin.get(f"/customers/{key}", {"fields": _CUSTOMER}, deadline=deadline)
        if str(customer["id"]) != key:
            raise mismatch("customer")
        return customer

    def _read_groups(self, deadline: float) -> Mapping[str, str]:
        return {str(group["id"]): slug(group["code"]) for group in self._all(_GROUPS, deadline)}

    def _read_rules(self, deadline: float) -> Sequence[Any]:
        return self._all(_RULES, deadline)

    def _read_store(self, deadline: float) -> Store:
        return store_of(self._admin.get(_STORES, {}, deadline=deadline), self._site.store)

    def _read_categories(self, deadline: float) -> Mapping[str, str]:
        told = {str(one["id"]): _url_key(one["custom_attributes"]) for one in self._all(_CATEGORIES, deadline)}
        return {number: key for number, key in told.items() if key}

    def _all(self, search: Search, deadline: float) -> list[Any]:
        return self._admin.all(search, size=_AT_ONCE * 5, most=_MOST, deadline=deadline)


def mismatch(what: str) -> ShopError:
    return ShopError(MISMATCH, f"Adobe Commerce answered with another {what} than was asked for", ails=False)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _url_key(attributes: Iterable[Any]) -> str:
    return next((str(one["value"]) for one in attributes if one["attribute_code"] == "url_key"), "")
