"""Packets between the processes of the engine: one JSON object each over a SOCK_SEQPACKET socket, with file descriptors
beside it.
"""

import json
import socket
from typing import Any

LONGEST = 256 * 1024
MOST_DESCRIPTORS = 2


class BadPacket(Exception):
    """A packet is not a JSON object, or longer than LONGEST; the message says which."""


def open_socket(number: int) -> socket.socket:
    """The packet socket that was handed over as a descriptor, with room for a saved kernel configuration."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=number)
    control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    return control


def send(control: socket.socket, message: dict[str, Any]) -> None:
    """Send one packet. Raises OSError when the other side is gone."""
    control.send(json.dumps(message, separators=(",", ":")).encode())


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next packet and its descriptors; None at the end. Raises BadPacket."""
    data, descriptors, flags, _ = socket.recv_fds(control, LONGEST, MOST_DESCRIPTORS)
    if not data:
        return None, descriptors
    try:
        message = json.loads(data)
    except ValueError:
        message = None
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or not isinstance(message, dict):
        raise BadPacket("a packet must be one JSON object")
    return message, descriptors
