"""The pictures of the shop, drawn as SVG by a few strokes of code; no picture is loaded from anywhere.

Each drawing is a function without arguments that gives the inside of a 400 × 480 picture.
"""

from functools import cache

from cms.shop.pictures import fine_leaves, larger, plants, scenes, services, things
from cms.shop.pictures.drawing import picture

DRAWINGS = {
    **plants.DRAWINGS, **larger.DRAWINGS, **fine_leaves.DRAWINGS, **things.DRAWINGS, **services.DRAWINGS,
}  # fmt: skip


@cache
def draw(name: str) -> str | None:
    """Draw a product or a scene as a whole SVG document; None: there is no such picture."""
    if name in scenes.SCENES:
        return scenes.SCENES[name]()
    if name not in DRAWINGS:
        return None
    tint, drawing = DRAWINGS[name]
    return picture(drawing(), tint)
