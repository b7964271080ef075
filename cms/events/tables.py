"""The tables of the log: events are added, never changed; totals and links follow from them and from pages."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table

METADATA = MetaData()

EVENTS = Table(
    "events",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # milliseconds since 1970, UTC
    Column("received_ms", BigInteger, nullable=False),
    Column("visitor", String(256)),
    Column("decision", String(64)),
    Column("slot", String(128)),
    Column("entry", String(128)),
    Column("variant", String(128)),
    Column("sku", String(256)),
    Column("order", String(256)),
    Column("customer", String(256)),
    Column("channel", String(16), nullable=False, server_default="web"),
)
_COUNTED = (EVENTS.c.entry, EVENTS.c.channel, EVENTS.c.id)
# They hold all that is counted of a person, so that the rows themselves are not touched.
Index("events_by_visitor", EVENTS.c.visitor, EVENTS.c.kind, EVENTS.c.at_ms, EVENTS.c.customer, *_COUNTED)
_OF_CUSTOMERS = EVENTS.c.customer.is_not(None)
Index(
    "events_by_customer", EVENTS.c.customer, EVENTS.c.kind, EVENTS.c.at_ms, EVENTS.c.visitor, *_COUNTED,
    sqlite_where=_OF_CUSTOMERS, postgresql_where=_OF_CUSTOMERS,
)  # fmt: skip

TOTALS = Table(
    "impressions_in_total",
    METADATA,
    Column("entry", String(128), primary_key=True),
    Column("day", Integer, primary_key=True),  # since 1970, UTC
    Column("times", Integer, nullable=False),
)

LINKS = Table(
    "visitors_of_customers",
    METADATA,
    Column("customer", String(256), primary_key=True),
    Column("visitor", String(256), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),  # when they were first seen together
    Index("customers_of_visitors", "visitor", "at_ms", "customer"),
    Index("visitors_of_customers_by_time", "customer", "at_ms", "visitor"),
)
