"""Long texts: HTML becomes CommonMark, and what CommonMark has not is named."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from cms.errors import CmsError

try:
    from markdownify import MarkdownConverter
except ModuleNotFoundError as absent:
    raise CmsError("missing-extra", "Importing from AEM needs markdownify: pip install vitrine-cms[aem].") from absent

_KEPT = frozenset(
    "a b blockquote body br code div em h1 h2 h3 h4 h5 h6 head hr html i img li ol p pre span strong ul".split()
)
_OF_TABLES = frozenset("caption colgroup col tbody td tfoot th thead tr".split())
_UNSAID = frozenset({"script", "style"})  # hold no words
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_LISTED = re.compile(r"^(\s*)(\d*)([-+.)])(?=\s)", re.MULTILINE)
_CELL = "\x1f"
_IN_ADDRESS = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E"})  # which would end it
Lost = Callable[[str], None]


class _Tags(HTMLParser):
    """Collects the elements of a text, and where its links and pictures lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, None] = {}
        self.targets: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = None
        for name, value in attrs:
            if (tag, name) in {("a", "href"), ("img", "src")} and value:
                self.targets[value] = None


def markdown_of(text: str, mime: str, lost: Lost, why_refused: Callable[[str], str]) -> str:
    """Write a long text as Markdown; braces are doubled, so that none is taken for a placeholder.

    Args:
        text: As AEM holds it.
        mime: `text/html`, `text/markdown`, `text/x-markdown`, or plain text.
        lost: Told of each thing that has no place in Markdown.
        why_refused: Says why an address may not be linked, "" for one that may.
    """
    if mime == "text/html":
        written = _of_html(text, lost, why_refused)
    elif "markdown" in mime:
        written = text
    else:
        written = _LISTED.sub(r"\1\2\\\3", _SPECIAL.sub(r"\\\1", text))
    return written.strip().replace("{", "{{")


def _of_html(html: str, lost: Lost, why_refused: Callable[[str], str]) -> str:
    seen = _Tags()
    seen.feed(html)
    for tag in sorted(seen.tags.keys() - _KEPT - _OF_TABLES):
        lost(f"the element <{tag}> of a text: {'it is left out' if tag in _UNSAID else 'its words are kept'}")
    refused = {target: why for target in seen.targets if (why := why_refused(target))}
    for target, why in refused.items():
        lost(f'the address "{target}" in a text, because {why}: its words are kept')
    return str(_Converter(frozenset(refused)).convert(html))


class _Converter(MarkdownConverter):  # its converters are found by name
    """Converts all but addresses that may not be linked, of which the words stay."""

    def __init__(self, refused: frozenset[str]) -> None:
        super().__init__(heading_style="ATX", bullets="-", escape_misc=True)
        self._refused = refused

    def convert_table(self, el: Any, text: str, parent_tags: Any) -> str:
        return f"\n\n{text.strip()}\n\n"

    def convert_tr(self, el: Any, text: str, parent_tags: Any) -> str:
        """Keep a row as a paragraph of its cells: CommonMark has no tables."""
        return f"{' – '.join(text.split(_CELL)).strip(' –')}\n\n"

    def convert_td(self, el: Any, text: str, parent_tags: Any) -> str:
        return f"{text.strip()}{_CELL}"

    convert_th = convert_td

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.get("href") in self._refused:
            return text
        return str(super().convert_a(_spelled(el, "href"), text, parent_tags))  # type: ignore[misc]

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.get("src") in self._refused:
            return str(el.get("alt") or "")
        return str(super().convert_img(_spelled(el, "src"), text, parent_tags))  # type: ignore[misc]


def _spelled(el: Any, name: str) -> Any:
    """Spell an address so that it ends where it ends."""
    if el.get(name):
        el[name] = el[name].translate(_IN_ADDRESS)
    return el
