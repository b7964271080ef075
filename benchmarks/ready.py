"""The limit of a Python server: the same JSON as ready bytes, from a plain WSGI app."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
_HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))]


def app(_: object, start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    start_response("200 OK", _HEADERS)
    return [_BODY]
