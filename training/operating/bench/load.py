"""Clients that submit findings as fast as the answers come, in a process of their own: the standard library alone.

`python load.py < lanes.json` reads {"port": …, "lanes": [[request, …], …]}. Each lane is a client with one connection
that it keeps; a request has "key", "path", "cookie", "body" and "want", which is what the answer must hold. It writes
`begun`, and at the end one JSON list: [lane, key, status, right, began, seconds] for each answer, times by the
monotonic clock. A lane ends where its connection does.
"""

import json
import socket
import sys
import threading
import time
from typing import Any

PATIENCE = 20.0  # seconds for one answer
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nX-Engram: fragment\r\n"
    "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


def main() -> None:
    """Run all lanes to their ends."""
    given = json.load(sys.stdin)
    answers: list[list[Any]] = []
    lanes = [
        threading.Thread(target=_drive, args=(number, given["port"], requests, answers))
        for number, requests in enumerate(given["lanes"])
    ]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    json.dump(answers, sys.stdout)


def _drive(number: int, port: int, requests: list[dict[str, str]], answers: list[list[Any]]) -> None:
    """One client."""
    prepared = [(one["key"], _bytes(one, port), one["want"].encode()) for one in requests]
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for key, sent, want in prepared:
                began = time.monotonic()
                connection.sendall(sent)
                status, body = _answer(connection)
                answers.append([number, key, status, want in body, began, time.monotonic() - began])
    except (ConnectionError, TimeoutError):
        return


def _bytes(request: dict[str, str], port: int) -> bytes:
    body = request["body"].encode()
    return HEAD.format(port=port, length=len(body), path=request["path"], cookie=request["cookie"]).encode() + body


def _answer(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer; ConnectionError where it breaks off, so that half an answer counts as none."""
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += _more(connection)
    head = got[:end].decode("latin-1").lower()
    length = int(head.partition("content-length: ")[2].split("\r\n")[0])
    while len(got) < end + 4 + length:
        got += _more(connection)
    return int(head[9:12]), got[end + 4 :]


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65_536)
    if not more:
        raise ConnectionResetError
    return more


if __name__ == "__main__":
    main()
