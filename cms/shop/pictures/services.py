"""What cannot be touched, each with a motif of its own; and the newer tools."""

from collections.abc import Callable

from cms.shop.pictures.drawing import (
    BLUSH,
    BUTTER,
    CLAY,
    FLOOR,
    MIST,
    SAGE,
    SAND,
    TERRACOTTA,
    Tint,
    fill,
    joined,
    leaf,
    leaf_kind,
    line,
    pot,
    rounded,
    shadow,
)  # fmt: skip

KRAFT, KRAFT_DARK, LEAF, LEAF_LIGHT, INK, BRASS = "#cda878", "#b28c5c", "#3f7a4b", "#6ca65f", "#3b342d", "#c9a04e"


def gift_wrap() -> str:
    box = rounded(f"M104 226H296V{FLOOR}H104Z", KRAFT) + rounded("M92 196H308V240H92Z", "#d9b98c")
    ribbon = fill(f"M186 196H214V{FLOOR}H186Z", "#a8503a")
    bow = (
        rounded("M200 194C160 190 120 170 132 142C146 118 186 150 200 194Z", "#b95a41")
        + rounded("M200 194C240 190 280 170 268 142C254 118 214 150 200 194Z", "#a8503a")
        + fill("M200 192L168 246L186 244L194 204Z", "#a8503a") + fill("M200 192L236 244L216 244L206 204Z", "#96432f")
        + '<circle cx="200" cy="190" r="13" fill="#8f3f2c"/>'
    )  # fmt: skip
    sprig = (
        leaf_kind("gift", "oval")
        + line("M236 176C262 146 282 130 304 122", LEAF, 3)
        + joined([leaf("gift", x, y, a, 34, c) for x, y, a, c in ((258, 152, 6, LEAF), (262, 148, 96, LEAF_LIGHT), (282, 134, 20, LEAF_LIGHT), (286, 132, 104, LEAF), (304, 122, 66, LEAF))])
    )  # fmt: skip
    return shadow(280) + box + ribbon + sprig + bow + _tag()


def _tag() -> str:
    return f'<g transform="rotate(-12 140 300)">{rounded("M118 276H170L182 300L170 324H118Z", "#f6efe0")}' + (
        line("M130 294h30M130 306h22", "#b59f80", 3) + '<circle cx="172" cy="300" r="4" fill="#a8503a"/></g>'
    )


def express_shipping() -> str:
    wheels = joined(
        [
            f'<circle cx="{x}" cy="{FLOOR - 26}" r="28" fill="{INK}"/><circle cx="{x}" cy="{FLOOR - 26}" r="12" fill="#d8d0c2"/>'
            for x in (132, 280)
        ]
    )
    cargo = rounded("M70 232H236V392H70Z", "#e9e1cf")
    cabin = rounded("M236 280H300Q322 280 332 304L346 340V392H236Z", LEAF)
    window = fill("M254 296H296Q308 296 314 310L324 338H254Z", "#dcebe6")
    plant = (
        leaf_kind("van", "oval")
        + line("M153 352V280", LEAF, 4)
        + joined([leaf("van", 153, y, a, 44, c) for y, a, c in ((340, -58, LEAF), (340, 58, LEAF_LIGHT), (314, -52, LEAF_LIGHT), (314, 52, LEAF), (290, 0, LEAF_LIGHT))])
    )  # fmt: skip
    wind = line("M24 262H58M14 298H54M28 334H56", "#8aa39a", 6, 'opacity=".7"')
    return shadow(320, y=FLOOR + 4) + wind + cargo + plant + cabin + window + wheels


def potting_service() -> str:
    trowel = (
        rounded("M286 250C318 262 326 320 304 372C282 330 272 288 286 250Z", "#aab4b6")
        + line("M286 254L270 200", "#7f8b8e", 9)
        + line("M268 196L252 142", "#b98a57", 17)
    )
    mound = fill("M118 300Q200 244 282 300Z", "#4a3527") + joined(
        [f'<ellipse cx="{136 + (i * 41) % 128}" cy="{290 - (i * 17) % 22}" rx="{3 + i % 3}" ry="2.4" fill="#6f5442"/>' for i in range(14)]
    )  # fmt: skip
    sprout = (
        leaf_kind("young", "drop")
        + line("M196 280C196 240 192 220 194 186", "#6f9a50", 6)
        + leaf("young", 194, 226, -54, 70, LEAF) + leaf("young", 195, 216, 52, 76, LEAF_LIGHT) + leaf("young", 194, 190, -6, 62, "#8cc26c")
    )  # fmt: skip
    return sprout + mound + pot(TERRACOTTA, top=294, width=172, soil=False) + trowel


