"""Connections of one address: so many at once, and a further one is told."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from waitress import create_server

from training.operating import oversize

pytestmark = pytest.mark.enable_socket
MOST = 5


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that holds five connections of one address; a test may name more of its settings."""
    monkeypatch.setattr(oversize, "OF_ONE", MOST)
    monkeypatch.setattr(oversize.Channel, "_held", Counter())  # without those of servers that other tests ended

    def app(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])  # type: ignore[operator]  # as WSGI has it
        return [b"ok"]

    server = create_server(app, listen="127.0.0.1:0", threads=2, **getattr(request, "param", {}))
    server.channel_class = oversize.Channel

    def turn() -> None:
        with suppress(OSError, ValueError):  # its sockets are closed under it
            server.run()

    turning = threading.Thread(target=turn, daemon=True)
    turning.start()
    yield server.effective_port
    server.close()
    server.asyncore.close_all(server._map)
    turning.join(10)
    server.task_dispatcher.shutdown()  # its threads, which wait for requests


def asked(line: socket.socket) -> bytes:
    line.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    return line.recv(1000)


def test_half_sent_requests_of_one_address_leave_room_and_are_told(port: int) -> None:
    with ExitStack() as opened:

        def connected(source: str = "127.0.0.1") -> socket.socket:
            made = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))
            return opened.enter_context(made)

        for _ in range(MOST):
            connected().sendall(b"GET / HTTP/1.1\r\nHo")
        time.sleep(0.3)  # until all of them are taken
        told = connected().recv(1000)
        assert told == oversize.FULL
        head, body = told.split(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert asked(connected("127.0.0.2")).startswith(b"HTTP/1.1 200")
    until = time.monotonic() + 10
    answer = b""
    while not answer.startswith(b"HTTP/1.1 200") and time.monotonic() < until:  # as soon as the others have gone
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            try:
                answer = asked(line)
            except ConnectionError:
                time.sleep(0.05)
    assert answer.startswith(b"HTTP/1.1 200")


PROXY = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for"}


@pytest.mark.parametrize("port", [PROXY], indirect=True)
def test_a_proxy_that_the_site_trusts_holds_those_of_everybody(port: int) -> None:
    with ExitStack() as opened:
        for _ in range(MOST + 3):
            line = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            assert asked(line).startswith(b"HTTP/1.1 200")
