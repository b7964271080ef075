"""Requests: the body a page, app or mailer sends, read into typed facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cms.content.snapshot import Market, Snapshot
from cms.facts.declarations import FactRef, Origin
from cms.facts.locales import negotiate
from cms.facts.signals import CartLine, Shopper
from cms.facts.values import Value, money_of, value_of
from cms.problems import Problem, did_you_mean, pointer_of


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller told. `lines` None: no inline cart; `public` names the facts that came in a URL."""

    locale: str
    market: Market
    channel: str
    values: Mapping[str, Value]
    visitor: str | None = None
    shopper: Shopper = field(default_factory=Shopper)
    lines: tuple[CartLine, ...] | None = None
    public: frozenset[str] = frozenset()


class RequestReader:
    """Reads one request body; what is wrong with it is collected in `problems`, with pointers into the body."""

    def __init__(self, snapshot: Snapshot, *, channel: str, trusted: bool, in_url: bool = False) -> None:
        self.snapshot = snapshot
        self.channel = channel
        self.trusted = trusted
        self.in_url = in_url
        self.problems: list[Problem] = []

    def read(self, body: Mapping[str, Any]) -> Request:
        raw = body.get("facts") or {}
        market = self._market(raw)
        values = {ref.name: value for ref, value in self._facts(raw, market)}
        channel = "email" if self.channel == "email" else str(values.get("channel", self.channel))
        locale = self._locale(body, raw)
        values |= {"locale": locale, "currency": market.currency, "channel": channel}
        cart, customer = body.get("cart") or {}, body.get("customer") or {}
        return Request(
            locale=locale,
            market=market,
            channel=channel,
            values=values,
            visitor=body.get("visitor"),
            shopper=Shopper(cart.get("token") or cart.get("id"), customer.get("token")),
            lines=tuple(self._lines(cart["lines"], market)) if cart.get("lines") is not None else None,
            public=frozenset(values) if self.in_url else frozenset({"channel"}),
        )

    def _fault(self, code: str, message: str, pointer: str, suggestion: str = "") -> None:
        self.problems.append(Problem(code, message, pointer, suggestion))

    def _market(self, raw: Mapping[str, Any]) -> Market:
        currency = raw.get("currency")
        settings = self.snapshot.settings
        return settings.market_of(currency) if isinstance(currency, str) else settings.default_market

    def _locale(self, body: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
        settings = self.snapshot.settings
        requested = body.get("locale") or raw.get("locale")
        return negotiate(requested, settings.locales, settings.default_locale) if requested else settings.default_locale

    def _facts(self, raw: Mapping[str, Any], market: Market) -> Iterator[tuple[FactRef, Value]]:
        for name, given in raw.items():
            ref = self._ref(name)
            if ref is None or ref.name == "locale":
                continue
            try:
                value = value_of(ref.fact, given, currency=market.currency, zone=market.zone)
            except ValueError as wrong:
                code = "unknown-choice" if "is not one of" in str(wrong) else "wrong-type"
                self._fault(code, f'"{name}": {wrong}.', "/facts" + pointer_of(name))
                continue
            if value is not None:
                yield ref, value

    def _ref(self, name: str) -> FactRef | None:
        ref, pointer = self.snapshot.schema.find(name), "/facts" + pointer_of(name)
        if ref is None:
            suggestion = did_you_mean(name, self.snapshot.schema.spell_like(name))
            self._fault("unknown-fact", f'No fact "{name[:64]}".', pointer, suggestion)
        elif ref.name == "page.stage":
            self._fault("fixed-fact", "The stage is the page's own.", pointer, "Leave it out.")
            return None
        elif ref.fact.origin is not Origin.REQUEST:
            self._fault(
                "not-a-request-fact", f'"{name[:64]}" is not told by callers: it is a {ref.fact.origin}.', pointer
            )
            return None
        return ref

    def _lines(self, raw: list[Mapping[str, Any]], market: Market) -> Iterator[CartLine]:
        for index, line in enumerate(raw):
            price = line.get("unit_price")
            if price is None:
                yield CartLine(line["sku"], line["quantity"])
                continue
            pointer = f"/cart/lines/{index}/unit_price"
            if not self.trusted:
                self._fault(
                    "untrusted-price", "Unit prices are taken only with a server token.", pointer, "Leave it out."
                )
                continue
            try:
                yield CartLine(line["sku"], line["quantity"], money_of(price, market.currency))
            except ValueError as wrong:
                self._fault("wrong-type", f"{wrong}.", pointer)
