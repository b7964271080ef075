"""How calls end when the system is in one mood or another."""

from collections.abc import Iterator

from cms.errors import CmsError
from cms.facts.signals import Answer, Signal, SignalSource
from cms.testing.proxy import Mood, well
from cms.testing.subject import LONG_S, Subject

Outcome = Answer | Exception


def outcomes(subject: Subject, mood: Mood) -> Iterator[tuple[Signal, Outcome]]:
    """Ask for each signal in a mood, of a source that is new and of one that has asked before."""
    signals = subject.asked()
    for is_warm in (False, True):
        with subject.behind() as proxy:
            source = subject.source(proxy.url)
            for signal in signals:
                if is_warm:
                    proxy.mood = well
                    subject.ask(source, signal)
                proxy.mood = mood
                yield signal, outcome_of(subject, source, signal)


def outcome_of(subject: Subject, source: SignalSource, signal: Signal, *, timeout_s: float = LONG_S) -> Outcome:
    try:
        return subject.ask(source, signal, timeout_s=timeout_s)
    except Exception as error:  # noqa: BLE001 - which one it is, is the question
        return error


def end_of(subject: Subject, source: SignalSource, signal: Signal, *, timeout_s: float = LONG_S) -> str:
    return named(outcome_of(subject, source, signal, timeout_s=timeout_s))


def named(outcome: Outcome) -> str:
    if isinstance(outcome, Answer):
        return str(outcome.found)
    return outcome.code if isinstance(outcome, CmsError) else type(outcome).__name__
