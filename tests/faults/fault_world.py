"""The sample workspace served by a real process, before it a shop of its own, and between the two what misbehaves."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from fault_model import Shown, outcomes, shown, told_of
from programs import ROOT, environment, free_port, running_cms, status_of, wait_for

from cms.commerce import source_for
from cms.content.compiling import compile_workspace
from cms.facts.signals import Shopper, Signal
from cms.shop.config import DEMO_SERVICE_KEY
from cms.workspace import read_folder, read_workspace

HERE = Path(__file__).parent
PAGE = "cart"
PEOPLE = ("loyal", "green-office", "lobby", "at-risk", "fig")
BODIES: Sequence[Mapping[str, Any]] = [
    {"cart": {"token": f"cart-{who}"}, "customer": {"token": f"customer-{who}"}} for who in PEOPLE
]


@dataclass(frozen=True)
class Run:
    """What came of asking pages for a while. `wrong` shows what no choice of missing signals explains."""

    rows: Sequence[Mapping[str, Any]]
    wrong: Sequence[Mapping[str, Any]]
    asked: int  # of the shop

    def ms(self, share: float) -> float:
        times = sorted(row["ms"] for row in self.rows)
        return float(times[min(len(times) - 1, int(share * len(times)))])

    @property
    def statuses(self) -> set[int]:
        return {row["status"] for row in self.rows}

    @property
    def why(self) -> set[str]:
        return {found["why"] for row in self.rows for found in row["answer"]["degraded"]}


@dataclass
class World:
    """A shop, what misbehaves before it, and a delivery process that knows nothing yet whenever it is started anew."""

    folder: Path
    proxy: int
    settings: Mapping[str, str]
    allowed: Sequence[Mapping[frozenset[Signal], Shown]]
    port: int = 0
    pid: int = 0
    figures: list[str] = field(default_factory=list)
    _running: ExitStack = field(default_factory=ExitStack)

    def serve(self) -> None:
        """Start delivery, in place of the one that runs."""
        self._running.close()
        self.port = free_port()
        words = ("serve", "--workspace", str(ROOT), "--port", str(self.port))
        self.pid = self._running.enter_context(running_cms(self.folder, *words, **self.settings)).pid
        wait_for(lambda: status_of(f"http://127.0.0.1:{self.port}/readyz") == 200)

    def close(self) -> None:
        self._running.close()

    def turn(self, mood: str) -> int:
        """Put what stands before the shop into a mood; give how often it was asked since the last time."""
        with socket.create_connection(("127.0.0.1", self.proxy + 1), timeout=5) as way:
            way.sendall(f"{mood}\n".encode())
            return int(way.makefile().readline())

    def run(self, seconds: float, *, rate: float = 50, bodies: Sequence[Mapping[str, Any]] = BODIES) -> Run:
        self.turn("?")
        plan = {"port": self.port, "path": f"/v1/pages/{PAGE}", "rate": rate, "seconds": seconds, "bodies": bodies}
        rows = _load(plan)
        return Run(rows, [row for row in rows if not self._is_right(row)], self.turn("?"))

    def _is_right(self, row: Mapping[str, Any]) -> bool:
        return row["status"] == 200 and shown(row["answer"]) in self.allowed[row["who"]].values()

    def is_without(self, row: Mapping[str, Any], signal: Signal) -> bool:
        """Say whether a page is decided without a signal and with all others."""
        return shown(row["answer"]) == self.allowed[row["who"]][frozenset({signal})]

    def is_well(self) -> bool:
        """Say whether everybody is shown all that the shop tells."""
        found = [
            requests.post(f"http://127.0.0.1:{self.port}/v1/pages/{PAGE}", json=body, timeout=5).json()
            for body in BODIES
        ]
        return all(
            not one["degraded"] and shown(one) == allowed[frozenset()]
            for one, allowed in zip(found, self.allowed, strict=True)
        )

    def recover(self) -> float:
        """Make all well and give the seconds until everybody is shown everything again."""
        self.turn("well")
        return wait_for(self.is_well, patience_s=60, pause_s=0.1)

    def memory_mb(self) -> float:
        """Sum the memory of the process and of those it started."""
        kilobytes = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    told = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                    if self.pid in {int(folder.name), int(told["PPid"])}:
                        kilobytes += int(told["VmRSS"].split()[0])
        return kilobytes / 1024


def _load(plan: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "fault_load.py")],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Mapping[str, Any]] = json.loads(done.stdout)
    return found


@contextmanager
def running(folder: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "errors").open("ab") as errors:
        process = subprocess.Popen([sys.executable, *words], env=environment(folder, **more), stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - beside a program that runs


def model_of(shop_url: str) -> list[Mapping[frozenset[Signal], Shown]]:
    snapshot, problems = compile_workspace(read_workspace(read_folder(ROOT)))
    assert snapshot is not None, problems
    shop = source_for("http", url=shop_url, key=DEMO_SERVICE_KEY, clock=_now)
    tokens = [Shopper(body["cart"]["token"], body["customer"]["token"]) for body in BODIES]
    return [outcomes(snapshot, PAGE, body, told_of(shop, who)) for body, who in zip(BODIES, tokens, strict=True)]


@contextmanager
def opened(folder: Path, **more: str) -> Iterator[World]:
    shop, proxy = free_port(), free_port()
    signals = "/signals/v1"
    with ExitStack() as stack:
        stack.enter_context(
            running(folder, "-m", "cms.shop", "--port", str(shop), "--data", str(folder / "shop"), SHOP_HOOK_URL="")
        )
        wait_for(lambda: status_of(f"http://127.0.0.1:{shop}/") == 200)
        stack.enter_context(running(folder, str(HERE / "misbehaving.py"), str(proxy), str(shop)))
        wait_for(lambda: status_of(f"http://127.0.0.1:{proxy}{signals}/cart") == 401)
        settings = {
            "CMS_COMMERCE_ADAPTER": "http",
            "CMS_COMMERCE_URL": f"http://127.0.0.1:{proxy}{signals}",
            "CMS_COMMERCE_KEY": DEMO_SERVICE_KEY,
            "CMS_EVENTS_URL": "",
        }
        world = World(folder, proxy, settings | more, model_of(f"http://127.0.0.1:{shop}{signals}"))
        stack.callback(world.close)
        yield world
