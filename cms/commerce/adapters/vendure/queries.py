"""The GraphQL that adapter `vendure` sends; proven against Vendure 3.7."""

LOGIN = """mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename }
}"""

_CART = """
  activeChannel { defaultCurrencyCode }
  activeOrder%s {
    %s
    currencyCode
    shippingLines { shippingMethod { code } }
    promotions { name couponCode }
    lines {
      quantity
      discountedUnitPrice discountedUnitPriceWithTax discountedLinePrice discountedLinePriceWithTax
      productVariant { ...Filed }
    }
  }"""

CART = f"query Cart {{{_CART % ('', '')}\n}}"

CART_OF = f"query CartOf($id: ID!) {{{_CART % (': order(id: $id)', 'id active customer { id }')}\n}}"

CUSTOMER = "query Customer { activeCustomer { id %s } }"

CUSTOMER_OF = "query CustomerOf($id: ID!) { customer(id: $id) { id groups { name } %s } }"

GROUPS = "query Groups($id: ID!) { customer(id: $id) { id groups { name } } }"

_ORDERS = """
    id
    orders(options: { filter: { active: { eq: false } }, sort: { orderPlacedAt: DESC }, skip: $skip, take: 100 }) {
      totalItems
      items {
        state orderPlacedAt currencyCode total totalWithTax
        lines { quantity productVariant { ...Filed } }
      }
    }"""

ORDERS = f"query Orders($skip: Int!) {{\n  customer: activeCustomer {{{_ORDERS}\n  }}\n}}"

ORDERS_OF = f"query OrdersOf($id: ID!, $skip: Int!) {{\n  customer(id: $id) {{{_ORDERS}\n  }}\n}}"

FILED = """
fragment Filed on ProductVariant {
  sku
  facetValues { code facet { code } }
  product { facetValues { code facet { code } } collections { slug } }
}"""

# What a product's own `updatedAt` does not show: when one of these has changed, all is read anew.
MARK = """
  activeChannel { code updatedAt pricesIncludeTax }
  globalSettings { updatedAt trackInventory outOfStockThreshold }
  all: products(options: { take: 1 }) { totalItems }
  variants: productVariants(options: { take: 1 }) { totalItems }
  collections(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }
  facets(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }
  facetValues(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }
  taxRates(options: { take: 1, sort: { updatedAt: DESC } }) { totalItems items { updatedAt } }"""

# An order changes what can be sold of its products without touching them.
CHANGES = f"""query Changes($after: DateTime!, $skip: Int!) {{{MARK}
  products(options: {{ filter: {{ updatedAt: {{ after: $after }} }}, sort: {{ id: ASC }}, skip: $skip, take: 100 }}) {{
    totalItems items {{ id }}
  }}
  changed: productVariants(options: {{ filter: {{ updatedAt: {{ after: $after }} }}, sort: {{ id: ASC }}, skip: $skip, take: 100 }}) {{
    totalItems items {{ productId }}
  }}
  sold: orders(options: {{
    filter: {{ updatedAt: {{ after: $after }}, active: {{ eq: false }} }}, sort: {{ id: ASC }}, skip: $skip, take: 100
  }}) {{
    totalItems items {{ lines {{ productVariant {{ productId }} }} }}
  }}
}}"""

CATALOGUE = f"""query Catalogue($options: ProductListOptions!) {{{MARK}
  products(options: $options) {{
    totalItems
    items {{
      id slug enabled
      featuredAsset {{ preview }}
      collections {{ slug }}
      facetValues {{ code facet {{ code }} }}
      %s
      variants {{
        sku enabled currencyCode price priceWithTax
        trackInventory outOfStockThreshold useGlobalOutOfStockThreshold
        translations {{ languageCode name }}
        featuredAsset {{ preview }}
        facetValues {{ code facet {{ code }} }}
        stockLevels {{ stockOnHand stockAllocated }}
      }}
    }}
  }}
}}"""

LINKED = "%s { enabled variants { sku enabled } }"

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

PERMISSIONS = "query Permissions { activeChannel { code } me { channels { code permissions } } }"
