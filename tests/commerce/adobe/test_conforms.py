"""Adapter `adobe` keeps every promise, over a shop made of the published schemas."""

import pytest
from commerce.adobe.world import ADA, KEY, NOW, STRANGER, VERIFIED, World

from cms.commerce.adapters.adobe import ADAPTER
from cms.testing import AdapterSuite, Subject


class TestAdobe(AdapterSuite):
    @pytest.fixture
    def subject(self, magento: World) -> Subject:
        return Subject(
            adapter=ADAPTER,
            url=magento.url,
            key=KEY,
            options={"dialect": magento.dialect, "auth": "token", "b2b": True},
            known=ADA,
            stranger=STRANGER,
            by_id=VERIFIED,
            clock_at=NOW,
        )
