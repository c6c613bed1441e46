"""What each process of the server does with requests that submit findings."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from training.operating.workers import OneByOne

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FINDING = {"REQUEST_METHOD": "POST", "PATH_INFO": "/attempts/1/findings"}


class Meeting:
    """An application whose requests wait a moment for each other: how many met at once, at most."""

    def __init__(self) -> None:
        self.here = self.most = 0
        self._guard = threading.Lock()
        self._second = threading.Event()

    def __call__(self, _environ: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
        with self._guard:
            self.here += 1
            self.most = max(self.most, self.here)
            if self.here > 1:
                self._second.set()
        self._second.wait(0.5)
        with self._guard:
            self.here -= 1
        return [b""]


@pytest.mark.parametrize(
    ("requests", "most"),
    [
        ([FINDING, FINDING], 1),
        ([FINDING, FINDING | {"REQUEST_METHOD": "GET"}], 2),
        ([FINDING, FINDING | {"PATH_INFO": "/attempts/1/runs"}], 2),
    ],
)
def test_findings_are_submitted_one_after_the_other(requests: list[dict[str, Any]], most: int) -> None:
    meeting = Meeting()
    app = OneByOne(meeting)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda environ: app(environ, lambda *_: lambda _bytes: None), requests))
    assert (answers, meeting.most) == ([[b""], [b""]], most)
