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
    floor = '<path class="floor" d="M0 800H1000V960H0z"/><path d="M0 800H1000v10H0z" fill="#000" opacity=".10"/>'
    light = '<path class="light" d="M600 800L760 800L1000 960L720 960z"/>'
    shelf = '<rect class="board" x="620" y="556" width="330" height="16" rx="4"/><path d="M660 572v44M910 572v44" stroke="#8d7047" stroke-width="8" stroke-linecap="round"/>'
    standing = (
        _at(plants.fiddle_leaf_fig(), 40, 70, 1.86)
        + _at(plants.snake_plant(), 330, 330, 1.24)
        + _at(plants.pothos(), 578, 264, 0.7)
        + _at(plants.peperomia(), 738, 312, 0.585)
        + _at(plants.calathea(), 560, 428, 1.03)
        + _at(things.watering_can(), 772, 546, 0.74)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 960" width="1000" height="960">'
        f'<style>{_ROOM}</style><defs>{SHADE}</defs><rect class="wall" width="1000" height="960"/>'
        f"{arch}{window}{floor}{light}{shelf}{standing}</svg>"
    )


def mark() -> str:
    """Draw the shop's mark: a frond in a pot."""
    leaves = "".join(
        f'<path d="M32 {38 - i * 7}q{side * 16} {-2 - i} {side * (19 - i * 3)} {-13}q{side * -17} 0 {side * -(19 - i * 3)} 13z"/>'
        for i in range(4)
        for side in (-1, 1)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64"><g fill="#3f7a4f">'
        f'<path d="M30.8 44V12q1.2 -6 2.4 0v32z"/>{leaves}</g><path d="M16 42H48l-1 6H17zM19 49H45l-4 13H23z" fill="#c8734d"/></svg>'
    )


def _at(drawing: str, x: float, y: float, scale: float) -> str:
    return f'<g transform="translate({x} {y}) scale({scale})">{drawing}</g>'


SCENES: dict[str, Callable[[], str]] = {"room": room, "mark": mark}
