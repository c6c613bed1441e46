"""Python's own refusals, asked without being installed."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from training.analysis.sandbox.hook import Watch, below


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch((f"{tmp_path}/",), (f"{sys.prefix}/",), may_fork=False)


REFUSED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "a connection": ("socket.connect", (None, ("127.0.0.1", 80))),
    "a name": ("socket.getaddrinfo", ("example.org", 80, 0, 0, 0)),
    "a message to an address": ("socket.sendmsg", (None, ("127.0.0.1", 80))),
    "a program": ("subprocess.Popen", ("ls", ["ls"], None, None)),
    "a fork": ("os.fork", ()),
    "a signal": ("os.kill", (1, 9)),
    "a file outside": ("open", ("/elsewhere", "w", os.O_WRONLY)),
    "a file outside by dots": ("open", ("{home}/../x", "w", os.O_WRONLY | os.O_CREAT)),
    "a neighbour with the same beginning": ("open", ("{home}x/y", "w", os.O_WRONLY)),
    "bytes": ("open", (b"/elsewhere", None, os.O_RDWR)),
    "removal": ("os.remove", ("/elsewhere", -1)),
    "moving out": ("os.rename", ("{home}/x", "/elsewhere", -1, -1)),
    "moving in": ("os.rename", ("/elsewhere", "{home}/x", -1, -1)),
    "a link": ("os.symlink", ("/elsewhere", "{home}/x", -1)),
    "machine code": ("ctypes.dlopen", ("/elsewhere/x.so",)),
    "machine code of a writable folder": ("ctypes.dlopen", ("{home}/x.so",)),
    "the program's own symbols": ("ctypes.dlopen", (None,)),
}
ALLOWED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "reading": ("open", ("/elsewhere", "r", os.O_RDONLY)),
    "writing": ("open", ("{home}/x", "w", os.O_WRONLY | os.O_CREAT)),
    "nothing": ("open", (os.devnull, "w", os.O_WRONLY)),
    "an open file": ("os.truncate", (5, 0)),
    "a message to its peer": ("socket.sendmsg", (None, None)),
    "machine code of the installation": ("ctypes.dlopen", (f"{sys.prefix}/lib/x.so",)),
    "something else": ("import", ("json", None, None, None, None)),
}


def filled(arguments: tuple[Any, ...], home: Path) -> tuple[Any, ...]:
    return tuple(one.replace("{home}", str(home)) if isinstance(one, str) else one for one in arguments)


def refusal(watch: Watch, event: str, arguments: tuple[Any, ...]) -> str:
    """The sentence with which something is refused; empty for what is allowed."""
    try:
        watch(event, arguments)
    except PermissionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_sentence(watch: Watch, tmp_path: Path, name: str) -> None:
    event, arguments = REFUSED[name]
    assert "not allowed while a plugin runs" in refusal(watch, event, filled(arguments, tmp_path))


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_allowed(watch: Watch, tmp_path: Path, name: str) -> None:
    event, arguments = ALLOWED[name]
    assert refusal(watch, event, filled(arguments, tmp_path)) == ""


def test_a_path_from_an_open_folder_is_judged_whole(watch: Watch, tmp_path: Path) -> None:
    inside, outside = os.open(tmp_path, os.O_RDONLY), os.open("/", os.O_RDONLY)
    watch("os.remove", ("x", inside))
    with pytest.raises(PermissionError):
        watch("os.remove", ("x", outside))
    os.close(inside)
    os.close(outside)


def test_whoever_forks_runs_may_fork_and_signal(tmp_path: Path) -> None:
    warm = Watch((f"{tmp_path}/",), (), may_fork=True)
    warm("os.fork", ())
    warm("os.kill", (1, 9))
    with pytest.raises(PermissionError):
        warm("subprocess.Popen", ("ls", ["ls"], None, None))


def test_a_folder_is_below_itself(tmp_path: Path) -> None:
    assert below((f"{tmp_path}/",), tmp_path)
    assert not below((f"{tmp_path}/",), tmp_path.parent)
    assert not below((f"{tmp_path}/",), None)
