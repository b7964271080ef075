"""A page that needs four signals of a shop that takes 20 ms for each, beside a page that needs none, over HTTP."""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import Goal, Section, table
from benchmarks.requests_over_http import _free_ports, _running
from benchmarks.timing import Spread

SHOP_MS, ROUNDS, PAGES = 20, 5, 80
RATE, SECONDS, SHOPPERS = 1000, 12.0, 200
AGES_S = {"/cart": 5.0, "/customer": 60.0, "/orders": 60.0, "/traits": 60.0}
RULES: Mapping[str, Mapping[str, Any]] = {
    "four": {
        "cart": {"cart.subtotal": {"at_least": "50.00"}},
        "customer": {"customer.groups": {"has_any": ["club"]}},
        "orders": {"orders.count": 0},
        "traits": {"crm.tags": {"has_any": ["vip"]}},
    },
    "none": {
        "cart": {"visitor.visits": {"at_least": 3}},
        "customer": {"visitor.country": "TW"},
        "orders": {"visitor.is_new": True},
        "traits": {"source.kind": "paid"},
    },
}


def section() -> Section:
    times, asked, pages = measured()
    rows = [(name, Spread.of(values)) for name, values in times.items()]
    allowed = {path: SHOPPERS * (1 + SECONDS // age) for path, age in AGES_S.items()}
    calls = [(path, count, int(allowed[path]), f"{count / pages:.3f}") for path, count in sorted(asked.items())]
    body = table(("page, one visitor after the other", "p50 ms"), rows)
    more = table(("asked of the shop", "calls", "calls the ages allow", "calls a page"), calls)
    above = [warm - none for warm, none in zip(times["four, all in memory"], times["no signals"], strict=True)]
    goals = (
        Goal(
            "page with four signals that are all asked, p50", 25, [("", Spread.of(times["four, all asked"]))], unit="ms"
        ),
        Goal("page with four signals in memory above one without, p50", 1, [("", Spread.of(above))], unit="ms"),
    )
    said = f"{pages / SECONDS:.0f} pages/s of {SHOPPERS} shoppers for {SECONDS:.0f} s, their carts with a version:"
    return Section("Signals of a shop that takes 20 ms", f"{body}\n\n{said}\n\n{more}", goals)


def measured() -> tuple[dict[str, list[float]], dict[str, int], int]:
    """Give milliseconds by kind of page, calls by path under load, and how many pages those were."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        shop, port = _free_ports(2)
        folder = Path(scratch)
        _write(folder)
        stand_in = [sys.executable, "-m", "benchmarks.shop_stand_in", str(shop), str(SHOP_MS)]
        stack.enter_context(_running(stand_in, shop, {}))
        cms = [sys.executable, "-m", "cms", "serve", "--workspace", str(folder), "--port", str(port)]
        settings = {
            "CMS_COMMERCE_ADAPTER": "http",
            "CMS_COMMERCE_URL": f"http://127.0.0.1:{shop}",
            "CMS_COMMERCE_KEY": "k",
        }
        stack.enter_context(_running(cms, port, {**settings, "CMS_EVENTS_URL": "", "CMS_THREADS": "32"}))
        _ready(port)
        return _times(port), *_under_load(port, shop)


def _write(folder: Path) -> None:
    banner = {"channels": ["web"], "fields": {"headline": {"type": "text", "required": True}}}
    files: dict[str, Any] = {"content/workspace.json": {"channels": ["web"]}, "components/note/model.json": banner}
    for page, rules in RULES.items():
        slots = {}
        for slot, when in rules.items():
            variants = [{"key": "yes", "when": when, "content": {"en": {"headline": "Yes"}}}]
            variants.append({"key": "no", "content": {"en": {"headline": "No"}}})
            files[f"content/entries/{page}-{slot}.json"] = {"component": "note", "variants": variants}
            slots[slot] = {"accepts": ["note"], "entries": [f"{page}-{slot}"]}
        files[f"content/pages/{page}.json"] = {"route": f"/{page}", "stage": "cart", "slots": slots}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(data))
    (folder / "components/note/web.html").write_text("<p>{{ content.headline }}</p>")


def _ready(port: int) -> None:
    for _ in range(100):
        try:
            if _Caller(port).ask("four", "first")[1] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("cms serve does not answer.")


class _Caller:
    def __init__(self, port: int) -> None:
        self._way = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    def ask(self, page: str, who: str) -> tuple[float, int]:
        """Give milliseconds and status."""
        body = {"cart": {"token": f"cart-{who}", "version": "1"}, "customer": {"token": f"customer-{who}"}}
        body["facts"] = {"visitor.visits": 3, "visitor.country": "TW"}  # type: ignore[assignment]
        start = time.perf_counter()
        self._way.request("POST", f"/v1/pages/{page}", json.dumps(body), {"Content-Type": "application/json"})
        answer = self._way.getresponse()
        said = json.loads(answer.read())
        took = (time.perf_counter() - start) * 1000
        if page == "four" and said.get("degraded"):
            took = float("inf")  # a page without its signals is no page with them
        return took, answer.status


def _times(port: int) -> dict[str, list[float]]:
    caller, times = _Caller(port), {"no signals": [], "four, all in memory": [], "four, all asked": []}
    for number in range(ROUNDS):
        kinds: Iterable[tuple[str, str, Iterator[str]]] = (
            ("no signals", "none", ("same" for _ in range(PAGES))),
            ("four, all in memory", "four", ("same" for _ in range(PAGES))),
            ("four, all asked", "four", (f"{number}-{which}" for which in range(PAGES))),
        )
        for name, page, people in kinds:
            times[name].append(median(caller.ask(page, who)[0] for who in people))
    return times


def _under_load(port: int, shop: int) -> tuple[dict[str, int], int]:
    before, counts = _asked(shop), [0] * 8
    begins = time.perf_counter()

    def visit(number: int) -> None:
        caller = _Caller(port)
        while (now := time.perf_counter()) < begins + SECONDS:
            due = begins + counts[number] * len(counts) / RATE
            time.sleep(max(0.0, due - now))
            caller.ask("four", f"load-{(counts[number] * len(counts) + number) % SHOPPERS}")
            counts[number] += 1

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = _asked(shop)
    return {path: after.get(path, 0) - before.get(path, 0) for path in AGES_S}, sum(counts)


def _asked(shop: int) -> dict[str, int]:
    way = http.client.HTTPConnection("127.0.0.1", shop, timeout=5)
    way.request("GET", "/asked")
    found: dict[str, int] = json.loads(way.getresponse().read())
    return found
