"""docs/adapters.md: the adapter it shows is installed as it says, found by its name, and keeps every promise."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lantern import KEY, lantern, subject_of

from cms.commerce import adapter_named, source_for
from cms.commerce.adapter import Adapter
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, REFUSED, TIMEOUT
from cms.facts.signals import Shopper, Signal
from cms.testing import PROMISES, AdapterSuite, Subject

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text("utf-8")
CODE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PROJECT = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    """Lay the package where packages lie, with the metadata that its installation would write."""
    place = tmp_path_factory.mktemp("site-packages")
    (place / "vitrine_lantern.py").write_text(CODE, "utf-8")
    (point,) = re.findall(r"^lantern = \"(.*)\"$", PROJECT, re.MULTILINE)
    metadata = place / "vitrine_lantern-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: vitrine-lantern\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[vitrine.adapters]\nlantern = {point}\n", "utf-8")
    sys.path.insert(0, str(place))
    importlib.invalidate_caches()
    yield adapter_named("lantern")
    sys.path.remove(str(place))
    sys.modules.pop("vitrine_lantern", None)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with lantern() as address:
        yield address


def test_it_fits_on_eighty_lines() -> None:
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 80


def test_an_installed_adapter_is_found_by_its_name(installed: Adapter, url: str) -> None:
    shop = source_for("lantern", url=url, key=KEY, clock=lambda: pytest.fail("no time is needed"))

    assert "Lantern" == installed.title
    assert len(shop.fetch(Signal.CATALOGUE, Shopper(), currency="USD", timeout_s=5).value or ()) == 30


class TestLantern(AdapterSuite):
    @pytest.fixture
    def subject(self, installed: Adapter, url: str) -> Subject:
        return subject_of(installed, url, by_id=Shopper(cart_id="basket-of-ann", customer_id="ann"))


def test_the_test_that_is_shown_has_a_test_for_each_promise(installed: Adapter) -> None:
    shown: dict[str, object] = {}
    exec(compile(TEST, "docs/adapters.md", "exec"), shown)

    suite = shown["TestLantern"]
    assert isinstance(suite, type)
    assert issubclass(suite, AdapterSuite)


def test_the_table_of_promises_is_that_of_the_suite() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)

    assert [(promise.__name__, promise.__doc__) for promise in PROMISES] == rows


def test_every_code_is_named() -> None:
    assert [] == [code for code in (TIMEOUT, REFUSED, ERROR, GARBAGE, MISMATCH) if f"`{code}`" not in PAGE]
