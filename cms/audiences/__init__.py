"""Audiences: who is in a segment, asked by SQL of a shop's own tables of customers, orders and traits.

A fact means here what `cms.facts.derive` makes of it; nothing is decided or rendered, and nothing is asked of commerce.
"""

from importlib.util import find_spec

from cms.errors import CmsError

if not all(map(find_spec, ("ibis", "duckdb", "psycopg", "pyarrow"))):
    raise CmsError("missing-extra", "Exporting segments needs Ibis: pip install vitrine-cms[insights].")
