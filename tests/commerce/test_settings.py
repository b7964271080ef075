"""Settings that cannot be used: each is said by the name of the system, its place in the file, and what to write."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from cms.commerce import adapter_named, upstreams
from cms.errors import CmsError
from cms.settings import Settings

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ERP = {"url": "https://erp.example", "signals": ["stock"]}


def _said(folder: Path, written: object, **settings: str) -> str:
    file = folder / "options.json"
    file.write_text(written if isinstance(written, str) else json.dumps(written), "utf-8")
    given = {
        "CMS_COMMERCE_ADAPTER": "http",
        "CMS_COMMERCE_URL": "https://shop.example",
        "CMS_COMMERCE_KEY": "key",
        "CMS_COMMERCE_KEYS": '{"erp": "key"}' if '"erp"' in file.read_text() else "",
        "CMS_COMMERCE_OPTIONS": str(file),
    }
    with pytest.raises(CmsError) as failure:
        upstreams(Settings({**given, **settings}), clock=lambda: NOW, monotonic=monotonic)
    assert failure.value.code == "commerce-settings"
    return failure.value.message.replace(f"{file}", "FILE")


SIGNALS = "Must be one of: cart, catalogue, customer, orders, promotions, stock, traits"
SAID: list[tuple[object, str]] = [
    ([], "FILE: it: must be a JSON object"),
    ({"option": {}}, 'FILE: option: no such option. Did you mean "options"?'),
    ('{"options": {}, "options": {}}', "FILE, named by CMS_COMMERCE_OPTIONS, is no JSON: a key stands twice."),
    ({"also": {"E R P": ERP}}, "FILE: also.E R P: a name is of a-z, 0-9 and -"),
    ({"also": {"erp": {**ERP, "signals": ["stok"]}}}, f"FILE: also.erp.signals.0: {SIGNALS}"),
    ({"also": {"erp": {**ERP, "signal": []}}}, 'FILE: also.erp.signal: no such option. Did you mean "signals"?'),
    ({"also": {"erp": {"url": "https://erp.example"}}}, "FILE: also.erp.signals: must be set"),
    ({"options": {"mapp": {}}}, 'options of http: mapp: no such option. Did you mean "map"?'),
    ({"options": {"paths": {"carts": "/basket"}}}, f"options of http: paths.carts: {SIGNALS}"),
    ({"options": {"stock": {"rows": "a[]"}}}, "options of http: stock.sku: must be set; stock.units: must be set"),
    ({"also": {"erp": {**ERP, "options": {"autth": 1}}}}, 'erp: options of http: autth: no such option. Did you mean "auth"?'),
    ({"also": {"erp": {**ERP, "url": "erp.example"}}}, "erp: its `url` must look like https://shop.example/api, without user, password, ? or #."),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), SAID)
def test_what_is_wrong_in_the_options_is_said_where_it_stands(tmp_path: Path, written: object, said: str) -> None:
    assert said == _said(tmp_path, written)


def test_a_field_that_is_called_key_keeps_its_name(tmp_path: Path) -> None:
    options: dict[str, Any] = {"site": "s", "promotions": [{"tiers": []}]}
    said = _said(tmp_path, {"options": options}, CMS_COMMERCE_ADAPTER="sap", CMS_COMMERCE_KEY="a:b")

    assert "promotions.0.key: must be set" in said


def test_a_key_that_is_missing_beside_the_shop_is_asked_for_where_it_belongs(tmp_path: Path) -> None:
    said = _said(tmp_path, {"also": {"erp": ERP}}, CMS_COMMERCE_KEYS="")

    assert 'erp: Adapter http needs the key that opens the shop: set "erp" in CMS_COMMERCE_KEYS.' == said


def _install(folder: Path, code: str) -> None:
    (folder / "vitrine_broken.py").write_text(code, "utf-8")
    metadata = folder / "vitrine_broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: vitrine-broken\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text("[vitrine.adapters]\nbroken = vitrine_broken:ADAPTER\n", "utf-8")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module", "cannot be loaded from vitrine_broken:ADAPTER. ModuleNotFoundError: No module named"),
        ("", "cannot be loaded from vitrine_broken:ADAPTER. AttributeError:"),
        ("ADAPTER = 3", "vitrine_broken:ADAPTER is no cms.commerce.adapter.Adapter."),
    ],
)
def test_an_installed_adapter_that_is_broken_is_said_and_hurts_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    _install(tmp_path, code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "vitrine_broken", raising=False)

    with pytest.raises(CmsError, match="Adapter broken") as failure:
        adapter_named("broken")
    assert said in failure.value.message
    assert "http" == adapter_named("http").name
    with pytest.raises(CmsError, match=r'no commerce adapter "brokn"\. Did you mean "broken"\?'):
        adapter_named("brokn")
