"""Standalone pages: whole HTML documents about content, for people; no script, nothing loaded, light and dark."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_PAGES = Path(__file__).with_name("pages")
PICTURE = (_PAGES / "picture.svg").read_text("utf-8")  # stands for any product
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_PAGES), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def standalone(
    name: str, values: Mapping[str, object], *, css: str = "", scheme: str = "", direction: str = "ltr"
) -> str:
    """Write the page `pages/<name>.html`.

    Args:
        name: Of the template.
        values: What it shows, `title` among them; all but `Markup` is escaped.
        css: The components' style sheet, where the page shows components.
        scheme: `light` or `dark`; "" follows the reader's system.
        direction: `ltr` or `rtl`.
    """
    sheets = Markup(_closed(f"{css}\n{(_PAGES / 'shell.css').read_text('utf-8')}"))  # noqa: S704 - closed
    template = _ENVIRONMENT.get_template(f"{name}.html")
    return template.render(values, sheets=sheets, scheme=scheme, direction=direction)


def _closed(css: str) -> str:
    """Keep a style sheet inside its element, whatever it says."""
    return css.replace("</", r"<\/")
