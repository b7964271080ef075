"""Renderer: the templates of one snapshot, and a choice shown by them."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from cms.components.model import ComponentModel
from cms.decisions.decision import Choice
from cms.errors import CmsError
from cms.facts.context import View
from cms.rendering.blocks import Block, block_tree
from cms.rendering.filling import RichForm, plain_form
from cms.rendering.rich import Rich, close_html
from cms.rendering.scope import scope_of

BASE_CSS = Path(__file__).with_name("base.css").read_text("utf-8")
# Macros that templates share, so that a close control or a price is written once.
PARTS = {name: Path(__file__).with_name(name).read_text("utf-8") for name in ("parts.html", "parts.mjml")}


def environment_of(templates: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """Build the sandbox that templates run in: all but plain text is escaped, a misspelled name is an error."""
    return ImmutableSandboxedEnvironment(
        loader=DictLoader({**PARTS, **templates}),
        undefined=StrictUndefined,
        autoescape=lambda name: not (name or "").endswith(".txt"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class Renderer:
    """Shows choices on the web, in text mails, in apps. Built once per snapshot; safe to share between threads.

    `templates` maps `"banner/web.html"` to its source.
    """

    def __init__(self, templates: Mapping[str, str], models: Mapping[str, ComponentModel]) -> None:
        self._environment = environment_of(templates)
        self._templates = templates
        self._models = models

    def html(self, choice: Choice, view: View, *, decision: str, slot: str) -> str:
        """Show a choice as a fragment of a web page.

        Raises:
            CmsError: `bad-template`: the component's template is missing or fails.
        """
        marks = {"entry": choice.entry, "variant": choice.variant, "slot": slot, "decision": decision}
        return self._show("web.html", choice, view, marks, _html_form)

    def text(self, choice: Choice, view: View) -> str:
        """Show a choice in the plain-text part of a mail; blank lines at both ends are dropped.

        Raises:
            CmsError: `bad-template`: the component's template is missing or fails.
        """
        return self._show("email.txt", choice, view, {}, plain_form).strip("\n")

    def blocks(self, choice: Choice, view: View) -> Block:
        """Show a choice as a tree of blocks for apps and mini-programs."""
        return block_tree(choice, view, self._models[choice.component])

    def css(self) -> str:
        """Join the style sheets: what all components share, then each component's own by key."""
        own = (self._templates[name] for name in sorted(self._templates) if name.endswith("/web.css"))
        return "\n".join(sheet.strip() + "\n" for sheet in (BASE_CSS, *own))

    def _show(self, file: str, choice: Choice, view: View, marks: Mapping[str, str], rich: RichForm) -> str:
        name = f"{choice.component}/{file}"
        try:
            template = self._environment.get_template(name)
            scope = scope_of(choice, view, self._models[choice.component], rich, slot=marks.get("slot", ""))
            return template.render(scope, attributes=_attributes(marks, choice.locale, str(scope["item"]["dir"])))
        except TemplateNotFound as missing:
            raise CmsError("bad-template", f"components/{missing.name}: there is no such template.") from missing
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as wrong:
            raise CmsError("bad-template", f"components/{name}: {wrong}") from wrong


def _html_form(rich: Rich, values: tuple[str, ...]) -> Markup:
    return Markup(close_html(rich, values))  # noqa: S704 - sanitised when it was read, values escaped as they come in


def _attributes(marks: Mapping[str, str], locale: str, direction: str) -> Markup:
    given = {**{f"data-cms-{name}": value for name, value in marks.items()}, "lang": locale, "dir": direction}
    return Markup(" ".join(f'{name}="{escape(value)}"' for name, value in given.items()))  # noqa: S704 - escaped here
