"""Strokes: grounds, leaves, blades and pots that every picture is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin

WIDTH, HEIGHT = 400, 480
FLOOR = 418  # where things stand


@dataclass(frozen=True, slots=True)
class Tint:
    """Colors of a picture's ground by day and by night: the wall and the shape on it."""

    wall: str
    shape: str
    night_wall: str
    night_shape: str


SAGE = Tint("#e6ecdf", "#d3dfca", "#1f2a23", "#29382d")
SAND = Tint("#f2ebdd", "#e7dbc4", "#2a2720", "#38332a")
CLAY = Tint("#f5e6dc", "#ecd2c1", "#2d2520", "#3d3029")
MIST = Tint("#e2eaea", "#cfdcdd", "#1f2829", "#2a3637")
BLUSH = Tint("#f6e5e0", "#eccfc7", "#2c2423", "#3c302e")
BUTTER = Tint("#f6eed6", "#ecdfb6", "#2a271c", "#393425")

TERRACOTTA, CREAM, CHARCOAL, BLUE, ROSE, OCHRE = "#c8734d", "#efe6d6", "#4a4f4d", "#7f9aa5", "#d9a295", "#d8a94f"

SHADE = (
    '<linearGradient id="shade" x1="0" x2="1"><stop offset="0" stop-color="#fff" stop-opacity=".30"/>'
    '<stop offset=".38" stop-color="#fff" stop-opacity=".06"/><stop offset=".6" stop-color="#000" stop-opacity="0"/>'
    '<stop offset="1" stop-color="#000" stop-opacity=".26"/></linearGradient>'
    '<radialGradient id="floor"><stop offset="0" stop-color="#1c2a20" stop-opacity=".34"/>'
    '<stop offset=".55" stop-color="#1c2a20" stop-opacity=".16"/><stop offset="1" stop-color="#1c2a20" stop-opacity="0"/></radialGradient>'
)


