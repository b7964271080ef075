"""What a workspace names of the shop is held against what the shop sells and runs, and found where it stands."""

import json
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.facts.signals import Product, Promotion
from cms.problems import Problem, Severity
from cms.proofs.catalogue import Goods, check_names
from cms.proofs.mentions import mentions
from cms.workspace import read_folder, read_workspace

PLAIN = read_folder(Path(__file__).parents[1] / "workspaces" / "plain")
PRODUCTS = {
    sku: Product(sku, {"": sku}, f"/p/{sku}", None, categories=("plants",), tags=frozenset({"pet-safe"}))
    for sku in ("fern", "monstera")
}
GOODS = Goods(PRODUCTS, (Promotion("ship"),), why="")
FACTS = {"care.done": {"type": "date"}, "care.next[sku]": {"type": "date", "absent": "never"}}


def _files(path: str, **more: Any) -> dict[str, Any]:
    """Lay a workspace whose entry, rail, mail and segment name nothing but what the test puts in."""
    variant = {"key": "near", "when": {"segment": "some"}, "content": {"en": {"headline": "Hi"}}}
    default = {"key": "default", "content": {"en": {"headline": "Hi"}}}
    top = {"accepts": ["banner", "shelf"], "entries": ["bar", "rail"]}
    files: dict[str, Any] = {
        "content/workspace.json": {},
        "segments/facts.json": FACTS,
        "segments/some.json": {"when": {"visitor.is_new": True}},
        "content/pages/home.json": {"route": "/", "stage": "landing", "slots": {"top": top}},
        "content/emails/left.json": {"subject": {"en": "Left"}, "slots": {"top": top}},
        "content/entries/bar.json": {"component": "banner", "variants": [variant, default]},
        "content/entries/rail.json": {
            "component": "shelf",
            "variants": [{"key": "default", "content": {"en": {"rail": "best"}}}],
        },
        "content/rails/best.json": {"strategy": "best-sellers", "limit": 4},
    }
    files[path] = {**files[path], **more}
    return files


def _checked(files: dict[str, Any], goods: Goods = GOODS) -> list[Problem]:
    laid = {path: (data if isinstance(data, str) else json.dumps(data)).encode() for path, data in files.items()}
    workspace = read_workspace({**PLAIN, **laid})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return check_names(mentions(snapshot, workspace), goods)


def _variants(**more: Any) -> dict[str, Any]:
    variants = _files("content/workspace.json")["content/entries/bar.json"]["variants"]
    return {"variants": [{**variants[0], **more}, variants[1]]}


SEGMENT, ENTRY, RAIL = "segments/some.json", "content/entries/bar.json", "content/rails/best.json"
MAIL, PAGE = "content/emails/left.json", "content/pages/home.json"


def _rule(path: str, code: str, place: str, rule: Any) -> tuple[str, dict[str, Any], str, str]:
    return path, {"when": rule}, code, f"/when{place}"


NAMED: list[tuple[str, dict[str, Any], str, str]] = [
    _rule(SEGMENT, "unknown-product", "/bought[fren]", {"bought[fren]": {"ever": True}}),
    _rule(SEGMENT, "unknown-product", "/stock[fren]", {"stock[fren]": {"at_least": 1}}),
    _rule(SEGMENT, "unknown-product", "/care.next[fren]", {"care.next[fren]": {"ever": True}}),
    _rule(SEGMENT, "unknown-product", "/care.done/since", {"care.done": {"since": "bought[fren]"}}),
    _rule(SEGMENT, "unknown-product", "/page.product", {"page.product": "fren"}),
    _rule(SEGMENT, "unknown-product", "/page.product/1", {"page.product": ["fern", "fren"]}),
    _rule(SEGMENT, "unknown-product", "/any/0/cart.skus/has_none/1", {"any": [{"cart.skus": {"has_none": ["fern", "fren"]}}]}),
    _rule(SEGMENT, "unknown-category", "/cart.amount_in[plats]", {"cart.amount_in[plats]": {"at_least": "9.00"}}),
    _rule(SEGMENT, "unknown-category", "/cart.subtotal/at_least/of", {"cart.subtotal": {"at_least": {"percent": 50, "of": "cart.amount_in[plats]"}}}),
    _rule(SEGMENT, "unknown-category", "/page.category/is_not", {"page.category": {"is_not": "plats"}}),
    _rule(SEGMENT, "unknown-category", "/product.categories/has_any/0", {"product.categories": {"has_any": ["plats"]}}),
    _rule(SEGMENT, "unknown-tag", "/product.tags/has_all/0", {"product.tags": {"has_all": ["pet-save"]}}),
    _rule(SEGMENT, "unknown-promotion", "/cart.gap[shipp]", {"cart.gap[shipp]": "0.00"}),
    _rule(SEGMENT, "unknown-promotion", "/not/shop.promotions/has_any/0", {"not": {"shop.promotions": {"has_any": ["shipp"]}}}),
    (ENTRY, {"audience": {"bought[fren]": {"ever": True}}}, "unknown-product", "/audience/bought[fren]"),
    (ENTRY, {"offer": {"kind": "x", "claims": {"push": ["fern", "fren"]}}}, "unknown-product", "/offer/claims/push/1"),
    (ENTRY, _variants(claims={"discount": {"fren": 10}}), "unknown-product", "/variants/0/claims/discount/fren"),
    (ENTRY, _variants(claims={"threshold": {"shipp": "9.00"}}), "unknown-promotion", "/variants/0/claims/threshold/shipp"),
    (ENTRY, _variants(promise={"promotion": "shipp"}), "unknown-promotion", "/variants/0/promise/promotion"),
    (ENTRY, _variants(promise={"price": {"fren": "9.00"}}), "unknown-product", "/variants/0/promise/price/fren"),
    (ENTRY, _variants(promise={"stock": ["fren"]}), "unknown-product", "/variants/0/promise/stock/0"),
    (ENTRY, _variants(content={"en": {"headline": "{cart.gap[shipp]}"}}), "unknown-promotion", "/variants/0/content/en/headline"),
    (ENTRY, _variants(content={"en": {"headline": "Hi", "product": "fren"}}), "unknown-product", "/variants/0/content/en/product"),
    (MAIL, {"subject": {"en": ["{stock[fren]} left", "Left"]}}, "unknown-product", "/subject/en/0"),
    (MAIL, {"preheader": {"en": ["{cart.gap[shipp]}", "Left"]}}, "unknown-promotion", "/preheader/en/0"),
    (RAIL, {"pinned": ["fern", "fren"]}, "unknown-product", "/pinned/1"),
    (RAIL, {"filters": {"category": "plats"}}, "unknown-category", "/filters/category"),
    (RAIL, {"filters": {"tag": "pet-save"}}, "unknown-tag", "/filters/tag"),
    (RAIL, {"filters": {"max_price_ratio": {"of": "cart.amount_in[plats]", "ratio": "1/2"}}}, "unknown-category", "/filters/max_price_ratio/of"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "more", "code", "place"), NAMED)
