"""The table of the log: rows are added, never changed."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

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
    # Holds all that the counters of a visitor are read from, so that the rows themselves are not touched.
    Index("events_of_visitor", "visitor", "kind", "at_ms", "entry"),
)
