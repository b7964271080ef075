"""`python -m benchmarks.shop_stand_in PORT MS`: an open signals API that takes so long for each answer; `GET /asked` counts them by path."""

import asyncio
import json
import sys
from collections import Counter

USD = {"currency": "USD"}
PRICE = {"amount": "23.00", **USD}
ANSWERS = {
    "/cart": {
        "currency": "USD",
        "lines": [{"sku": "pothos", "quantity": 3, "unit_price": PRICE, "categories": ["plants"]}],
    },
    "/customer": {"key": "c-1", "kind": "consumer", "groups": ["club"]},
    "/orders": {"orders": []},
    "/traits": {"traits": {"rfm.class": "loyal"}},
    "/products": {
        "products": [{"sku": "pothos", "title": {"en": "Pothos"}, "url": "/pothos", "price": PRICE, "stock": 3}]
    },
    "/promotions": {"promotions": []},
}
WRITTEN = {path: json.dumps(answer).encode() for path, answer in ANSWERS.items()}
ASKED: Counter[str] = Counter()


async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
            if path == "/asked":
                body = json.dumps(ASKED).encode()
            else:
                ASKED[path] += 1
                await asyncio.sleep(delay_s)
                body = WRITTEN.get(path, b"{}")
            told = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(told.encode() + body)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main(port: int, delay_s: float) -> None:
    server = await asyncio.start_server(lambda *ends: attend(*ends, delay_s), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
