"""The GraphQL that adapter `vendure` sends; proven against Vendure 3.7."""

LOGIN = """mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename }
}"""

CART = """query Cart {
  activeChannel { defaultCurrencyCode }
  activeOrder {
    currencyCode
    shippingLines { shippingMethod { code } }
    promotions { name couponCode }
    lines {
      quantity
      discountedUnitPrice discountedUnitPriceWithTax discountedLinePrice discountedLinePriceWithTax
      productVariant { ...Filed }
    }
  }
}"""

CUSTOMER = "query Customer { activeCustomer { id %s } }"

GROUPS = "query Groups($id: ID!) { customer(id: $id) { groups { name } } }"

ORDERS = """query Orders($skip: Int!) {
  activeCustomer {
    orders(options: { filter: { active: { eq: false } }, sort: { orderPlacedAt: DESC }, skip: $skip, take: 50 }) {
      totalItems
      items {
        state orderPlacedAt currencyCode total totalWithTax
        lines { quantity productVariant { ...Filed } }
      }
    }
  }
}"""

FILED = """
fragment Filed on ProductVariant {
  sku
  facetValues { code facet { code } }
  product { facetValues { code facet { code } } collections { slug } }
}"""

CATALOGUE = """query Catalogue($skip: Int!) {
  activeChannel { pricesIncludeTax }
  globalSettings { trackInventory outOfStockThreshold }
  products(options: { skip: $skip, take: 200, sort: { id: ASC } }) {
    totalItems
    items {
      id slug enabled
      featuredAsset { preview }
      collections { slug }
      facetValues { code facet { code } }
      %s
      variants {
        sku enabled currencyCode price priceWithTax
        trackInventory outOfStockThreshold useGlobalOutOfStockThreshold
        translations { languageCode name }
        featuredAsset { preview }
        facetValues { code facet { code } }
        stockLevels { stockOnHand stockAllocated }
      }
    }
  }
}"""

PROMOTIONS = """query Promotions($skip: Int!) {
  activeChannel { defaultCurrencyCode }
  customerGroups(options: { take: 500 }) { items { id name } }
  promotions(options: { filter: { enabled: { eq: true } }, sort: { id: ASC }, skip: $skip, take: 100 }) {
    totalItems
    items {
      name couponCode startsAt endsAt
      conditions { code args { name value } }
      actions { code args { name value } }
    }
  }
}"""

FIELDS = """query Fields($type: String!) {
  __type(name: $type) { fields { name type { name ofType { name ofType { name ofType { name } } } } } }
}"""
