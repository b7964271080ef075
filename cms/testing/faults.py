"""Promises about what an adapter does when its system misbehaves: hangs, drips, refuses, overloads, answers nonsense."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from cms.commerce.client.asking import OF_EVERYBODY
from cms.commerce.failures import ERROR, GARBAGE, TIMEOUT
from cms.errors import CmsError
from cms.facts.signals import Answer, Customer, Found, Signal, SignalSource
from cms.testing.answers import CODES
from cms.testing.forms import flaws
from cms.testing.outcomes import end_of, named, outcome_of, outcomes
from cms.testing.proxy import (
    Mood,
    breaking_off,
    dripping,
    endless,
    hanging,
    mangling,
    places,
    refusing,
    repeating,
    saying,
    slow,
    well,
)
from cms.testing.subject import Subject, needed

BUDGET_S = 0.2
OVER_S = 0.1
_TRIES = 3  # a busy machine may be late once; an adapter without a deadline is late each time
_PAUSE_S = 7
_MOST_BYTES = 16 * 1024 * 1024
_MANGLED = 40
_REPLACEMENTS: Sequence[Any] = (None, True, -7, 0.125, "", "x", [], {}, [None], 10**30)


def time_is_kept(subject: Subject) -> Iterator[str]:
    """Whatever the system does, a call ends 100 ms after its time at the latest, with `commerce-timeout`."""
    moods: dict[str, Mood] = {"hangs": hanging, "drips": dripping, "is slow each time": slow(BUDGET_S * 0.7)}
    signals = subject.asked()
    for name, mood in moods.items():
        for is_warm in (False, True):
            with subject.behind() as proxy, ThreadPoolExecutor() as pool:
                source = subject.source(proxy.url)
                if is_warm:
                    _ask_all(subject, source, signals)
                proxy.mood = mood
                taken = pool.map(lambda signal, source=source: _taken(subject, source, signal), signals)
                for signal, (seconds, end) in zip(signals, taken, strict=True):
                    if seconds > BUDGET_S + OVER_S:
                        yield f"{signal}: when the system {name}, a call of {BUDGET_S} s takes {seconds:.2f} s"
                    if end != TIMEOUT and (mood is hanging or end != Found.FOUND):
                        yield f"{signal}: when the system {name}, it ends with {end}"


def _taken(subject: Subject, source: SignalSource, signal: Signal) -> tuple[float, str]:
    """Give the shortest time of some tries, and how the last one ended."""
    shortest, end = float("inf"), ""
    for _ in range(_TRIES):
        began = monotonic()
        end = end_of(subject, source, signal, timeout_s=BUDGET_S)
        shortest = min(shortest, monotonic() - began)
        if shortest <= BUDGET_S + OVER_S:
            break
    return shortest, end


def _ask_all(subject: Subject, source: SignalSource, signals: Iterable[Signal]) -> None:
    for signal in signals:
        end_of(subject, source, signal)


def failures_are_told_apart(subject: Subject) -> Iterator[str]:
    """What fails is `CmsError` with a known code, and never an answer: refused, error, garbage."""
    expected: dict[str, tuple[Mood, frozenset[str]]] = {
        "hangs up": (refusing, CODES - {GARBAGE, TIMEOUT}),
        "breaks off": (breaking_off, CODES - {TIMEOUT}),
        "answers 500": (saying(500), frozenset({ERROR})),
        "answers 503": (saying(503), frozenset({ERROR})),
        "answers 429": (saying(429), frozenset({ERROR})),
        "answers HTML": (saying(200, b"<html>Sorry</html>", Content_Type="text/html"), frozenset({GARBAGE})),
        "answers broken JSON": (saying(200, b'{"a": NaN,'), frozenset({GARBAGE})),
        "answers a JSON list": (saying(200, b'["a"]'), frozenset({GARBAGE})),
    }
    for name, (mood, codes) in expected.items():
        for signal, outcome in outcomes(subject, mood):
            if named(outcome) not in codes:
                yield f"{signal}: when the system {name}, it ends with {named(outcome)}"


def a_refusal_is_no_answer(subject: Subject) -> Iterator[str]:
    """A status of 401 or 403 is an error that says nothing of the system's health, or an unknown token of the shopper."""
    for status in (401, 403):
        for signal, error in outcomes(subject, saying(status)):
            unknown = signal not in OF_EVERYBODY and error == Answer(Found.UNKNOWN_TOKEN)
            if not unknown and getattr(error, "code", "") != ERROR:
                yield f"{signal}: when the system answers {status}, it ends with {named(error)}"
            elif not unknown and getattr(error, "ails", True):
                yield f"{signal}: when the system answers {status}, it takes the system for sick (ails)"


