"""The sample workspace at the repository's root: what it promises its readers, seen through its own personas."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sample import NOW, PRODUCTS, ROOT, SHOP, catalogue, content, decided, rehearsal_of, shown, surfaces, with_facts

from cms.components.body import Link, nodes, placeholders
from cms.content.snapshot import Entry, Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.facts.declarations import FactRef
from cms.facts.signals import Promotion
from cms.proofs.catalogue import Goods, check_names
from cms.proofs.mentions import mentions
from cms.segments.conditions import Condition, facts_read, segments_named
from cms.shop.catalogue import load_catalogue
from cms.workspace import read_folder, read_workspace

ROUTES = {"/cart", "/products", "/club", "/help/shipping", "/checkout", "/account", "/account#orders"}
ROUTES |= {"/account/trade", "/account/welcome", "/subscribe", "/order/add", "/order/extras", "/cart/add"}
FILTERS = {"low-light", "pet-safe"}  # tags by which the listing can be filtered too


def test_every_stage_of_the_shop_has_a_page(sample: Snapshot) -> None:
    shop = {"landing", "listing", "product", "cart", "checkout", "payment", "confirmation", "post-purchase", "account"}
    assert {page.stage for page in sample.pages.values()} == shop
    assert {email.page.stage for email in sample.emails.values()} == {"re-marketing", "post-purchase"}


def test_every_variant_is_written_in_every_locale(sample: Snapshot) -> None:
    missing = [
        (entry.key, variant.key, locale)
        for entry in sample.entries.values()
        for variant in entry.variants
        for locale in sample.settings.locales
        if locale not in variant.content
    ]
    assert missing == []


def test_every_mail_has_a_subject_and_a_preheader_in_every_locale(sample: Snapshot) -> None:
    for email in sample.emails.values():
        assert set(email.subject) == set(email.preheader) == set(sample.settings.locales)


def test_thirty_personas_or_more_expect_four_slots_or_more(sample: Snapshot) -> None:
    assert len(sample.personas) >= 30
    assert [key for key, persona in sample.personas.items() if len(persona.expect) < 4] == []


def test_a_cart_of_209_is_91_away_from_20_percent(sample: Snapshot) -> None:
    assert shown(sample, "high-value-209", "cart/tiers") == ["plant-club:next-tier"]
    words = content(sample, "high-value-209", "cart/tiers")
    assert words["headline"] == "$91.00 away from 20%"
    assert "15% off" in words["body"]["text"]


def test_chinese_readers_get_the_same_tier_as_a_discount_in_tenths(sample: Snapshot) -> None:
    simplified = content(sample, "high-value-209", "cart/tiers", locale="zh-Hans")["headline"]
    traditional = content(sample, "high-value-209", "cart/tiers", locale="zh-Hant")["headline"]
    assert simplified == "再买 US$91.00，就到 8折"
    assert traditional == "再買 US$91.00，就享 8折"


def test_the_first_tier_is_counted_from_the_cart(sample: Snapshot) -> None:
    assert content(sample, "guest-69", "cart/tiers")["headline"] == "$31.00 away from 10%"


def test_a_cart_of_69_lacks_6_to_free_shipping_on_the_page_and_in_the_mail(sample: Snapshot) -> None:
    for place in ("cart/top", "checkout/top", "emails/abandoned-cart/top"):
        assert shown(sample, "guest-69", place) == ["free-shipping:near"]
        assert content(sample, "guest-69", place)["headline"] == "Add $6.00 for free shipping"


def test_taipei_is_told_in_its_own_currency_and_words(sample: Snapshot) -> None:
    assert content(sample, "tw-mobile-email", "cart/top")["headline"] == "再買 NT$230 即享免運"


@pytest.mark.parametrize(
    ("persona", "variant"),
    [
        ("high-value-209", "free-shipping:reached"),
        ("shanghai-wechat", "free-shipping:open"),
        ("first-mobile-visit", "free-shipping:default"),
    ],
)
def test_free_shipping_follows_the_cart(sample: Snapshot, persona: str, variant: str) -> None:
    assert shown(sample, persona, "cart/top") == [variant]


def test_free_shipping_is_not_said_when_the_shop_does_not_run_it(sample: Snapshot) -> None:
    stopped = rehearsal_of(sample, "guest-69", known={"shop.promotions": ["plant-club"]})
    slots = decided(stopped, "cart").slots
    assert [choice.variant for choice in slots["top"]] == ["default"]
    assert "reach-free-shipping:one-step" not in [f"{choice.entry}:{choice.variant}" for choice in slots["rail"]]


TRADERS = (
    "wholesale-buyer", "lobby-bronze", "lobby-bronze-checkout", "lobby-on-phone", "trade-76", "key-account",
    "key-account-taipei", "office-six-left", "northlab-on-phone", "lost-office",
)  # fmt: skip


def test_the_traders_are_all_who_buy_on_trade_terms(sample: Snapshot) -> None:
    groups = {key: persona.facts.get("customer.groups") for key, persona in sample.personas.items()}
    assert {key for key, found in groups.items() if found == ["wholesale"]} == set(TRADERS)


@pytest.mark.parametrize("persona", TRADERS)
def test_traders_are_told_of_no_tier_but_their_own(sample: Snapshot, persona: str) -> None:
    for name in surfaces(sample):
        slots = decided(rehearsal_of(sample, persona), name).slots
        shown_entries = {choice.entry for choices in slots.values() for choice in choices}
        assert not shown_entries & {"plant-club", "plant-club-points"}, name


@pytest.mark.parametrize("place", ["cart/tiers", "emails/abandoned-cart/tiers"])
def test_a_trade_cart_is_told_the_next_step_its_threshold_and_its_discount(sample: Snapshot, place: str) -> None:
    words = content(sample, "wholesale-buyer", place)
    assert words["headline"] == "$120.00 away from 12% on the whole order"
    assert words["body"]["text"] == "From $300.00 on. Your 10% is already taken off."


@pytest.mark.parametrize(
    ("persona", "variant", "headline"),
    [
        ("lobby-bronze", "first", "$31.00 away from your 10% trade discount"),
        ("office-six-left", "steps", "10% off from $50.00 on"),
        ("key-account", "key-account", "$237.00 more and it is 12% off"),
        ("key-account-taipei", "best", "本單已享最優企業折扣 85折"),
    ],
)
def test_each_trade_cart_is_told_where_it_stands(sample: Snapshot, persona: str, variant: str, headline: str) -> None:
    assert shown(sample, persona, "cart/tiers") == [f"trade-volume:{variant}"]
    assert content(sample, persona, "cart/tiers")["headline"] == headline


def test_a_business_without_trade_terms_is_promised_none(sample: Snapshot) -> None:
    assert shown(sample, "new-account-business", "cart/tiers") == []
    assert shown(sample, "new-account-business", "cart/side") == ["service-note:business"]
    for name in surfaces(sample):
        slots = decided(rehearsal_of(sample, "new-account-business"), name).slots
        assert "trade-volume" not in {choice.entry for choices in slots.values() for choice in choices}


@pytest.mark.parametrize(("promotions", "variant"), [(["trade"], "trade-discount"), (["plant-club"], "wholesale")])
def test_the_trade_discount_is_claimed_only_where_the_cart_has_it(
    sample: Snapshot, promotions: list[str], variant: str
) -> None:
    facts = {"cart.promotions": promotions}
    for place in ("cart/side", "checkout/side", "emails/order-confirmation/side"):
        assert with_facts(sample, "wholesale-buyer", place, facts)[0] == variant


@pytest.mark.parametrize(("orders", "variant"), [(1, "first-order"), (2, "returning")])
def test_only_the_first_order_is_thanked_for_as_the_first(sample: Snapshot, orders: int, variant: str) -> None:
    for place in ("confirmation/thanks", "emails/order-confirmation/thanks"):
        assert with_facts(sample, "shanghai-wechat", place, {"orders.count": orders})[0] == variant


def test_the_mail_about_a_cart_counts_nothing_that_may_have_gone(sample: Snapshot) -> None:
    """It is sent later than it was planned: the cart may be empty by then."""
    mail = sample.emails["abandoned-cart"]
    texts = [text for texts in (mail.subject, mail.preheader) for said in texts.values() for text in said]
    names = {placeholder.ref.name for text in texts for placeholder in text.placeholders}
    assert names == {"customer.company"}


@pytest.mark.parametrize(
    ("source", "variant"),
    [("paid", "from-search"), ("email", "from-email"), ("wechat", "from-wechat"), ("organic", "returning")],
)
def test_the_hero_greets_each_source_in_its_own_words(sample: Snapshot, source: str, variant: str) -> None:
    facts = {"visitor.is_new": False, "source.kind": source}
    assert shown(sample, "guest-69", "landing/hero", facts=facts) == [f"hero:{variant}"]


def test_nothing_stands_in_the_way_of_paying(sample: Snapshot) -> None:
    for persona in sample.personas:
        slots = decided(rehearsal_of(sample, persona), "payment").slots
        assert [choice.display for choices in slots.values() for choice in choices] == ["inline"]


def test_the_copy_experiment_draws_customers_only(sample: Snapshot) -> None:
    (experiment,) = sample.entries["free-shipping"].experiments
    assert (experiment.unit, experiment.running) == ("customer", True)
    assert experiment.control.variant == "near"


def _is_known_in_mails(sample: Snapshot, entry: Entry) -> bool:
    """Say whether an entry depends only on facts that mails can know too, and that are the same on every page."""
    conditions = [part for part in (entry.audience, *(variant.when for variant in entry.variants)) if part is not None]
    gaps = [gap.ref for variant in entry.variants for body in variant.content.values() for gap in placeholders(body)]
    read = [ref for condition in conditions for ref in _facts(sample, condition)]
    return all("email" in ref.fact.channels and ref.name != "page.stage" for ref in (*gaps, *read))


def _facts(sample: Snapshot, condition: Condition) -> Iterator[FactRef]:
    yield from facts_read(condition)
    for named in segments_named(condition):
        yield from _facts(sample, sample.segments[named.key])


def test_an_entry_shows_a_persona_the_same_variant_on_pages_and_in_mails(sample: Snapshot) -> None:
    """All but those that read what no mail can know, such as where the visit came from, or what fills the cart."""
    alike = {key for key, entry in sample.entries.items() if _is_known_in_mails(sample, entry)}
    assert {"free-shipping", "plant-club", "trade-volume", "service-note", "deal-of-day", "stamp-card"} <= alike
    for persona in sample.personas:
        seen: dict[str, set[str]] = {}
        for name in surfaces(sample):
            for choices in decided(rehearsal_of(sample, persona), name).slots.values():
                for choice in choices:
                    seen.setdefault(choice.entry, set()).add(choice.variant)
        assert [entry for entry, variants in seen.items() if entry in alike and len(variants) > 1] == [], persona


def test_the_carts_thresholds_are_the_same_in_the_mail_about_it(sample: Snapshot) -> None:
    for persona in sample.personas:
        for slot in ("top", "tiers"):
            assert shown(sample, persona, f"cart/{slot}") == shown(sample, persona, f"emails/abandoned-cart/{slot}")


def test_links_lead_to_what_the_demo_shop_has(sample: Snapshot) -> None:
    categories = {category for raw in PRODUCTS for category in raw["categories"]} | FILTERS
    routes = ROUTES | {f"/products?category={category}" for category in categories}
    links = {
        node.href
        for entry in sample.entries.values()
        for variant in entry.variants
        for body in variant.content.values()
        for node in nodes(body)
        if isinstance(node, Link)
    }
    assert links <= routes | {f"/p/{raw['sku']}" for raw in PRODUCTS}


def test_it_names_only_what_the_demo_shop_sells_and_runs(sample: Snapshot) -> None:
    named = list(mentions(sample, read_workspace(read_folder(ROOT))))
    goods = Goods(catalogue(day=SHOP.at(NOW)), [Promotion(running.key) for running in load_catalogue().promotions])

    assert {"sku", "category", "tag", "promotion"} <= {kind for mention in named for kind in mention.kinds}
    assert [] == check_names(named, goods)


def test_every_persona_has_its_own_visitor_and_clock(sample: Snapshot) -> None:
    assert [key for key, persona in sample.personas.items() if not persona.now] == []
    assert Rehearsal(sample, replace(sample.personas["guest-69"], now=""), now=NOW).now == NOW