def home_setup() -> str:
    house = rounded(f"M92 236V{FLOOR}H308V236L200 146Z", "#efe4d0") + line("M74 250L200 142L326 250", "#a8563a", 18)
    door = (
        rounded(f"M226 {FLOOR}V316Q226 290 252 290T278 316V{FLOOR}Z", LEAF)
        + '<circle cx="266" cy="362" r="5" fill="#f3e6c4"/>'
    )
    window = rounded("M122 284H194V350H122Z", "#dcebe6") + line("M158 284V350M122 317H194", "#b9a888", 5)
    plant = leaf_kind("home", "oval") + joined(
        [leaf("home", 158, 352, a, size, c) for a, size, c in ((-52, 50, LEAF), (52, 50, LEAF_LIGHT), (-20, 62, LEAF_LIGHT), (22, 60, LEAF), (0, 52, "#8cc26c"))]
    )  # fmt: skip
    tub = rounded("M134 350H182L176 384H140Z", TERRACOTTA)
    return shadow(300) + house + door + window + plant + tub


def _shield(color: str) -> str:
    return rounded(
        "M200 104C240 132 282 142 316 142C322 260 288 356 200 408C112 356 78 260 84 142C118 142 160 132 200 104Z", color
    )


def _sheltered() -> str:
    return (
        leaf_kind("safe", "oval")
        + line("M200 322V206", "#f3eddc", 6)
        + joined([leaf("safe", 200, y, a, size, c) for y, a, size, c in ((308, -56, 66, "#e9f1df"), (308, 56, 66, "#d3e5c9"), (264, -50, 60, "#d3e5c9"), (264, 50, 60, "#e9f1df"), (220, 0, 62, "#f6faef"))])
    )  # fmt: skip


def plant_protection() -> str:
    return shadow(220, y=426) + _shield("#4a7f5c") + _sheltered()


def plant_protection_plus() -> str:
    badge = (
        '<circle cx="294" cy="344" r="46" fill="#f3e3b8"/><circle cx="294" cy="344" r="46" fill="url(#shade)"/>'
        + line("M294 320V368M270 344H318", "#7d5c22", 11)
    )
    return shadow(220, y=426) + _shield("#2f6147") + _sheltered() + badge


def maintenance_visit() -> str:
    bag = rounded(
        f"M96 258H304Q316 258 316 272V{FLOOR - 14}Q316 {FLOOR} 302 {FLOOR}H98Q84 {FLOOR} 84 {FLOOR - 14}V272Q84 258 96 258Z",
        "#6d7f63",
    )
    pocket = rounded(f"M116 320H284V{FLOOR - 16}H116Z", "#5c6d54") + line(
        "M116 334H284", "#8ea081", 3, 'stroke-dasharray="7 6"'
    )
    handle = line("M146 258C146 196 254 196 254 258", "#8a5a3a", 13)
    tools = (
        line("M150 268L138 150", "#b98a57", 13) + rounded("M124 92H150L148 156H128Z", "#aab4b6")
        + line("M250 266L262 160", "#c9573f", 12) + fill("M252 166C248 130 256 102 266 86C276 108 278 136 272 166Z", "#c6ced0")
        + leaf_kind("visit", "lance") + joined([leaf("visit", 200, 262, a, size, c) for a, size, c in ((-22, 150, LEAF), (18, 160, LEAF_LIGHT), (-4, 180, "#5a9a58"))])
    )  # fmt: skip
    return shadow(300) + tools + handle + bag + pocket


def vip_year() -> str:
    card = f'<g transform="rotate(-7 200 268)">{rounded("M72 186Q72 166 92 166H308Q328 166 328 186V340Q328 360 308 360H92Q72 360 72 340Z", "#24463a")}'
    band = line("M96 322H196M96 298H156", "#c9b57c", 7, 'opacity=".85"')
    crest = leaf_kind("vip", "lance") + joined(
        [leaf("vip", 266, 268, a, size, "#d8c48a") for a, size in ((-58, 50), (58, 50), (-30, 62), (30, 62), (0, 72))]
    )
    ring = '<circle cx="266" cy="252" r="52" fill="none" stroke="#c9b57c" stroke-width="3"/>'
    spark = joined(
        [
            line(f"M{x} {y - r}v{2 * r}M{x - r} {y}h{2 * r}", BRASS, 4)
            for x, y, r in ((108, 118, 12), (300, 96, 16), (330, 132, 8))
        ]
    )
    return shadow(280, y=424) + spark + card + band + ring + crest + "</g>"


