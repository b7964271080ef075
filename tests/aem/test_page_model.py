"""`/v1/pages/{page}.model.json`: the same decision as `/v1/pages/{page}`, in the shape that AEM's clients read."""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from corner import CornerShop, corner_site, peopled_folder, site_of
from flask.testing import FlaskClient
from sample import ROOT
from werkzeug.serving import make_server

from cms.aem.page_model import GRID
from cms.cli import cli
from cms.workspace import read_folder

Deliver = Callable[..., FlaskClient]
NEAR = {"locale": "en", "cart": {"token": "near"}}


@pytest.fixture
def web(deliver: Deliver) -> FlaskClient:
    return deliver(corner_site(), CornerShop())


def posted(web: FlaskClient, path: str, body: Mapping[str, Any]) -> Any:
    answer = web.post(path, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.json


def test_a_page_model_shows_what_the_page_shows(web: FlaskClient) -> None:
    page, model = (posted(web, f"/v1/pages/cart{ending}", NEAR) for ending in ("", ".model.json"))
    slots = {
        slot: [
            item["vitrine"] | {"headline": item["elements"].get("headline", {}).get("value")}
            for item in grid[":items"].values()
        ]
        for slot, grid in model[":items"].items()
    }

    assert {
        slot: [
            {key: item[key] for key in ("entry", "variant", "reason", "locale", "dismissible")}
            | {"headline": item["content"].get("headline")}
            for item in items
        ]
        for slot, items in page["slots"].items()
    } == slots
    assert list(page["slots"]) == model[":itemsOrder"]
    assert {key: page[key] for key in ("page", "release", "sequence", "decision", "stage", "degraded", "ttl")} == model[
        "vitrine"
    ]


def test_a_page_is_a_page_of_grids_of_fragments(web: FlaskClient) -> None:
    model = posted(web, "/v1/pages/cart.model.json", NEAR)
    grid = model[":items"]["top"]
    item = grid[":items"]["free-shipping"]

    assert ("/v1/pages/cart", "page", {}, "en") == (
        model[":path"],
        model[":hierarchyType"],
        model[":children"],
        model["language"],
    )
    assert (GRID, ["free-shipping"]) == (grid[":type"], grid[":itemsOrder"])
    assert ("vitrine/components/free-shipping-bar", ["headline", "tone"]) == (item[":type"], item["elementsOrder"])
    assert {
        ":type": "string", "dataType": "string", "title": "headline", "multiValue": False, "value": "Add $6.00 for free shipping",
    } == item["elements"]["headline"]  # fmt: skip


def test_only_the_slots_asked_for_are_there(web: FlaskClient) -> None:
    assert ["rail"] == posted(web, "/v1/pages/cart.model.json", NEAR | {"slots": ["rail"]})[":itemsOrder"]
    assert ["rail"] == web.get("/v1/pages/cart.model.json?slots=rail").json[":itemsOrder"]


def test_the_cache_classes_are_those_of_the_page(web: FlaskClient) -> None:
    for query in ("", "?locale=en", "?visitor=v-1", "?source.kind=email"):
        page, model = (web.get(f"/v1/pages/about{ending}{query}") for ending in ("", ".model.json"))
        kept = ("Cache-Control", "Vary", "Surrogate-Key", "CMS-Release", "CMS-Sequence")
        assert {name: page.headers.get(name) for name in kept} == {name: model.headers.get(name) for name in kept}
        assert ("ETag" in page.headers) is ("ETag" in model.headers)
    tag = web.get("/v1/pages/about.model.json").headers["ETag"]
    assert 304 == web.get("/v1/pages/about.model.json", headers={"If-None-Match": tag}).status_code


def test_what_cannot_be_asked_is_a_problem(web: FlaskClient) -> None:
    assert 404 == web.get("/v1/pages/nowhere.model.json").status_code
    assert 404 == web.head("/v1/pages/nowhere.model.json").status_code
    assert 422 == web.get("/v1/pages/cart.model.json?slots=nowhere").status_code
    assert 422 == web.post("/v1/pages/cart.model.json", json={"slots": ["nowhere"]}).status_code
    assert 422 == web.post("/v1/pages/cart.model.json", json={"cart": 1}).status_code


def test_groups_lists_pictures_and_products_have_elements(deliver: Deliver) -> None:
    web = deliver(site_of(read_folder(ROOT)), CornerShop())
    found: dict[str, Any] = {}
    for page in ("home", "cart", "product", "care"):
        answer = web.get(f"/v1/pages/{page}.model.json?locale=en")
        if answer.status_code == 200:
            items = [item for grid in answer.json[":items"].values() for item in grid[":items"].values()]
            found |= {
                f"{item['vitrine']['entry']}.{name}": each for item in items for name, each in item["elements"].items()
            }
    kinds = {each[":type"] for each in found.values()}

    assert found
    assert {"string", "text/html"} <= kinds
    assert all(isinstance(each["value"], list) is each["multiValue"] for each in found.values())
    assert any(name.endswith((".cta_label", ".cta_href")) for name in found)


def test_a_page_model_of_a_persona_is_printed(tmp_path: Path) -> None:
    folder = peopled_folder(tmp_path / "w")
    done = CliRunner().invoke(cli, ["aem", "export", "cart", "--persona", "near", "--workspace", str(folder)])

    assert 0 == done.exit_code, done.output
    assert (
        "Add $6.00 for free shipping"
        == json.loads(done.stdout)[":items"]["top"][":items"]["free-shipping"]["elements"]["headline"]["value"]
    )


@pytest.mark.slow
def test_aems_own_client_reads_our_pages(web: FlaskClient, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node.js is not installed")
    package = ["@adobe/aem-spa-page-model-manager@1.5.0"]
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    got = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", *package], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if got.returncode:
        pytest.skip(f"{package[0]} cannot be installed: {got.stderr[-200:]}")
    server = make_server("127.0.0.1", 0, web.application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        program = Path(__file__).with_name("reading.mjs")
        words = [node, str(program), str(tmp_path), f"http://127.0.0.1:{server.port}", "/v1/pages/cart"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    finally:
        server.shutdown()

    assert 0 == done.returncode, done.stderr
    seen = json.loads(done.stdout)
    model = web.get("/v1/pages/cart.model.json").json
    assert {
        f"{slot}/{key}": {
            "type": item[":type"],
            "elements": {name: each["value"] for name, each in item["elements"].items()},
        }
        for slot, grid in model[":items"].items()
        for key, item in grid[":items"].items()
    } == seen["seen"]
    assert seen["seen"]
    assert ("/v1/pages/cart", "cart") == (seen["path"], seen["title"])
