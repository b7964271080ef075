"""Which facts Adobe Commerce can never tell, by dialect, edition and what it was connected with."""

from collections.abc import Mapping

from cms.commerce.adapters.adobe.forms import Habits
from cms.commerce.adapters.adobe.office import Site
from cms.commerce.adapters.adobe.queries import Dialect

_ELSEWHERE = "take it from a CRM or CDP beside the shop, as a trait."
_ALWAYS = {
    "customer.company_level": f"Adobe Commerce keeps no level of a company; {_ELSEWHERE}",
    "customer.loyalty_tier": f"Adobe Commerce has reward points but no tiers; {_ELSEWHERE}",
    "customer.is_member": f"Adobe Commerce knows no membership; use a customer group, or {_ELSEWHERE}",
    "product.tags": "Adobe Commerce has no product tags; use categories.",
}
_OPEN_SOURCE = {
    "customer.loyalty_points": f"Magento Open Source has no reward points; {_ELSEWHERE}",
    "customer.tags": "Magento Open Source has no customer segments; use customer groups.",
}
_IDS_ONLY = "is told only as an id; set CMS_COMMERCE_KEY, with which its name is looked up."
_WITHOUT_OFFICE = {
    "customer.groups": f"In this version a customer's group {_IDS_ONLY}",
    "cart.promotions": f"In this version a rule applied to a cart {_IDS_ONLY}",
}
_COMPANY = {"customer.company": 'Companies need the B2B extension; where it is installed, set option "b2b" to true.'}
_KIND = {
    "customer.kind": 'Nothing says which customers are businesses; set option "b2b" to true or list "business_groups".'
}
_STOCK = 'This product view has no quantity; set option "stock_of_website" and CMS_COMMERCE_KEY.'
_VIEWS = {"product.rating": "The Cloud Service's product views have no ratings; take them from a review service."}


def lacks_of(dialect: Dialect, site: Site, habits: Habits, *, has_office: bool) -> Mapping[str, str]:
    """List the facts of this connection, each with why and what to do."""
    lacks = dict(_ALWAYS)
    lacks |= {} if site.is_commerce else _OPEN_SOURCE
    lacks |= {} if dialect.names_groups or has_office else _WITHOUT_OFFICE
    lacks |= {} if site.is_b2b else _COMPANY
    lacks |= {} if site.is_b2b or (habits.business_groups and "customer.groups" not in lacks) else _KIND
    lacks |= {} if dialect.tells_ratings else _VIEWS
    if dialect.is_cloud_service and not (has_office and site.website):
        lacks |= {"product.stock": _STOCK, "stock": _STOCK}
    return lacks
