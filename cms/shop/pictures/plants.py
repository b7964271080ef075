"""The plants."""

from collections.abc import Callable

from cms.shop.pictures.drawing import (
    BLUE,
    BLUSH,
    BUTTER,
    CHARCOAL,
    CLAY,
    CREAM,
    MIST,
    ROSE,
    SAGE,
    SAND,
    TERRACOTTA,
    Tint,
    along,
    basket,
    bowl,
    joined,
    leaf,
    leaf_kind,
    line,
    outline,
    pot,
)  # fmt: skip

Stem = tuple[float, float, float, float, str]  # x and y of the leaf's base, angle, length, color


def stems_of(base: tuple[float, float], leaves: tuple[Stem, ...], color: str, width: float) -> str:
    bx, by = base
    return joined(
        [
            line(
                f"M{bx + (x - bx) * 0.12:.0f} {by}Q{bx + (x - bx) * 0.25:.0f} {(by + y) / 2:.0f} {x} {y}", color, width
            )
            for x, y, *_ in leaves
        ]
    )


def leaves_of(kind: str, leaves: tuple[Stem, ...], width: float = 1.0) -> str:
    return joined([leaf(kind, x, y, angle, length, color, width) for x, y, angle, length, color in leaves])


def pothos_leaf() -> str:
    gold = '<path d="M-20 -52q8 -10 14 -26M14 -20q10 -6 14 -18M-26 -22q8 -4 16 -2M10 -62q6 -6 8 -14" fill="none" stroke="#e9dd8a" stroke-width="6" stroke-linecap="round" opacity=".75"/>'
    return leaf_kind("pothos", "heart", over=gold)


def pothos() -> str:
    dark, mid, light = "#2f6b3c", "#4a8b4b", "#72a957"
    trail = (
        (150, 322, -140, 50, mid), (132, 352, -158, 46, light), (124, 386, 170, 44, mid), (116, 416, -168, 38, light),
        (252, 318, 140, 52, dark), (270, 348, 160, 46, mid), (276, 380, 176, 42, light),
    )  # fmt: skip
    crown = (
        (176, 250, -62, 76, dark), (228, 250, 60, 78, dark), (158, 214, -34, 80, mid), (244, 210, 34, 82, mid),
        (200, 206, -4, 92, dark), (178, 270, -96, 66, light), (226, 272, 92, 66, mid), (186, 238, -22, 70, light), (216, 240, 20, 74, light),
    )  # fmt: skip
    vines = line("M176 300C150 304 138 340 128 366S118 408 116 424", "#5f8a47", 3) + line(
        "M226 300C252 306 266 330 272 352S278 386 278 400", "#5f8a47", 3
    )
    return (
        pothos_leaf()
        + pot(TERRACOTTA)
        + stems_of((200, 304), crown, "#5f8a47", 3)
        + vines
        + leaves_of("pothos", crown)
        + leaves_of("pothos", trail)
    )


def sword_leaf() -> str:
    bands = "".join(
        f'<path d="M-9 {y}q9 -5 18 0" stroke="#bcd0a5" stroke-width="2.4" fill="none" opacity=".5"/>'
        for y in range(-82, -8, 11)
    )
    edge = f'<path d="{outline("blunt")}" fill="none" stroke="#dccf7c" stroke-width="3.2"/>'
    return leaf_kind("sword", "blunt", over=bands + edge)


def snake_plant() -> str:
    swords = (
        (182, 312, -11, 206, "#34684a"), (220, 312, 12, 214, "#2f6145"), (168, 314, -22, 142, "#4b7f55"), (234, 314, 23, 150, "#45794f"),
        (201, 312, 1, 258, "#3a7350"), (188, 316, -6, 162, "#5a9062"), (213, 316, 7, 128, "#4f8559"),
    )  # fmt: skip
    return sword_leaf() + leaves_of("sword", swords, 0.56) + pot(CREAM, top=306, width=128, foot=0.74, soil=False)


def zz_plant() -> str:
    fronds = (
        ((194, 306), (150, 230), (112, 150)), ((206, 306), (252, 226), (290, 156)), ((198, 306), (180, 190), (172, 88)),
        ((204, 306), (226, 196), (238, 100)), ((192, 306), (128, 262), (88, 222)), ((208, 306), (276, 262), (312, 226)),
    )  # fmt: skip
    return leaf_kind("zz", "oval") + joined([_zz_frond(*frond) for frond in fronds]) + bowl(CHARCOAL)


