"""The MJML and HTML a component's `email.mjml` may use, and the check of a template's source against it.

mjml-python passes unknown tags through and drops unknown attributes without a word, so this list speaks up instead.
"""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from cms.problems import Problem, did_you_mean

_BOX = "padding padding-top padding-right padding-bottom padding-left css-class mj-class"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform"
_SECTION = f"{_BOX} {_BORDER} background-color direction full-width text-align"

MJML: Mapping[str, frozenset[str]] = {
    tag: frozenset(attributes.split())
    for tag, attributes in {
        "mj-wrapper": _SECTION,
        "mj-section": _SECTION,
        "mj-group": "width vertical-align background-color direction css-class mj-class",
        "mj-column": f"{_BOX} {_BORDER} width vertical-align background-color inner-background-color"
        " inner-border inner-border-radius",
        "mj-text": f"{_BOX} {_FONT} align height container-background-color",
        "mj-button": f"{_BOX} {_BORDER} {_FONT} align background-color container-background-color height href"
        " inner-padding name rel target text-align title vertical-align width",
        "mj-image": f"{_BOX} {_BORDER} align alt container-background-color fluid-on-mobile height href max-height"
        " rel src target title width",
        "mj-divider": f"{_BOX} align border-color border-style border-width container-background-color width",
        "mj-spacer": f"{_BOX} height container-background-color",
        "mj-table": f"{_BOX} {_FONT} align border cellpadding cellspacing container-background-color role"
        " table-layout width",
        "mj-raw": "",
    }.items()
}
_CONTAINERS = frozenset({"mj-wrapper", "mj-section", "mj-group", "mj-column"})
_STRUCTURE = _CONTAINERS | {"the top", "mj-table", "table", "thead", "tbody", "tr"}
_INSIDE = "Move it, or the shown_if around an element, into a mj-text or a table cell."
_SAFE = "class style dir lang title"
_CELL = f"{_SAFE} align valign width height bgcolor colspan rowspan role"
HTML: Mapping[str, frozenset[str]] = {
    **{
        tag: frozenset(_SAFE.split())
        for tag in "b br del div em h1 h2 h3 h4 hr i p s small span strong sub sup".split()
    },
    **{tag: frozenset(_SAFE.split()) for tag in "blockquote code li ol pre ul tbody thead".split()},
    **{tag: frozenset(f"{_CELL} scope".split()) for tag in "tr td th".split()},
    "table": frozenset(f"{_CELL} border cellpadding cellspacing aria-label".split()),
    "a": frozenset(f"{_SAFE} href target rel aria-label".split()),
    "img": frozenset(f"{_SAFE} src alt width height border".split()),
}
_VOID = frozenset({"br", "hr", "img"})
_SIGN = "\ufffc"
_LEAVES_MARK = re.compile(r"\{\{|\{%-?\s*call\b")
_ROW = re.compile(r"\{\{-?\s*product_(row|button)\(")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


class _Source(HTMLParser):
    """Walks one template; `problems` are what it may not use."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.file = file
        self.problems: list[Problem] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.report(f"</{tag}> closes nothing that is open.", "Close every tag, innermost first.")
        elif self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        place = self.open[-1] if self.open else "the top"
        if data.strip() and place in _STRUCTURE:
            skipped = data[: len(data) - len(data.lstrip())].count("\n")
            self.report(f"Text or a gap stands directly in {place}, where it would get lost.", _INSIDE, below=skipped)

    def report(self, message: str, suggestion: str = "", *, below: int = 0) -> None:
        line, column = self.getpos()
        self.problems.append(
            Problem(
                "bad-template",
                message,
                suggestion=suggestion,
                file=self.file,
                line=line + below,
                column=1 if below else column + 1,
            )
        )

    def _check(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        known = self._vocabulary()
        if tag not in known:
            place = f"inside {self.open[-1]}" if self.open else "at the top of a component's mail"
            self.report(f"<{tag}> is not allowed {place}.", did_you_mean(tag, known))
            return
        for name, _ in attrs:
            if name not in known[tag]:
                self.report(f'<{tag}> has no attribute "{name}".', did_you_mean(name, known[tag]))

    def _vocabulary(self) -> Mapping[str, frozenset[str]]:
        if not self.open:
            return {tag: MJML[tag] for tag in ("mj-wrapper", "mj-section", "mj-raw")}
        return MJML if self.open[-1] in _CONTAINERS else HTML


def misused(source: str, file: str) -> list[Problem]:
    """List the tags and attributes of a template that a mail may not have, and tags that do not nest."""
    walk = _Source(file)
    walk.feed(_JINJA.sub(_blank, source))
    walk.close()
    if walk.open:
        walk.report(f"<{walk.open[-1]}> is not closed.", "Close every tag, innermost first.")
    return walk.problems


def _blank(found: re.Match[str]) -> str:
    """Hide Jinja from the walk but keep its place; what leaves a mark leaves a sign, a part that is a row a row."""
    blank = re.sub(r"[^\n]", " ", found[0])
    if _ROW.match(found[0]):
        return "<tr></tr>" + blank[9:]
    return _SIGN + blank[1:] if _LEAVES_MARK.match(found[0]) else blank
