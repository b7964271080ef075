"""The tables of the store."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()
ADDED = MetaData()  # what came later: a store without it is an older one, not an empty one

RELEASES = Table(
    "releases",
    METADATA,
    Column("release", String(64), primary_key=True),
    Column("stored_at", String(40), nullable=False),
)
RELEASE_FILES = Table(
    "release_files",
    METADATA,
    Column("release", ForeignKey(RELEASES.c.release), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
# The primary key is what lets only one of two racing publishers win, whatever the database.
ACTIVATIONS = Table(
    "activations",
    METADATA,
    Column("environment", String(64), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("release", ForeignKey(RELEASES.c.release), nullable=False),
    Column("at", String(40), nullable=False),  # ISO 8601 in UTC: SQLite keeps no offset in a datetime
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
)
LIVE = Table(
    "live",
    METADATA,
    Column("environment", String(64), primary_key=True),
    Column("sequence", Integer, nullable=False),
)
CHECKS = Table(
    "release_checks",
    ADDED,
    Column("release", String(64), primary_key=True),
    Column("version", String(64), primary_key=True),
)
