"""Mails in languages written from right to left: MJML writes every side as for left to right, so sides are swapped."""

import re

_OTHER = {"ltr": "rtl", "rtl": "ltr", "left": "right", "right": "left"}
_SIDE = re.compile(r'(\bdirection:|\btext-align:|\salign="|\b(?:padding|margin|border)-)(ltr|rtl|left|right)\b')
_FOUR = re.compile(r"\b(padding|margin):([^\s;\"]+) ([^\s;\"]+) ([^\s;\"]+) ([^\s;\"]+)")


def mirrored(html: str) -> str:
    """Swap left and right in the attributes and styles of compiled MJML; authored text is not in it yet, only marks."""
    swapped = _SIDE.sub(lambda found: found[1] + _OTHER[found[2]], html)
    return _FOUR.sub(r"\1:\2 \5 \4 \3", swapped)
