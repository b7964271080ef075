"""The contract bites: what is sent is what Shopify publishes, affordable, and opened by the right token."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)

from cms.commerce.adapters.shopify import queries
from cms.commerce.adapters.shopify.api import Keys, admin, storefront
from cms.commerce.failures import ERROR, ShopError
from cms.commerce.wire.graphql import RefusedError
from cms.commerce.wire.transport import Transport
from cms.errors import CmsError
from cms.facts.signals import Shopper, Signal
from tests.commerce.shopify.conftest import CART, KEY, NUMBER, TOKEN, VERSION, Shopify, page

_OF_STOREFRONT = (
    queries.CART, queries.FILED, queries.PRODUCTS, queries.VARIANTS, queries.BEST_SELLERS, queries.STOREFRONT_RIGHTS,
    queries.recommendations(["COMPLEMENTARY", "RELATED"], 20),
)  # fmt: skip
_OF_ACCOUNTS = (queries.CUSTOMER, queries.WHO, queries.ORDERS, queries.ORDER_LINES)
_OF_ADMIN = (
    queries.CUSTOMER_OF, queries.MEMBERSHIP, queries.TRAITS_OF, queries.ORDERS_OF, queries.ORDER_LINES_OF,
    queries.PROMOTIONS, queries.GONE, queries.ADMIN_RIGHTS,
)  # fmt: skip
_ALL = {"storefront": _OF_STOREFRONT, "accounts": _OF_ACCOUNTS, "admin": _OF_ADMIN}
_EACH = [(api, query) for api, some in _ALL.items() for query in some]


def _name(query: str) -> str:
    return query.split(maxsplit=1)[1].partition("(")[0].split()[0]


def test_every_operation_is_listed_here() -> None:
    texts = [value for name, value in vars(queries).items() if name.isupper() and not name.startswith("_")]
    assert {_name(text) for text in texts} | {"Recommendations"} == {_name(query) for _, query in _EACH}


@pytest.mark.parametrize(("api", "query"), _EACH, ids=[_name(query) for _, query in _EACH])
def test_no_question_uses_what_the_schema_does_not_have_or_calls_deprecated(
    shopify: Shopify, api: str, query: str
) -> None:
    schema = shopify.of(api).schema
    document = parse(query)
    assert not validate(schema, document)
    for kind, name in _fields(schema, document):
        assert schema.type_map[kind].fields[name].deprecation_reason is None


def _fields(schema: Any, document: Any) -> Iterator[tuple[str, str]]:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}

    def walk(kind: Any, node: Any) -> Iterator[tuple[str, str]]:
        for one in node.selection_set.selections if node.selection_set else ():
            if isinstance(one, FieldNode) and not one.name.value.startswith("__"):
                yield kind.name, one.name.value
                yield from walk(get_named_type(kind.fields[one.name.value].type), one)
            elif isinstance(one, InlineFragmentNode):
                yield from walk(schema.type_map[one.type_condition.name.value] if one.type_condition else kind, one)
            elif isinstance(one, FragmentSpreadNode):
                fragment = fragments[one.name.value]
                yield from walk(schema.type_map[fragment.type_condition.name.value], fragment)

    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    yield from walk(schema.query_type, operation)


@pytest.mark.parametrize(
    ("api", "query"),
    [one for one in _EACH if one[0] != "storefront"],
    ids=[_name(q) for a, q in _EACH if a != "storefront"],
)
def test_no_question_costs_more_than_shopify_allows(shopify: Shopify, api: str, query: str) -> None:
    assert 1 <= _cost(shopify.of(api).schema, query) <= 1000


def _cost(schema: Any, query: str) -> int:
    """Count as Shopify does at most: an object is a point, a list two and those of as many as it may hold, a value none."""
    document = parse(query)
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}

    def points(kind: Any, node: Any, times: int = 1) -> int:
        most: dict[str, int] = {}
        for one in node.selection_set.selections if node.selection_set else ():
            if isinstance(one, FieldNode):
                if not one.name.value.startswith("__"):
                    repeated = times if one.name.value == "nodes" else 1
                    most[f"field {one.name.value}"] = repeated * field(kind.fields[one.name.value].type, one)
                continue
            inner = fragments[one.name.value] if isinstance(one, FragmentSpreadNode) else one
            name = f"of {kind.name}"  # of several possible types the dearest
            most[name] = max(most.get(name, 0), points(schema.type_map[inner.type_condition.name.value], inner))
        return sum(most.values())

    def field(returned: Any, node: FieldNode) -> int:
        kind = get_named_type(returned)
        if is_leaf_type(kind):
            return 0
        first = next((argument.value for argument in node.arguments or () if argument.name.value == "first"), None)
        assert not isinstance(first, VariableNode)
        times = int(first.value) if isinstance(first, IntValueNode) else 1
        return 1 + points(kind, node, times)

    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return points(schema.query_type, operation)


def _everything(shopify: Shopify) -> None:
    """Ask for all there is, each list with a second page."""
    line = {"__typename": "CartLine", "merchandise": {"__typename": "ProductVariant", "sku": "A"}}
    for contract in (shopify.storefront, shopify.admin, shopify.accounts):
        contract.answers["MoneyV2.currencyCode"] = "USD"
    shopify.storefront.answers |= {
        "QueryRoot.cart": {"id": "gid://shopify/Cart/abc?key=k1", "lines": page([line])},
        "ProductVariant.id": "gid://shopify/ProductVariant/1",
        "Product.id": "gid://shopify/Product/1",
        "Product.variants": lambda asked: page([{}], "more" if not asked.get("after") else None),
        "QueryRoot.products": page([{}]),
    }
    bought = {"lineItems": page([{"sku": "A", "quantity": 1}], "more")}
    customer = {"id": "gid://shopify/Customer/7", "orders": page([bought])}
    for contract, key in ((shopify.accounts, "LineItem.variantId"), (shopify.admin, "ProductVariant.id")):
        contract.answers |= {
            "QueryRoot.customer": customer,
            "QueryRoot.order": {"lineItems": page([])},
            key: "gid://shopify/ProductVariant/1",
        }
    shopify.accounts.answers |= {"Customer.metafields": [], "Company.id": "gid://shopify/Company/1"}
    shopify.admin.answers |= {
        "QueryRoot.discountNodes": page([]),
        "Customer.metafields": {"nodes": []},
        "Company.id": "gid://shopify/Company/1",
        "SegmentMembership.segmentId": "gid://shopify/Segment/11",
        "QueryRoot.products": page([]),
    }
    for signal, shoppers in {
        Signal.CART: [CART], Signal.CUSTOMER: [TOKEN, NUMBER], Signal.ORDERS: [TOKEN, NUMBER],
        Signal.TRAITS: [TOKEN, NUMBER], Signal.PROMOTIONS: [Shopper()],
    }.items():  # fmt: skip
        for shopper in shoppers:
            shopify.ask(signal, shopper)
    connected = shopify.connected()
    assert connected.feed is not None
    assert connected.missing is not None
    whole = connected.feed.batch("", currency="USD", timeout_s=5)
    connected.feed.batch(whole.cursor, currency="USD", timeout_s=5)
    connected.missing(5)


def test_every_operation_the_adapter_has_is_sent_and_answered_by_the_schema(shopify: Shopify) -> None:
    _everything(shopify)
    for api, some in _ALL.items():
        contract = shopify.of(api)
        assert set(contract.operations) == {_name(query) for query in some}
        assert not contract.faults


def test_a_wrong_field_is_refused(shopify: Shopify) -> None:
    transport = Transport(shopify.url)
    shop = storefront(transport, VERSION, Keys("private"))
    with pytest.raises(RefusedError):
        shop.ask(queries.CART.replace("subtotalAmount", "subtotal"), {"id": "abc"}, transport.monotonic() + 5)
    shopify.red = set(shopify.faults)
    assert any("'subtotal'" in fault for fault in shopify.faults)


@pytest.mark.parametrize(
    ("query", "variables", "fault"),
    [
        (queries.MEMBERSHIP.replace("segmentIds: $segments", ""), {"id": "7", "segments": []}, "segmentIds"),
        (queries.MEMBERSHIP, {"id": "7"}, "'$segments'"),
        (queries.GONE, {"since": 7}, "'$since'"),
    ],
)
def test_a_missing_or_wrong_parameter_is_refused(
    shopify: Shopify, query: str, variables: Mapping[str, Any], fault: str
) -> None:
    transport = Transport(shopify.url)
    office = admin(transport, VERSION, Keys("private", "shpat_1"))
    with pytest.raises(RefusedError):
        office.ask(query, variables, transport.monotonic() + 5)
    assert any(fault in said for said in shopify.faults), shopify.faults
    shopify.red = set(shopify.faults)


@pytest.mark.parametrize(
    ("signal", "shopper"), [(Signal.CART, CART), (Signal.CUSTOMER, NUMBER), (Signal.PROMOTIONS, Shopper())]
)
def test_a_wrong_token_is_refused_and_says_nothing_of_the_shops_health(
    shopify: Shopify, signal: Signal, shopper: Shopper
) -> None:
    shopify.red = {"unauthorized"}
    source = shopify.connected(key='{"storefront": "wrong", "admin": "wrong"}').source
    with pytest.raises(ShopError) as caught:
        source.fetch(signal, shopper, currency="USD", timeout_s=5)
    assert (caught.value.code, caught.value.ails) == (ERROR, False)
    assert set(shopify.faults) == {"unauthorized"}


_APP = json.dumps({"storefront": "private", "client_id": "app", "client_secret": "s3cret"})


def test_an_app_gets_its_token_with_its_id_and_secret_and_keeps_it(shopify: Shopify) -> None:
    shopify.grants.append((200, {"access_token": "shpat_1", "scope": "read_discounts", "expires_in": 86_399}))
    shopify.admin.answers["QueryRoot.discountNodes"] = page([])
    source = shopify.connected(key=_APP).source
    for _ in range(2):
        assert source.fetch(Signal.PROMOTIONS, Shopper(), currency="USD", timeout_s=5).value == ()
    assert not shopify.grants


@pytest.mark.parametrize(
    ("status", "said", "ails"),
    [(400, {"error": "invalid_client"}, False), (200, {"access_token": ""}, True), (200, {"access_token": "a"}, True)],
)
def test_a_token_that_is_not_given_is_an_error(
    shopify: Shopify, status: int, said: Mapping[str, Any], *, ails: bool
) -> None:
    shopify.grants.append((status, said))
    with pytest.raises(ShopError) as caught:
        shopify.connected(key=_APP).source.fetch(Signal.PROMOTIONS, Shopper(), currency="USD", timeout_s=5)
    assert caught.value.ails is ails


@pytest.mark.parametrize(
    "key",
    ["", "private", "{}", '{"storefront": ""}', '{"storefront": "a", "client_id": "b"}', '{"storefront": "a", "other": "b"}',
     '{"storefront": "a", "admin": "b", "client_id": "c", "client_secret": "d"}'],
)  # fmt: skip
def test_a_key_of_another_form_says_what_it_looks_like(shopify: Shopify, key: str) -> None:
    with pytest.raises(CmsError, match="shopify"):
        shopify.connected(key=key)


def test_the_key_is_shown_by_nothing(shopify: Shopify) -> None:
    source = shopify.connected(key=KEY).source
    assert "shpat_1" not in repr(vars(source))
    assert "private" not in repr(vars(source))
