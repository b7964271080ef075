"""Promises about what an adapter answers when its system is well."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from cms.commerce.client.asking import OF_EVERYBODY
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, REFUSED, TIMEOUT
from cms.errors import CmsError
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.derive import (
    Values,
    cart_facts,
    customer_facts,
    order_facts,
    product_facts,
    promotion_facts,
)
from cms.facts.money import Money
from cms.facts.signals import Answer, Cart, Customer, Found, Shopper, Signal, SignalSource
from cms.testing.forms import flaws
from cms.testing.subject import Subject, needed, part

CODES = frozenset({TIMEOUT, REFUSED, ERROR, GARBAGE, MISMATCH})
_THREADS = 16
_UNSENDABLE = ("a\r\nX-Evil: 1", "a\nb", "绿萝", "\ud800", "\x00", " ", "a" * 5_000)
_PRODUCTS = 200  # whose facts are looked at


def what_is_known_is_found(subject: Subject) -> Iterator[str]:
    """A shopper that the system knows is found, in the normal form."""
    source = subject.source()
    for signal in subject.askable(source):
        answer = subject.ask(source, signal)
        if answer.found is not Found.FOUND:
            yield f"{signal}: a known shopper is answered {answer.found}"
        else:
            yield from (f"{signal}: {flaw}" for flaw in flaws(signal, answer.value))
        if isinstance(answer.value, Customer) and answer.whose not in ("", answer.value.key):
            yield f"{signal}: it names another customer than its value"


def an_empty_cart_is_found(subject: Subject) -> Iterator[str]:
    """A cart without lines is found and empty; it is not an unknown one."""
    empty = needed(subject.empty, "shopper with an empty cart")
    answer = subject.ask(subject.source(), Signal.CART, empty)
    if not isinstance(answer.value, Cart) or answer.value.lines:
        yield f"an empty cart is answered {answer.found} with {answer.value}"


def a_token_never_given_out_is_unknown(subject: Subject) -> Iterator[str]:
    """A token that the system has not given out is answered `unknown-token`, without a value."""
    source = subject.source()
    for signal in _of_shoppers(subject, source):
        if part(signal, subject.stranger):
            answer = subject.ask(source, signal, subject.stranger)
            if answer != Answer(Found.UNKNOWN_TOKEN):
                yield f"{signal}: a token never given out is answered {answer.found}"


def nobody_is_nobody(subject: Subject) -> Iterator[str]:
    """No token, and an empty one, is nobody: never an answer about somebody, and never an error."""
    source = subject.source()
    for signal in _of_shoppers(subject, source):
        for nobody in (Shopper(), Shopper("", ""), Shopper(cart_id="", customer_id="")):
            answer = source.fetch(signal, nobody, currency=subject.currency, timeout_s=10)
            if answer not in (Answer(Found.UNKNOWN_TOKEN), Answer(Found.UNSUPPORTED)):
                yield f"{signal}: nobody is answered {answer.found}"


def a_cart_id_alone_opens_nothing(subject: Subject) -> Iterator[str]:
    """Ids open something only together with a verified customer, and that customer's only."""
    known = needed(subject.by_id, "verified ids of a known shopper")
    source = subject.source()
    for signal in _of_shoppers(subject, source):
        if not part(signal, known):
            continue
        answer = subject.ask(source, signal, known)
        if answer.found is Found.FOUND and answer.whose not in ("", known.customer_id):
            yield f"{signal}: asked about one customer it names another"
        if answer.found is Found.UNKNOWN_TOKEN:
            yield f"{signal}: the ids of a known shopper are unknown"
    if Signal.CART in source.supplies and known.cart_id:
        for stolen in (Shopper(cart_id=known.cart_id), Shopper(cart_id=known.cart_id, customer_id="nobody-99")):
            if _found(source.fetch, stolen, subject) is Found.FOUND:
                yield f"cart: its id opens it for {stolen.customer_id or 'anybody'}"


def _found(fetch: Any, shopper: Shopper, subject: Subject) -> Found | None:
    try:
        answer: Answer = fetch(Signal.CART, shopper, currency=subject.currency, timeout_s=10)
    except CmsError:
        return None
    return answer.found


def what_cannot_be_sent_does_no_harm(subject: Subject) -> Iterator[str]:
    """A token that cannot stand in a header or address is refused or unknown; it changes no request."""
    source = subject.source()
    for signal in _of_shoppers(subject, source):
        for token in _UNSENDABLE:
            try:
                answer = subject.ask(source, signal, Shopper(token, token))
            except CmsError as error:
                yield from _uncoded(signal, error)
            except Exception as error:  # noqa: BLE001 - any other one is the breach
                yield f"{signal}: a token that cannot be sent raises {type(error).__name__}"
            else:
                if answer.found is Found.FOUND:
                    yield f"{signal}: a token that cannot be sent is answered found"


