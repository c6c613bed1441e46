"""A guest that says too much, too little, or nonsense: what it says is read within limits, or given up with words."""

import gzip
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from training.forge.linux import machine
from training.forge.linux.machine import LAST_LINE, Line, Machine, MachineFault

Talk = Callable[..., Line]


@pytest.fixture
def talk() -> Iterator[Talk]:
    """A line to somebody who says some bytes again and again, up to a number of times, and then hangs up or waits."""
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as door:  # a path has at most 108 bytes
        path, over = Path(short) / "line", threading.Event()
        door.bind(str(path))
        door.listen()

        def said(words: bytes, times: int = 1, *, stays: bool = True, in_all: float = 60.0) -> Line:
            def speak() -> None:
                end, _ = door.accept()
                with end, suppress(BrokenPipeError, ConnectionResetError):
                    for _ in range(times):
                        end.sendall(words)
                    if stays:
                        over.wait(30)

            line = Line(path, "second serial line", time.monotonic() + in_all)
            lines.append(line)
            speakers.append(threading.Thread(target=speak))
            speakers[-1].start()
            return line

        lines: list[Line] = []
        speakers: list[threading.Thread] = []
        yield said
        over.set()
        for line in lines:
            line.close()
        for speaker in speakers:
            speaker.join()


def guest(line: Line) -> Machine:
    """A machine whose stage hand is somebody else."""
    made = Machine(Path("none"), Path("none"), memory=128)
    made.control = line
    return made


@pytest.mark.enable_socket
def test_an_account_has_a_greatest_number_of_lines_and_of_bytes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LONGEST_ACCOUNT", 1_000)
    with pytest.raises(MachineFault, match="sent 1001 lines and no end of them"):
        guest(talk(b"{}\n", 1_000_000)).account("truth", ())
    monkeypatch.setattr(machine, "LARGEST_ACCOUNT", 10_000)
    with pytest.raises(MachineFault, match="sent 22 lines and no end of them"):
        guest(talk(b"x" * 499 + b"\n", 1_000_000)).account("maps", ())


@pytest.mark.enable_socket
def test_an_account_that_never_pauses_and_never_ends_is_given_up_in_time(talk: Talk) -> None:
    begun = time.monotonic()
    with pytest.raises(MachineFault, match="said nothing in time"):
        guest(talk(b"{}", 10**9)).account("truth", (), timeout=0.05)
    assert time.monotonic() - begun < 60


@pytest.mark.enable_socket
def test_an_account_that_ends_is_whole(talk: Talk) -> None:
    said = f'{{"kind": "a"}}\r\n{LAST_LINE}\nno part of it\n'.encode()
    assert guest(talk(said)).account("truth", ()) == ['{"kind": "a"}', LAST_LINE]


@pytest.mark.enable_socket
def test_a_line_without_an_end_is_given_up_at_its_limit_and_costs_no_more_than_its_bytes(talk: Talk) -> None:
    begun = time.process_time()
    with pytest.raises(MachineFault, match="bytes without"):
        talk(b"0123456789abcdef", 10**9).read(30)
    assert time.process_time() - begun < 10


@pytest.mark.enable_socket
def test_all_that_is_read_of_a_machine_ends_at_one_moment(talk: Talk) -> None:
    line = talk(b"word\n", 10**9, in_all=0.3)
    begun = time.monotonic()
    with pytest.raises(MachineFault, match="took longer than it may in all"):
        while True:
            assert line.read(30) == "word"
    assert time.monotonic() - begun < 60
    quiet = talk(b"", in_all=0.2)
    with pytest.raises(MachineFault, match="took longer than it may in all"):
        quiet.read(30)


@pytest.mark.enable_socket
@pytest.mark.parametrize("size", ["-1", "+3", "x", "", "1e9", "1_0", "\u0663", "9" * 4_400, str((64 << 20) + 1)])
def test_a_size_that_is_none_is_refused_with_the_path(talk: Talk, size: str) -> None:
    with pytest.raises(MachineFault, match=r"/etc/hosts: the stage hand says .* and no size of at most"):
        guest(talk(f"ok {size}\n".encode())).hand("/etc/hosts")


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", gzip.compress(b"cut off")[:-9], gzip.compress(b"damaged")[:12] + b"x" * 9],
    ids=["plain", "cut", "damaged"],
)
def test_a_file_that_is_not_packed_as_it_should_be_is_refused_with_its_path(talk: Talk, content: bytes) -> None:
    with pytest.raises(MachineFault, match="/etc/hosts: the stage hand sent something that is not packed by gzip"):
        guest(talk(b"ok %d\n" % len(content) + content)).hand("/etc/hosts")


@pytest.mark.enable_socket
def test_a_file_that_comes_in_many_pieces_is_put_together_once(talk: Talk) -> None:
    content = bytes(8 << 20)
    packed = gzip.compress(content, 0)
    begun = time.process_time()
    assert guest(talk(b"ok %d\n" % len(packed) + packed)).hand("/x") == content
    assert time.process_time() - begun < 5


@pytest.mark.enable_socket
def test_a_file_of_which_the_rest_never_comes_is_given_up(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = talk(b"abc")
    with pytest.raises(MachineFault, match="said nothing in time"):
        line.read_bytes(4, 0.1)
    assert line.read_bytes(3, 0.1) == b"abc"
    monkeypatch.setattr(machine, "SENT_WITHIN", 0.1)
    with pytest.raises(MachineFault, match="takes nothing"):
        line.send("x" * (8 << 20))


@pytest.mark.enable_socket
def test_what_a_guest_says_reaches_a_message_short_and_without_signs_that_a_terminal_obeys(talk: Talk) -> None:
    with pytest.raises(MachineFault) as caught:
        guest(talk(b"failed \x1b[2J" + b"x" * 9_000 + b"\n")).wait_until_ready(5)
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 500
