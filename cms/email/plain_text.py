"""The text part: `email.txt` over real values, links made absolute, lines wrapped by columns."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from unicodedata import east_asian_width

from cms.components.body import Image, Link, Node
from cms.decisions.decision import Choice
from cms.facts.signals import Product
from cms.rendering.rich import Rich, close_gaps

COLUMNS = 72
_OPENING, _CLOSING = "「『（《〈【〔“‘", "」』）》〉】〕”’，。、！？；：…"  # may not end, may not begin a line
_WIDE = r"[\u2e80-\u303f\u3040-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6]"
_PIECE = re.compile(rf"\s+|[{_OPENING}]*{_WIDE}[{_CLOSING}]*|(?:(?!{_WIDE})[^\s{_OPENING}])+[{_CLOSING}]*|.")
_TARGET = re.compile(r' href="([^"]*)"')
_BULLET = re.compile(r"\s*(?:[-•*>]|\d{1,3}\.)?\s*")


def at_home(address: str, base: str) -> str:
    """Put the shop's address before a path or an anchor."""
    if address.startswith("#"):
        return f"{base}/{address}"
    return base + address if address.startswith("/") else address


def with_full_links(choice: Choice, base: str) -> Choice:
    """Copy a choice with every address of its body and products absolute; Markdown is left to `plain_form`."""
    return replace(
        choice,
        body={name: _node(node, base) for name, node in choice.body.items()},
        rails={key: tuple(_product(product, base) for product in shown) for key, shown in choice.rails.items()},
        items={sku: _product(product, base) for sku, product in choice.items.items()},
    )


def _node(node: Node, base: str) -> Node:
    match node:
        case Link(href):
            return Link(at_home(href, base))
        case Image():
            srcset = tuple(replace(source, src=at_home(source.src, base)) for source in node.srcset)
            return replace(node, src=at_home(node.src, base), srcset=srcset)
        case Mapping():
            return {name: _node(part, base) for name, part in node.items()}
        case tuple():
            return tuple(_node(part, base) for part in node)
        case _:
            return node


def _product(product: Product, base: str) -> Product:
    return replace(product, url=at_home(product.url, base), image=at_home(product.image, base))


def plain_form(base: str, rich: Rich, values: tuple[str, ...]) -> str:
    """Write Markdown as plain words, its links `label <URL>`: no mail program takes what follows for a part of it."""
    said = rich.text
    for target in {unescape(found) for found in _TARGET.findall(rich.html)}:
        said = said.replace(f"({target})", f"<{at_home(target, base)}>")
    return close_gaps(said, values)


def wrapped(text: str, columns: int = COLUMNS) -> str:
    """Wrap every line at so many columns; an address is never cut, and runs of empty lines become one."""
    lines = [row for line in text.strip().splitlines() for row in _rows(line.rstrip(), columns)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _rows(line: str, columns: int) -> Iterator[str]:
    if 2 * len(line) <= columns:
        yield line
        return
    bullet = _BULLET.match(line)
    indent = " " * len(bullet[0]) if bullet else ""
    row, used = "", 0
    for piece in _PIECE.findall(line):
        if row.strip() and used + _width(piece.rstrip()) > columns:
            yield row.rstrip()
            row = indent + piece.lstrip()
            used = _width(row)
        else:
            row += piece
            used += _width(piece)
    yield row.rstrip()


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
