"""`/gallery`: the components of a folder, for those who write them; on a released site it does not exist."""

import gzip
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from corner import NOW, ROOT, corner_files, corner_folder, corner_site, site_of
from flask.testing import FlaskClient
from programs import free_port, running_cms, status_of, wait_for

from cms.delivery.app import create_app
from cms.delivery.service import Service
from cms.runtime.live import Live
from cms.runtime.site import Site


class Edited:
    """A follower whose site a test may replace, as an edit of a folder would."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def newer(self, current: Site | None) -> Site | None:
        return self.site


@pytest.fixture
def live() -> Live:
    return Live(Edited(corner_site()), poll_s=60)


@pytest.fixture
def gallery(live: Live) -> FlaskClient:
    return create_app(Service(live, None, lambda: NOW), has_gallery=True).test_client()


def test_the_index_shows_every_component_and_links_to_it(gallery: FlaskClient) -> None:
    answer = gallery.get("/gallery")

    assert (200, "text/html") == (answer.status_code, answer.mimetype)
    assert ["banner", "free-shipping-bar", "rail"] == re.findall(r'href="/gallery/([a-z-]+)\?locale=en"', answer.text)
    assert ["cms-banner", "cms-free-shipping-bar", "cms-rail"] == re.findall(
        r'<div class="stage">\s*<\w+ class="cms ([a-z-]+)', answer.text
    )
    assert ".cms-rail__list" in answer.text


def test_a_component_shows_every_output_and_who_uses_it(gallery: FlaskClient) -> None:
    document = gallery.get("/gallery/banner?locale=zh-Hant").text
    phone, mail = (
        html.unescape(frame) for frame in re.findall(r'sandbox srcdoc="(.*?)"></iframe>', document, re.DOTALL)
    )
    text, blocks = (html.unescape(shown) for shown in re.findall(r"<pre[^>]*>(.*?)</pre>", document, re.DOTALL))

    for shown in (document, phone, mail, text):
        assert "Keep them green till spring" in shown
    assert 'data-cms-slot="banner"' in phone
    assert "<table" in mail
    assert ("banner", "zh-Hant") == (json.loads(blocks)["type"], json.loads(blocks)["locale"])
    assert ["about", "hello", "members"] == re.findall(r"<li>([a-z-]+)</li>", document)


def test_sample_products_have_a_picture_in_pages_and_mails(gallery: FlaskClient) -> None:
    document = html.unescape(gallery.get("/gallery/rail").text)
    picture = gallery.get("/gallery/picture.svg")

    assert 2 * 3 <= document.count('<img src="http://localhost/gallery/picture.svg" alt=""')  # on the web, on a phone
    assert re.search(r'<td[^>]*>.*?src="http://localhost/gallery/picture.svg"', document, re.DOTALL)
    assert (200, "image/svg+xml") == (picture.status_code, picture.mimetype)


def test_the_look_follows_the_query_and_links_to_the_others(gallery: FlaskClient) -> None:
    document = gallery.get("/gallery?locale=ar&scheme=dark").text

    assert '<html lang="en" dir="rtl" data-scheme="dark">' in document
    assert 'lang="ar" dir="rtl"' in document
    assert 'href="?locale=ar&amp;scheme=light"' in document
    assert 3 == document.count('aria-current="true"')
    others = re.findall(r'href="\?locale=([\w-]+)&amp;scheme=dark"', document)
    assert ["en", "zh-Hans", "zh-Hant", "ar"] == list(dict.fromkeys(others))


def test_a_text_from_left_to_right_can_be_mirrored(gallery: FlaskClient) -> None:
    document = gallery.get("/gallery/banner?dir=rtl").text

    assert '<html lang="en" dir="rtl">' in document
    assert 'lang="en" dir="rtl"' in document


@pytest.mark.parametrize("query", ["locale=%22%3E", "locale=a", "scheme=pink", "dir=up"])
def test_what_is_no_look_is_refused(gallery: FlaskClient, query: str) -> None:
    answer = gallery.get(f"/gallery?{query}")

    assert (422, "invalid_request") == (answer.status_code, (answer.json or {})["code"])


def test_an_unknown_component_is_not_found_and_the_nearest_named(gallery: FlaskClient) -> None:
    answer = gallery.get("/gallery/bannr")

    assert 404 == answer.status_code
    assert 'Did you mean "banner"?' in (answer.json or {})["detail"]


def test_the_policy_lets_styles_and_pictures_through_and_nothing_else(gallery: FlaskClient) -> None:
    answer = gallery.get("/gallery/banner")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))

    assert {"default-src": "'none'", "style-src": "'unsafe-inline'", "img-src": "* data:"}.items() <= policy.items()
    assert {"form-action": "'none'", "frame-ancestors": "'none'", "base-uri": "'none'"}.items() <= policy.items()
    assert "<script" not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_edit_shows_in_the_next_answer(live: Live, gallery: FlaskClient) -> None:
    files = dict(corner_files())
    model = files["components/banner/model.json"].replace(b"Keep them green till spring", b"Less water, more light")
    edited = site_of({**files, "components/banner/model.json": model})
    before = gallery.get("/gallery").text
    live.site = replace(edited, sequence=2)
    after = gallery.get("/gallery").text

    assert ("Keep them green" in before, "Keep them green" in after) == (True, False)
    assert "Less water, more light" in after


def test_a_component_without_a_sample_or_a_channel_says_so(live: Live, gallery: FlaskClient) -> None:
    files = dict(corner_files())
    files["components/bare/model.json"] = (
        b'{"title": "Bare", "channels": ["app"], "fields": {"text": {"type": "text"}}}'
    )
    live.site = site_of(files)

    assert "no &#34;sample&#34; to show" in gallery.get("/gallery").text
    assert 200 == gallery.get("/gallery/bare").status_code


def test_a_released_site_has_no_gallery(web: FlaskClient) -> None:
    assert [404, 404] == [web.get(path).status_code for path in ("/gallery", "/gallery/banner")]


def test_the_gallery_is_no_part_of_the_api(gallery: FlaskClient) -> None:
    paths = gallery.get("/v1/openapi.json").get_json()["paths"]

    assert "/v1/pages/{page}" in paths
    assert [] == [path for path in paths if "gallery" in path]


def test_cms_serve_shows_it_of_a_folder_only(tmp_path: Path) -> None:
    workspace, port, other = corner_folder(tmp_path / "w"), free_port(), free_port()
    (tmp_path / "store").mkdir()
    with (
        running_cms(tmp_path, "serve", "--workspace", str(workspace), "--port", str(port)),
        running_cms(tmp_path / "store", "serve", "--port", str(other)),
    ):
        wait_for(lambda: status_of(f"http://127.0.0.1:{port}/gallery") == 200)
        wait_for(lambda: status_of(f"http://127.0.0.1:{other}/livez") == 200)
        assert 404 == status_of(f"http://127.0.0.1:{other}/gallery")


def test_the_style_sheet_of_all_shipped_components_is_small() -> None:
    """What a page loads before it shows the first of them."""
    shipped = {
        f"components/{path.parent.name}/{path.name}": path.read_bytes()
        for path in (ROOT / "components").glob("*/*")
        if path.is_file()
    }
    files = {**shipped, "content/workspace.json": b'{"default_locale": "en", "locales": {"en": []}}'}
    shop = create_app(Service(Live(Edited(site_of(files)), poll_s=60), None, lambda: NOW)).test_client()
    answer = shop.get("/v1/components.css")

    assert 200 == answer.status_code
    assert all(f".cms-{path.parent.name}" in answer.text for path in (ROOT / "components").glob("*/web.css"))
    assert 15_000 >= len(gzip.compress(answer.data))
