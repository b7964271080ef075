"""The pots and the accessories."""

from collections.abc import Callable

from cms.shop.pictures.drawing import (
    BLUSH,
    BUTTER,
    CLAY,
    FLOOR,
    MIST,
    SAGE,
    SAND,
    Tint,
    basket,
    fill,
    joined,
    leaf,
    leaf_kind,
    line,
    pot,
    rounded,
    shadow,
)  # fmt: skip

BRASS, BRASS_DARK, OAK, STEEL = "#c9a04e", "#9a7530", "#b98a57", "#aab4b6"


def terracotta_pot() -> str:
    saucer = rounded(f"M104 {FLOOR - 12}H296L288 {FLOOR + 6}q-2 6 -10 6H122q-8 0 -10 -6Z", "#b7643f")
    lines = line("M138 300h124M142 318h116", "#a95a37", 2, 'opacity=".5"')
    return shadow(270, y=FLOOR + 10) + pot("#cc7850", top=214, width=180, rim=34, foot=0.66) + lines + saucer


def stoneware_pot() -> str:
    specks = "".join(
        f'<circle cx="{116 + (i * 47) % 168}" cy="{216 + (i * 31) % 132}" r="{1 + i % 3 * 0.7:.1f}" fill="#7a6350" opacity=".55"/>'
        for i in range(46)
    )
    body = "M108 206H292V318Q292 352 258 352H142Q108 352 108 318Z"
    legs = "".join(rounded(f"M{x} 300h13v{FLOOR - 300}h-13z", OAK) for x in (98, 289))
    middle = rounded(f"M192 340h14v{FLOOR - 340}h-14z", "#a57847")
    bar = rounded("M104 344h192v12H104z", OAK)
    rim = '<ellipse cx="200" cy="206" rx="92" ry="15" fill="#f5eee0"/><ellipse cx="200" cy="208" rx="82" ry="11.5" fill="#3b2c22"/>'
    return shadow(280) + middle + rounded(body, "#efe5d3") + specks + bar + legs + rim


def seagrass_basket() -> str:
    lining = '<ellipse cx="200" cy="212" rx="96" ry="15" fill="#f3ead8"/><ellipse cx="200" cy="214" rx="86" ry="11" fill="#8a6c43"/>'
    return basket(top=216, width=196) + lining


def mister() -> str:
    body = "M150 250C128 276 126 300 126 330V398Q126 418 146 418H254Q274 418 274 398V330C274 300 272 276 250 250Z"
    neck = rounded("M172 214h56v38h-56z", BRASS_DARK) + rounded("M164 236h72v16h-72z", BRASS)
    head = rounded("M150 172Q150 160 164 160H238Q252 160 252 174V214H164Q150 214 150 200Z", BRASS)
    nozzle = rounded("M124 176h28v20h-28z", BRASS_DARK) + rounded("M116 172h12v28h-12z", BRASS)
    plunger = line("M208 160V118", BRASS_DARK, 9) + rounded(
        "M180 96Q180 86 190 86H226Q236 86 236 96V108Q236 120 224 120H192Q180 120 180 108Z", BRASS
    )
    trigger = line("M252 190q30 8 22 46", BRASS_DARK, 9)
    gleam = line("M146 300q-4 40 0 84", "#fff", 7, 'opacity=".45"') + line(
        "M160 274q-4 6 -6 12", "#fff", 6, 'opacity=".45"'
    )
    mist = "".join(
        f'<circle cx="{104 - i % 6 * 13}" cy="{186 + (i % 5 - 2) * (6 + i % 6 * 5)}" r="{2.6 - i % 3 * 0.6:.1f}" fill="#8fb4bd" opacity="{0.75 - i % 6 * 0.09:.2f}"/>'
        for i in range(30)
    )
    return shadow(250) + mist + trigger + rounded(body, "#c79a45") + gleam + neck + plunger + head + nozzle


