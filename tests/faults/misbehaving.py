"""`python misbehaving.py PORT SHOP_PORT`: stands before a shop and misbehaves as it is told over `POST /mood`.

It lives in a process of its own, so that what it does to delivery is all that it does. Counts what it was asked: `GET /asked`.
"""

import asyncio
import gzip
import json
import random
import sys
from collections.abc import Awaitable, Callable
from typing import Any

JSON = b"Content-Type: application/json"
BOMB = gzip.compress(b'{"a": "' + b"a" * 50_000_000, 9)
DICE = random.Random(7)


class Exchange:
    """One question and the way back."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, shop: int) -> None:
        self.head = head
        self.reader = reader
        self.writer = writer
        self.path = head.split(b" ", 2)[1].partition(b"?")[0].rpartition(b"/")[2].decode()
        self._shop = shop

    async def answer(self, head: bytes | None = None) -> bytes:
        """Ask the shop; `head` in place of what was asked."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._shop)
        writer.write((head or self.head).replace(b"keep-alive", b"close"))
        answer = await reader.read(-1)
        writer.close()
        return answer

    async def say(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()


def said(status: str, body: bytes, *headers: bytes) -> bytes:
    told = b"\r\n".join([f"HTTP/1.1 {status}".encode(), *headers, f"Content-Length: {len(body)}".encode(), b"", b""])
    return told + body


async def well(ask: Exchange) -> None:
    await ask.say(await ask.answer())


async def hanging(ask: Exchange) -> None:
    await asyncio.sleep(60)


async def slow(ask: Exchange) -> None:
    """Take 10 ms to 2 s, mostly little."""
    await asyncio.sleep(0.01 * 200 ** DICE.random())
    await well(ask)


async def dripping(ask: Exchange) -> None:
    for byte in await ask.answer():
        await ask.say(bytes([byte]))
        await asyncio.sleep(0.03)


async def dripping_body(ask: Exchange) -> None:
    head, gap, body = (await ask.answer()).partition(b"\r\n\r\n")
    await ask.say(head + gap)
    for byte in body:
        await ask.say(bytes([byte]))
        await asyncio.sleep(0.03)


async def storm(ask: Exchange) -> None:
    status = DICE.choice(["500 Oops", "502 Bad", "503 Busy", "429 Slow"])
    await (ask.say(said(status, b"{}", JSON)) if DICE.random() < 0.3 else well(ask))


async def limited(ask: Exchange) -> None:
    await ask.say(said("429 Slow", b"{}", JSON, b"Retry-After: 8"))


def garbage(body: bytes, *headers: bytes) -> Callable[[Exchange], Awaitable[None]]:
    async def mood(ask: Exchange) -> None:
        await ask.say(said("200 OK", body, *(headers or (JSON,))))

    return mood


async def short(ask: Exchange) -> None:
    await ask.say((await ask.answer())[:-20])


async def huge(ask: Exchange) -> None:
    await ask.say(b"HTTP/1.1 200 OK\r\n" + JSON + b'\r\nContent-Length: 268435456\r\n\r\n{"a": "')
    for _ in range(4096):
        await ask.say(b"a" * 65_536)


async def wrong_types(ask: Exchange) -> None:
    """Turn every text into a number and every number into a text."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(one) for key, one in value.items()}
        if isinstance(value, list):
            return [turned(one) for one in value]
        return 7 if isinstance(value, str) else str(value)

    await ask.say(said("200 OK", json.dumps(turned(_body(await ask.answer()))).encode(), JSON))


def _body(answer: bytes) -> Any:
    try:
        return json.loads(answer.partition(b"\r\n\r\n")[2])
    except ValueError:
        return {}


def without(signal: str) -> Callable[[Exchange], Awaitable[None]]:
    async def mood(ask: Exchange) -> None:
        await (ask.say(said("200 OK", b"null", JSON)) if ask.path == signal else well(ask))

    return mood


class Mixed:
    """Answers with what another shopper was told before."""

    def __init__(self) -> None:
        self._known: dict[str, dict[bytes, bytes]] = {}

    async def __call__(self, ask: Exchange) -> None:
        token = ask.head.lower().partition(b"shopper-token: ")[2].partition(b"\r\n")[0]
        answer = await ask.answer()
        if not token:
            await ask.say(answer)
            return
        known = self._known.setdefault(ask.path, {})
        others = [told for other, told in known.items() if other != token]
        known[token] = answer
        await ask.say(DICE.choice(others) if others else said("503 Busy", b"{}", JSON))


MOODS: dict[str, Callable[[Exchange], Awaitable[None]]] = {
    "well": well,
    "hanging": hanging,
    "slow": slow,
    "dripping": dripping,
    "dripping body": dripping_body,
    "storm": storm,
    "limited": limited,
    "html": garbage(b"<html>Sorry</html>", b"Content-Type: text/html"),
    "html as json": garbage(b"<html>Sorry</html>"),
    "nan": garbage(b'{"currency": "USD", "lines": [], "subtotal": NaN}'),
    "empty": garbage(b""),
    "list": garbage(b"[]"),
    "bomb": garbage(BOMB, JSON, b"Content-Encoding: gzip"),
    "short": short,
    "huge": huge,
    "wrong types": wrong_types,
    "mixed": Mixed(),
    **{f"without {signal}": without(signal) for signal in ("cart", "customer", "orders", "products", "promotions")},
}


class Proxy:
    def __init__(self, port: int, shop: int) -> None:
        self._port, self._shop = port, shop
        self.mood = "well"
        self.asked = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._attend, "127.0.0.1", self._port)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                mood = self.mood
                await MOODS[mood](Exchange(head, reader, writer, self._shop))
                if mood != "well" or b"onnection: close" in head:
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def control(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a mood a line, answer with how much was asked since the last one; `refusing` closes the port."""
    while line := (await reader.readline()).decode().strip():
        asked, proxy.asked = proxy.asked, 0
        if line == "refusing":
            await proxy.shut()
        elif line != "?":
            proxy.mood = line
            await proxy.open()
        writer.write(f"{asked}\n".encode())
    writer.close()


async def main(port: int, shop: int) -> None:
    proxy = Proxy(port, shop)
    await proxy.open()
    server = await asyncio.start_server(lambda *ends: control(proxy, *ends), "127.0.0.1", port + 1)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
