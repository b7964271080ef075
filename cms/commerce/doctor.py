"""Doctor: what a connected system answers now, how fast, and what it may not or cannot tell; nothing of anybody's is kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from statistics import median
from time import perf_counter
from typing import Any

from cms.commerce.catalogue import Standing
from cms.commerce.client.asking import askable
from cms.commerce.connecting import Upstream
from cms.commerce.failures import ERROR, GARBAGE, REFUSED, TIMEOUT, ShopError
from cms.commerce.lacking import lacking
from cms.commerce.wire.transport import SHOPPER_BYTES
from cms.errors import CmsError
from cms.facts.signals import Answer, Customer, Found, Shopper, Signal

_TIMES = 5  # each is asked, so that one slow call does not count
_APART_S = 30.0  # from here on signatures and access tokens that carry a time are refused
_NEVER_GIVEN_OUT = "vitrine-doctor-nobodys-token"
_ADVICE = {
    REFUSED: "Is the address right, and does the system run?",
    TIMEOUT: "Is the address right, and is the way to it open?",
    GARBAGE: "Does the address lead to the API itself, and does that answer in the form that it should?",
}
_KEY_ADVICE = "Is the address right, does the key hold, may it read this, and does the shop sell in this currency?"
_PRICED = frozenset({Signal.CATALOGUE, Signal.PROMOTIONS})  # in the currency asked for, without a shopper
_COUNTED = {
    Signal.ORDERS: "order",
    Signal.CATALOGUE: "product",
    Signal.STOCK: "product",
}
_NOT_TRIED = {
    Signal.CART: "give --cart-token of a shopper to try it",
    **dict.fromkeys(
        (Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS),
        "give --customer-token or --customer-id of a shopper to try it",
    ),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one signal: `said` in a few words; `latency_ms` in the middle of several calls."""

    signal: Signal
    state: str  # found, unknown-token, unsupported, unavailable, not-tried, elsewhere
    said: str
    latency_ms: float | None = None
    is_trouble: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """One system. `apart_s`: how much its clock is ahead of ours; `copies` are of its catalogue, by currency."""

    name: str
    title: str
    is_reachable: bool
    latency_ms: float | None
    apart_s: float | None
    heard: tuple[Heard, ...]
    missing: tuple[str, ...]
    lacks: Mapping[str, str]
    takes_hooks: bool
    copies: Mapping[str, Standing | None] | None

    @property
    def is_well(self) -> bool:
        clock_is_right = self.apart_s is None or abs(self.apart_s) < _APART_S
        no_trouble = not any(one.is_trouble for one in self.heard)
        return self.is_reachable and clock_is_right and no_trouble and not self.missing


@dataclass(slots=True)
class _Calls:
    """What was seen of all calls to one system."""

    upstream: Upstream
    clock: Callable[[], datetime]
    taken_ms: list[float] = field(default_factory=list)
    has_answered: bool = False
    apart_s: float | None = None

    def put(self, ask: Callable[[], Any]) -> Any:
        """Make a call, and give its answer or its error."""
        began = perf_counter()
        try:
            told = ask()
        except CmsError as error:
            told = error
        self.taken_ms.append((perf_counter() - began) * 1000)
        self.has_answered |= not isinstance(told, CmsError) or told.code not in (REFUSED, TIMEOUT)
        for transport in self.upstream.connected.transports:
            self.apart_s = _apart(transport.said_date, self.clock()) if transport.said_date else self.apart_s
        return told


def examine(
    upstreams: Sequence[Upstream],
    shopper: Shopper,
    *,
    currencies: Sequence[str],
    clock: Callable[[], datetime],
    timeout_s: float = 5.0,
) -> list[Examined]:
    """Ask every system for what it is asked for on pages.

    Args:
        upstreams: The shop, and what is beside it.
        shopper: By what a shopper is known who is asked about; signals of shoppers are not tried without.
        currencies: Those of the markets, the default one first.
        clock: Ours.
        timeout_s: For each call.
    """
    elsewhere = {signal: upstream.name for upstream in upstreams for signal in upstream.asks}
    return [_examined(one, shopper, currencies, clock, timeout_s, elsewhere) for one in upstreams]


def _examined(
    upstream: Upstream,
    shopper: Shopper,
    currencies: Sequence[str],
    clock: Callable[[], datetime],
    timeout_s: float,
    elsewhere: Mapping[Signal, str],
) -> Examined:
    calls = _Calls(upstream, clock)
    heard = tuple(_hear(calls, shopper, currencies, timeout_s, elsewhere))
    calls = _reached(calls, currencies[0], timeout_s)
    copy = upstream.catalogue
    return Examined(
        upstream.name,
        upstream.title,
        calls.has_answered,
        median(calls.taken_ms) if calls.has_answered else None,
        calls.apart_s,
        heard,
        tuple(_missing(upstream, timeout_s)) if calls.has_answered else (),
        lacking([upstream]),
        upstream.connected.read_hook is not None,
        None if copy is None else {currency: copy.standing(currency) for currency in currencies},
    )


def _hear(
    calls: _Calls, shopper: Shopper, currencies: Sequence[str], timeout_s: float, elsewhere: Mapping[Signal, str]
) -> Iterator[Heard]:
    upstream = calls.upstream
    for signal in (one for one in Signal if one is not Signal.COUNTERS):
        if signal in upstream.asks:
            first = _tried(calls, signal, shopper, currencies[0], timeout_s)
            yield first
            if signal in _PRICED and not first.is_trouble:
                yield from _refused(calls, signal, currencies[1:], timeout_s)
        elif signal in elsewhere:
            yield Heard(signal, "elsewhere", f"is asked of {elsewhere[signal]}")
        elif signal is Signal.STOCK and Signal.CATALOGUE in elsewhere:
            yield Heard(signal, "elsewhere", "comes with the catalogue")
        else:
            said = "not told with this key and these options: what needs it is never known"
            yield Heard(signal, "unsupported", said)


