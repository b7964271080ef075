"""How adapter `adobe` says who it is: a token, a signature over the whole address, a token of the identity service."""

import sys
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest
from commerce.adobe.world import NOW, World, ask, world
from oauthlib import oauth1
from werkzeug.wrappers import Request

from cms.commerce.adapters.adobe.options import AdobeOptions
from cms.commerce.connecting import source_for
from cms.commerce.failures import ShopError
from cms.errors import CmsError
from cms.facts.signals import Signal

Serve = Callable[[Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], object]]], str]
CLIENT = "client:se-cret"


class Validator(oauth1.RequestValidator):  # type: ignore[misc]
    """A shop that knows one integration."""

    enforce_ssl = False
    client_key_length = access_token_length = nonce_length = (3, 60)
    timestamp_lifetime = 10**9

    def validate_client_key(self, key: str, _request: Any) -> bool:
        return key == "consumer"

    def validate_access_token(self, _key: str, token: str, _request: Any) -> bool:
        return token == "access"

    def get_client_secret(self, _key: str, _request: Any) -> str:
        return "consumer-secret"

    def get_access_token_secret(self, _key: str, _token: str, _request: Any) -> str:
        return "access-secret"

    def validate_timestamp_and_nonce(self, _key: str, timestamp: int, *_: Any, **__: Any) -> bool:
        return int(timestamp) == int(NOW.timestamp())

    def validate_realms(self, *_: Any, **__: Any) -> bool:
        return True

    @property
    def dummy_client(self) -> str:
        return "none"

    @property
    def dummy_access_token(self) -> str:
        return "none"


def is_signed(_operation: str, request: Request) -> bool:
    endpoint = oauth1.ResourceEndpoint(Validator())
    address = f"{request.base_url}?{request.query_string.decode()}"
    return bool(endpoint.validate_protected_resource_request(address, "GET", None, dict(request.headers))[0])


def test_each_request_is_signed_over_its_whole_address(magento: World) -> None:
    magento.rest.opens = is_signed
    key = "consumer:consumer-secret:access:access-secret"

    assert ask(magento.shop(key, auth="oauth1"), Signal.PROMOTIONS).value
    with pytest.raises(ShopError, match="401"):
        ask(magento.shop(key.replace("access-secret", "other"), auth="oauth1"), Signal.PROMOTIONS)


def test_without_the_library_that_signs_the_extra_is_named(magento: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "oauthlib", None)

    with pytest.raises(CmsError, match=r"vitrine-cms\[adobe\]"):
        magento.shop("consumer:consumer-secret:access:access-secret", auth="oauth1")


class Identity:
    """Adobe's identity service: gives out one token after the other."""

    def __init__(self, lasts_s: int = 86_399) -> None:
        self.lasts_s = lasts_s
        self.asked: list[dict[str, list[str]]] = []
        self.given: list[str] = []

    def answer(self, _path: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], object]:
        self.asked.append(parse_qs(body.decode()))
        if self.asked[-1]["client_secret"] != ["se-cret"]:
            return 400, {}, {"error": "invalid_client"}
        self.given.append(f"token-{len(self.given)}")
        return 200, {}, {"access_token": self.given[-1], "expires_in": self.lasts_s, "token_type": "bearer"}


def test_client_credentials_are_traded_for_one_token_that_is_reused(shop_answering: Serve) -> None:
    identity = Identity()
    with world("saas") as made:
        made.rest.opens = lambda _operation, request: request.headers["Authorization"] == f"Bearer {identity.given[-1]}"
        shop = made.shop(CLIENT, auth="ims", ims_url=shop_answering(identity.answer) + "/ims/token/v3", ims_org="o@Org")
        for _ in range(2):
            assert ask(shop, Signal.PROMOTIONS).value

        assert len(identity.asked) == 1
        assert identity.asked[0]["grant_type"] == ["client_credentials"]
        assert "commerce.accs" in identity.asked[0]["scope"][0].split(",")
        headers = made.rest.sent[-1].headers
        assert (headers["X-Api-Key"], headers["X-Gw-Ims-Org-Id"], headers["Store"]) == ("client", "o@Org", "default")


def test_a_token_that_is_refused_at_once_is_a_missing_permission(shop_answering: Serve) -> None:
    identity = Identity()
    with world("saas") as made:
        made.rest.opens = lambda _operation, _request: False
        connected = made.connected(CLIENT, auth="ims", ims_url=shop_answering(identity.answer), ims_org="o@Org")

        assert connected.missing is not None
        assert "answered 401" in connected.missing(5)[0]
        assert len(identity.asked) == 1


def test_wrong_client_credentials_are_a_failure_of_ours(shop_answering: Serve) -> None:
    with world("saas") as made:
        options = {"auth": "ims", "ims_url": shop_answering(Identity().answer), "ims_org": "o@Org"}
        with pytest.raises(ShopError, match="client credentials") as failed:
            ask(made.shop("client:wrong", **options), Signal.PROMOTIONS)
        assert not failed.value.ails


@pytest.mark.parametrize(
    ("options", "key", "said"),
    [
        ({"auth": "oauth1"}, "only:two", "consumer key:consumer secret:access token:access token secret"),
        ({"dialect": "saas"}, "client:secret", "ims_url"),
        ({"dialect": "saas", "ims_url": "https://ims.example"}, "client:secret", "ims_org"),
        ({"dialect": "saas", "ims_url": "https://ims.example", "ims_org": "o"}, "client", "client id:client secret"),
        ({"dialect": "saas", "edition": "open-source"}, "", "edition"),
        ({"edition": "open-source", "hook_keys": ["…"]}, "", "hook_keys"),
        ({"dialect": "2.4.7"}, "", "dialect"),
        ({"store": "../admin"}, "", "store"),
        ({"shop": "x"}, "", "no such option"),
        ({"hook_keys": ["no key"]}, "", "PEM"),
    ],
)
def test_options_that_cannot_be_used_say_what_to_set(options: dict[str, object], key: str, said: str) -> None:
    with pytest.raises(CmsError, match=said) as failed:
        source_for("adobe", url="https://shop.example", key=key, clock=lambda: NOW, options=options)
    assert failed.value.code == "commerce-settings"


def test_options_have_defaults() -> None:
    assert AdobeOptions().load({})["dialect"] == "2.4.8"
