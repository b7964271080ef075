"""What the commands that show a page or mail whole share: the site, and what it answers a persona."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from cms.content.snapshot import Snapshot
from cms.decisions.decision import Choice, Decision
from cms.decisions.record import decision_key
from cms.decisions.rehearsal import Rehearsal
from cms.delivery.wsgi import letterhead_of
from cms.facts.context import View
from cms.facts.signals import Product
from cms.rendering.samples import with_sample_products
from cms.runtime.answers import Answer
from cms.runtime.site import Site
from cms.settings import Settings


def site_of(snapshot: Snapshot) -> Site:
    """Make the site that would answer visitors, as the settings have it."""
    return Site.build(snapshot, 0, letterhead=letterhead_of(Settings(os.environ)))


def answer_of(rehearsal: Rehearsal, surface: str) -> Answer:
    """Decide on a page or mail, with the reasons; rails are filled as far as a persona tells, else with samples."""
    page, is_email = rehearsal.snapshot.surfaces[surface], surface.startswith("emails/")
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    decision = rehearsal.decide(page, email=is_email, trace=True)
    key = decision_key(rehearsal.snapshot, context, decision)
    return Answer(key, replace(decision, slots=_stocked(rehearsal, decision)), View(context), ())


def _stocked(rehearsal: Rehearsal, decision: Decision) -> Mapping[str, tuple[Choice, ...]]:
    """Fill rails: a persona has no catalogue, so but for its cart what it would get is not known."""
    rails = rehearsal.snapshot.rails
    stock = partial(
        with_sample_products,
        currency=rehearsal.request.market.currency,
        limits={key: rail.limit for key, rail in rails.items()},
        own={key: _carried(rehearsal) for key, rail in rails.items() if rail.strategy == "in-cart"},
    )
    return {slot: tuple(map(stock, shown)) for slot, shown in decision.slots.items()}


def _carried(rehearsal: Rehearsal) -> tuple[Product, ...]:
    """Give what is in the persona's cart, dearest first; nothing but SKU and price is known of it."""
    lines = [line for line in rehearsal.request.lines or () if line.unit_price]
    lines.sort(key=lambda line: line.unit_price.minor if line.unit_price else 0, reverse=True)
    return tuple(Product(line.sku, {}, f"/p/{line.sku}", line.unit_price) for line in lines)