def grow_light() -> str:
    glow = fill("M128 176L60 418H340L272 176Z", "#fff3c4", 'opacity=".55"')
    arm = line(f"M318 {FLOOR}V120Q318 88 286 88H214", BRASS, 9) + rounded(
        f"M270 {FLOOR - 8}H360V{FLOOR + 4}H270Z", "#9a7530"
    )
    hood = (
        line("M200 88V116", BRASS, 7)
        + rounded("M122 178Q128 116 200 112Q272 116 278 178Z", "#d8b565")
        + '<ellipse cx="200" cy="178" rx="78" ry="11" fill="#fff6d6"/>'
    )
    plant = leaf_kind("lit", "drop") + joined(
        [leaf("lit", 190, 372, a, size, c) for a, size, c in ((-64, 74, LEAF), (60, 76, LEAF), (-34, 92, LEAF_LIGHT), (32, 94, LEAF_LIGHT), (0, 104, "#8cc26c"))]
    )  # fmt: skip
    tub = rounded(f"M146 366H234L224 {FLOOR}H156Z", TERRACOTTA)
    return glow + shadow(300) + arm + hood + plant + tub


def plant_stand() -> str:
    legs = joined([rounded(f"M{x} 278h16v{FLOOR - 278}h-16z", "#b98a57") for x in (112, 272)])
    cross = rounded("M112 344H288V360H112Z", "#a57847") + rounded("M186 352h18v58h-18z", "#96693c")
    ring = rounded("M96 268H304V292H96Z", "#c99a66")
    tub = f'<g transform="translate(0 -146)">{pot("#efe6d6", top=316, width=136, foot=0.8)}</g>'
    fronds = leaf_kind("stand", "lance") + joined(
        [leaf("stand", 200, 178, a, size, c) for a, size, c in ((-58, 116, LEAF), (58, 116, LEAF), (-34, 134, "#5a9a58"), (36, 132, "#5a9a58"), (-12, 146, LEAF_LIGHT), (14, 142, LEAF_LIGHT))]
    )  # fmt: skip
    return shadow(250) + fronds + tub + cross + legs + ring


def plant_food_sample() -> str:
    vial = "M168 262Q168 248 178 244V226H222V244Q232 248 232 262V392Q232 406 218 406H182Q168 406 168 392Z"
    cap = rounded("M172 188Q172 180 180 180H220Q228 180 228 188V228H172Z", "#2e2b28")
    label = (
        fill("M168 288H232V368H168Z", "#f6efdd")
        + fill("M182 300h36v4h-36z", "#2f4a38")
        + fill("M186 352h28v3h-28z", "#2f4a38", 'opacity=".6"')
    )
    sprig = leaf_kind("trial", "oval") + line("M200 344V316", LEAF, 3) + joined([leaf("trial", 200, y, a, 20, c) for y, a, c in ((340, -56, LEAF), (340, 56, LEAF_LIGHT), (324, 0, LEAF_LIGHT))])  # fmt: skip
    return (
        shadow(120, y=FLOOR - 6)
        + fill(vial, "#7a4a22")
        + label
        + sprig
        + fill(vial, "url(#shade)")
        + line("M178 272v112", "#fff", 5, 'opacity=".28"')
        + cap
    )


DRAWINGS: dict[str, tuple[Tint, Callable[[], str]]] = {
    "gift-wrap": (BLUSH, gift_wrap),
    "express-shipping": (MIST, express_shipping),
    "potting-service": (SAND, potting_service),
    "home-setup": (SAGE, home_setup),
    "plant-protection": (BUTTER, plant_protection),
    "plant-protection-plus": (SAND, plant_protection_plus),
    "maintenance-visit": (MIST, maintenance_visit),
    "vip-year": (CLAY, vip_year),
    "grow-light": (SAND, grow_light),
    "plant-stand": (SAGE, plant_stand),
    "plant-food-sample": (BUTTER, plant_food_sample),
}
