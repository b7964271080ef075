"""Naming: the columns that a source's tables have to have."""

from collections.abc import Iterable
from typing import Any

from cms.errors import CmsError
from cms.problems import did_you_mean


def checked(table: Any, name: str, columns: Iterable[str]) -> None:
    """Refuse a table without a column that it needs.

    Raises:
        CmsError: `source-column`; it names the nearest that is there.
    """
    for column in columns:
        if column not in table.columns:
            hint = did_you_mean(column, table.columns)
            message = f'the table "{name}" has no column "{column}". {hint}'.strip()
            raise CmsError("source-column", f"{message} docs/segments-export.md says what each holds.")