def moisture_meter() -> str:
    probe = fill("M193 250h14l-2 168l-5 14l-5 -14z", STEEL) + fill("M200 250h7l-2 168l-5 14z", "#7f8b8e")
    case = rounded("M122 108Q122 78 152 78H248Q278 78 278 108V216Q278 262 200 264Q122 262 122 216Z", "#46654f")
    dial = '<path d="M140 190a60 60 0 0 1 120 0z" fill="#f8f4e8"/>'
    arcs = (
        line("M152 186a48 48 0 0 1 26 -43", "#cf7d52", 9)
        + line("M182 141a48 48 0 0 1 36 0", "#8fb573", 9)
        + line("M222 143a48 48 0 0 1 26 43", "#6ba3b5", 9)
    )
    needle = line("M200 188L216 150", "#2e2a26", 4) + '<circle cx="200" cy="188" r="8" fill="#2e2a26"/>'
    drop = fill("M200 208q-13 17 0 24q13 -7 0 -24z", "#f8f4e8")
    earth = fill("M70 392Q136 372 200 380T330 390L344 480H56Z", "#5b4334") + fill(
        "M70 392Q136 372 200 380T330 390Q264 398 200 392T70 392Z", "#6f5442"
    )
    crumbs = "".join(
        f'<ellipse cx="{86 + (i * 53) % 236}" cy="{404 + (i * 29) % 66}" rx="{3 + i % 3}" ry="2.4" fill="#806450"/>'
        for i in range(26)
    )
    return probe + earth + crumbs + case + dial + arcs + needle + drop


def pruning_shears() -> str:
    blade_up = fill("M196 244C176 196 168 140 184 76C206 112 226 184 214 246Z", "#d3dadb") + fill(
        "M184 76C206 112 226 184 214 246L205 245C212 190 202 120 184 76Z", "#8d999c"
    )
    hook = fill("M206 246C228 208 240 170 226 122C248 150 262 206 228 258Z", "#9aa5a8")
    left = (
        line("M204 252C176 290 150 330 146 404", "#3f3530", 19)
        + line("M204 252C176 290 150 330 146 404", "#c9573f", 12)
        + line("M196 268C174 298 156 332 149 388", "#fff", 2.6, 'opacity=".4"')
    )
    right = (
        line("M210 250C238 290 262 334 262 404", "#3f3530", 19)
        + line("M210 250C238 290 262 334 262 404", "#c9573f", 12)
        + line("M219 270C240 302 254 336 257 384", "#fff", 2.6, 'opacity=".4"')
    )
    spring = line("M188 306q22 -12 44 2M184 318q24 -10 52 2", "#7f8b8e", 4)
    pivot = '<circle cx="207" cy="248" r="15" fill="#c9a04e"/><circle cx="207" cy="248" r="6" fill="#7d5c22"/>'
    twig = (
        leaf_kind("twig", "oval")
        + line("M92 196C128 168 160 156 190 152", "#6b5638", 5)
        + leaf("twig", 112, 182, -50, 44, "#4d8a4c")
        + leaf("twig", 134, 168, 12, 40, "#66a05a")
        + leaf("twig", 146, 162, 150, 36, "#3d7a44")
    )
    return shadow(220, y=424) + twig + spring + left + right + hook + blade_up + pivot


def humidity_tray() -> str:
    colors = ("#e4ddd0", "#b9b2a6", "#8f8a82", "#cfc4b2", "#a49886", "#77746f")
    rows = ((46, 334, 7, 31), (26, 344, 9, 31), (60, 322, 5, 34))
    stones = "".join(
        f'<ellipse cx="{50 + indent + i * gap}" cy="{y + (i * 5) % 7}" rx="{19 + i % 3 * 2}" ry="{13 + i % 2 * 2}" fill="{colors[(i * 5 + indent) % 6]}"/>'
        f'<ellipse cx="{44 + indent + i * gap}" cy="{y - 4 + (i * 5) % 7}" rx="7" ry="3" fill="#fff" opacity=".35"/>'
        for indent, y, count, gap in (rows[2], rows[0], rows[1]) for i in range(count)
    )  # fmt: skip
    dish = rounded(f"M62 344H338Q336 392 296 404L286 {FLOOR}H114L104 404Q64 392 62 344Z", "#6d7f86")
    vapour = "".join(
        line(f"M{x} 284c-14 -18 14 -30 0 -48s12 -30 0 -46", "#9dbbc2", 5, 'opacity=".55"') for x in (140, 200, 260)
    )
    return shadow(330) + vapour + stones + dish + fill("M62 344H338L337 354H63Z", "#8798a0")


def watering_can() -> str:
    copper, dark = "#c47a4e", "#8f4f2c"
    handle = line("M238 218C262 120 358 150 318 300C306 340 288 360 270 366", dark, 15) + line(
        "M238 218C262 120 358 150 318 300C306 340 288 360 270 366", copper, 9
    )
    spout = (
        fill("M152 366C92 352 88 230 44 154L60 146C106 212 116 296 158 318Z", copper)
        + fill("M152 366C98 348 96 236 52 150L60 146C106 212 116 296 158 318Z", dark, 'opacity=".45"')
        + rounded("M32 160L66 138L72 146L38 170Z", "#e0a077")
    )
    body = "M150 236Q146 222 160 220H252Q266 222 262 236L280 396Q282 418 260 418H152Q130 418 132 396Z"
    opening = '<path d="M156 222q50 -26 100 0q-50 12 -100 0z" fill="#5a3019"/>'
    bands = line("M148 262q58 12 116 0M136 384q70 14 140 0", "#e6ae88", 3.4, 'opacity=".8"')
    gleam = line("M162 280q-8 50 -10 96", "#fff", 8, 'opacity=".4"')
    drops = "".join(
        fill(f"M{x} {y}q-6 9 0 13q6 -4 0 -13z", "#79aebd") for x, y in ((36, 184), (24, 206), (44, 214), (32, 236))
    )
    return shadow(290, 210) + handle + spout + rounded(body, copper) + opening + bands + gleam + drops


