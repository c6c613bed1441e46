"""Landlock: the kernel's own list of the folders and files that this process may touch, whatever its user may.

Structures, bits and versions: linux/landlock.h. The ruleset asks for everything that the kernel's version knows, so
that what has no rule is refused: also TCP (from version 4) and, by scope, abstract Unix sockets and signals to
processes outside (from version 6).
"""

import contextlib
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from training.analysis.sandbox import syscalls

CREATE_RULESET_VERSION, RULE_PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in range(13, 16))

FILES = ((1, (1 << 13) - 1), (2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
"""Rights on files, by the first version that knows them."""
NETWORK = ((4, 0b11),)
"""Binding and connecting TCP sockets."""
SCOPES = ((6, 0b11),)
"""Abstract Unix sockets and signals: only within the own domain."""

READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""No links, sockets, pipes or devices: whoever reads such a folder later must not be led out of it."""
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


def version() -> int:
    """What the kernel offers: 0 for nothing."""
    try:
        return syscalls.call("landlock_create_ruleset", None, 0, CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict(
    readable: Iterable[Path], writable: Iterable[Path], sinks: Iterable[Path], readable_fds: Iterable[int]
) -> int:
    """Allow these from now on, for good; answers the kernel's version. Raises OSError where there is no Landlock.

    `sinks` are files that may be written but not replaced. A path that does not exist gets no rule. The process must
    have no-new-privileges set.
    """
    known = version()
    files, network, scopes = (_known(rights, known) for rights in (FILES, NETWORK, SCOPES))
    head = struct.pack("=QQQ", files, network, scopes)
    size = 24 if known >= SCOPES[0][0] else 16 if known >= NETWORK[0][0] else 8
    ruleset = syscalls.call("landlock_create_ruleset", head[:size], size, 0)
    try:
        for path in readable:
            _path(ruleset, path, READ & files)
        for path in writable:
            _path(ruleset, path, WRITE & files)
        for path in sinks:
            _path(ruleset, path, (READ_FILE | WRITE_FILE | TRUNCATE) & files)
        for descriptor in readable_fds:
            _open(ruleset, descriptor, READ & files)
        syscalls.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def _known(rights: tuple[tuple[int, int], ...], version: int) -> int:
    return sum(bits for since, bits in rights if version >= since)


def _path(ruleset: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            _open(ruleset, descriptor, rights)
        finally:
            os.close(descriptor)


def _open(ruleset: int, descriptor: int, rights: int) -> None:
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= OF_A_FILE
    with contextlib.suppress(OSError):  # a pipe or a socket: Landlock knows no rule for them and refuses none
        syscalls.call("landlock_add_rule", ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
