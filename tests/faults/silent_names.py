"""`python silent_names.py < plan`: in a network of its own whose name server never answers, serve a workspace and load it.

Started with `unshare -mn`, so that nothing outside notices. The plan is that of fault_load.py, with the folder and the settings beside.
"""

import fcntl
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fault_load import run

_SIOCSIFFLAGS, _UP = 0x8914, 0x1 | 0x40


def main() -> None:
    plan = json.load(sys.stdin)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as loopback:
        fcntl.ioctl(loopback, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _UP))
    names = Path(tempfile.mkdtemp()) / "resolv.conf"
    names.write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", str(names), "/etc/resolv.conf"], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 53))
        serving = subprocess.Popen(
            [sys.executable, "-m", "cms", "serve", "--workspace", plan["workspace"], "--port", str(plan["port"])],
            env={**os.environ, **plan["settings"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(plan["port"])
            sys.stdout.write(json.dumps(run(plan)))
        finally:
            serving.terminate()
            serving.wait(20)


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            way = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            way.request("GET", "/readyz")
            if way.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("nobody serves")


if __name__ == "__main__":
    main()
