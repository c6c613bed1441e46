"""A room that looks and works, in a process of its own: pages that ask again, findings at a pace.

Of the standard library alone:
`python polls.py < plan.json` reads {"port", "seconds", "polls": [{"path", "cookie"}, …], "answers": [request, …]}. Each
poll is a page with a connection that it keeps: it asks every five seconds, give or take a fifth, with the version that
it has ("mark", where it has one). Findings are sent one after the other, evenly over the time. At the end it writes
{"came": [["poll" or "answer", path, status, seconds], …], "polls": the pages with the versions that they have by then}.
"""

import json
import random
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Any

EVERY, PATIENCE = 5.0, 20


def main() -> None:
    """Look and work until the time is over."""
    given = json.load(sys.stdin)
    came: list[list[Any]] = []
    end = time.monotonic() + given["seconds"]
    room = [threading.Thread(target=_look, args=(given["port"], one, end, came)) for one in given["polls"]]
    room.append(threading.Thread(target=_work, args=(given["port"], given["answers"], given["seconds"], came)))
    for one in room:
        one.start()
    for one in room:
        one.join()
    json.dump({"came": came, "polls": given["polls"]}, sys.stdout)


def _look(port: int, page: dict[str, str], end: float, came: list[list[Any]]) -> None:
    """One page that asks again."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    wait = random.random() * EVERY  # noqa: S311 - pages are opened at any time
    while time.monotonic() + wait < end:
        time.sleep(wait)
        heads = {"Cookie": page["cookie"], **({"If-None-Match": page["mark"]} if page.get("mark") else {})}
        status, tag = _asked(connection, came, "poll", "GET", page["path"], heads)
        page["mark"] = tag or page.get("mark", "")
        wait = EVERY * (0.8 + 0.4 * random.random())  # noqa: S311
        if not status:
            return
    connection.close()


def _work(port: int, answers: list[dict[str, str]], seconds: float, came: list[list[Any]]) -> None:
    """Findings, evenly over the time."""
    connection, began = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), time.monotonic()
    for number, one in enumerate(answers):
        time.sleep(max(0.0, began + seconds * number / len(answers) - time.monotonic()))
        heads = {"Cookie": one["cookie"], "X-Engram": "fragment", "Content-Type": "application/x-www-form-urlencoded"}
        _asked(connection, came, "answer", "POST", one["path"], heads, one["body"])
    connection.close()


def _asked(
    connection: HTTPConnection,
    came: list[list[Any]],
    kind: str,
    method: str,
    path: str,
    heads: dict[str, str],
    body: str | None = None,
) -> tuple[int, str]:
    """Status and version of one answer; status 0 where the connection broke off."""
    began = time.monotonic()
    try:
        connection.request(method, path, body, heads)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        came.append([kind, path, 0, time.monotonic() - began])
        return 0, ""
    came.append([kind, path, answer.status, time.monotonic() - began])
    return answer.status, answer.getheader("ETag", "") or ""


if __name__ == "__main__":
    main()
