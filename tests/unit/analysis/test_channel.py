"""Packets between processes: whole, with files, with the sender's number, and nothing else."""

import os
import socket
from pathlib import Path

import pytest

from training.analysis import channel


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_object_with_files_and_its_sender() -> None:
    ours, theirs = channel.pair()
    reading, writing = os.pipe()
    with ours, theirs:
        channel.send(theirs, {"hello": ["limits"]}, writing)
        os.close(writing)
        packet = channel.receive(ours)
        assert packet is not None
        assert (packet.said, packet.sender) == ({"hello": ["limits"]}, os.getpid())
        os.write(packet.files[0], b"through")
        channel.close(packet.files)
        assert os.read(reading, 100) == b"through"
        channel.send(ours, {"answer": 1})
        answer = channel.receive(theirs)
        assert answer is not None
        assert answer.sender == 0
    os.close(reading)


def test_a_long_packet_goes_through_and_a_longer_one_does_not() -> None:
    ours, theirs = channel.pair()
    with ours, theirs:
        channel.send(theirs, {"kernel": "x" * 200_000})
        packet = channel.receive(ours)
        assert packet is not None
        assert len(packet.said["kernel"]) == 200_000
        theirs.send(b'"' + b"x" * (channel.LONGEST + 10))
        with pytest.raises(ValueError, match="cut"):
            channel.receive(ours)
        theirs.send(b'{"cut": "behind its object"}' + b" " * channel.LONGEST)
        with pytest.raises(ValueError, match="cut"):
            channel.receive(ours)


def test_a_packet_with_a_file_too_many_is_refused_and_the_others_are_closed() -> None:
    ours, theirs = channel.pair()
    with ours, theirs:
        before = open_files()
        channel.send(theirs, {"hello": 1}, *[theirs.fileno()] * (channel.MOST_FILES + 1))
        with pytest.raises(ValueError, match="cut"):
            channel.receive(ours)
        assert open_files() == before


@pytest.mark.parametrize("sent", [b"not json", b"[1]", b"\xff\xfe", b"7"])
def test_what_is_no_object_is_refused_and_its_files_are_closed(sent: bytes) -> None:
    ours, theirs = channel.pair()
    with ours, theirs:
        before = open_files()
        socket.send_fds(theirs, [sent], [0])
        with pytest.raises(ValueError, match="no JSON object"):
            channel.receive(ours)
        assert open_files() == before


def test_the_end() -> None:
    ours, theirs = channel.pair()
    with ours:
        theirs.close()
        assert channel.receive(ours) is None
        with pytest.raises(OSError, match="Broken pipe"):
            channel.send(ours, {})