def what_is_not_supplied_is_unsupported(subject: Subject) -> Iterator[str]:
    """`supplies` names signals, each of which it tells; what is not among them is answered `unsupported`."""
    source = subject.source()
    if not isinstance(source.supplies, frozenset) or not source.supplies <= frozenset(Signal) - {Signal.COUNTERS}:
        yield "supplies is no frozenset of the signals that shops tell"
        return
    for signal in sorted(frozenset(Signal) - {Signal.COUNTERS} - source.supplies):
        answer = subject.ask(source, signal)
        if answer != Answer(Found.UNSUPPORTED):
            yield f"{signal}: is not supplied, and answered {answer.found}"


def what_is_lacking_is_never_told(subject: Subject) -> Iterator[str]:
    """`lacks` names facts by stem, each with a sentence that says why and what to do; such a fact is never told."""
    source = subject.source()
    known = {fact.stem: fact for fact in BUILTIN_FACTS.facts}
    for stem, why in source.lacks.items():
        if stem not in known:
            yield f"lacks: there is no fact {stem}"
        elif not known[stem].signals & source.supplies:
            yield f"lacks: {stem} is of no signal that is supplied"
        if not (why[:1].isupper() and why.endswith(".")):
            yield f"lacks: what is said of {stem} is no sentence"
    for signal in subject.askable(source):
        told = _stems(subject, signal, subject.ask(source, signal).value)
        yield from (f"{signal}: {stem} is told, and lacking" for stem in sorted(told & source.lacks.keys()))


def no_time_is_no_answer(subject: Subject) -> Iterator[str]:
    """Without any time left, a call fails at once with `commerce-timeout`."""
    source = subject.source()
    for signal in subject.asked():
        try:
            subject.ask(source, signal, timeout_s=0)
        except CmsError as error:
            if error.code != TIMEOUT:
                yield f"{signal}: no time at all fails with {error.code}"
        else:
            yield f"{signal}: no time at all was enough for an answer"


def nothing_is_kept_between_shoppers(subject: Subject) -> Iterator[str]:
    """Each call asks the system about exactly the shopper given: one's answer is never the next one's."""
    with subject.behind() as proxy:
        source = subject.source(proxy.url)
        people = [subject.known, subject.other or subject.stranger]
        for signal in _of_shoppers(subject, source):
            told = [subject.ask(source, signal, people[turn % 2]) for turn in range(3)]
            if told[0] != told[2] or told[0] == told[1]:
                yield f"{signal}: asked about one shopper, another and the first again, it mixes them up"
            before = len(proxy.asked)
            subject.ask(source, signal)
            if len(proxy.asked) == before:
                yield f"{signal}: asked again, it does not ask the system"


def threads_do_not_meet(subject: Subject) -> Iterator[str]:
    """Sixteen threads that ask about different shoppers at once are each told what they would be told alone."""
    source = subject.source()
    people = [subject.known, subject.stranger, *filter(None, [subject.other])]
    questions = [(signal, one) for signal in subject.askable(source) for one in people if part(signal, one)]
    alone = {question: subject.ask(source, *question) for question in questions}
    together = threading.Barrier(_THREADS)

    def ask(number: int) -> Iterable[tuple[Signal, bool]]:
        together.wait(30)
        mine = questions[number % len(questions) :] + questions[: number % len(questions)]
        return [(signal, _same(subject, source, signal, one, alone[signal, one])) for signal, one in mine]

    with ThreadPoolExecutor(_THREADS) as pool:
        wrong = {signal for told in pool.map(ask, range(_THREADS)) for signal, same in told if not same}
    yield from (f"{signal}: asked by many threads at once, it answers otherwise" for signal in sorted(wrong))


def _same(subject: Subject, source: SignalSource, signal: Signal, one: Shopper, alone: Answer) -> bool:
    try:
        return subject.ask(source, signal, one) == alone
    except CmsError:
        return False


def _of_shoppers(subject: Subject, source: SignalSource) -> list[Signal]:
    return [signal for signal in subject.askable(source) if signal not in OF_EVERYBODY]


def _uncoded(signal: Signal, error: CmsError) -> Iterator[str]:
    if error.code not in CODES:
        yield f"{signal}: a failure has the code {error.code}"


def _stems(subject: Subject, signal: Signal, value: Any) -> frozenset[str]:
    """Name the facts that a value tells something of."""
    told: Values = {}
    match signal:
        case Signal.CART:
            told = cart_facts(value)
        case Signal.CUSTOMER:
            told = customer_facts(value)
        case Signal.ORDERS:
            told = order_facts(value, currency=subject.currency, now=subject.clock_at, zone=ZoneInfo("UTC"))
        case Signal.CATALOGUE:
            told = {
                k: v
                for sku in islice(value, _PRODUCTS)
                for k, v in product_facts(value, sku).items()
                if v != frozenset()
            }
        case Signal.PROMOTIONS:
            told = promotion_facts(value, currency=subject.currency, subtotal=Money(0, subject.currency))
        case Signal.TRAITS:
            told = dict(value)
    return frozenset(name.partition("[")[0] for name, said in told.items() if said is not None and said != frozenset())
