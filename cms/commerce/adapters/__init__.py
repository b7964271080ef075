"""One module or package per commerce system; each turns its API into the normal form, and knows nothing of pages or caches."""

from collections.abc import Sequence

from cms.commerce.adapter import Adapter
from cms.commerce.adapters import adobe, http, salesforce, sap, shopify, vendure

SHIPPED: Sequence[Adapter] = (
    adobe.ADAPTER,
    http.ADAPTER,
    salesforce.ADAPTER,
    sap.ADAPTER,
    shopify.ADAPTER,
    vendure.ADAPTER,
)