def _refused(calls: _Calls, signal: Signal, currencies: Sequence[str], timeout_s: float) -> Iterator[Heard]:
    """Say in which of the other markets' currencies it cannot be had."""
    for currency in currencies:
        heard = _tried(calls, signal, Shopper(), currency, timeout_s, times=1)
        if heard.is_trouble:
            yield replace(heard, said=f"in {currency}: {heard.said}")


def _tried(
    calls: _Calls, signal: Signal, shopper: Shopper, currency: str, timeout_s: float, *, times: int = _TIMES
) -> Heard:
    asker = _part(signal, shopper)
    if asker is None:
        return Heard(signal, "not-tried", _NOT_TRIED[signal])
    feed = calls.upstream.connected.feed if signal is Signal.CATALOGUE else None

    def ask() -> Any:
        if feed is not None:
            return feed.batch("", currency=currency, timeout_s=timeout_s)
        return calls.upstream.source.fetch(signal, asker, currency=currency, timeout_s=timeout_s)

    before = len(calls.taken_ms)
    for _ in range(1 if signal is Signal.CATALOGUE else times):
        told = calls.put(ask)
        if isinstance(told, CmsError):
            return Heard(signal, "unavailable", failed(told), is_trouble=True)
    return _heard(signal, told, median(calls.taken_ms[before:]))


def _heard(signal: Signal, told: Any, latency_ms: float) -> Heard:
    if not isinstance(told, Answer):
        many = not told.is_last and (told.total or 0) > len(told.products)  # some systems count variants as one
        of = f" of {told.total}" if many else ""
        where = "" if told.is_last else " in its first part"
        out = f", {len(told.gone)} left out: malformed, or not sold" if told.gone else ""
        return Heard(signal, "found", f"{counted(len(told.products), 'product')}{of}{where}{out}", latency_ms)
    if told.found is Found.FOUND:
        return Heard(signal, "found", _summary(signal, told.value), latency_ms)
    if told.found is Found.UNKNOWN_TOKEN:
        said = "the system does not know this shopper: the token is wrong or has ended"
        return Heard(signal, "unknown-token", said, latency_ms, is_trouble=True)
    return Heard(signal, "unsupported", "cannot be told by what was given of the shopper", latency_ms)


def _summary(signal: Signal, value: Any) -> str:
    """Say what came without anything of whom it is about."""
    match signal:
        case Signal.CART:
            return counted(len(value.lines), "line")
        case Signal.CUSTOMER:
            told = [name for name in Customer.__slots__ if getattr(value, name) is not None]
            return f"tells {', '.join(told)}"
        case Signal.PROMOTIONS:
            return f"{counted(len(value), 'promotion')}, {sum(bool(one.tiers) for one in value)} with a threshold"
        case Signal.TRAITS:
            return f"tells {', '.join(sorted(value)) or 'nothing'}"
    return counted(len(value), _COUNTED[signal])


def counted(number: int, word: str) -> str:
    """Say how many: `1 product`, `2 products`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def failed(error: CmsError) -> str:
    """Say what failed, and what to look at."""
    advice = _ADVICE.get(error.code, "")
    if error.code == ERROR and isinstance(error, ShopError) and not error.ails:
        advice = _KEY_ADVICE
    return f"{error.message}. {advice}".strip() if advice else f"{error.message}."


def _missing(upstream: Upstream, timeout_s: float) -> Iterable[str]:
    if upstream.connected.missing is None:
        return ()
    try:
        return upstream.connected.missing(timeout_s)
    except CmsError as error:
        return (f"What the key may do could not be asked: {error.message}.",)


def _reached(calls: _Calls, currency: str, timeout_s: float) -> _Calls:
    """Find out whether the system answers at all, where its adapter may have answered without asking it."""
    transports = calls.upstream.connected.transports
    if any(transport.said_date for transport in transports) or (calls.taken_ms and not calls.has_answered):
        return calls
    if transports:
        calls = _Calls(calls.upstream, calls.clock)
        deadline = transports[0].monotonic() + timeout_s
        calls.put(lambda: transports[0].get("", params={}, headers={}, deadline=deadline, max_bytes=SHOPPER_BYTES))
    elif not calls.taken_ms:
        _ask_as_nobody(calls, currency, timeout_s)
    return calls


def _ask_as_nobody(calls: _Calls, currency: str, timeout_s: float) -> None:
    """Ask about a shopper who does not exist."""
    nobody = Shopper(cart_token=_NEVER_GIVEN_OUT, customer_token=_NEVER_GIVEN_OUT)
    for signal in sorted(calls.upstream.asks)[:1]:
        asker = _part(signal, nobody) or Shopper()
        calls.put(lambda: calls.upstream.source.fetch(signal, asker, currency=currency, timeout_s=timeout_s))  # noqa: B023


def _part(signal: Signal, shopper: Shopper) -> Shopper | None:
    """Take of a shopper what one answer depends on; None: nothing that it could depend on was given."""
    return next((own for _, _, own in askable([signal], shopper)), None)


def _apart(said: str, now: datetime) -> float | None:
    """Tell how far a clock that says whole seconds is ahead; less than that is nothing."""
    try:
        ahead = (parsedate_to_datetime(said) - now).total_seconds() + 0.5
    except (TypeError, ValueError):
        return None
    return 0.0 if abs(ahead) < 2 else ahead
