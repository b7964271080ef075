"""A small mail in three languages, made of the shipped components."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cms.components.checking import check_body
from cms.components.model import ComponentModel, parse_model
from cms.decisions.decision import Choice, Reason
from cms.email.compiled import CompiledEmails
from cms.email.compiling import EmailCompiler
from cms.email.message import Letterhead, Mail, compose
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.context import DecisionContext, View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.facts.values import Value

COMPONENTS = Path(__file__).parents[2] / "components"
MAILED = sorted(path.parent.name for path in COMPONENTS.glob("*/email.mjml"))
BODIES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "en": {
        "free-shipping-bar": {
            "headline": "Only {cart.gap[free-shipping]|money} more and shipping is free",
            "value": "{cart.subtotal}",
            "goal": "{shop.free_shipping_threshold}",
            "cta": {"label": "Back to your cart", "href": "/cart"},
        },
        "banner": {
            "kicker": "Still there for you",
            "headline": 'Your {cart.count|plural one="plant is" other="# plants are"} waiting',
            "body": "We kept your cart, worth **{cart.subtotal|money}**, safe. See [how we ship](/shipping).",
            "cta": {"label": "Finish your order", "href": "/checkout?from=mail&step=1"},
        },
        "tier-progress": {
            "headline": "Nearly at {next.percent[plant-club]|discount} off",
            "body": "The club saves more the more you bring home.",
            "value": "{cart.subtotal}",
            "goal": "{next.threshold[plant-club]}",
            "label": "Next club tier",
            "reached": "Reached",
            "cta": {"label": "Keep shopping", "href": "/plants"},
        },
        "rail": {
            "title": "Goes well with your cart",
            "rail": "extras",
            "cta": {"label": "All extras", "href": "/extras"},
        },
        "cta": {"label": "Find your plant", "href": "/plants", "style": "quiet", "note": "Three questions, one match"},
    },
    "zh-Hant": {
        "free-shipping-bar": {
            "headline": "再買 {cart.gap[free-shipping]|money} 即享免運",
            "value": "{cart.subtotal}",
            "goal": "{shop.free_shipping_threshold}",
            "cta": {"label": "回到購物車", "href": "/cart"},
        },
        "banner": {
            "kicker": "為你留著",
            "headline": "你的 {cart.count|number} 株植物在等你",
            "body": "我們替你保留了購物車，共 **{cart.subtotal|money}**。看看[我們如何配送](/shipping)，"
            "每一株都由溫室直接送到你家門口，包裝全部可以回收再利用，冬天也有保暖材料。",
            "cta": {"label": "完成訂單", "href": "/checkout?from=mail&step=1"},
        },
        "tier-progress": {
            "headline": "離 {next.percent[plant-club]|discount}不遠了",
            "value": "{cart.subtotal}",
            "goal": "{next.threshold[plant-club]}",
            "label": "下一級會員優惠",
            "cta": {"label": "繼續逛逛", "href": "/plants"},
        },
        "rail": {"title": "和你的購物車很搭", "rail": "extras", "cta": {"label": "所有配件", "href": "/extras"}},
        "cta": {"label": "找到你的植物", "href": "/plants", "style": "quiet", "note": "三個問題，找到最合適的一株"},
    },
}
SUBJECTS = {"en": "Your plants are waiting 🌿", "zh-Hant": "你的植物在等你 🌿"}
SHELF = (
    Product(
        "mister", {"en": "Brass Mister", "zh-Hant": "黃銅噴霧器"}, "/p/mister", Money(1800, "USD"),
        image="/pictures/mister.svg", list_price=Money(2400, "USD"),
    ),
    Product("food", {"en": "Plant Food", "zh-Hant": "植物營養液"}, "/p/food", Money(900, "USD"), image="/pictures/food.svg"),
    Product("pot", {"en": "Terracotta Pot", "zh-Hant": "陶土花盆"}, "https://cdn.shop.example/p/pot", Money(1400, "USD")),
    Product("meter", {"en": "Moisture Meter", "zh-Hant": "濕度計"}, "", None, image="/pictures/meter.svg"),
)  # fmt: skip
FACTS: Mapping[str, Value] = {
    "cart.count": 3,
    "cart.subtotal": Money(6900, "USD"),
    "cart.gap[free-shipping]": Money(600, "USD"),
    "shop.free_shipping_threshold": Money(7500, "USD"),
    "next.percent[plant-club]": 20,
    "next.threshold[plant-club]": Money(30000, "USD"),
}
SHOP = Letterhead("Spider & Fern", "https://shop.example", "1 Greenhouse Lane, Portland")


@dataclass(frozen=True)
class World:
    """The shipped components and whatever is made of them."""

    models: Mapping[str, ComponentModel]
    templates: Mapping[str, str]
    shop: Letterhead = SHOP

    def compiler(self, **changed: str) -> EmailCompiler:
        return EmailCompiler({**self.templates, **changed}, self.models)

    def choice(
        self, component: str, raw: Mapping[str, object] | None = None, *, locale: str = "en", products: int = 2
    ) -> Choice:
        body, problems = check_body(
            self.models[component], raw or BODIES[locale][component], schema=BUILTIN_FACTS, currency="USD",
            zone=ZoneInfo("UTC"), link_hosts=frozenset({"blog.shop.example"}), pointer="",
        )  # fmt: skip
        assert problems == []
        rails = {"extras": SHELF[:products]} if component == "rail" else {}
        return Choice(component, component, "default", locale, Reason.STATIC, body, rails=rails)

    def view(self, **changed: Value) -> View:
        facts = {**FACTS, **{name.replace("__", "."): value for name, value in changed.items()}}
        now = datetime(2026, 12, 1, 9, tzinfo=UTC)
        return View(DecisionContext(now, ZoneInfo("UTC"), "en", "USD", "email", values=facts))

    def compiled(self, *choices: Choice, compiler: EmailCompiler | None = None) -> CompiledEmails:
        wanted = [(one.component, one.entry, one.variant, one.locale, one.body, 4 * bool(one.rails)) for one in choices]
        return CompiledEmails(compiler or self.compiler(), wanted)

    def mail(self, *choices: Choice, view: View | None = None, locale: str = "en", **more: Any) -> Mail:
        given = {"subject": SUBJECTS[locale], "preheader": "Still there for you", "letterhead": SHOP, **more}
        slots = {f"slot-{index}": (choice,) for index, choice in enumerate(choices)}
        emails = self.compiled(*choices)
        return compose(emails, slots, view or self.view(), locale=locale, decision="d_1", **given)

    def whole_mail(self, locale: str = "en", products: int = 3, **more: Any) -> Mail:
        shown = [self.choice(name, locale=locale, products=products) for name in BODIES[locale]]
        return self.mail(*shown, locale=locale, **more)


def shipped() -> World:
    """Read the components this repository ships for mails."""
    models = {}
    for name in MAILED:
        model, problems = parse_model(name, json.loads((COMPONENTS / name / "model.json").read_text("utf-8")))
        assert problems == []
        assert model is not None
        models[name] = model
    files = [COMPONENTS / name / file for name in MAILED for file in ("email.mjml", "email.txt")]
    return World(models, {f"{file.parent.name}/{file.name}": file.read_text("utf-8") for file in files})
