"""The GraphQL that adapter `shopify` sends; its tests hold each text against Shopify's published schema, version 2026-10.

Admin and Customer Account queries stay below 1,000 points: an object counts one, a list counts as many objects as it may hold.
"""

from collections.abc import Sequence

# Storefront API

CART = """query Cart($id: ID!, $after: String) {
  cart(id: $id) {
    id
    cost { subtotalAmount { amount currencyCode } }
    lines(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        quantity
        cost { amountPerQuantity { amount currencyCode } }
        merchandise { ... on ProductVariant { id sku } }
      }
    }
    discountApplications {
      ... on CartAutomaticDiscountApplication { title }
      ... on CartCustomDiscountApplication { title }
      ... on CartCodeDiscountApplication { code }
    }
    deliveryGroups(first: 1) { nodes { selectedDeliveryOption { title } } }
  }
}"""

FILED = """query Filed($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant { id product { productType collections(first: 50) { nodes { handle } } } }
  }
}"""

_SOLD = """
fragment Sold on ProductVariant {
  id sku title availableForSale quantityAvailable
  image { url }
  price { amount currencyCode }
  compareAtPrice { amount currencyCode }
}"""

PRODUCTS = (
    """query Products($first: Int!, $after: String, $since: String, $country: CountryCode, $language: LanguageCode)
@inContext(country: $country, language: $language) {
  products(first: $first, after: $after, query: $since, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id handle title productType tags updatedAt
      featuredImage { url }
      collections(first: 50) { nodes { handle } }
      metafields(identifiers: [{namespace: "reviews", key: "rating"}, {namespace: "reviews", key: "rating_count"}]) {
        key value
      }
      variants(first: 50) { pageInfo { hasNextPage endCursor } nodes { ...Sold } }
    }
  }
}"""
    + _SOLD
)

VARIANTS = (
    """query Variants($id: ID!, $after: String, $country: CountryCode, $language: LanguageCode)
@inContext(country: $country, language: $language) {
  product(id: $id) { variants(first: 250, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...Sold } } }
}"""
    + _SOLD
)

BEST_SELLERS = "query BestSellers { products(first: 250, sortKey: BEST_SELLING) { nodes { id } } }"

STOREFRONT_RIGHTS = """query StorefrontRights {
  products(first: 1) { nodes { tags variants(first: 1) { nodes { quantityAvailable } } } }
}"""


def recommendations(intents: Sequence[str], products: int) -> str:
    """Ask for the recommendations of so many products, $p0 and on, at once; `r0_RELATED` are those of $p0 by that intent."""
    numbers = range(products)
    declared = ", ".join(f"$p{number}: ID!" for number in numbers)
    asked = " ".join(
        f"r{number}_{intent}: productRecommendations(productId: $p{number}, intent: {intent}) {{ ...First }}"
        for number in numbers
        for intent in intents
    )
    first = "fragment First on Product { variants(first: 1) { nodes { id sku } } }"
    return f"query Recommendations({declared}) {{ {asked} }}\n{first}"


# Customer Account API: the shopper's own token says who `customer` is

CUSTOMER = """query Customer($b2b: Boolean!, $fielded: Boolean!, $fields: [HasMetafieldsIdentifier!]!) {
  customer {
    id tags
    companyContacts(first: 2) @include(if: $b2b) { nodes { company { id name } } }
    metafields(identifiers: $fields) @include(if: $fielded) { namespace key value }
  }
}"""

WHO = "query Who { customer { id } }"

ORDERS = """query Orders($after: String) {
  customer {
    id
    orders(first: 40, after: $after, sortKey: PROCESSED_AT, reverse: true) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id processedAt cancelledAt
        totalPrice { amount currencyCode }
        lineItems(first: 20) { pageInfo { hasNextPage endCursor } nodes { sku quantity variantId } }
      }
    }
  }
}"""

ORDER_LINES = """query OrderLines($id: ID!, $after: String) {
  order(id: $id) {
    lineItems(first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { sku quantity variantId } }
  }
}"""

# Admin API: by the id of a verified customer, or about nobody

CUSTOMER_OF = """query CustomerOf(
  $id: ID!, $b2b: Boolean!, $fielded: Boolean!, $fields: [String!], $segmented: Boolean!, $segments: [ID!]!
) {
  customer(id: $id) {
    id tags
    companyContactProfiles @include(if: $b2b) { company { id name } }
    metafields(first: 10, keys: $fields) @include(if: $fielded) { nodes { namespace key value } }
  }
  customerSegmentMembership(customerId: $id, segmentIds: $segments) @include(if: $segmented) {
    memberships { segmentId isMember }
  }
}"""

MEMBERSHIP = """query Membership($id: ID!, $segments: [ID!]!) {
  customerSegmentMembership(customerId: $id, segmentIds: $segments) { memberships { segmentId isMember } }
}"""

TRAITS_OF = """query TraitsOf($id: ID!, $fielded: Boolean!, $fields: [String!]) {
  customer(id: $id) {
    id
    statistics { rfmGroup }
    metafields(first: 50, keys: $fields) @include(if: $fielded) { nodes { namespace key jsonValue } }
  }
}"""

ORDERS_OF = """query OrdersOf($id: ID!, $after: String) {
  customer(id: $id) {
    id
    orders(first: 20, after: $after, sortKey: PROCESSED_AT, reverse: true) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id processedAt cancelledAt
        currentTotalPriceSet { presentmentMoney { amount currencyCode } }
        lineItems(first: 20) { pageInfo { hasNextPage endCursor } nodes { sku quantity variant { id } } }
      }
    }
  }
}"""

ORDER_LINES_OF = """query OrderLinesOf($id: ID!, $after: String) {
  order(id: $id) {
    lineItems(first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { sku quantity variant { id } } }
  }
}"""

PROMOTIONS = """query Promotions($after: String) {
  discountNodes(first: 50, after: $after, query: "status:active AND method:automatic", sortKey: ID) {
    pageInfo { hasNextPage endCursor }
    nodes {
      discount {
        __typename
        ... on DiscountAutomaticBasic {
          title status startsAt endsAt
          minimumRequirement { ...Minimum }
          context { ...Context }
          customerGets {
            appliesOnOneTimePurchase
            items { __typename }
            value { __typename ... on DiscountPercentage { percentage } }
          }
        }
        ... on DiscountAutomaticFreeShipping {
          title status startsAt endsAt appliesOnOneTimePurchase
          maximumShippingPrice { amount }
          minimumRequirement { ...Minimum }
          context { ...Context }
          destinationSelection { __typename ... on DiscountCountries { countries includeRestOfWorld } }
        }
      }
    }
  }
}
fragment Minimum on DiscountMinimumRequirement {
  __typename
  ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount currencyCode } }
}
fragment Context on DiscountContext { __typename ... on DiscountCustomerSegments { segments { id } } }"""

GONE = """query Gone($since: String!, $after: String) {
  products(first: 20, after: $after, query: $since, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { variants(first: 40) { nodes { id sku } } }
  }
}"""

ADMIN_RIGHTS = "query AdminRights { currentAppInstallation { accessScopes { handle } } }"
