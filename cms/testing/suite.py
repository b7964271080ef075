"""The suite: every promise of an adapter, as one test class and as one function."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest import SkipTest

from cms.testing import answers, faults, feeds, hooks, leaks
from cms.testing.subject import Subject

Promise = Callable[[Subject], Iterator[str]]

PROMISES: tuple[Promise, ...] = (
    answers.what_is_known_is_found,
    answers.an_empty_cart_is_found,
    answers.a_token_never_given_out_is_unknown,
    answers.nobody_is_nobody,
    answers.a_cart_id_alone_opens_nothing,
    answers.what_cannot_be_sent_does_no_harm,
    answers.what_is_not_supplied_is_unsupported,
    answers.what_is_lacking_is_never_told,
    answers.no_time_is_no_answer,
    answers.nothing_is_kept_between_shoppers,
    answers.threads_do_not_meet,
    faults.time_is_kept,
    faults.failures_are_told_apart,
    faults.a_refusal_is_no_answer,
    faults.a_pause_is_passed_on,
    faults.no_more_is_read_than_can_be_used,
    faults.nothing_goes_elsewhere,
    faults.nonsense_is_garbage,
    faults.whose_it_is_comes_from_the_answer,
    leaks.no_secret_is_told,
    feeds.parts_make_a_whole,
    feeds.each_part_can_be_read_again,
    feeds.what_has_not_changed_is_no_news,
    hooks.a_signed_hook_is_read,
    hooks.an_unsigned_hook_is_refused,
    hooks.an_old_hook_is_refused_or_known,
)


def breaches(subject: Subject) -> list[str]:
    """Name each promise that an adapter breaks, as `promise: how`; none is a conforming adapter.

    A promise that the subject has nothing for, such as webhooks, is not tried.
    """
    return [f"{promise.__name__}: {breach}" for promise in PROMISES for breach in _tried(promise, subject)]


def _tried(promise: Promise, subject: Subject) -> Iterator[str]:
    try:
        yield from promise(subject)
    except SkipTest:
        return
    except Exception as error:  # noqa: BLE001 - an adapter that fails where it is well breaks the promise
        yield f"{type(error).__name__}: {error}"


class AdapterSuite:
    """One test for each promise; a test class that inherits it has a fixture `subject` that gives a `Subject`."""

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make pytest run `test_keeps` once for each promise."""
        if "promise" in metafunc.fixturenames:
            metafunc.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)

    def test_keeps(self, promise: Promise, subject: Subject) -> None:
        """Hold the adapter against one promise; it is skipped where the subject has nothing for it."""
        broken = list(promise(subject))
        if broken:
            raise AssertionError("\n".join([f"{promise.__doc__}", *broken]))
