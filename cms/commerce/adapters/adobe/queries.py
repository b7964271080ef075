"""The GraphQL that adapter `adobe` sends, by dialect; each is checked against the schema published for it."""

from collections.abc import Mapping
from dataclasses import dataclass

_CART = """query Cart($cart: String!, $page: Int!) {
  shared: storeConfig { rules: %(rules_shared)s }
  cart(cart_id: $cart) {
    id
    rules { %(rule)s }
    shipping_addresses { selected_shipping_method { carrier_code method_code } }
    prices { subtotal_including_tax { value currency } subtotal_excluding_tax { value currency } }
    itemsV2(pageSize: 100, currentPage: $page) {
      total_count
      items {
        quantity
        product { sku }
        prices {
          price { value currency } price_including_tax { value currency }
          row_total { value currency } row_total_including_tax { value currency }
        }
        ... on ConfigurableCartItem { configured_variant { sku } }
      }
    }
  }
}"""

# Each part of a customer stands by itself, so that a part which the shop refuses leaves the others.
_CUSTOMER = """query Customer {
  shared: storeConfig { groups: graphql_share_customer_group %(segments_shared)s }
  customer { id group { %(group)s } }
%(parts)s}"""
_SEGMENTED = "  segmented: customer { segments { %(segment)s } }\n"
_POINTS = "  rewarded: customer { reward_points { balance { points } } }\n"
_COMPANIES = "  employed: customer { companies { items { id name } } }\n"

ORDERS = """query Orders($page: Int!) {
  storeConfig { timezone }
  customer {
    id
    orders(pageSize: 100, currentPage: $page, scope: GLOBAL, sort: { sort_field: CREATED_AT, sort_direction: DESC }) {
      total_count
      items {
        order_date
        total { grand_total { value currency } }
        items { product_sku quantity_ordered quantity_canceled product { categories { url_key } } }
      }
    }
  }
}"""

_PRODUCTS = """query Products($skus: [String]!, $size: Int!) {
  products(filter: { sku: { in: $skus } }, pageSize: $size) {
    items {
      ...Told
      rating_summary review_count
      related_products { sku } upsell_products { sku } crosssell_products { sku }
      ... on ConfigurableProduct { variants { product { ...Told } } }
    }
  }
}
fragment Told on ProductInterface {
  sku name url_key stock_status quantity
  categories { url_key }
  small_image { url }
  price_range { minimum_price { final_price { value currency } regular_price { value currency } } }
}"""

_PRODUCT_VIEWS = """query Products($skus: [String]!) {
  products(skus: $skus) {
    sku name urlKey
    images(roles: ["small_image"]) { url }
    categories { slug }
    links { linkTypes product { sku } }
    ... on SimpleProductView { price { ...Prices } }
    ... on ComplexProductView { priceRange { minimum { ...Prices } } }
  }
}
fragment Prices on ProductViewPrice {
  final { amount { value currency } }
  regular { amount { value currency } }
}"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one edition of the schema names things; `names_groups` when it tells names of groups and rules, not only ids."""

    name: str
    cart: str
    products: str
    names: Mapping[str, str]
    is_cloud_service: bool = False
    names_groups: bool = False
    tells_ratings: bool = True

    def customer(self, *, is_commerce: bool, is_b2b: bool) -> str:
        """Ask for what the shop's modules can tell."""
        parts = (_SEGMENTED % self.names + _POINTS if is_commerce else "") + (_COMPANIES if is_b2b else "")
        shared = self.names["segments_shared"] if is_commerce else ""
        return _CUSTOMER % {**self.names, "segments_shared": shared, "parts": parts}


_IN_248 = {"rules_shared": "share_applied_sales_rule", "rule": "name", "group": "name", "segment": "name"}
_SINCE_249 = {"rules_shared": "share_applied_cart_rule", "rule": "uid", "group": "uid", "segment": "uid"}
_NAMES_248 = _IN_248 | {"segments_shared": ""}
_NAMES_249 = _SINCE_249 | {"segments_shared": "segments: share_active_segments"}

DIALECTS: Mapping[str, Dialect] = {
    "2.4.8": Dialect("2.4.8", _CART % _NAMES_248, _PRODUCTS, _NAMES_248, names_groups=True),
    "2.4.9": Dialect("2.4.9", _CART % _NAMES_249, _PRODUCTS, _NAMES_249),
    "saas": Dialect("saas", _CART % _NAMES_249, _PRODUCT_VIEWS, _NAMES_249, is_cloud_service=True, tells_ratings=False),
}
