"""Adapter `salesforce`: Salesforce B2C Commerce over its Shopper APIs (SCAPI) and its login service (SLAS)."""

from functools import partial

from cms.commerce.adapter import Adapter, Connected, Connection, unsettled
from cms.commerce.adapters.http.hooks import read_hook
from cms.commerce.adapters.salesforce.api import Scapi, Site, pause_of
from cms.commerce.adapters.salesforce.feed import SalesforceFeed
from cms.commerce.adapters.salesforce.options import SalesforceOptions, habits_of, lacking, shelf_of
from cms.commerce.adapters.salesforce.permissions import missing
from cms.commerce.adapters.salesforce.shop import OF_SHOPPERS, SalesforceShop
from cms.commerce.adapters.salesforce.shoppers import TrustedSystem
from cms.commerce.wire.transport import Transport
from cms.facts.signals import Signal


def _connect(connection: Connection) -> Connected:
    options, key = connection.options, connection.key
    if key and not all(key.partition(":")):
        raise unsettled(
            "Adapter salesforce needs CMS_COMMERCE_KEY as the id and the secret of a SLAS client, id:secret."
        )
    if not key and (options["trusted_system"] or options["promotions"] or options["campaigns"]):
        raise unsettled("These options of salesforce need a private SLAS client: set CMS_COMMERCE_KEY to id:secret.")
    transport = Transport(connection.url, pause=partial(pause_of, clock=connection.clock))
    scapi = Scapi(transport, Site(options["organization"], options["site"]), key)
    promoted = {Signal.PROMOTIONS} if options["promotions"] or options["campaigns"] else set()
    supplies = OF_SHOPPERS | promoted
    habits = habits_of(options)
    shop = SalesforceShop(
        scapi,
        supplies=supplies,
        lacks=lacking(options, supplies | {Signal.CATALOGUE} if key else supplies),
        clock=connection.clock,
        habits=habits,
        trusted=TrustedSystem(scapi) if options["trusted_system"] else None,
        campaigns=tuple(options["campaigns"]),
    )
    return Connected(
        shop,
        (transport,),
        feed=SalesforceFeed(scapi, habits, shelf_of(options)) if key else None,
        read_hook=read_hook(connection.hook_secrets),  # from a cartridge of the shop's: the system sends none by itself
        missing=(lambda timeout_s: tuple(missing(scapi, supplies, timeout_s))) if key else None,
    )


ADAPTER = Adapter(
    "salesforce", "Salesforce B2C Commerce", "id:secret of a private SLAS client", _connect, SalesforceOptions
)
