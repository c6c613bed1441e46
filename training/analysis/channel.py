"""Packets between our processes: one JSON object each, with open files beside it where the other side shall use them.
Both sides of the licence island's border speak so; this module is the standard library and nothing else.

A channel is a pair of Unix sockets that keep packets apart (SOCK_SEQPACKET); descriptors travel as SCM_RIGHTS, and the
kernel itself tells the process number of the sender as the receiver knows it (SCM_CREDENTIALS), also across the border
of a PID namespace. See unix(7).
"""

import array
import contextlib
import json
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 256 * 1024  # bytes of a packet
MOST_FILES = 4
CREDENTIALS = struct.Struct("iII")  # struct ucred: process, user, group


@dataclass(frozen=True, slots=True)
class Packet:
    """What was received: the object, descriptors that now belong to the receiver, the sender's process number (0 when
    it wasn't asked for).
    """

    said: dict[str, Any]
    files: tuple[int, ...] = ()
    sender: int = 0


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a new channel; the first one is told who speaks."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return _roomy(ours), _roomy(theirs)


def opened(descriptor: int) -> socket.socket:
    """The end of a channel that was handed over as a descriptor."""
    return _roomy(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=descriptor))


def _roomy(end: socket.socket) -> socket.socket:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LONGEST)
    return end


def send(end: socket.socket, said: dict[str, Any], *files: int) -> None:
    """Send one object with descriptors, which stay the sender's too. Raises OSError when nobody listens any more."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    end.sendmsg([json.dumps(said, separators=(",", ":")).encode()], rights, socket.MSG_NOSIGNAL)


def receive(end: socket.socket) -> Packet | None:
    """The next packet; None at the end. Raises ValueError for one that is no JSON object or too long."""
    room = socket.CMSG_SPACE(MOST_FILES * 4) + socket.CMSG_SPACE(CREDENTIALS.size)
    try:
        data, beside, flags, _ = end.recvmsg(LONGEST, room, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return None
    files, sender = _beside(beside)
    if not data:
        close(files)
        return None
    said = _object(data) if not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) else None
    if said is None:
        close(files)
        raise ValueError("a packet was cut, or is no JSON object")
    return Packet(said, files, sender)


def _object(data: bytes) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError):
        said = json.loads(data)
        return said if isinstance(said, dict) else None
    return None


def _beside(messages: Sequence[tuple[int, int, bytes]]) -> tuple[tuple[int, ...], int]:
    files: tuple[int, ...] = ()
    sender = 0
    for level, kind, data in messages:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            whole = len(data) - len(data) % 4
            files += tuple(array.array("i", data[:whole]))
        elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            sender = CREDENTIALS.unpack(data[: CREDENTIALS.size])[0]
    return files, sender


def close(files: Sequence[int]) -> None:
    """Close descriptors."""
    for file in files:
        with contextlib.suppress(OSError):
            os.close(file)
