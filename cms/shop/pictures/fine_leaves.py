"""The plants with fine leaves: fern, spider plant and string of pearls."""

from collections.abc import Callable

from cms.shop.pictures.drawing import (
    BLUSH,
    OCHRE,
    SAGE,
    SAND,
    TERRACOTTA,
    Tint,
    along,
    around,
    blade,
    fill,
    joined,
    leaf,
    leaf_kind,
    line,
    pot,
)


def boston_fern() -> str:
    fronds: list[str] = []
    for place, angle in enumerate((-8, 14, -34, 38, -58, 62, -82, 84, -104, 106, -22, 26, -70, 72)):
        reach = 184 - abs(angle) * 0.42 - (62 if place > 9 else 0)
        bend = around(200, 300, angle * 0.55, reach * 0.86)
        end = around(200, 296, angle * 1.06, reach)
        fronds.append(_fern_frond((200, 306), bend, (end[0], end[1] + abs(angle) * 0.34), place))
    return leaf_kind("pinna", "oval") + joined(fronds) + pot(TERRACOTTA, top=304, width=124, soil=False)


def _fern_frond(start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float], place: int) -> str:
    green = ("#3f7f45", "#4d9150", "#63a65c", "#357240")[place % 4]
    parts = [line(f"M{start[0]} {start[1]}Q{bend[0]:.0f} {bend[1]:.0f} {end[0]:.0f} {end[1]:.0f}", "#5a8a46", 2.4)]
    for step in range(17):
        t = 0.16 + step * 0.05
        x, y, angle = along(start, bend, end, t)
        size = 27 * (1.08 - t) + 9
        parts += [
            leaf("pinna", x, y, angle - 66, size, green, 0.62),
            leaf("pinna", x, y, angle + 66, size, green, 0.62),
        ]
    return joined(parts)


def spider_plant() -> str:
    blades: list[str] = []
    for place, angle in enumerate((-96, 98, -78, 80, -60, 62, -42, 44, -26, 28, -12, 12, 0, -50, 52, -18, 20)):
        reach = 176 - (40 if place > 12 else 0) - abs(angle) * 0.2
        start = (200 + angle * 0.16, 304.0)
        bend = around(200, 292, angle * 0.55, reach * 1.05)
        end_x, end_y = around(200, 300, angle * 1.12, reach)
        end = (end_x, end_y + abs(angle) * 0.62)
        green = ("#3f7d43", "#4d8f4c", "#5ea055")[place % 3]
        blades.append(blade(start, bend, end, 17, green) + blade(start, bend, end, 6.5, "#eef0c8"))
    runner = line("M236 300C300 292 322 340 318 372", "#a9b86a", 2.6)
    baby = joined(
        [
            blade((318, 372), around(318, 372, a * 0.6, 26), around(318, 372, a, 40), 7, "#66a55a")
            for a in (100, 135, 165, 195, 225, 260)
        ]
    )
    return joined(blades) + pot(OCHRE, top=302, width=122, soil=False) + runner + baby


def string_of_pearls() -> str:
    strands: list[str] = []
    hung = ((136, 96), (152, 164), (170, 118), (196, 190), (222, 138), (246, 176), (264, 104))
    for place, (x, length) in enumerate(hung):
        sway = (place % 3 - 1) * 9
        strands.append(line(f"M200 236Q{x} 222 {x} 256T{x + sway} {240 + length}", "#7ba05c", 1.6))
        strands += [
            _pearl(
                *along(
                    (x, 240.0), (x + sway * 0.2, 240 + length / 2), (x + sway, 240.0 + length), step / (length // 13)
                )[:2],
                step + place,
            )
            for step in range(length // 13 + 1)
        ]
    mound = [
        _pearl(200 + dx, 228 - dy, n)
        for n, (dx, dy) in enumerate((i % 13 * 10 - 60, i // 13 * 9) for i in range(39))
        if abs(dx) < 64 - dy * 1.4
    ]
    hanging = fill("M122 230H278Q282 336 200 338T122 230Z", TERRACOTTA) + fill(
        "M122 230H278Q282 336 200 338T122 230Z", "url(#shade)"
    )
    cord = (
        line("M126 232L200 40L274 232", "#a58a63", 2.6)
        + '<circle cx="200" cy="40" r="6" fill="none" stroke="#a58a63" stroke-width="3"/>'
    )
    return cord + joined(mound) + hanging + joined(strands)


def _pearl(x: float, y: float, n: int) -> str:
    color = ("#7fb069", "#6a9e5a", "#93c07c")[n % 3]
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6.2" fill="{color}"/><circle cx="{x - 2:.0f}" cy="{y - 2:.0f}" r="1.7" fill="#fff" opacity=".55"/>'


DRAWINGS: dict[str, tuple[Tint, Callable[[], str]]] = {
    "boston-fern": (SAND, boston_fern),
    "spider-plant": (BLUSH, spider_plant),
    "string-of-pearls": (SAGE, string_of_pearls),
}