def _zz_frond(start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float]) -> str:
    parts = [line(f"M{start[0]} {start[1]}Q{bend[0]} {bend[1]} {end[0]} {end[1]}", "#6c9447", 4.5)]
    for step in range(9):
        x, y, angle = along(start, bend, end, 0.28 + step * 0.085)
        size = 46 - step * 2.2
        parts += [
            leaf("zz", x, y, angle - 52, size, "#2f7040", 0.92),
            leaf("zz", x, y, angle + 52, size, "#478a4a", 0.92),
        ]
    return joined([*parts, leaf("zz", end[0], end[1], along(start, bend, end, 1)[2], 32, "#5b9c55")])


def monstera_leaf() -> str:
    slits = "".join(
        f'<ellipse cx="{side * 40}" cy="{y}" rx="20" ry="4.2" transform="rotate({side * turn} {side * 40} {y})" fill="#000"/>'
        for side in (-1, 1)
        for y, turn in ((-8, 20), (-27, 0), (-46, -20), (-64, -36))
    )
    holes = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="3.4" ry="2" fill="#000"/>'
        for x, y in ((-10, -36), (10, -36), (-9, -54), (9, -54))
    )
    mask = f'<defs><mask id="cut" maskUnits="userSpaceOnUse" x="-60" y="-120" width="120" height="150"><rect x="-60" y="-120" width="120" height="150" fill="#fff"/>{slits}{holes}</mask></defs>'
    return mask + leaf_kind("monstera", "heart", ribs=5, mask="cut")


def monstera() -> str:
    back = ((140, 210, -58, 104, "#245a39"), (262, 214, 62, 102, "#245a39"), (208, 160, 10, 112, "#2b6640"))
    front = (
        (152, 262, -100, 94, "#3f8350"),
        (248, 266, 104, 90, "#3a7c4b"),
        (168, 176, -30, 116, "#357a4a"),
        (240, 184, 36, 110, "#46905a"),
        (204, 246, -8, 98, "#5aa066"),
    )
    return (
        monstera_leaf()
        + stems_of((200, 306), back + front, "#5d8a4f", 4.5)
        + leaves_of("monstera", back, 1.08)
        + leaves_of("monstera", front, 1.08)
        + pot(CREAM, top=302, width=140, foot=0.76, soil=False)
    )


def fiddle_leaf_fig() -> str:
    trunk = (
        line("M200 320C198 270 204 240 200 120", "#7a5a3f", 8)
        + line("M201 236C214 214 226 204 236 190", "#7a5a3f", 5)
        + line("M200 218C186 200 176 192 164 178", "#7a5a3f", 5)
    )
    back = (
        (200, 132, -6, 92, "#2c5f38"), (178, 178, -64, 84, "#2c5f38"), (226, 182, 66, 84, "#2c5f38"),
        (196, 214, -104, 78, "#356d41"), (208, 214, 106, 80, "#356d41"),
    )  # fmt: skip
    front = (
        (172, 170, -34, 86, "#4c8a4d"), (232, 172, 36, 88, "#438047"), (196, 150, -44, 80, "#5c9a58"), (206, 148, 42, 82, "#4c8a4d"),
        (164, 186, -86, 72, "#4c8a4d"), (240, 190, 88, 72, "#5c9a58"), (202, 176, 8, 74, "#66a55f"), (188, 232, -66, 62, "#5c9a58"), (214, 234, 70, 62, "#4c8a4d"),
    )  # fmt: skip
    return (
        leaf_kind("fig", "fiddle", ribs=5)
        + trunk
        + leaves_of("fig", back)
        + leaves_of("fig", front)
        + basket(top=310, width=138)
    )


def bird_of_paradise() -> str:
    notch = "".join(
        f'<path d="M{s * 24} {y}L{s * 5} {y + 2}L{s * 24} {y - 3.4}Z" fill="#04150b" opacity=".28"/>'
        for s in (-1, 1)
        for y in (-30, -52, -70)
    )
    leaves = (
        (176, 196, -28, 142, "#2c6a44"), (230, 200, 30, 140, "#2c6a44"), (202, 172, 2, 150, "#3a7d50"),
        (150, 236, -58, 122, "#3a7d50"), (252, 240, 60, 122, "#458b58"), (186, 236, -16, 118, "#529a62"), (220, 242, 18, 112, "#5fa76b"),
    )  # fmt: skip
    return (
        leaf_kind("paddle", "paddle", ribs=8, over=notch, rib_width=0.9)
        + stems_of((200, 318), leaves, "#6d9a55", 6)
        + leaves_of("paddle", leaves)
        + basket(top=312, width=142)
    )


