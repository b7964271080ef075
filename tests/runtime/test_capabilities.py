"""What no connected system can tell is found where it is needed, while it is written."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from corner import NOW

from cms.commerce import Upstream, only
from cms.content.compiling import compile_workspace
from cms.facts.signals import Answer, Found, Shopper, Signal
from cms.problems import Problem, Severity
from cms.proofs.capabilities import check_capabilities
from cms.runtime.catalogue import capabilities_of, shop_problems
from cms.settings import Settings
from cms.workspace import read_folder, read_workspace

PLAIN = read_folder(Path(__file__).parents[1] / "workspaces" / "plain")
ALL = frozenset(Signal) - {Signal.COUNTERS}
SEGMENT, ENTRY, RAIL = "segments/some.json", "content/entries/bar.json", "content/rails/best.json"
MAIL = "content/emails/left.json"
GROUPS = "Shoppers of this system have no groups. Take them from a CRM."
POINTS = "This system keeps no loyalty points. Take them from a CRM."
THRESHOLDS = "This system tells thresholds as text only. Give them in the options."
STOCK = "This system tells no stock. Take it from an ERP."


class Bare:
    """A system that is never asked anything."""

    def __init__(self, supplies: frozenset[Signal], lacks: Mapping[str, str]) -> None:
        self.supplies, self.lacks = supplies, lacks

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        return Answer(Found.UNSUPPORTED)


def _able(supplies: frozenset[Signal], **lacks: str) -> tuple[Upstream, ...]:
    return only(Bare(supplies, {name.replace("__", "."): why for name, why in lacks.items()}))


SALESFORCE_LIKE = _able(ALL - {Signal.TRAITS, Signal.STOCK}, customer__groups=GROUPS, customer__loyalty_points=POINTS)
SAP_LIKE = _able(
    ALL - {Signal.TRAITS, Signal.STOCK, Signal.PROMOTIONS}, customer__loyalty_points=POINTS, cart__gap=THRESHOLDS
)
NOTHING_BUT_CARTS = _able(frozenset({Signal.CART}))


def _files(path: str = "", **more: Any) -> dict[str, Any]:
    """Lay a workspace that needs nothing of a shop but what the test puts in."""
    variant = {"key": "near", "when": {"segment": "some"}, "content": {"en": {"headline": "Hi"}}}
    default = {"key": "default", "content": {"en": {"headline": "Hi"}}}
    top = {"accepts": ["banner"], "entries": ["bar"]}
    files: dict[str, Any] = {
        "content/workspace.json": {},
        "segments/some.json": {"when": {"visitor.is_new": True}},
        "content/pages/home.json": {"route": "/", "stage": "landing", "slots": {"top": top}},
        MAIL: {"subject": {"en": "Left"}, "slots": {"top": top}},
        ENTRY: {"component": "banner", "variants": [variant, default]},
    }
    if path == RAIL:
        files[RAIL] = {"strategy": "best-sellers", "limit": 4}
    if path:
        files[path] = {**files[path], **more}
    return files


def _found(files: dict[str, Any], connected: tuple[Upstream, ...]) -> list[Problem]:
    laid = {path: json.dumps(data, indent=1).encode() for path, data in files.items()}
    workspace = read_workspace({**PLAIN, **laid})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return check_capabilities(snapshot, workspace, capabilities_of(connected))


def _variant(**more: Any) -> dict[str, Any]:
    first, default = _files()[ENTRY]["variants"]
    return {"variants": [{**first, **more}, default]}


def test_a_rule_that_needs_what_salesforce_cannot_tell_is_found_where_it_stands() -> None:
    rule = {"any": [{"customer.groups": {"has_any": ["vip"]}}, {"customer.loyalty_points": {"at_least": 100}}]}

    found = _found(_files(SEGMENT, when=rule), SALESFORCE_LIKE)

    assert [
        f"segments/some.json:5:5: warning[unsupported]: no connected system tells customer.groups. {GROUPS}",
        f"segments/some.json:12:5: warning[unsupported]: no connected system tells customer.loyalty_points. {POINTS}",
    ] == list(map(str, found))


def test_a_rule_that_needs_what_sap_cannot_tell_is_found_where_it_stands() -> None:
    rule = {"cart.gap[free-shipping]": {"at_most": "20.00"}, "shop.promotions": {"has_any": ["sale"]}}

    found = _found(_files(SEGMENT, when=rule), SAP_LIKE)

    hint = "See on its page which key or option the shop's adapter needs for them, or connect a system that tells them."
    told = "no connected system tells promotions, which"
    assert [
        f"segments/some.json:3:3: warning[unsupported]: {told} cart.gap[free-shipping] needs. {hint}",
        f"segments/some.json:6:3: warning[unsupported]: {told} shop.promotions needs. {hint}",
    ] == list(map(str, found))


NEEDED: list[tuple[str, dict[str, Any], str, str]] = [
    (SEGMENT, {"when": {"not": {"bought[fern]": {"ever": True}}}}, "/when/not/bought[fern]", "orders, which bought[fern]"),
    (SEGMENT, {"when": {"cart.subtotal": {"at_least": {"percent": 50, "of": "orders.average"}}}}, "/when/cart.subtotal/at_least/of", "orders, which orders.average"),
    (SEGMENT, {"when": {"crm.tags": {"has_any": ["x"]}}}, "/when/crm.tags", "traits, which crm.tags"),
    (SEGMENT, {"when": {"stock[fern]": {"at_least": 1}}}, "/when/stock[fern]", "products, which stock[fern]"),
    (ENTRY, {"audience": {"customer.is_member": True}}, "/audience/customer.is_member", "customers, which customer.is_member"),
    (ENTRY, _variant(when={"product.rating": {"at_least": 4}}), "/variants/0/when/product.rating", "products, which product.rating"),
    (ENTRY, _variant(content={"en": {"headline": "{orders.count} orders"}}), "/variants/0/content/en/headline", "orders, which orders.count"),
    (ENTRY, _variant(content={"en": {"headline": "Hi", "product": "fern"}}), "/variants/0/content/en/product", 'products, which "fern"'),
    (ENTRY, _variant(promise={"promotion": "sale"}), "/variants/0/promise/promotion", "promotions, which a promise of promotion"),
    (ENTRY, _variant(promise={"threshold": {"sale": "9.00"}}), "/variants/0/promise/threshold", "promotions, which a promise of threshold"),
    (ENTRY, _variant(promise={"stock": ["fern"]}), "/variants/0/promise/stock", "products, which a promise of stock"),
    (ENTRY, _variant(promise={"price": {"fern": "9.00"}}), "/variants/0/promise/price", "products, which a promise of price"),
    (MAIL, {"subject": {"en": ["{customer.loyalty_points} points", "Left"]}}, "/subject/en/0", "customers, which customer.loyalty_points"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "more", "pointer", "told"), NEEDED)
def test_what_no_system_tells_is_a_warning(path: str, more: dict[str, Any], pointer: str, told: str) -> None:
    found = _found(_files(path, **more), NOTHING_BUT_CARTS)

    assert [(path, pointer, f"No connected system tells {told} needs.")] == [
        (problem.file, problem.pointer, problem.message) for problem in found
    ]
    assert [("unsupported", Severity.WARNING, True)] == [(p.code, p.severity, bool(p.suggestion)) for p in found]


@pytest.mark.parametrize(("path", "more", "pointer", "told"), NEEDED)
def test_what_a_system_tells_is_none(path: str, more: dict[str, Any], pointer: str, told: str) -> None:
    assert [] == _found(_files(path, **more), _able(ALL))


RAILS: list[tuple[dict[str, Any], str, str]] = [
    ({"strategy": "replenish"}, "/strategy", "traits, which strategy replenish"),
    ({"fallback": ["friends-bought"]}, "/fallback/0", "traits, which strategy friends-bought"),
    ({"fallback": ["reach-threshold"]}, "/fallback/0", "promotions, which strategy reach-threshold"),
    ({"strategy": "related", "seed": "bought"}, "/seed", "orders, which seed bought"),
    (
        {"filters": {"not_bought_within": "P30D"}},
        "/filters/not_bought_within",
        "orders, which filter not_bought_within",
    ),
    (
        {"filters": {"max_price_ratio": {"of": "orders.average", "ratio": "1/2"}}},
        "/filters/max_price_ratio/of",
        "orders, which orders.average",
    ),
]


def _with_rail(more: dict[str, Any]) -> dict[str, Any]:
    files = _files(RAIL, **more)
    files["content/pages/home.json"]["slots"]["top"] = {"accepts": ["banner", "shelf"], "entries": ["bar", "rail"]}
    files["content/entries/rail.json"] = {
        "component": "shelf",
        "variants": [{"key": "default", "content": {"en": {"rail": "best"}}}],
    }
    return files


@pytest.mark.parametrize(("more", "pointer", "told"), RAILS)
def test_what_a_rail_needs_is_found_in_it(more: dict[str, Any], pointer: str, told: str) -> None:
    found = _found(_with_rail(more), _able(frozenset({Signal.CART, Signal.CATALOGUE})))

    assert [(RAIL, pointer, f"No connected system tells {told} needs.")] == [
        (problem.file, problem.pointer, problem.message) for problem in found
    ]


def test_a_filter_by_stock_that_is_never_known_is_found() -> None:
    lacking = _able(frozenset({Signal.CATALOGUE}), stock=STOCK)

    found = _found(_with_rail({"filters": {"in_stock": True}}), lacking)

    assert [("/filters/in_stock", "No connected system tells stock, which filter in_stock needs.", STOCK)] == [
        (problem.pointer, problem.message, problem.suggestion) for problem in found
    ]


def test_an_erp_that_tells_stock_makes_up_for_a_shop_that_does_not() -> None:
    shop = _able(frozenset({Signal.CATALOGUE}), stock=STOCK)
    erp = _able(frozenset({Signal.STOCK}))

    assert [] == _found(_with_rail({"filters": {"in_stock": True}}), (*shop, *erp))


def test_a_rail_without_a_catalogue_is_found_once() -> None:
    found = _found(_with_rail({}), NOTHING_BUT_CARTS)

    assert ["No connected system tells products, which a rail needs."] == [problem.message for problem in found]


def test_groups_only_make_promotions_more_exact() -> None:
    files = _files(SEGMENT, when={"cart.gap[ship]": {"at_most": "9.00"}})

    assert [] == _found(files, _able(frozenset({Signal.CART, Signal.PROMOTIONS})))


def test_what_is_counted_here_is_asked_of_nobody() -> None:
    assert [] == _found(_files(SEGMENT, when={"shown[bar].last_7_days": {"at_most": 3}}), NOTHING_BUT_CARTS)


def test_without_an_adapter_nothing_is_unsupported() -> None:
    laid = {
        path: json.dumps(data).encode() for path, data in _files(SEGMENT, when={"crm.tags": {"has_any": ["x"]}}).items()
    }
    workspace = read_workspace({**PLAIN, **laid})
    snapshot, _ = compile_workspace(workspace)
    assert snapshot is not None

    assert [] == shop_problems(snapshot, workspace, Settings({}), clock=lambda: NOW)
    vendure = {"CMS_COMMERCE_ADAPTER": "vendure", "CMS_COMMERCE_URL": "http://127.0.0.1:9", "CMS_CATALOGUE_FOLDER": ""}
    found = shop_problems(snapshot, workspace, Settings(vendure), clock=lambda: NOW)
    assert ["unsupported"] == [problem.code for problem in found]


def test_the_finding_that_the_docs_show_is_the_one_that_is_told() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commerce.md").read_text("utf-8")
    files = _files("segments/some.json", when={"crm.tags": {"has_any": ["x"]}})
    (found,) = _found(files, NOTHING_BUT_CARTS)

    assert str(found).partition(": ")[2] in page