def a_pause_is_passed_on(subject: Subject) -> Iterator[str]:
    """The pause that the system asks for with 429 or 503 and `Retry-After` is in the error's `retry_after_s`."""
    for status in (429, 503):
        for signal, error in outcomes(subject, saying(status, Retry_After=str(_PAUSE_S))):
            if getattr(error, "retry_after_s", 0) != _PAUSE_S or not getattr(error, "ails", False):
                yield f"{signal}: of {status} with Retry-After: {_PAUSE_S} it tells {named(error)} without the pause"


def no_more_is_read_than_can_be_used(subject: Subject) -> Iterator[str]:
    """An answer without end is given up after some megabytes."""
    with subject.behind() as proxy:
        source = subject.source(proxy.url)
        for signal in subject.asked():
            written: list[int] = []
            proxy.mood = _counted(endless, written)
            code = end_of(subject, source, signal)
            if code not in (GARBAGE, TIMEOUT, ERROR) or sum(written) > _MOST_BYTES:
                yield f"{signal}: of an answer without end it read {sum(written) // 2**20} MB, and ended with {code}"


def _counted(mood: Mood, written: list[int]) -> Mood:
    def counting(asked: Any) -> None:
        def write(data: bytes) -> None:
            asked.write(data)
            written.append(len(data))

        mood(type(asked)(asked.method, asked.path, asked.headers, asked.body, asked.forward, write, asked.ended))

    return counting


def nothing_goes_elsewhere(subject: Subject) -> Iterator[str]:
    """A redirect is not followed and no cookie is kept: keys and tokens go where the settings say, each for itself."""
    with subject.behind() as proxy:
        source = subject.source(proxy.url)
        signals = subject.asked()
        for signal in signals:
            proxy.mood = saying(302, Location="/elsewhere", Set_Cookie="session=of-somebody; Path=/")
            if end_of(subject, source, signal) == Found.FOUND:
                yield f"{signal}: a redirect is taken for an answer"
        proxy.mood = well
        _ask_all(subject, source, signals)
        if any("/elsewhere" in asked.path for asked in proxy.asked):
            yield "a redirect is followed"
        if any(
            name.lower() == "cookie" and "of-somebody" in value
            for a in proxy.asked
            for name, value in a.headers.items()
        ):
            yield "a cookie of one answer is sent with the next question"


def nonsense_is_garbage(subject: Subject) -> Iterator[str]:
    """An answer with anything wrong in it is `commerce-garbage` or understood; never another exception, never half a form."""
    with subject.behind() as proxy:
        source = subject.source(proxy.url)
        for signal in subject.asked():
            proxy.mood = well
            subject.ask(source, signal)
            said: set[str] = set()
            for number in range(_MANGLED if signal is not Signal.CATALOGUE else _MANGLED // 4):
                proxy.mood = mangling(lambda data, number=number: _mangled(data, number))  # type: ignore[misc]
                said.update(_nonsense(subject, source, signal))
            yield from (f"{signal}: {breach}" for breach in sorted(said))


def _mangled(data: Any, number: int) -> Any:
    """Put something else in one place."""
    ways = [way for way, _ in zip(places(data), range(5_000), strict=False)]
    if not ways:
        return _REPLACEMENTS[number % len(_REPLACEMENTS)]
    *outer, last = ways[number * len(ways) // _MANGLED % len(ways)]
    place = data
    for step in outer:
        place = place[step]
    place[last] = _REPLACEMENTS[number % len(_REPLACEMENTS)]
    return data


def _nonsense(subject: Subject, source: SignalSource, signal: Signal) -> Iterator[str]:
    outcome = outcome_of(subject, source, signal)
    if isinstance(outcome, Answer):
        if outcome.found is Found.FOUND:
            yield from (f"of an answer with one wrong value, {flaw}" for flaw in flaws(signal, outcome.value))
    elif not isinstance(outcome, CmsError) or outcome.code not in CODES:
        yield f"an answer with one wrong value ends with {named(outcome)}"


def whose_it_is_comes_from_the_answer(subject: Subject) -> Iterator[str]:
    """Where an answer names its customer, `whose` is that one, so that somebody else's can be thrown away."""
    other = needed(subject.other, "second shopper")
    with subject.behind() as proxy:
        for signal in [one for one in subject.asked() if one not in OF_EVERYBODY]:
            honest = subject.ask(subject.source(proxy.url), signal)
            proxy.answers.clear()
            proxy.mood = well
            subject.ask(subject.source(proxy.url), signal, other)
            proxy.mood = repeating(proxy.answers)
            outcome = outcome_of(subject, subject.source(proxy.url), signal)
            if isinstance(outcome, Answer) and outcome.found is Found.FOUND:
                yield from _mistaken(signal, honest, outcome)
            proxy.mood = well


def _mistaken(signal: Signal, honest: Answer, swapped: Answer) -> Iterator[str]:
    if honest.whose and swapped.whose == honest.whose:
        yield f"{signal}: somebody else's answer is taken for the shopper's own"
    keys = [answer.value.key for answer in (honest, swapped) if isinstance(answer.value, Customer)]
    if len(keys) > len(set(keys)):
        yield f"{signal}: the key of a customer is not the answer's"
