"""Adapter `sap` keeps every promise, over a shop made of the published schema."""

import json
from collections.abc import Callable

import pytest
from commerce.contract_openapi import Server
from commerce.sap.occ_world import ANNA, ANNAS_TOKEN, GUID, NOW

from cms.commerce.adapters.sap import ADAPTER
from cms.facts.signals import Shopper
from cms.testing import AdapterSuite, SentHook, Subject

SECRET = "the-secret-of-the-hooks"
TIERS = [{"thresholds": {"USD": "300.00"}, "percent": 5}]


class TestSap(AdapterSuite):
    @pytest.fixture
    def subject(self, serve: Callable[..., Server]) -> Subject:
        headers = {"X-Vitrine-Signal": "cart", "X-Vitrine-Secret": SECRET}
        return Subject(
            adapter=ADAPTER,
            url=serve().url,
            key="vitrine:s3cret",
            options={"site": "electronics", "promotions": [{"key": "over-300", "tiers": TIERS}]},
            known=Shopper(cart_token=f"Bearer {ANNAS_TOKEN}", customer_token=ANNAS_TOKEN),
            stranger=Shopper(cart_token="Bearer of-nobody", customer_token="of-nobody"),
            by_id=Shopper(customer_id=ANNA),
            clock_at=NOW,
            hook_secrets=(SECRET,),
            hooks=(SentHook(headers, json.dumps({"guid": GUID}).encode(), NOW),),
            signs_bodies=False,
        )
