"""Adapter `vendure`: Vendure 3."""

from marshmallow import fields

from cms.commerce.adapter import Adapter, Connected, Connection, Options, unsettled
from cms.commerce.adapters.vendure.api import AdminSession
from cms.commerce.adapters.vendure.forms import Habits, slug
from cms.commerce.adapters.vendure.shop import VendureShop
from cms.commerce.wire.transport import Transport

BUSINESS_GROUPS = ("wholesale", "business", "b2b", "trade")


class VendureOptions(Options):
    business_groups = fields.List(fields.String(), load_default=BUSINESS_GROUPS)


def _connect(connection: Connection) -> Connected:
    user, colon, password = connection.key.partition(":")
    if connection.key and not colon:
        raise unsettled("Adapter vendure needs CMS_COMMERCE_KEY as user:password.")
    transport = Transport(connection.url)
    admin = AdminSession(transport, user, password) if connection.key else None
    habits = Habits(business_groups=frozenset(map(slug, connection.options["business_groups"])))
    return Connected(VendureShop(transport, admin, clock=connection.clock, habits=habits), (transport,))


ADAPTER = Adapter("vendure", "Vendure", "user:password of a read-only administrator", _connect, VendureOptions)
