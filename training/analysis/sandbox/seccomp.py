"""A filter in the kernel that refuses the system calls by which a process reaches beyond itself.

Classic BPF over struct seccomp_data (linux/seccomp.h, linux/filter.h): calls on the list give EPERM, calls that are
newer than this list give ENOSYS, everything else goes through. A filter can't be taken off; a second one adds to it.
"""

import ctypes
import errno
import os
import struct

from training.analysis.sandbox import syscalls
from training.analysis.sandbox.syscalls import NUMBERS, number

SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCH, AT_ARGUMENTS = 0, 4, 16
X32 = 0x40000000
NAMESPACES = (
    syscalls.CLONE_NEWNS | syscalls.CLONE_NEWCGROUP | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNET
)  # fmt: skip
TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX (asm-generic/ioctls.h): they put words into somebody else's terminal."""

ALWAYS = frozenset(NUMBERS) - {
    "capget", "capset", "clone", "clone3", "fork", "ioctl", "kill", "landlock_add_rule", "landlock_create_ruleset",
    "landlock_restrict_self", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "seccomp", "sendto", "setns", "tgkill", "tkill", "unshare", "vfork",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
}  # fmt: skip
"""Refused whatever their arguments are: every call in the table that is not one of these."""

LAST = frozenset({
    "capset", "clone", "fork", "pidfd_open", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setns",
    "tkill", "unshare", "vfork",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
})  # fmt: skip
"""Refused too where nothing will be forked any more."""

Instruction = tuple[int, int, int, int]


def install(*, may_fork: bool) -> None:
    """Put the filter on every thread of this process. Raises OSError where the kernel or the machine has none."""
    program = b"".join(struct.pack("=HBBI", *one) for one in instructions(may_fork=may_fork))
    buffer = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    syscalls.call("seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, head)


def instructions(*, may_fork: bool) -> list[Instruction]:
    """The program, as (code, jump if true, jump if false, value). Raises OSError on a machine without numbers."""
    arch = syscalls.AUDIT_ARCH.get(syscalls.machine())
    if arch is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), "seccomp")
    program = [
        (LOAD, 0, 0, AT_ARCH), (EQUAL, 1, 0, arch), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, AT_NUMBER), (GREATER, 0, 1, X32), (RETURN, 0, 0, _refuse(errno.EPERM)),
        (GREATER, 0, 1, syscalls.NEWEST + 1), (RETURN, 0, 0, _refuse(errno.ENOSYS)),
    ]  # fmt: skip
    program += _whole("clone3", errno.ENOSYS)  # its flags can't be seen from here; the C library falls back to clone
    for name in sorted(ALWAYS | (frozenset() if may_fork else LAST)):
        program += _whole(name, errno.EPERM)
    program += _if(name="sendto", word=_low(4), code=EQUAL, value=0, refused=False)
    program += _if(name="sendto", word=_high(4), code=EQUAL, value=0, refused=False)
    program += _if(name="prlimit64", word=_low(0), code=EQUAL, value=0, refused=False)
    for command in TERMINAL:
        program += _if(name="ioctl", word=_low(1), code=EQUAL, value=command, refused=True)
    if may_fork:
        program += _if(name="clone", word=_low(0), code=ANY_BIT, value=NAMESPACES, refused=True)
        program += _if(name="unshare", word=_low(0), code=EQUAL, value=syscalls.CLONE_NEWPID, refused=False)
        program += _if(name="setns", word=_low(1), code=EQUAL, value=syscalls.CLONE_NEWPID, refused=False)
    else:
        for name in ("kill", "tgkill"):
            program += _if(name=name, word=_low(0), code=EQUAL, value=os.getpid(), refused=False)
        for option in (syscalls.PR_SET_PDEATHSIG, syscalls.PR_SET_DUMPABLE):
            program += _if(name="prctl", word=_low(0), code=EQUAL, value=option, refused=True)
    return [*program, (RETURN, 0, 0, ALLOW)]


def _refuse(error: int) -> int:
    return REFUSE | error


def _whole(name: str, error: int) -> list[Instruction]:
    at = number(name)
    return [] if at is None else [(EQUAL, 0, 1, at), (RETURN, 0, 0, _refuse(error))]


def _if(*, name: str, word: int, code: int, value: int, refused: bool) -> list[Instruction]:
    """Refuse a call whose argument meets a comparison (or does not, if not `refused`); afterwards the number is loaded
    again.
    """
    at = number(name)
    if at is None:
        return []
    true, false = (0, 1) if refused else (1, 0)
    return [
        (EQUAL, 0, 4, at),
        (LOAD, 0, 0, word), (code, true, false, value), (RETURN, 0, 0, _refuse(errno.EPERM)),
        (LOAD, 0, 0, AT_NUMBER),
    ]  # fmt: skip


def _low(argument: int) -> int:
    return AT_ARGUMENTS + 8 * argument  # both machines put the low half first


def _high(argument: int) -> int:
    return _low(argument) + 4
