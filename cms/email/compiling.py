"""Compiling at release time: Jinja, MJML and CSS inlining of a component's mail, with recipients' gaps left open."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files

from css_inline import CSSInliner
from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup
from mjml import mjml2html

from cms.components.body import Body
from cms.components.model import ComponentModel
from cms.decisions.decision import Choice
from cms.email.allowed import misused
from cms.email.gaps import MailGap, Marks, Part
from cms.email.mirroring import mirrored
from cms.email.plain_text import plain_form, with_full_links, wrapped
from cms.email.scope import conditions, mail_scope
from cms.email.wording import words
from cms.errors import CmsError
from cms.facts.context import View
from cms.problems import Problem
from cms.rendering.formats import direction_of
from cms.rendering.renderer import environment_of
from cms.rendering.scope import scope_of


@dataclass(frozen=True, slots=True)
class Fragment:
    """One body in one locale with so many products: inlined HTML, gaps open.

    `columns` are the rules for column widths that its mail needs in the head.
    """

    html: tuple[Part, ...]
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shell:
    """The mail around the fragments, in one locale; its gaps are `MailGap`s."""

    html: tuple[Part, ...]


HTML_TEMPLATE, TEXT_TEMPLATE = "email.mjml", "email.txt"
MAIL_GAPS = ("subject", "preheader", "slots", "shop", "base", "address", "unsubscribe")
_COLUMN = re.compile(r"(?<!\.moz-text-html )\.mj-column-[a-z0-9-]+ \{[^}]*\}")
_FILLER = "\u034f\u200c\u00a0" * 60  # keeps the first words of the body out of the inbox's preview
_DOCUMENT = "<mjml><mj-head>{}</mj-head><mj-body><mj-raw>{}</mj-raw>{}<mj-raw>{}</mj-raw></mj-body></mjml>"


class EmailCompiler:
    """Compiles the mails of a snapshot's components; `calls` counts how often, so that a test can prove when."""

    def __init__(self, templates: Mapping[str, str], models: Mapping[str, ComponentModel]) -> None:
        self._sources = {
            name: source for name, source in templates.items() if name.endswith((HTML_TEMPLATE, TEXT_TEMPLATE))
        }
        self._environment = environment_of({**self._sources, "shell.mjml": _own("shell.mjml")})
        self._models = models
        self._inliner = CSSInliner(
            inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=_own("copy.css")
        )
        self.calls = 0

    def fragment(self, component: str, body: Body, *, locale: str, products: int) -> Fragment:
        """Compile `<component>/email.mjml` for one body.

        Raises:
            CmsError: `bad-template`: no such template, it does not compile, or the body has two rails.
        """
        marks = Marks()
        start, end = marks.issue(), marks.issue()
        scope = mail_scope(body, self._models[component], marks, locale=locale, products=products)
        with _named(f"{component}/{HTML_TEMPLATE}") as name:
            inside = self._environment.get_template(name).render(scope)
            html = self._compiled(_DOCUMENT.format(_own("head.mjml"), start, inside, end), locale)
            section = html.partition(start)[2].partition(end)[0]
            marks.check(inside, section)
            return Fragment(marks.split(section), frozenset(_COLUMN.findall(html)))

    def shell(self, *, locale: str, columns: Iterable[str] = ()) -> Shell:
        """Compile the mail around the fragments; `columns` are all the rules its fragments need in the head."""
        marks = Marks()
        scope = {name: marks.issue(MailGap(name)) for name in MAIL_GAPS} | {
            "lang": locale,
            "dir": direction_of(locale),
            "words": words(locale),
            "head": Markup(_own("head.mjml")),  # noqa: S704 - a file of this package
            "columns": Markup(" ".join(sorted(columns))),  # noqa: S704 - rules mjml-python wrote
            "filler": _FILLER,
            **conditions(marks),
        }
        with _named("shell.mjml") as name:
            return Shell(marks.split(self._compiled(self._environment.get_template(name).render(scope), locale)))

    def text(self, choice: Choice, view: View, *, base: str) -> str:
        """Write a choice for the text part: wrapped, links absolute, no empty lines at its ends.

        Raises:
            CmsError: `bad-template`: no such template, or it fails; `unfilled` as in `fill`.
        """
        full = with_full_links(choice, base)
        with _named(f"{choice.component}/{TEXT_TEMPLATE}") as name:
            scope = scope_of(full, view, self._models[choice.component], partial(plain_form, base))
            return wrapped(self._environment.get_template(name).render(scope))

    def problems(self, samples: Mapping[str, Body] | None = None) -> list[Problem]:
        """List templates that cannot be used; if all can be read, those of components with a sample are compiled."""
        found = [problem for name, source in sorted(self._sources.items()) for problem in self._misread(name, source)]
        return found or [
            problem
            for component, body in sorted((samples or {}).items())
            for problem in self._uncompiled(component, body)
        ]

    def _misread(self, name: str, source: str) -> list[Problem]:
        file = f"components/{name}"
        try:
            self._environment.parse(source)
        except TemplateSyntaxError as wrong:
            return [Problem("bad-template", f"{wrong.message}.", file=file, line=wrong.lineno, column=1)]
        return misused(source, file) if name.endswith(HTML_TEMPLATE) else []

    def _uncompiled(self, component: str, body: Body) -> Iterator[Problem]:
        try:
            self.fragment(component, body, locale="en", products=2)
        except CmsError as wrong:
            file = f"components/{component}/{HTML_TEMPLATE}"
            yield Problem(wrong.code, wrong.message, file=file, line=1, column=1)

    def _compiled(self, mjml: str, locale: str) -> str:
        self.calls += 1
        html = mjml2html(mjml)
        return self._inliner.inline(mirrored(html) if direction_of(locale) == "rtl" else html)


@contextmanager
def _named(name: str) -> Iterator[str]:
    """Turn what Jinja and MJML raise about a template into `bad-template` with its name."""
    try:
        yield name
    except (TemplateError, ValueError, TypeError, LookupError) as wrong:
        raise CmsError("bad-template", f"components/{name}: {type(wrong).__name__}: {wrong}.") from wrong


def _own(name: str) -> str:
    return files("cms.email").joinpath("shell", name).read_text("utf-8")
