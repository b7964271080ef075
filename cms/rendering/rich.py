"""Rich text: authored Markdown as safe HTML, plain text and a node tree, each with its gaps still marked.

Gaps are private-use characters while Markdown is read, so a value is never read as Markdown or HTML.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from cms.facts.placeholders import Template

_FIRST = 0xE000
_GAP = re.compile("[\ue000-\uf8ff]")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "strong", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_SHALLOWEST = 3  # a component's own headline is a level 2 heading
_PARSER = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Element:
    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["Element | str", ...]


@dataclass(frozen=True, slots=True)
class Rich:
    """One Markdown text in three forms with its gaps marked; `close_gaps` closes them."""

    html: str
    text: str
    nodes: tuple[Element | str, ...]


def rich_of(template: Template) -> Rich:
    """Read a Markdown template; the gap of its n-th placeholder is marked by one private-use character."""
    marked, gaps = [], 0
    for part in template.parts:
        if isinstance(part, str):
            marked.append(_GAP.sub("\ufffd", part))
        else:
            marked.append(chr(_FIRST + gaps))
            gaps += 1
    return _rich("".join(marked))


@lru_cache(maxsize=1024)
def _rich(source: str) -> Rich:
    tokens = _PARSER.parse(source)
    _sink_headings(tokens)
    html = nh3.clean(
        _PARSER.renderer.render(tokens, _PARSER.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https", "mailto", "tel"},
        link_rel=None,
    )
    nodes = tuple(_elements(SyntaxTreeNode(tokens)))
    return Rich(html.strip(), _blocks_text(nodes), nodes)


def close_gaps(marked: str, values: Sequence[str], *, write: Callable[[str], str] = str) -> str:
    """Put values where gaps are marked, each passed through `write` (`html.escape` for HTML)."""

    def value_at(match: re.Match[str]) -> str:
        index = ord(match[0]) - _FIRST
        return write(values[index]) if index < len(values) else ""

    return _GAP.sub(value_at, marked)


def close_html(rich: Rich, values: Sequence[str]) -> str:
    """Give the HTML with its gaps closed by escaped text."""
    return close_gaps(rich.html, values, write=escape)


def _sink_headings(tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + _SHALLOWEST - 1, 6)}"


def _elements(node: SyntaxTreeNode) -> Iterable[Element | str]:
    for child in node.children:
        yield from _element(child)


def _element(node: SyntaxTreeNode) -> Iterable[Element | str]:
    if node.type == "text":
        yield node.content
    elif node.type == "softbreak":
        yield " "
    elif node.type == "inline" or node.hidden:
        yield from _elements(node)
    else:
        yield Element(node.tag, _attributes(node), tuple(_elements(node)) or _content(node))


def _content(node: SyntaxTreeNode) -> tuple[str, ...]:
    return (node.content,) if node.type in {"code_inline", "code_block", "fence"} else ()


def _attributes(node: SyntaxTreeNode) -> tuple[tuple[str, str], ...]:
    given = {**node.attrs, **({"alt": node.content} if node.type == "image" else {})}
    kept = _ATTRIBUTES.get(node.tag, set())
    return tuple((name, str(value)) for name, value in given.items() if name in kept)


def _blocks_text(nodes: Sequence[Element | str]) -> str:
    return "\n\n".join(text for text in (_block_text(node) for node in nodes) if text)


def _block_text(node: Element | str) -> str:
    if isinstance(node, str):
        return node
    if node.name in {"ul", "ol"}:
        return "\n".join(_item_text(node, index, item) for index, item in enumerate(node.children))
    if node.name == "blockquote":
        return "\n".join(f"> {line}" for line in _blocks_text(node.children).splitlines())
    return "" if node.name == "hr" else _inline_text(node.children).strip()


def _item_text(around: Element, index: int, item: Element | str) -> str:
    first = int(dict(around.attributes).get("start", 1))
    bullet = f"{first + index}. " if around.name == "ol" else "- "
    inside = item.children if isinstance(item, Element) else (item,)
    lines = [*_lines(inside)]
    return bullet + f"\n{' ' * len(bullet)}".join(lines)


def _lines(nodes: Sequence[Element | str]) -> Iterable[str]:
    """Lay out what an item holds: runs of words, and the blocks between them."""
    run: list[Element | str] = []
    for node in nodes:
        if isinstance(node, Element) and node.name in {"p", "ul", "ol", "blockquote", "pre"}:
            yield from _inline_text(run).splitlines()
            yield from _block_text(node).splitlines()
            run = []
        else:
            run.append(node)
    yield from _inline_text(run).splitlines()


def _inline_text(nodes: Sequence[Element | str]) -> str:
    return "".join(node if isinstance(node, str) else _inline_element(node) for node in nodes)


def _inline_element(node: Element) -> str:
    if node.name == "br":
        return "\n"
    attributes = dict(node.attributes)
    if node.name == "img":
        return attributes.get("alt", "")
    inside, href = _inline_text(node.children), attributes.get("href")
    return inside if href is None or href in {inside, f"mailto:{inside}"} else f"{inside} ({href})"
