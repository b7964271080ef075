"""Requests: the body a page, app or mailer sends, read into typed facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cms.content.snapshot import Market, Snapshot
from cms.facts.declarations import Origin
from cms.facts.locales import negotiate
from cms.facts.money import Money
from cms.facts.reading import read_facts
from cms.facts.signals import CartLine, Shopper
from cms.facts.values import Value, money_of
from cms.problems import Problem


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller told.

    `lines` None: no inline cart. `public` names the facts of a URL, none of a body. `refused`: a reference that is not good.
    """

    locale: str
    market: Market
    channel: str
    values: Mapping[str, Value]
    visitor: str | None = None
    shopper: Shopper = field(default_factory=Shopper)
    lines: tuple[CartLine, ...] | None = None
    public: frozenset[str] = frozenset()
    refused: bool = False


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
        values = self._facts(raw, market)
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
            shopper=Shopper(
                cart_token=cart.get("token") or cart.get("id"),
                customer_token=customer.get("token"),
                cart_version=cart.get("version"),
            ),
            lines=tuple(self._lines(cart["lines"], market)) if cart.get("lines") is not None else None,
            public=frozenset(values) if self.in_url else frozenset(),
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
        if requested is not None and not isinstance(requested, str):
            self._fault("wrong-type", '"locale": a text is needed.', "/facts/locale")
            requested = None
        return negotiate(requested, settings.locales, settings.default_locale) if requested else settings.default_locale

    def _facts(self, raw: Mapping[str, Any], market: Market) -> dict[str, Value]:
        """Read what was sent; a locale is negotiated instead, so that any may be sent."""
        values, problems = read_facts(
            {name: value for name, value in raw.items() if name != "locale"},
            self.snapshot.schema,
            currency=market.currency,
            zone=market.zone,
            pointer="/facts",
            origins={Origin.REQUEST},
        )
        self.problems += [replace(problem, pointer=problem.pointer.removesuffix("#key")) for problem in problems]
        return {name: value for name, value in values.items() if value is not None}

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
                yield CartLine(line["sku"], line["quantity"], _positive(money_of(price, market.currency)))
            except ValueError as wrong:
                self._fault("wrong-type", f"{wrong}.", pointer)


def _positive(price: Money) -> Money:
    if price.minor < 0:
        raise ValueError("a price is not negative")
    return price
