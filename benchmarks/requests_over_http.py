"""A page request over HTTP on one's own loopback: server CPU a request, in turn with ready bytes and a static file."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Section, table
from benchmarks.timing import Spread
from benchmarks.workload import make_rules
from benchmarks.workspace import workspace_files

ROOT = Path(__file__).parents[1]
ROUNDS, SECONDS, CONNECTIONS, THREADS = 5, 1.5, 8, 4
_FACTS = {"visitor.country": "US", "visitor.device": "mobile", "source.kind": "paid", "visitor.standing": "returning"}
BODY = json.dumps({"visitor": "visitor-1", "facts": _FACTS})
_TICK = os.sysconf("SC_CLK_TCK")
NGINX = """daemon off; master_process off; worker_processes 1; error_log {folder}/error.log; pid {folder}/pid;
events {{ worker_connections 64; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/static; default_type application/json; }} }}
"""


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """Server CPU a request, how often the ready bytes' that is, and requests a second (rough on a shared machine)."""

    microseconds: Spread
    ratio: Spread
    per_second: Spread


def section() -> Section:
    served, left_out = measured()
    rows = [(name, row.microseconds, row.ratio, row.per_second) for name, row in served.items()]
    body = table(("target", "server CPU µs", "x ready bytes", "requests/s"), rows)
    return Section("A page request over HTTP", "\n\n".join([body, *left_out]))


def measured() -> tuple[dict[str, Served], list[str]]:
    """Give figures by target, and what was left out and why."""
    if not Path("/proc/self/stat").exists():
        return {}, ["Page requests need /proc to read a server's CPU time: left out."]
    left_out = [] if shutil.which("nginx") else ["nginx is not installed: its static file was left out."]
    if not shutil.which("wrk"):
        left_out.append("wrk is not installed: the load came from Python threads, which slows fast targets.")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        targets = _started(Path(scratch), stack)
        figures: dict[str, list[tuple[float, float]]] = {target.name: [] for target in targets}
        for target in targets:
            _load(target, 0.5, Path(scratch))
        for _ in range(ROUNDS):
            for target in targets:
                figures[target.name].append(_round(target, Path(scratch)))
    return _summary(figures), left_out


def _started(folder: Path, stack: ExitStack) -> list[Target]:
    workspace, static = folder / "workspace", folder / "static"
    for path, content in workspace_files(make_rules()).items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    ports = _free_ports(3)
    cms = [sys.executable, "-m", "cms", "serve", "--workspace", str(workspace), "--port", str(ports[0])]
    ours = stack.enter_context(_running(cms, ports[0], {"CMS_THREADS": str(THREADS), "CMS_POLL_MS": "60000"}))
    product = Target("Vitrine, POST /v1/pages/page", ports[0], "/v1/pages/page", ours, BODY)
    answer = _ask(product)
    static.mkdir()
    (static / "page.json").write_bytes(answer)
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(ports[1]), "--workers", "1"]
    granian += ["--blocking-threads", str(THREADS), "--no-ws", "--log-level", "error", "benchmarks.ready:app"]
    ready = stack.enter_context(_running(granian, ports[1], {"BENCH_BODY": str(static / "page.json")}))
    targets = [Target("ready bytes, plain WSGI on granian", ports[1], "/", ready, BODY), product]
    if shutil.which("nginx"):
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=ports[2]))
        nginx = stack.enter_context(
            _running(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], ports[2], {})
        )
        targets.insert(0, Target("nginx, static file", ports[2], "/page.json", nginx))
    return targets


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in sockets]


@contextmanager
def _running(command: list[str], port: int, more: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _ask(target: Target) -> bytes:
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)
            connection.request("POST", target.path, target.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status == 200:
                return content
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{target.name} does not answer.")


def _round(target: Target, folder: Path) -> tuple[float, float]:
    """Give microseconds of server CPU a request, and requests a second."""
    before, start = _cpu_seconds(target.process.pid), time.monotonic()
    count = _load(target, SECONDS, folder)
    return (_cpu_seconds(target.process.pid) - before) / count * 1e6, count / (time.monotonic() - start)


def _cpu_seconds(pid: int) -> float:
    """Add up a process and its children, for servers fork their workers."""
    spent = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(folder.name) == pid or int(fields[1]) == pid:
                spent += (int(fields[11]) + int(fields[12])) / _TICK
    return spent


def _load(target: Target, seconds: float, folder: Path) -> int:
    return _by_wrk(target, seconds, folder) if shutil.which("wrk") else _by_threads(target, seconds)


def _by_wrk(target: Target, seconds: float, folder: Path) -> int:
    script = folder / "post.lua"
    post = f"wrk.method = 'POST'; wrk.body = [[{target.body}]]; wrk.headers['Content-Type'] = 'application/json'\n"
    script.write_text(post if target.body else "\n")
    url = f"http://127.0.0.1:{target.port}{target.path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(script), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{target.name}: {said}")
    return int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]


def _by_threads(target: Target, seconds: float) -> int:
    stop, counts = time.monotonic() + seconds, [0] * THREADS

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)
        method = "POST" if target.body else "GET"
        while time.monotonic() < stop:
            connection.request(method, target.path, target.body or None, {"Content-Type": "application/json"})
            connection.getresponse().read()
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(1, sum(counts))


def _summary(figures: Mapping[str, list[tuple[float, float]]]) -> dict[str, Served]:
    reference = next(name for name in figures if name.startswith("ready bytes"))
    return {
        name: Served(
            Spread.of([cost for cost, _ in rows]),
            Spread.of([cost / base for (cost, _), (base, _) in zip(rows, figures[reference], strict=True)]),
            Spread.of([rate for _, rate in rows]),
        )
        for name, rows in figures.items()
    }
