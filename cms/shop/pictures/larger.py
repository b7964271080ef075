"""The larger sizes of the plants."""

from collections.abc import Callable

from cms.shop.pictures.drawing import (
    BUTTER,
    CREAM,
    MIST,
    SAGE,
    SAND,
    Tint,
    basket,
    bowl,
    leaf,
    line,
    pot,
    rounded,
)  # fmt: skip
from cms.shop.pictures.plants import calathea_leaf, leaves_of, monstera_leaf, pothos_leaf, stems_of, sword_leaf


def pothos_large() -> str:
    """Draw a pothos on a bookcase, its vines down to the shelf below."""
    dark, mid, light = "#2f6b3c", "#4a8b4b", "#72a957"
    crown = (
        (170, 176, -66, 78, dark), (232, 176, 64, 80, dark), (150, 140, -36, 82, mid), (250, 138, 36, 84, mid), (200, 128, -4, 96, dark),
        (172, 200, -98, 70, light), (230, 202, 96, 70, light), (184, 166, -22, 74, light), (218, 168, 22, 78, light), (202, 190, 0, 60, mid),
    )  # fmt: skip
    vines = (((144, 236), (104, 292), (110, 420)), ((176, 244), (150, 320), (160, 396)), ((226, 242), (252, 310), (240, 382)), ((256, 236), (300, 290), (292, 436)))  # fmt: skip
    hung = "".join(_vine(*vine, place) for place, vine in enumerate(vines))
    board = rounded("M40 250H360V266H40Z", "#b98a57")
    return (
        pothos_leaf()
        + f'<g transform="translate(0 -168)">{bowl(CREAM, top=340, width=128)}</g>'
        + board
        + stems_of((200, 196), crown, "#5f8a47", 3)
        + hung
        + leaves_of("pothos", crown)
    )


def _vine(start: tuple[int, int], bend: tuple[int, int], end: tuple[int, int], place: int) -> str:
    (x0, y0), (x1, y1), (x2, y2) = start, bend, end
    parts = [line(f"M{x0} {y0}Q{x1} {y1} {x2} {y2}", "#5f8a47", 3)]
    for step in range(5):
        t = 0.16 + step * 0.2
        x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t**2 * x2
        y = (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t**2 * y2
        side = 1 if (step + place) % 2 else -1
        green = ("#4a8b4b", "#72a957", "#2f6b3c")[(step + place) % 3]
        parts.append(leaf("pothos", x, y, 180 - side * 38, 56 - step * 4, green))
    return "".join(parts)


def snake_plant_large() -> str:
    swords = (
        (178, 328, -10, 262, "#34684a"), (224, 328, 11, 268, "#2f6145"), (154, 330, -24, 190, "#4b7f55"), (246, 330, 25, 196, "#45794f"),
        (201, 328, 0, 318, "#3a7350"), (168, 330, -16, 230, "#3f7a52"), (234, 330, 17, 226, "#3b744e"), (186, 332, -5, 206, "#5a9062"),
        (214, 332, 6, 190, "#4f8559"), (140, 332, -34, 132, "#5a9062"), (260, 332, 35, 138, "#548a5c"), (202, 334, 1, 150, "#659a6b"),
    )  # fmt: skip
    return sword_leaf() + leaves_of("sword", swords, 0.5) + basket(top=316, width=156)


def monstera_large() -> str:
    pole = line("M200 330V58", "#6f5a3c", 17) + line("M200 330V58", "#8a7550", 9, 'stroke-dasharray="2 9"')
    back = (
        (150, 150, -52, 112, "#245a39"), (250, 152, 54, 112, "#245a39"), (200, 108, 4, 108, "#2b6640"), (130, 230, -76, 110, "#245a39"),
        (270, 232, 78, 110, "#2b6640"),
    )  # fmt: skip
    front = (
        (160, 286, -112, 96, "#3f8350"), (244, 288, 114, 94, "#3a7c4b"), (164, 196, -40, 118, "#357a4a"), (238, 200, 44, 116, "#46905a"),
        (190, 152, -14, 104, "#46905a"), (216, 240, 26, 100, "#5aa066"), (182, 268, -24, 96, "#66ab70"),
    )  # fmt: skip
    return (
        monstera_leaf()
        + pole
        + stems_of((200, 318), back + front, "#5d8a4f", 5)
        + leaves_of("monstera", back, 1.08)
        + leaves_of("monstera", front, 1.08)
        + basket(top=322, width=150)
    )


def calathea_large() -> str:
    leaves = (
        (138, 186, -50, 104, "#2f6d52"), (262, 188, 50, 104, "#2f6d52"), (176, 140, -14, 112, "#2f6d52"), (226, 142, 16, 112, "#2b664c"),
        (112, 250, -82, 92, "#3f8263"), (288, 252, 84, 92, "#3f8263"), (156, 214, -32, 104, "#3f8263"), (246, 216, 34, 102, "#44896a"),
        (200, 200, 2, 108, "#4a9070"), (142, 286, -98, 78, "#4a9070"), (258, 288, 100, 78, "#4a9070"), (176, 272, -18, 92, "#579e7d"),
        (228, 276, 22, 88, "#579e7d"), (202, 302, 0, 70, "#63a987"),
    )  # fmt: skip
    return (
        calathea_leaf()
        + stems_of((200, 328), leaves, "#7a9a6a", 4)
        + leaves_of("disk-leaf", leaves)
        + pot("#d8cfbe", top=324, width=138)
    )


DRAWINGS: dict[str, tuple[Tint, Callable[[], str]]] = {
    "pothos-large": (SAND, pothos_large),
    "snake-plant-large": (SAGE, snake_plant_large),
    "monstera-large": (BUTTER, monstera_large),
    "calathea-large": (MIST, calathea_large),
}