def rubber_plant() -> str:
    trunk = line("M200 306C202 240 197 200 200 120", "#6b4a40", 7)
    leaves = (
        (200, 262, -112, 88, "#3d2b33"), (200, 258, 110, 90, "#3d2b33"), (199, 226, -78, 98, "#4c3038"), (201, 222, 80, 98, "#463039"),
        (199, 190, -54, 100, "#5b3840"), (201, 186, 56, 100, "#4c3038"), (200, 156, -30, 98, "#6b424a"), (201, 152, 34, 98, "#5b3840"), (200, 134, 2, 92, "#7b4b50"),
    )  # fmt: skip
    bud = line("M200 112q-2 -24 2 -46", "#b5524e", 7)
    return leaf_kind("rubber", "oval", ribs=0) + trunk + bud + leaves_of("rubber", leaves, 0.98) + bowl(ROSE)


def calathea_leaf() -> str:
    stripes = "".join(
        f'<path d="M0 {-14 - i * 13}Q{s * 22} {-20 - i * 14} {s * 42} {-28 - i * 15}" stroke="#dfeadb" stroke-width="5.2" fill="none" stroke-linecap="round" opacity=".8"/>'
        for s in (-1, 1)
        for i in range(5)
    )
    clip = f'<defs><clipPath id="disk"><path d="{outline("round")}"/></clipPath></defs>'
    return clip + leaf_kind("disk-leaf", "round", over=f'<g clip-path="url(#disk)">{stripes}</g>')


def calathea() -> str:
    leaves = (
        (150, 220, -46, 98, "#2f6d52"), (250, 222, 46, 98, "#2f6d52"), (200, 186, 0, 108, "#2f6d52"),
        (136, 268, -84, 84, "#3f8263"), (264, 270, 86, 84, "#3f8263"), (172, 246, -20, 92, "#4a9070"), (228, 250, 24, 90, "#4a9070"), (200, 286, 2, 74, "#579e7d"),
    )  # fmt: skip
    return (
        calathea_leaf()
        + stems_of((200, 312), leaves, "#7a9a6a", 4)
        + leaves_of("disk-leaf", leaves)
        + pot(BLUE, top=308, width=130)
    )


def peperomia() -> str:
    silver = "".join(
        f'<path d="M0 -6C{s * w} {-24} {s * w} {-66} 0 -92" stroke="#d5e3cf" stroke-width="5" fill="none" opacity=".78"/>'
        for s in (-1, 1)
        for w in (9, 25, 41)
    )
    clip = f'<defs><clipPath id="rind"><path d="{outline("drop")}"/></clipPath></defs>'
    leaves = (
        (150, 232, -40, 84, "#2d6b4a"), (252, 234, 42, 84, "#2d6b4a"), (200, 204, 2, 92, "#2d6b4a"), (134, 276, -78, 74, "#377a55"),
        (266, 278, 80, 74, "#377a55"), (170, 252, -20, 78, "#428a61"), (230, 254, 22, 78, "#428a61"), (158, 300, -104, 62, "#4d976c"),
        (244, 302, 106, 62, "#4d976c"), (200, 276, 0, 72, "#4d976c"),
    )  # fmt: skip
    return (
        clip
        + leaf_kind("rind-leaf", "drop", over=f'<g clip-path="url(#rind)">{silver}</g>')
        + stems_of((200, 330), leaves, "#b0524c", 4)
        + leaves_of("rind-leaf", leaves, 1.1)
        + bowl(CREAM, top=322, width=128)
    )


DRAWINGS: dict[str, tuple[Tint, Callable[[], str]]] = {
    "pothos": (SAGE, pothos),
    "snake-plant": (SAND, snake_plant),
    "zz-plant": (MIST, zz_plant),
    "monstera": (CLAY, monstera),
    "fiddle-leaf-fig": (SAGE, fiddle_leaf_fig),
    "bird-of-paradise": (BUTTER, bird_of_paradise),
    "rubber-plant": (BLUSH, rubber_plant),
    "calathea": (MIST, calathea),
    "peperomia": (CLAY, peperomia),
}
