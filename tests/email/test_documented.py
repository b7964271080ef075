"""docs/email.md tells all that a template may use."""

import re
from pathlib import Path

from cms.email.allowed import MJML

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "email.md").read_text("utf-8")
HEAD = (ROOT / "cms" / "email" / "shell" / "head.mjml").read_text("utf-8")


def test_every_tag_of_mjml_is_documented() -> None:
    assert [tag for tag in MJML if f"`{tag}`" not in DOC] == []


def test_every_class_of_the_head_is_documented() -> None:
    assert [name for name in re.findall(r'<mj-class name="([a-z]+)"', HEAD) if f"`{name}`" not in DOC] == []
