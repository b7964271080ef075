"""Adapter `salesforce` keeps every promise of an adapter, over a server made of the published specs."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from hmac import digest

import pytest
from commerce.salesforce.site import ADA, BOB, GUEST, KEY, NOW, OPTIONS, STRANGER, Site, basket, line, order

from cms.commerce.adapter import Hint, HookError
from cms.commerce.adapters.salesforce import ADAPTER
from cms.facts.signals import Shopper, Signal
from cms.testing import AdapterSuite, SentHook, Subject

SECRET = "made with openssl rand -hex 32"


def signed(body: object, *, secret: str = SECRET) -> SentHook:
    """Sign as a hook script of the cartridge does."""
    raw, at = json.dumps(body).encode(), str(int(NOW.timestamp()))
    mac = b64encode(digest(secret.encode(), b".".join((b"msg-1", at.encode(), raw)), sha256)).decode()
    return SentHook({"webhook-id": "msg-1", "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}, raw, NOW)


CHANGED = signed({"type": "cart.changed", "ids": ["abAda"]})


class TestSalesforce(AdapterSuite):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        site = Site(promotions={"15off700": {"id": "15off700"}})
        site.baskets["abBob"] = [basket("abBob", productItems=[line("tent-red", 1, 179)], productSubTotal=179)]
        site.orders.append(order(2, customerInfo={"customerId": "abBob", "email": "-"}))
        with site.open() as server:
            yield Subject(
                adapter=ADAPTER,
                url=server.url,
                key=KEY,
                options={**OPTIONS, "promotions": {"15off700": {}}, "trusted_system": True},
                known=Shopper(cart_token=ADA, customer_token=ADA),
                other=Shopper(cart_token=BOB, customer_token=BOB),
                stranger=Shopper(cart_token=STRANGER, customer_token=STRANGER),
                by_id=Shopper(cart_id="b-1", customer_id="ada"),
                empty=Shopper(cart_token=GUEST),
                hook_secrets=(SECRET,),
                hooks=(CHANGED,),
                clock_at=NOW,
            )


@pytest.fixture
def subject() -> Subject:
    unasked = Shopper(cart_token=ADA)
    return Subject(adapter=ADAPTER, url="http://127.0.0.1:1", options=OPTIONS, known=unasked, stranger=unasked)


def test_a_webhook_of_the_cartridge_says_what_to_read_again(subject: Subject) -> None:
    read = subject.connected(hook_secrets=("a secret of tomorrow, longer", SECRET)).read_hook
    assert read is not None
    assert read(CHANGED.headers, CHANGED.body, NOW).hints == (Hint(Signal.CART, "abAda"),)
    assert read(CHANGED.headers, CHANGED.body, NOW).id == "msg-1"
    everybodys = signed({"type": "promotions.changed"})
    assert read(everybodys.headers, everybodys.body, NOW).hints == (Hint(Signal.PROMOTIONS),)


def test_a_webhook_that_is_old_forged_or_malformed_is_none(subject: Subject) -> None:
    read = subject.connected(hook_secrets=(SECRET,)).read_hook
    assert read is not None
    forged, malformed = signed({}, secret="another secret of somebody"), signed({"type": 7})
    for sent, at, code in (
        (CHANGED, NOW + timedelta(minutes=6), "hook-too-old"),
        (forged, NOW, "hook-unsigned"),
        (malformed, NOW, "hook-malformed"),
    ):
        with pytest.raises(HookError) as caught:
            read(sent.headers, sent.body, at)
        assert caught.value.code == code


def test_without_a_secret_no_webhook_is_read(subject: Subject) -> None:
    assert subject.connected().read_hook is None