def plant_food() -> str:
    glass = "M146 196Q146 176 166 170V150H234V170Q254 176 254 196V396Q254 418 232 418H168Q146 418 146 396Z"
    cap = rounded("M160 104Q160 96 168 96H232Q240 96 240 104V152H160Z", "#2e2b28") + line(
        "M172 106v40M186 106v40M200 106v40M214 106v40M228 106v40", "#fff", 1.6, 'opacity=".16"'
    )
    label = fill("M146 232H254V370H146Z", "#f6efdd")
    sprig = (
        leaf_kind("sprig", "oval")
        + line("M200 340V272", "#3f7048", 3.4)
        + joined(
            [
                leaf("sprig", 200, y, a, size, c)
                for y, a, size, c in (
                    (326, -58, 34, "#3f7048"),
                    (326, 58, 34, "#58925a"),
                    (304, -52, 32, "#3f7048"),
                    (304, 52, 32, "#58925a"),
                    (282, 0, 34, "#6ca565"),
                )
            ]
        )
    )
    words = (
        fill("M170 246h60v5h-60z", "#2f4a38")
        + fill("M180 256h40v3h-40z", "#2f4a38", 'opacity=".6"')
        + fill("M168 354h64v3h-64z", "#2f4a38", 'opacity=".5"')
    )
    gleam = line("M158 200v186", "#fff", 7, 'opacity=".28"')
    return shadow(180) + fill(glass, "#7a4a22") + label + sprig + words + fill(glass, "url(#shade)") + gleam + cap


def potting_mix() -> str:
    bag = "M112 168Q200 156 288 168Q300 290 294 402Q292 420 274 418Q200 424 126 418Q108 420 106 402Q100 290 112 168Z"
    top = fill("M118 118Q200 104 282 118L288 170Q200 158 112 170Z", "#c4ab82") + fill(
        "M118 118Q200 104 282 118L283 128Q200 114 117 128Z", "#a98f66"
    )
    folds = line("M132 180q-8 110 -4 216M268 180q8 110 4 216", "#8f7750", 2.4, 'opacity=".45"') + line(
        "M130 148q70 -10 140 0", "#8f7750", 2, 'opacity=".5" stroke-dasharray="5 6"'
    )
    window = '<circle cx="200" cy="292" r="62" fill="#3f2e24"/>' + "".join(
        f'<ellipse cx="{156 + (i * 37) % 90}" cy="{252 + (i * 23) % 82}" rx="{3 + i % 3}" ry="{2 + i % 2}" fill="{("#6b5040", "#efe7d8", "#8a6a4f")[i % 3]}"/>'
        for i in range(34)
    )
    sprout = (
        leaf_kind("sprout", "drop")
        + line("M200 320V268", "#8fbf6d", 5)
        + leaf("sprout", 200, 286, -56, 42, "#6ca854")
        + leaf("sprout", 200, 276, 54, 46, "#8cc26c")
    )
    words = (
        fill("M156 196h88v8h-88z", "#4b3d2b")
        + fill("M172 212h56v4h-56z", "#4b3d2b", 'opacity=".6"')
        + fill("M164 380h72v5h-72z", "#4b3d2b", 'opacity=".6"')
    )
    return shadow(260) + fill(bag, "#d3bb92") + top + window + sprout + words + folds + fill(bag, "url(#shade)")


DRAWINGS: dict[str, tuple[Tint, Callable[[], str]]] = {
    "pot-terracotta": (SAND, terracotta_pot),
    "pot-stoneware": (MIST, stoneware_pot),
    "pot-basket": (SAGE, seagrass_basket),
    "mister": (SAGE, mister),
    "moisture-meter": (BUTTER, moisture_meter),
    "pruning-shears": (SAND, pruning_shears),
    "humidity-tray": (BLUSH, humidity_tray),
    "watering-can": (MIST, watering_can),
    "plant-food": (BUTTER, plant_food),
    "potting-mix": (CLAY, potting_mix),
}
