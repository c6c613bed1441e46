"""Requests with more in them than the server takes: answered by a page of the program, and never kept.

A browser reads an answer only after all was sent, and sees a broken connection where the server closes before. So what
is too much is received and dropped as it comes, up to a limit, and takes no room in memory or on disk; then the program
answers, in the language of the reader. It gets the announced length and an empty body, and refuses by the length.
"""

import io
import re
import socket
from collections import Counter
from contextlib import suppress
from copy import copy
from typing import Any, ClassVar
from weakref import WeakSet

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import RequestEntityTooLarge

from training.accounts.service.backoff import network

TAKEN = 6 * 2**20
"""Bytes of a body that reach the program, but for what comes to the addresses of `LARGER`."""

LARGER = re.compile(r"/sessions/[0-9a-f-]{36}/(?:carry|dossier)/[a-z]+")
"""Where a session that comes back, and dossiers, are sent in. The program takes them from those who host or teach."""

LARGER_TAKEN, AT_ONCE = 65 * 2**20, 3
"""Bytes of such a body, and how many of them are received at once: each lies in a file meanwhile. A further one is
dropped like any that is too large.
"""

DROPPED = 66 * 2**20
"""Bytes of a body that are received although they are dropped. Whoever announces more is answered at once."""


OF_ONE = 600
"""Connections of one address that a process holds at once; the rest of its 800 stays for others. A further one is
answered and closed. A proxy that the site trusts holds those of everybody, and has a limit of its own.
"""

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 59\r\n\r\n"
    b"Too many connections from your address. Try again shortly.\n"
)


class Nothing:
    """A buffer that keeps nothing."""

    def __len__(self) -> int:
        return 0

    def append(self, _data: bytes) -> None:
        """Drop it."""

    def getfile(self) -> io.BytesIO:
        """An empty file."""
        return io.BytesIO()

    def close(self) -> None:
        """There is nothing to close."""


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress says nothing of its types
    """Reads a request, and drops its body where that is too large."""

    adj: Any
    path: str
    content_length: int
    completed: bool
    body_rcv: Any
    body_bytes_received: int
    expect_continue: bool
    dropping = False
    _coming: ClassVar[WeakSet["Parser"]] = WeakSet()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and let a larger body through where one may come."""
        super().parse_header(header_plus)
        if self.content_length >= TAKEN and LARGER.fullmatch(self.path) and len(self._coming) < AT_ONCE:
            self._coming.add(self)
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = LARGER_TAKEN

    def close(self) -> None:
        """Let go of what was received."""
        self._coming.discard(self)
        super().close()

    def received(self, data: bytes) -> int:
        """Take data that came in; gives how much of it was of this request."""
        if self.dropping and not self.completed:
            consumed: int = self.body_rcv.received(data)
            self.body_bytes_received += consumed
            over = self.body_bytes_received > DROPPED or self.body_rcv.error
            self.completed = bool(over or self.body_rcv.completed)
            self._told(closing=bool(over))
            return consumed
        taken: int = super().received(data)
        if self.completed and not self.dropping and isinstance(self.error, RequestEntityTooLarge):
            self._drop()
        return taken

    def _drop(self) -> None:
        self.dropping = True
        if self.chunked:
            self.body_rcv.getbuf().close()
            self.body_rcv.buf = Nothing()
        else:
            self.body_rcv = FixedStreamReceiver(self.content_length, Nothing())
        # A client that asks before it sends anything, or announces far too much, need not send it.
        at_once = self.expect_continue or self.content_length > DROPPED
        self.expect_continue = False  # else the channel would invite it to
        self.completed = at_once or self.body_rcv.completed
        self._told(closing=at_once)

    def _told(self, *, closing: bool) -> None:
        """What the program is told of the request; what was not received ends the connection."""
        self.headers["CONTENT_LENGTH"] = str(max(self.content_length, self.body_bytes_received, TAKEN))
        if closing:
            self.headers["CONNECTION"] = "close"


class Channel(HTTPChannel):  # type: ignore[misc]  # as above
    """A connection on which the program itself answers a request that is too large; one of so many of an address."""

    parser_class = Parser
    request: Parser | None
    _held: ClassVar[Counter[str]] = Counter()
    _counted = False

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002 - as waitress calls it
        super().__init__(server, sock, addr, adj, map=map)
        self._address = network(str(addr[0])) if isinstance(addr, tuple) else ""
        if self._held[self._address] >= OF_ONE and self._address != adj.trusted_proxy:
            with suppress(OSError):
                sock.send(FULL)
            self.handle_close()
            return
        self._counted = True
        self._held[self._address] += 1

    def handle_close(self) -> None:
        """Let go of a request of which the rest will never come."""
        if self._counted:
            self._counted = False
            self._held[self._address] -= 1
        if self.request is not None:
            self.request.close()
        super().handle_close()

    @staticmethod
    def error_task_class(channel: "Channel", request: Any) -> ErrorTask | WSGITask:
        """What answers a request that can't be read."""
        too_large = isinstance(request.error, RequestEntityTooLarge)
        return (WSGITask if too_large else ErrorTask)(channel, request)
