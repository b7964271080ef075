"""Adapter `adobe`: Adobe Commerce and Magento Open Source 2.4.8 and 2.4.9, and Adobe Commerce as a Cloud Service."""

from collections.abc import Mapping
from typing import Any

from cms.commerce.adapter import Adapter, Connected, Connection, unsettled
from cms.commerce.adapters.adobe.api import Admin, Storefront
from cms.commerce.adapters.adobe.auth import Authorization, by_identity_service, by_signature, by_token
from cms.commerce.adapters.adobe.feed import AdobeFeed
from cms.commerce.adapters.adobe.forms import Habits
from cms.commerce.adapters.adobe.hooks import reader
from cms.commerce.adapters.adobe.lacks import lacks_of
from cms.commerce.adapters.adobe.office import Office, Site
from cms.commerce.adapters.adobe.options import AdobeOptions, auth_of
from cms.commerce.adapters.adobe.queries import DIALECTS, Dialect
from cms.commerce.adapters.adobe.shop import AdobeShop
from cms.commerce.keys import slug
from cms.commerce.wire.transport import Transport

_KEY_FORMS = {
    "oauth1": "consumer key:consumer secret:access token:access token secret",
    "ims": "client id:client secret",
}


def _connect(connection: Connection) -> Connected:
    options, transport = connection.options, Transport(connection.url)
    dialect, habits, site = DIALECTS[options["dialect"]], _habits(options), _site(options)
    hook = reader(options["hook_keys"], options["hook_client_id"])
    storefront = Storefront(transport, site.store)
    if not connection.key:
        shop = _shop(storefront, None, dialect, site=site, habits=habits, transport=transport)
        return Connected(shop, (transport,), read_hook=hook)
    authorization, others = _authorization(connection)
    admin = _admin(connection, transport, dialect, authorization)
    clock, monotonic = connection.clock, transport.monotonic
    office = Office(admin, site, habits, clock=clock, monotonic=monotonic)
    size = options["catalogue_at_once"]
    feed = AdobeFeed(storefront, admin, dialect, habits=habits, size=size, clock=clock, monotonic=monotonic)
    return Connected(
        _shop(storefront, office, dialect, site=site, habits=habits, transport=transport),
        (transport, *others),
        feed,
        hook,
        missing=lambda timeout_s: office.missing(monotonic() + timeout_s),
    )


def _habits(options: Mapping[str, Any]) -> Habits:
    return Habits(
        with_tax=options["with_tax"],
        product_url=options["product_url"],
        business_groups=frozenset(map(slug, options["business_groups"])),
        segments=options["segments"],
    )


def _site(options: Mapping[str, Any]) -> Site:
    return Site(
        store=options["store"],
        website=options["stock_of_website"],
        is_commerce=options["edition"] == "commerce",
        is_b2b=options["b2b"],
    )


def _shop(
    storefront: Storefront, office: Office | None, dialect: Dialect, *, site: Site, habits: Habits, transport: Transport
) -> AdobeShop:
    return AdobeShop(
        storefront,
        office,
        dialect,
        customer_query=dialect.customer(is_commerce=site.is_commerce, is_b2b=site.is_b2b),
        habits=habits,
        lacks=lacks_of(dialect, site, habits, has_office=office is not None),
        monotonic=transport.monotonic,
    )


def _admin(connection: Connection, transport: Transport, dialect: Dialect, authorization: Authorization) -> Admin:
    options, store = connection.options, connection.options["store"]
    prefix = "/V1" if dialect.is_cloud_service else f"/rest/{store}/V1"
    headers = {"Store": store}
    if auth_of(options) == "ims":
        headers |= {"x-api-key": connection.key.partition(":")[0], "x-gw-ims-org-id": options["ims_org"]}
    return Admin(transport, authorization, base_url=connection.url, prefix=prefix, headers=headers)


def _authorization(connection: Connection) -> tuple[Authorization, tuple[Transport, ...]]:
    options = connection.options
    auth, keys = auth_of(options), connection.key.split(":")
    if auth == "token":
        return by_token(connection.key), ()
    form = _KEY_FORMS[auth]
    if len(keys) != form.count(":") + 1 or not all(keys):
        raise unsettled(f'Adapter adobe with auth "{auth}" needs CMS_COMMERCE_KEY as {form}.')
    if auth == "oauth1":
        return by_signature(keys, connection.clock), ()
    endpoint = Transport(options["ims_url"])
    return by_identity_service(endpoint, *keys, scopes=options["ims_scopes"]), (endpoint,)


ADAPTER = Adapter(
    "adobe",
    "Adobe Commerce",
    "access token of an integration; with OAuth 1.0a or Adobe IMS its keys, separated by colons",
    _connect,
    AdobeOptions,
)
