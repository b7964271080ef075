"""Parts: Jinja macros that the components' templates share, so that a close control or a price is written once."""

from importlib.resources import files

PARTS = {name: files(__name__).joinpath(name).read_text("utf-8") for name in ("parts.html", "parts.mjml")}
