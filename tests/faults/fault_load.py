"""`python load.py < plan`: ask pages at a fixed rate and write down each status, time in milliseconds and answer, as JSON lines.

In a process of its own, with its own clock: a request goes out when it is due, whatever became of those before.
"""

import http.client
import json
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any


class Caller(threading.local):
    """One connection for each thread that asks."""

    connection: http.client.HTTPConnection | None = None


_CALLER = Caller()


def ask(port: int, path: str, body: Mapping[str, Any]) -> tuple[int, float, Any]:
    started = time.perf_counter()
    for _ in range(2):  # a server may close a connection that was kept
        way = _CALLER.connection or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            way.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = way.getresponse()
            data = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            _CALLER.connection = None
            way.close()
            continue
        _CALLER.connection = way
        return answer.status, (time.perf_counter() - started) * 1000, data
    return 0, (time.perf_counter() - started) * 1000, None


def run(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    bodies, count = plan["bodies"], int(plan["rate"] * plan["seconds"])
    begins, found, numbers, lock = time.perf_counter() + 0.1, [], iter(range(count)), threading.Lock()

    def caller() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            time.sleep(max(0.0, begins + number / plan["rate"] - time.perf_counter()))
            which = number % len(bodies)
            status, took, data = ask(plan["port"], plan["path"], bodies[which])
            found.append({"who": which, "status": status, "ms": took, "answer": data, "at": number / plan["rate"]})

    threads = [threading.Thread(target=caller) for _ in range(plan.get("callers", 16))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found, key=lambda one: float(one["at"]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.load(sys.stdin))))
