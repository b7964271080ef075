"""The two larger pictures: the room of the landing page and the shop's mark."""

from collections.abc import Callable

from cms.shop.pictures import plants, things
from cms.shop.pictures.drawing import SHADE, line

_ROOM = (
    ".wall{fill:#dfe8d8}.arch{fill:#eef3e6}.sky{fill:#fbf6e6}.floor{fill:#cdbb9a}.board{fill:#b99a6c}.light{fill:#fff8e0;opacity:.55}"
    "@media (prefers-color-scheme:dark){.wall{fill:#1d2821}.arch{fill:#26352b}.sky{fill:#31443a}.floor{fill:#3a3226}"
    ".board{fill:#4c3f2d}.light{fill:#cfe3c4;opacity:.07}}"
)


def room() -> str:
    """Draw a sunny corner with an arched window, a shelf and plants of all sizes."""
    window = '<path class="sky" d="M560 520V250a150 150 0 0 1 300 0v270z"/>' + line(
        "M710 100V520M560 300H860", "#8a9a80", 7, 'opacity=".35"'
    )
    arch = '<path class="arch" d="M80 900V330a260 260 0 0 1 520 0v570z"/>'
    floor = '<path class="floor" d="M0 800H1000V960H0z"/>'
    light = '<path class="light" d="M546 800L736 800L890 960L610 960z"/>'
    shelf = '<rect class="board" x="620" y="556" width="330" height="16" rx="4"/><path d="M660 572v44M910 572v44" stroke="#8d7047" stroke-width="8" stroke-linecap="round"/>'
    standing = (
        _at(plants.fiddle_leaf_fig(), 40, 70, 1.86)
        + _at(plants.snake_plant(), 322, 330, 1.24)
        + _at(plants.pothos(), 566, 263, 0.7)
        + _at(plants.peperomia(), 738, 312, 0.585)
        + _at(plants.calathea(), 540, 438, 1.0)
        + _at(things.watering_can(), 728, 610, 0.6)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 960" width="1000" height="960">'
        f'<style>{_ROOM}</style><defs>{SHADE}</defs><rect class="wall" width="1000" height="960"/>'
        f"{arch}{window}{floor}{light}{shelf}{standing}</svg>"
    )


def mark() -> str:
    """Draw the shop's mark: a frond in a pot."""
    leaves = "".join(
        f'<path transform="translate(32 {40 - i * 8}) rotate({side * (58 - i * 7)}) scale({1 - i * 0.14:.2f})" d="M0 0C-8 -5 -8 -17 0 -23C8 -17 8 -5 0 0Z"/>'
        for i in range(4)
        for side in (-1, 1)
    )
    tip = '<path d="M32 14C28 10 28 5 32 0C36 5 36 10 32 14Z"/><path d="M31 44V12h2v32z"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<g fill="#4c8f5c">{leaves}{tip}</g><path d="M15 42H49v6H15zM19 50H45l-4 13H23z" fill="#c8734d"/></svg>'
    )


def _at(drawing: str, x: float, y: float, scale: float) -> str:
    return f'<g transform="translate({x} {y}) scale({scale})">{drawing}</g>'


SCENES: dict[str, Callable[[], str]] = {"room": room, "mark": mark}