def picture(inside: str, tint: Tint) -> str:
    """Hang a drawing on its wall; the wall darkens with the reader's color scheme."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"<style>.wall{{fill:{tint.wall}}}.shape{{fill:{tint.shape}}}@media (prefers-color-scheme:dark){{"
        f".wall{{fill:{tint.night_wall}}}.shape{{fill:{tint.night_shape}}}}}</style>"
        f'<defs>{SHADE}</defs><rect class="wall" width="{WIDTH}" height="{HEIGHT}"/>'
        f'<path class="shape" d="M62 480V206a138 138 0 0 1 276 0v274z"/>{inside}</svg>'
    )


def shadow(width: float, x: float = 200, y: float = FLOOR) -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{width / 2}" ry="{width / 13:.1f}" fill="url(#floor)"/>'


def fill(path: str, color: str, more: str = "") -> str:
    return f'<path d="{path}" fill="{color}"{" " + more if more else ""}/>'


def line(path: str, color: str, width: float, more: str = "") -> str:
    extra = f" {more}" if more else ""
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="round"{extra}/>'


def rounded(path: str, color: str, more: str = "") -> str:
    """Fill a body and shade it as something round that is lit from the left."""
    return fill(path, color, more) + fill(path, "url(#shade)")


# Outlines in a unit space: the stalk ends at 0,0 and the tip is at 0,-100. Only the left side is written.
_SIDES = {
    "lance": "C-10 -25 -11 -68 0 -100",
    "oval": "C-28 -14 -36 -66 0 -100",
    "heart": "C-8 13 -46 9 -45 -26 C-44 -60 -14 -82 0 -102",
    "fiddle": "C-20 -2 -27 -20 -21 -38 C-18 -47 -24 -54 -31 -64 C-41 -82 -24 -102 0 -103",
    "paddle": "C-21 -6 -31 -36 -27 -64 C-23 -88 -9 -98 0 -105",
    "round": "C-22 6 -52 -14 -50 -48 C-48 -80 -22 -98 0 -102",
    "drop": "C-18 4 -40 -12 -37 -40 C-34 -68 -12 -86 0 -100",
    "blunt": "C-20 -10 -24 -60 -15 -84 C-10 -96 -4 -100 0 -100",
}


def outline(shape: str) -> str:
    """Close a leaf shape: its left side down to the tip and the mirrored side back."""
    return f"M0 0{_SIDES[shape]}{_mirrored_back(shape)}Z"


def right_half(shape: str) -> str:
    return f"M0 0L0 -100{_mirrored_back(shape)}Z"


def _mirrored_back(shape: str) -> str:
    numbers = [float(n) for n in _SIDES[shape].replace("C", " ").split()]
    points = [(0.0, 0.0), *zip(numbers[::2], numbers[1::2], strict=True)]
    back = [(-x, y) for x, y in reversed(points)]
    return "L{} {}".format(*map(_short, back[0])) + "".join(
        "C" + " ".join(f"{_short(x)} {_short(y)}" for x, y in back[i : i + 3]) for i in range(1, len(back), 3)
    )


def leaf_kind(name: str, shape: str, *, ribs: int = 0, rib_width: float = 1.2, over: str = "", mask: str = "") -> str:
    """Define a leaf that `leaf` can place many times; its color comes from where it is placed."""
    veins = "".join(_rib(at) for at in _spread(ribs))
    masked = f' mask="url(#{mask})"' if mask else ""
    return (
        f'<defs><g id="{name}"{masked}><path d="{outline(shape)}" fill="currentColor"/>'
        f'<path d="{right_half(shape)}" fill="#04150b" opacity=".13"/>{over}'
        f'<g fill="none" stroke="#fff" stroke-linecap="round"><path d="M0 0L0 -94" stroke-width="1.9" opacity=".42"/>'
        f'<path d="{veins}" stroke-width="{rib_width}" opacity=".22"/></g></g></defs>'
    )


def _rib(at: float) -> str:
    reach = 30 * (1 - abs(at - 0.42))
    return f"M0 {-100 * at:.0f}l{-reach:.0f} {-reach * 0.62:.0f}M0 {-100 * at:.0f}l{reach:.0f} {-reach * 0.62:.0f}"


def _spread(count: int) -> list[float]:
    return [0.12 + 0.66 * i / max(1, count - 1) for i in range(count)] if count else []


def leaf(kind: str, x: float, y: float, angle: float, length: float, color: str, width: float = 1.0) -> str:
    """Place a leaf with its stalk end at a point; angle 0 points up, positive turns right."""
    scale = length / 100
    return (
        f'<use href="#{kind}" color="{color}" '
        f'transform="translate({_short(x)} {_short(y)}) rotate({_short(angle)}) scale({scale * width:.3f} {scale:.3f})"/>'
    )


def blade(
    start: tuple[float, float], bend: tuple[float, float], tip: tuple[float, float], width: float, color: str
) -> str:
    """Draw a grass-like blade that tapers to its tip along a bent line."""
    (x0, y0), (x1, y1), (x2, y2) = start, bend, tip
    length = hypot(x2 - x0, y2 - y0) or 1
    nx, ny = -(y2 - y0) / length * width / 2, (x2 - x0) / length * width / 2
    path = (
        f"M{_short(x0 - nx * 0.6)} {_short(y0 - ny * 0.6)}Q{_short(x1 - nx * 1.3)} {_short(y1 - ny * 1.3)} {_short(x2)} {_short(y2)}"
        f"Q{_short(x1 + nx * 1.3)} {_short(y1 + ny * 1.3)} {_short(x0 + nx * 0.6)} {_short(y0 + ny * 0.6)}Z"
    )
    return fill(path, color)


def along(
    start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float], t: float
) -> tuple[float, float, float]:
    """Find the point at `t` of a bent line and the angle in which it runs (0 is up)."""
    from_start, from_bend = _between(start, bend, t), _between(bend, end, t)
    x, y = _between(from_start, from_bend, t)
    dx, dy = from_bend[0] - from_start[0], from_bend[1] - from_start[1]
    return x, y, angle_of(dx, dy)


def angle_of(dx: float, dy: float) -> float:
    return degrees(atan2(dx, -dy))


def _between(a: tuple[float, float], b: tuple[float, float], t: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def around(x: float, y: float, angle: float, distance: float) -> tuple[float, float]:
    """Go from a point in a direction; angle 0 is up."""
    return x + distance * sin(radians(angle)), y - distance * cos(radians(angle))


def pot(
    color: str, *, top: float = 300, width: float = 132, rim: float = 22, foot: float = 0.68, soil: bool = True
) -> str:
    """Stand a tapered pot with a rim on the floor."""
    left, right = 200 - width / 2, 200 + width / 2
    inset = width * (1 - foot) / 2
    body = (
        f"M{left + 5} {top + rim - 2}L{_short(left + inset)} {FLOOR - 8}Q{_short(left + inset + 2)} {FLOOR} {_short(left + inset + 12)} {FLOOR}"
        f"H{_short(right - inset - 12)}Q{_short(right - inset - 2)} {FLOOR} {_short(right - inset)} {FLOOR - 8}L{right - 5} {top + rim - 2}Z"
    )
    band = f"M{left} {top + 4}q0 -4 4 -4H{right - 4}q4 0 4 4V{top + rim - 4}q0 4 -4 4H{left + 4}q-4 0 -4 -4Z"
    under = f'<rect x="{left + 5}" y="{top + rim}" width="{width - 10}" height="7" fill="#000" opacity=".12"/>'
    earth = f'<ellipse cx="200" cy="{top + 3}" rx="{width / 2 - 7}" ry="7" fill="#3b2c22"/>' if soil else ""
    return shadow(width * 1.5) + rounded(body, color) + under + rounded(band, color) + earth


def bowl(color: str, *, top: float = 306, width: float = 140) -> str:
    """Stand a round-bellied cachepot on the floor."""
    left, right = 200 - width / 2, 200 + width / 2
    body = (
        f"M{left + 8} {top}C{left - 8} {top + 40} {left - 2} {FLOOR - 14} {left + 34} {FLOOR}H{right - 34}"
        f"C{right + 2} {FLOOR - 14} {right + 8} {top + 40} {right - 8} {top}Z"
    )
    lip = f'<ellipse cx="200" cy="{top}" rx="{width / 2 - 8}" ry="9" fill="#3b2c22"/>'
    ring = f'<ellipse cx="200" cy="{top}" rx="{width / 2 - 8}" ry="9" fill="none" stroke="{color}" stroke-width="5"/>'
    return shadow(width * 1.45) + rounded(body, color) + lip + ring


def basket(top: float = 286, width: float = 160) -> str:
    """Stand a woven basket with handles on the floor."""
    left, right = 200 - width / 2, 200 + width / 2
    body = (
        f"M{left} {top}C{left - 6} {top + 50} {left + 2} {FLOOR - 20} {left + 16} {FLOOR}H{right - 16}"
        f"C{right - 2} {FLOOR - 20} {right + 6} {top + 50} {right} {top}Z"
    )
    rows = "".join(_woven_row(y, left, right, offset) for offset, y in enumerate(range(int(top) + 12, FLOOR - 4, 13)))
    handles = line(f"M{left + 4} {top + 22}c-24 -4 -24 34 2 34", "#b08a55", 7) + line(
        f"M{right - 4} {top + 22}c24 -4 24 34 -2 34", "#a27b48", 7
    )
    brim = f'<rect x="{left - 4}" y="{top - 7}" width="{width + 8}" height="14" rx="7" fill="#c9a66d"/>'
    clip = f'<defs><clipPath id="basket"><path d="{body}"/></clipPath></defs>'
    woven = f'<g clip-path="url(#basket)">{rows}</g>'
    return shadow(width * 1.4) + handles + clip + fill(body, "#c7a36a") + woven + fill(body, "url(#shade)") + brim


def _woven_row(y: int, left: float, right: float, offset: int) -> str:
    start = int(left) - 12 + (offset % 2) * 9
    stitches = "".join(f"M{x} {y}q5 -5 10 0" for x in range(start, int(right) + 10, 18))
    return line(stitches, "#a8834c", 3.4, 'opacity=".75"') + line(
        stitches.replace("-5", "-8"), "#e3c793", 1.6, 'opacity=".8"'
    )


def joined(parts: Sequence[str]) -> str:
    return "".join(parts)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
