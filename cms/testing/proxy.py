"""A proxy before a shop that can be made to misbehave: it hangs, drips, refuses, or says what somebody else was told."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

_OF_ONE_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_DRIP_S = 0.02
_ENDLESS_BYTES = 64 * 1024 * 1024
_HANG_S = 30.0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __bytes__(self) -> bytes:
        told = {**self.headers, "Content-Length": str(len(self.body)), "Connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}\r\n".encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Asked:
    """What came by: the request, and a way to write an answer to it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    forward: Callable[[], Said] = field(repr=False)  # puts it to the shop
    write: Callable[[bytes], object] = field(repr=False)
    ended: threading.Event = field(repr=False)  # the proxy is being closed


Mood = Callable[[Asked], None]


def well(asked: Asked) -> None:
    """Pass on, there and back."""
    asked.write(bytes(asked.forward()))


def hanging(asked: Asked) -> None:
    """Take the question and never answer."""
    asked.ended.wait(_HANG_S)


def dripping(asked: Asked) -> None:
    """Answer as the shop does, byte by byte."""
    for byte in bytes(asked.forward()):
        if asked.ended.wait(_DRIP_S):
            return
        asked.write(bytes([byte]))


def refusing(asked: Asked) -> None:
    """Hang up without a word."""


def breaking_off(asked: Asked) -> None:
    """Hang up in the middle of the answer."""
    answer = bytes(asked.forward())
    asked.write(answer[: -max(1, len(answer) // 4)])


def endless(asked: Asked) -> None:
    """Answer with more than anybody should read."""
    asked.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a": "')
    for _ in range(_ENDLESS_BYTES // 65_536):
        asked.write(b"a" * 65_536)


def saying(status: int, body: bytes = b"{}", **headers: str) -> Mood:
    """Answer the same to everything; `Retry_After="7"` is the header `Retry-After: 7`."""
    told = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}

    def mood(asked: Asked) -> None:
        asked.write(bytes(Said(status, told, body)))

    return mood


def echoing(status: int) -> Mood:
    """Answer with an error whose words repeat the whole question, as careless systems do."""

    def mood(asked: Asked) -> None:
        words = f"cannot {asked.path} {dict(asked.headers)} {asked.body.decode(errors='replace')}"
        error = {"message": words, "code": words, "type": words, "extensions": {"code": words, "category": words}}
        body = {"errors": [error], "error": words, "error_description": words, "message": words, "detail": words}
        asked.write(bytes(Said(status, {"Content-Type": "application/json"}, json.dumps(body).encode())))

    return mood


def slow(seconds: float) -> Mood:
    """Answer as the shop does, each time so much later."""

    def mood(asked: Asked) -> None:
        if not asked.ended.wait(seconds):
            well(asked)

    return mood


def repeating(answers: Sequence[Said]) -> Mood:
    """Answer with what was said before, in the same order: as a cache between that mixes up its visitors."""
    waiting = list(answers)

    def mood(asked: Asked) -> None:
        asked.write(bytes(waiting.pop(0) if waiting else asked.forward()))

    return mood


def mangling(change: Callable[[Any], Any]) -> Mood:
    """Answer as the shop does, but change the JSON of what it says."""

    def mood(asked: Asked) -> None:
        answer = asked.forward()
        with contextlib.suppress(ValueError):
            answer = Said(answer.status, answer.headers, json.dumps(change(json.loads(answer.body))).encode())
        asked.write(bytes(answer))

    return mood


class Proxy:
    """Stands on a loopback port before `target`; what `mood` it is in may change at any time.

    `asked` and `answers` are what came by, in order: the answers only those of the shop.
    """

    def __init__(self, target: str, mood: Mood = well) -> None:
        self.mood = mood
        self.asked: list[Asked] = []
        self.answers: list[Said] = []
        self._target = urlsplit(target)
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._desk())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self._target.path.rstrip('/')}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _desk(proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - two selves meet here
        class Desk(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(
                    self.command, self.path, dict(self.headers.items()), body,
                    lambda: proxy._forward(asked), self.wfile.write, proxy._ended,
                )  # fmt: skip
                proxy.asked.append(asked)
                with contextlib.suppress(OSError):
                    proxy.mood(asked)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the standard library names them

            def log_message(self, *_: object) -> None:
                pass

        return Desk

    def _forward(self, asked: Asked) -> Said:
        secure = self._target.scheme == "https"
        way = (HTTPSConnection if secure else HTTPConnection)(self._target.netloc, timeout=_HANG_S)
        try:
            way.request(asked.method, asked.path, asked.body or None, _kept(asked.headers))
            answer = way.getresponse()
            said = Said(answer.status, _kept(dict(answer.headers.items())), answer.read())
        finally:
            way.close()
        self.answers.append(said)
        return said


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_ONE_HOP}


def places(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List the way to every value within JSON."""
    items: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(data, dict):
        items = iter(data.items())
    elif isinstance(data, list):
        items = iter(enumerate(data))
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))
