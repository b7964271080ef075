"""Loopback shops for tests: `shop_that` behaves as a function of the connection, `shop_answering` answers by path."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Connection = Callable[[socket.socket], None]
Answering = Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], object]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # sixteen threads may call at once


@pytest.fixture
def shop_that() -> Iterator[Callable[[Connection], str]]:
    """Serve raw connections on threads; gives the base URL."""
    listeners: list[socket.socket] = []
    open_ones: list[socket.socket] = []

    def serve(behave: Connection) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def attend(connection: socket.socket) -> None:
            try:
                behave(connection)
            except OSError:
                pass
            finally:
                connection.close()

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                open_ones.append(connection)
                threading.Thread(target=attend, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in listeners:
        listener.close()
    for connection in open_ones:
        connection.close()


@pytest.fixture
def shop_answering() -> Iterator[Callable[[Answering], str]]:
    """Serve JSON by `(path, headers, body) → (status, headers, data)`; gives the base URL."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answer: Answering) -> str:
        class Desk(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536  # one packet an answer, or the kernel holds the second back for 40 ms

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, data = answer(self.path, dict(self.headers.items()), body)
                text = json.dumps(data).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET  # noqa: N815 - the standard library names it

            def log_message(self, *_: object) -> None:
                pass

        server = _Server(("127.0.0.1", 0), Desk)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
