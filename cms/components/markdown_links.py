"""The addresses that Markdown copy links to, found before it is ever rendered."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cms.facts.placeholders import Template

_GAP = "\ufffc"


def _as_written(url: str) -> str:
    return url


def _any(url: str) -> bool:
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    # Judge what the author wrote: the parser's own normalising and silent refusal would hide it.
    parser.normalizeLink = _as_written  # type: ignore[method-assign]
    parser.validateLink = _any  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def link_targets(template: Template) -> Iterator[str | None]:
    """List the targets of a Markdown text's links and pictures; None for one that holds a gap."""
    source = "".join(part if isinstance(part, str) else _GAP for part in template.parts)
    for token in _tokens(_PARSER.parse(source)):
        target = token.attrGet("href") if token.type == "link_open" else token.attrGet("src")
        if target is not None:
            yield None if _GAP in str(target) else str(target)


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])
