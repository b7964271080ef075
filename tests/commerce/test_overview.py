"""docs/commerce.md: every adapter has its row and its page, and the file that it shows is one that connects."""

import re
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from cms.commerce import upstreams
from cms.commerce.adapters import SHIPPED
from cms.facts.signals import Signal
from cms.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "commerce.md").read_text("utf-8")


def test_every_adapter_has_its_row_and_its_page() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| \[\w+\]\((.*)\) \|$", PAGE, re.MULTILINE))

    assert sorted(adapter.name for adapter in SHIPPED) == sorted(rows)
    assert [] == [name for name, page in rows.items() if not (DOCS / page).exists()]


def test_the_systems_of_the_file_are_asked_for_what_it_says(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "options.json").write_text(shown, "utf-8")
    settings = Settings(
        {
            "CMS_COMMERCE_ADAPTER": "http",
            "CMS_COMMERCE_URL": "http://127.0.0.1:9",
            "CMS_COMMERCE_KEY": "key",
            "CMS_COMMERCE_OPTIONS": str(tmp_path / "options.json"),
            "CMS_COMMERCE_KEYS": '{"erp": "one", "crm": "two"}',
        }
    )

    shop, erp, crm = upstreams(settings, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC), monotonic=monotonic)

    assert ["shop", "erp", "crm"] == [shop.name, erp.name, crm.name]
    assert (frozenset({Signal.STOCK}), frozenset({Signal.TRAITS})) == (erp.asks, crm.asks)
    assert Signal.STOCK not in shop.asks
