"""Standalone pages: what they show cannot become part of them."""

from html.parser import HTMLParser

from markupsafe import Markup

from cms.rendering.standalone import standalone

HOSTILE = "</title></style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Collects the elements of a document as a browser would see them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.said: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_titles_and_style_sheets_stay_what_they_are_whatever_they_say() -> None:
    shown = {"title": HOSTILE, "html": Markup("<p>ours</p>")}
    document = Tags(standalone("bare", shown, css=f'.cms::after {{ content: "{HOSTILE}" }}'))

    assert ["html", "head", "meta", "meta", "meta", "link", "title", "style", "body", "main", "p"] == document.seen
    assert HOSTILE in document.said


def test_what_a_page_lists_is_escaped_even_in_attributes() -> None:
    component = {
        "title": HOSTILE,
        "key": HOSTILE,
        "channels": HOSTILE,
        "href": HOSTILE,
        "html": None,
        "missing": HOSTILE,
    }
    choices = {HOSTILE: [{"label": HOSTILE, "href": HOSTILE, "current": True}]}
    document = Tags(standalone("gallery", {"title": HOSTILE, "components": [component], "choices": choices}))

    assert [] == [tag for tag in document.seen if tag in {"script", "img"}]
    assert 4 <= document.said.count(HOSTILE)
