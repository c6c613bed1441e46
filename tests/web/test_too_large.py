"""Requests that are too large, sent to a real server: a page answers, in the reader's language, and nothing is kept."""

import resource
import socket
import time
from contextlib import ExitStack, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.conftest import token_of
from training.operating.oversize import AT_ONCE, DROPPED, TAKEN
from training.operating.tour.server import Server

HEAD = "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SAID = "What was sent is too large: this page takes at most 64 KiB"


def sent(live: Server, head: str, body: bytes, times: int = 1) -> str:
    """What a server answers to a head and a body that is sent several times, read to the end."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as line:
        line.sendall(head.encode() + b"\r\n")
        with suppress(BrokenPipeError, ConnectionResetError):  # it may answer, and hang up, before all was sent
            for _ in range(times):
                line.sendall(body)
        answer = b""
        with suppress(ConnectionResetError):
            while b"</html>" not in answer and (more := line.recv(2**16)):
                answer += more
    return answer.decode()


def a_page(answer: str) -> bool:
    whole = answer.startswith("HTTP/1.1 413") and "<html" in answer
    return whole and SAID in answer and "exceeds max_body" not in answer


@pytest.mark.parametrize("size", [2 * 2**20 + 1, TAKEN - 1, TAKEN, TAKEN + 1, 9 * 2**20])
def test_whatever_is_too_large_gets_the_page_with_the_limit(live: Server, size: int) -> None:
    answer = sent(live, f"{HEAD}Content-Length: {size}\r\n", bytes(size))
    assert a_page(answer)
    assert "still in the form" in answer


def test_the_page_speaks_the_language_of_the_reader(live: Server) -> None:
    size = TAKEN + 1
    answer = sent(live, f"{HEAD}Accept-Language: ar\r\nContent-Length: {size}\r\n", bytes(size))
    assert answer.startswith("HTTP/1.1 413")
    assert 'lang="ar" dir="rtl"' in answer


def test_a_body_in_chunks_is_dropped_where_it_gets_too_large(live: Server) -> None:
    chunk = b"100000\r\n" + b"a" * 2**20 + b"\r\n"
    assert a_page(sent(live, f"{HEAD}Transfer-Encoding: chunked\r\n", chunk * 8 + b"0\r\n\r\n"))


def test_what_follows_on_the_connection_is_another_request(live: Server) -> None:
    size = TAKEN + 5
    follows = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as line:
        line.sendall(f"{HEAD}Content-Length: {size}\r\n\r\n".encode() + bytes(size) + follows)
        answer = b""
        while more := line.recv(2**16):
            answer += more
    assert [part[:3] for part in answer.decode().split("HTTP/1.1 ")[1:]] == ["413", "200"]


@pytest.mark.parametrize(
    "head",
    [
        f"Content-Length: {DROPPED + 1}\r\n",
        "Content-Length: 99999999999999999999\r\n",
        f"Content-Length: {TAKEN + 1}\r\nExpect: 100-continue\r\n",
    ],
)
def test_who_announces_far_too_much_or_asks_before_is_answered_at_once(live: Server, head: str) -> None:
    answer = sent(live, HEAD + head, b"")
    assert a_page(answer)
    assert "Connection: close" in answer
    assert "100 Continue" not in answer


def test_chunks_without_end_are_cut_off(live: Server) -> None:
    chunk = b"100000\r\n" + b"a" * 2**20 + b"\r\n"
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as line:
        line.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(4 * DROPPED // 2**20):
                line.sendall(chunk)


def test_many_at_once_take_no_room(live: Server) -> None:
    """Twenty connections that each send half of 60 MiB and wait: the server holds none of it."""
    before = resident(live)
    lines = []
    for _ in range(20):
        line = socket.create_connection(("127.0.0.1", live.port), timeout=60)
        line.sendall(f"{HEAD}Content-Length: {DROPPED - 1}\r\n\r\n".encode() + bytes(DROPPED // 2))
        lines.append(line)
    assert resident(live) - before < 100 * 2**20
    for line in lines:
        line.close()


def resident(live: Server) -> int:
    """Bytes in memory of a server and its children."""
    sizes = (Path(f"/proc/{pid}/statm").read_text("ascii").split()[1] for pid in {live.pid, *live.children})
    return sum(int(pages) for pages in sizes) * resource.getpagesize()


@pytest.mark.parametrize("place", ["carry/bundle", "dossier/check"])
def test_a_session_that_comes_back_and_a_dossier_may_be_larger_three_at_once(live: Server, place: str) -> None:
    path = f"/sessions/01a21883-df88-752d-a02f-3a538bc6aa4e/{place}"
    head = HEAD.replace("/sign-in", path) + f"Content-Length: {TAKEN + 2**20}\r\nExpect: 100-continue\r\n"
    inviting = b"HTTP/1.1 100 Continue"
    with ExitStack() as opened:

        def asked() -> bytes:
            line = opened.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=60))
            line.sendall(head.encode() + b"\r\n")
            return line.recv(len(inviting))

        first = [asked() for _ in range(AT_ONCE * len(live.children) + 1)]  # each process counts its own
        assert first[0] == inviting
        assert any(one.startswith(b"HTTP/1.1 413") for one in first)
    end = time.monotonic() + 60  # a connection that has ended is seen as such a moment later
    with ExitStack() as opened:
        while asked() != inviting:
            assert time.monotonic() < end, "connections that ended are still counted"


@pytest.mark.parametrize("place", ["carry/bundle", "dossier/check"])
def test_only_who_holds_a_role_for_it_may_send_as_much(live: Server, place: str) -> None:
    """There is no such session: that this is what a host is told shows that all of the file has come in."""
    address = f"{live.url}/sessions/01a21883-df88-752d-a02f-3a538bc6aa4e/{place}"
    file = b"--b\r\nContent-Disposition: form-data; name=dossier; filename=d.zip\r\n\r\n" + bytes(TAKEN) + b"\r\n"
    found = {}
    for login in ("instructor", "trainee", ""):
        ask = build_opener(HTTPCookieProcessor(CookieJar())).open
        token = token_of(ask(f"{live.url}/sign-in").read().decode())
        if login:
            given = {"csrf_token": token, "login": login, "password": live.passwords[login]}
            token = token_of(ask(f"{live.url}/sign-in", urlencode(given).encode()).read().decode())
        form = f"--b\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n{token}\r\n".encode()
        head = {"Content-Type": "multipart/form-data; boundary=b", "Origin": live.url}
        with pytest.raises(HTTPError) as told:
            ask(Request(address, form + file + b"--b--\r\n", head))  # noqa: S310 - the server under test
        found[login] = told.value.code
        told.value.close()
    assert found == {"instructor": 404, "trainee": 413, "": 413}
