"""Rules over a handful of facts: all types, all operators, with few limits, so that few values need be told apart."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

DAYS = ("2026-11-29", "2026-12-04")
AMOUNTS = ("10.00", "20.00")
WORDS = ("fern", "fer", "moss")
LEVELS = ("low", "mid", "high")
Json = Any

FACTS: Mapping[str, Json] = {
    "own.flag": {"type": "bool"},
    "own.clicked": {"type": "bool", "origin": "request", "channels": ["web", "app"]},
    "own.level": {"type": "enum", "of": LEVELS, "ordered": True},
    "own.kind": {"type": "enum", "of": WORDS, "origin": "request", "channels": ["web"]},
    "own.count": {"type": "number", "minimum": 0, "maximum": 4},
    "own.score": {"type": "number"},
    "own.amount": {"type": "money", "minimum": 0},
    "own.limit": {"type": "money"},
    "own.tags": {"type": "set", "of": WORDS[:2]},
    "own.words": {"type": "set", "absent": "empty"},
    "own.word": {"type": "text"},
    "own.day": {"type": "date", "absent": "never"},
    "own.due": {"type": "date"},
    "own.wait": {"type": "duration"},
}
BUILT_IN = {
    "visitor.is_new": "bool", "visitor.visits": "number", "customer.is_member": "bool", "cart.count": "number",
    "cart.subtotal": "money", "shop.free_shipping_threshold": "money", "orders.count": "number", "orders.last": "date",
    "bought[fern]": "date", "now.hour": "hour", "now.date": "date", "now.weekday": "weekday", "locale": "locale",
    "currency": "currency", "channel": "channel",
}  # fmt: skip
PAIRS = {
    "own.count": "own.score",
    "own.amount": "own.limit",
    "own.day": "own.due",
    "cart.subtotal": "shop.free_shipping_threshold",
}  # one is compared with the other
CLAIMS: tuple[tuple[Json, Json], ...] = (
    ({"discount": {"fern": 10}}, {"discount": {"fern": 20}}),
    ({"threshold": {"club": "10.00"}}, {"threshold": {"club": "20.00"}}),
    ({"push": ["fern"]}, {"sold_out": ["fern"]}),
)
FORMATS = {"number": "number", "money": "money", "set": "list", "date": "date"}


class Dice(Random):
    """Seeded dice in the words of this module."""

    def one(self, *choices: Any) -> Any:
        return self.choice(choices)

    def likely(self, percent: int) -> bool:
        return self.randrange(100) < percent

    def few(self, choices: tuple[str, ...], *, least: int = 1) -> list[str]:
        return self.sample(choices, self.randint(least, len(choices)))

    def some(self, percent: int, **made: Callable[[], Any]) -> dict[str, Any]:
        """Make each value or leave it out."""
        return {name: make() for name, make in made.items() if self.likely(percent)}


class Author:
    """Writes the rules of one world, over a few facts."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        own = dice.sample(sorted(FACTS), dice.randint(1, 3))
        own += [PAIRS[own[0]]] if own[0] in PAIRS else []
        self.facts = sorted({*own, *dice.sample(sorted(BUILT_IN), dice.randint(0, 2))})
        self.claims: tuple[Json, Json] = dice.one(*CLAIMS)
        self.is_claiming = dice.likely(45)
        self.segments: dict[str, Json] = {}

    def condition(self, depth: int = 2) -> Json:
        shape = self.dice.random() if depth else 1.0
        if shape < 0.15:
            return {"not": self.condition(depth - 1)}
        if shape < 0.5:
            return {self.dice.one("all", "any"): [self.condition(depth - 1) for _ in range(self.dice.randint(2, 3))]}
        if self.segments and shape < 0.7:
            return {"segment": self.dice.one(*self.segments)}
        return dict(
            self._test(name) for name in self.dice.sample(self.facts, min(len(self.facts), self.dice.one(1, 1, 2)))
        )

    def _test(self, name: str) -> tuple[str, Json]:
        if self.dice.likely(8):
            return name, {"known": self.dice.likely(50)}
        return name, self._asked(name)

    def _asked(self, name: str) -> Json:
        kind = BUILT_IN.get(name) or FACTS[name]["type"]
        return getattr(self, f"_{kind}")(name)

    def _bool(self, name: str) -> Json:
        return self.dice.choice([True, False, {"is_not": True}])

    def _enum(self, name: str) -> Json:
        of = FACTS[name]["of"]
        order = {
            operator: self.dice.one(*of)
            for operator in self.dice.sample(("at_least", "at_most", "more_than", "less_than"), 1)
        }
        return self._among(
            of,
            order if FACTS[name].get("ordered") else {"is_not": of[0]},
            {"between": [of[0], of[1]]} if FACTS[name].get("ordered") else of[1],
        )

    def _among(self, of: tuple[str, ...], *more: Json) -> Json:
        return self.dice.one(
            self.dice.one(*of), self.dice.few(of), {"is_not": self.dice.one(*of)}, {"none_of": self.dice.few(of)}, *more
        )

    def _weekday(self, name: str) -> Json:
        return self._among(("monday", "thursday", "friday"), {"at_least": "thursday"})

    def _locale(self, name: str) -> Json:
        return self._among(("en",))

    def _currency(self, name: str) -> Json:
        return self._among(("USD",))

    def _channel(self, name: str) -> Json:
        return self._among(("web", "email"))

    def _hour(self, name: str) -> Json:
        return self.dice.one({"at_least": 12}, {"less_than": 12}, {"between": [9, 18]})

    def _number(self, name: str) -> Json:
        return self._ordered(name, (1, 2, 3))

    def _money(self, name: str) -> Json:
        return self._ordered(name, AMOUNTS)

    def _ordered(self, name: str, limits: tuple[Json, ...]) -> Json:
        dice = self.dice
        limit = dice.one(*limits)
        other = PAIRS.get(name)
        if other in self.facts and dice.likely(40):
            limit = {"percent": dice.one(50, 80, 100), "of": other}
            return {dice.one("at_least", "at_most", "more_than", "less_than"): limit}
        low, high = limits[0], limits[-1]
        return dice.one(
            limit, {"is_not": limit}, list(limits[:2]), {"none_of": [limit]}, {"at_least": limit}, {"at_most": limit},
            {"more_than": limit}, {"less_than": limit}, {"between": [low, high]}, {"at_least": low, "less_than": high},
        )  # fmt: skip

    def _set(self, name: str) -> Json:
        words, dice = WORDS[:2], self.dice
        size = dice.one(0, 1, {"at_least": 1}, {"more_than": 1}, {"at_most": 1})
        few = dice.few(words)
        return dice.one(
            {"has_any": few}, {"has_all": few}, {"has_none": few}, {"is": few}, {"is_not": few}, {"count": size}
        )

    def _text(self, name: str) -> Json:
        return self._among(WORDS, {"starts_with": self.dice.one(*WORDS)}, {"starts_with": self.dice.one(*WORDS)})

    def _date(self, name: str) -> Json:
        dice = self.dice
        day = PAIRS[name] if PAIRS.get(name) in self.facts and dice.likely(40) else dice.one(*DAYS)
        ago = {f"days_ago_at_{end}": dice.one(0, 2, 5) for end in dice.few(("least", "most"))}
        ever = {"ever": dice.likely(60)}
        return dice.one({"since": day}, {"before": day}, ago, *([] if name == "now.date" else [ago, ever]))

    def _duration(self, name: str) -> Json:
        return self.dice.one({"at_least": "P1D"}, {"less_than": "PT20M"}, "P1D", {"is_not": "P1D"})

    def claim(self) -> Json:
        """Claim something that others of the same world may contradict."""
        return self.dice.one(*self.claims)

    def text(self) -> str:
        """Write words, now and then with a gap."""
        able = [name for name in self.facts if FACTS.get(name, {}).get("type") in (*FORMATS, "text")]
        if not able or self.dice.likely(75):
            return "Hello"
        name = self.dice.one(*able)
        form = FORMATS.get(FACTS[name]["type"])
        return f"Hello {{{name}|{form}}}" if form else f"Hello {{{name}}}"
