"""The promise that keys and tokens are told to nobody but the system."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cms.errors import CmsError
from cms.testing.outcomes import outcomes
from cms.testing.proxy import echoing, refusing, saying
from cms.testing.subject import Subject


def no_secret_is_told(subject: Subject) -> Iterator[str]:
    """No key and no token is in the message of an error, in a line of a log, or in how the source shows itself."""
    secrets = _secrets(subject)
    moods = (refusing, saying(500), saying(401), saying(200, b"<html>"), *map(echoing, (200, 400, 401, 404, 422, 500)))
    with _overheard() as lines:
        for mood in moods:
            for signal, outcome in outcomes(subject, mood):
                if isinstance(outcome, CmsError) and _holds(str(outcome), secrets):
                    yield f"{signal}: the message of an error holds a secret"
    if _holds("\n".join(lines), secrets):
        yield "a line of a log holds a secret"
    if _holds(repr(subject.connected()), secrets):
        yield "the source shows a secret when it is printed"


def _secrets(subject: Subject) -> list[str]:
    people = [subject.known, subject.stranger, *filter(None, [subject.other, subject.by_id])]
    tokens = [token for one in people for token in (one.cart_token, one.customer_token) if token]
    return [secret for secret in (subject.key, *subject.hook_secrets, *tokens) if len(secret) > 3]


def _holds(text: str, secrets: Sequence[str]) -> bool:
    return any(secret in text for secret in secrets)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Collect what is logged at level INFO and above."""
    lines: list[str] = []
    lock = threading.Lock()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            with lock:
                lines.append(self.format(record))

    root, ear = logging.getLogger(), Ear(logging.INFO)
    level = root.level
    root.addHandler(ear)
    root.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(ear)