def test_a_name_the_shop_does_not_know_is_found_where_it_stands(
    path: str, more: dict[str, Any], code: str, place: str
) -> None:
    found = _checked(_files(path, **more))

    assert [(code, path, place)] == [(problem.code, problem.file, problem.pointer) for problem in found]
    assert [Severity.WARNING] == [problem.severity for problem in found]
    assert found[0].line == 1
    assert found[0].suggestion.startswith("Did you mean")


@pytest.mark.parametrize(("path", "more", "code", "place"), NAMED)
def test_a_name_the_shop_knows_is_none(path: str, more: dict[str, Any], code: str, place: str) -> None:
    known = {"fren": "fern", "shipp": "ship", "plats": "plants", "pet-save": "pet-safe"}
    text = json.dumps(more)
    for wrong, right in known.items():
        text = text.replace(wrong, right)

    assert [] == _checked(_files(path, **json.loads(text)))


def test_a_name_in_a_copy_file_is_found_in_it() -> None:
    files = _files("content/workspace.json")
    del files["content/entries/rail.json"]
    files["content/entries/rail/entry.json"] = {"component": "banner", "variants": [{"key": "default"}]}
    files["content/entries/rail/default.en.md"] = "---\nheadline: Hi\nproduct: fren\n---\n"
    files["content/pages/home.json"]["slots"]["top"]["accepts"] = ["banner"]
    del files["content/rails/best.json"]

    found = _checked(files)

    assert [("unknown-product", "content/entries/rail/default.en.md", 3)] == [(p.code, p.file, p.line) for p in found]


def test_what_was_bought_may_be_a_product_or_a_category() -> None:
    assert [] == _checked(_files(SEGMENT, when={"bought[plants]": {"ever": True}, "bought[fern]": {"ever": True}}))


def test_a_page_may_call_a_list_by_a_tag() -> None:
    assert [] == _checked(_files(SEGMENT, when={"page.category": "pet-safe"}))


def test_what_the_shop_did_not_tell_is_one_info_that_says_why() -> None:
    files = _files(
        SEGMENT, when={"bought[fren]": {"ever": True}, "cart.gap[shipp]": "0.00", "product.tags": {"has_any": ["x"]}}
    )

    nothing = _checked(files, Goods(why="no shop is configured", hint="Set it."))
    products = _checked(files, Goods(PRODUCTS, why="no administrator"))

    assert [("catalogue-not-checked", Severity.INFO, "content/workspace.json", "Set it.")] == [
        (problem.code, problem.severity, problem.file, problem.suggestion) for problem in nothing
    ]
    assert "(products, categories, tags, promotions): no shop is configured." in nothing[0].message
    assert ["unknown-product", "unknown-tag", "catalogue-not-checked"] == [problem.code for problem in products]
    assert "(promotions): no administrator." in products[-1].message


def test_a_workspace_that_names_nothing_of_the_shop_has_nothing_to_check() -> None:
    assert [] == _checked(_files("content/workspace.json"), Goods(why="no shop is configured"))
