"""System calls that Python has no function for, by number, and the few constants that go with them.

Numbers: kernel headers asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64). Constants: linux/prctl.h,
linux/sched.h, linux/capability.h, linux/mount.h, linux/audit.h. Any other machine has no numbers here, and every call
then answers that the kernel does not know it.
"""

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "accept": (43, 202),
    "accept4": (288, 242),
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bind": (49, 200),
    "bpf": (321, 280),
    "capget": (125, 90),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "connect": (42, 203),
    "delete_module": (176, 106),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "finit_module": (313, 273),
    "fork": (57, None),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "kill": (62, 129),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "listen": (50, 201),
    "listmount": (458, 458),
    "lookup_dcookie": (212, 18),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "seccomp": (317, 277),
    "semget": (64, 190),
    "sendto": (44, 206),
    "setdomainname": (171, 162),
    "setfsgid": (123, 152),
    "setfsuid": (122, 151),
    "setgid": (106, 144),
    "setgroups": (116, 159),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setregid": (114, 143),
    "setresgid": (119, 149),
    "setresuid": (117, 147),
    "setreuid": (113, 145),
    "settimeofday": (164, 170),
    "setuid": (105, 146),
    "shmget": (29, 194),
    "socket": (41, 198),
    "statmount": (457, 457),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "vfork": (58, None),
    "vhangup": (153, 58),
}
"""Name: number on x86-64, number on aarch64; None where that machine has no such call."""

NEWEST = 469
"""The last call that was looked at when the list in seccomp.py was written (file_setattr, Linux 6.17)."""

MACHINES = {"x86_64": 0, "aarch64": 1}
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP = 0x80, 0x20000, 0x2000000
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER = 0x4000000, 0x8000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 39, 47
PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_CLEAR_ALL = 2, 4

CAP_SYS_ADMIN, MOST_CAPABILITIES = 21, 64
CAPABILITY_VERSION = 0x20080522

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
POINTER = 8
LINUX = sys.platform == "linux"


def machine() -> str:
    """The kind of processor: x86_64, aarch64, or another that is not known here."""
    name = platform.machine()
    if ctypes.sizeof(ctypes.c_void_p) != POINTER:
        return f"{name} with 32 bits"
    return name if LINUX else f"{name} without Linux"


def number(name: str) -> int | None:
    """The number of a call on this machine."""
    column = MACHINES.get(machine())
    return None if column is None else NUMBERS[name][column]


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call. Raises OSError, with ENOSYS for one that has no number on this machine."""
    at = number(name)
    if at is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name)
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    passed += [ctypes.c_long(0)] * (6 - len(passed))
    return _answer(int(_libc.syscall(ctypes.c_long(at), *passed)), name)


def prctl(option: int, *arguments: int) -> int:
    """Ask the kernel about this process; the C library knows this call on every machine. Raises OSError."""
    if not LINUX:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), "prctl")
    passed = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    return _answer(int(_libc.prctl(ctypes.c_int(option), *passed)), "prctl")


def _answer(answer: int, name: str) -> int:
    if answer < 0:
        wrong = ctypes.get_errno()
        raise OSError(wrong, os.strerror(wrong), name)
    return answer


def keep_capabilities(kept: set[int]) -> None:
    """Give up every capability but these, also the ambient and inheritable ones. Raises OSError."""
    for capability in range(MOST_CAPABILITIES):
        if capability not in kept:
            with contextlib.suppress(OSError):  # without CAP_SETPCAP, or beyond the last one: exec gives none anyway
                prctl(PR_CAPBSET_DROP, capability)
    present = sum(1 << capability for capability in kept)
    held = _permitted() & present
    low, high = held & 0xFFFFFFFF, held >> 32
    call("capset", struct.pack("=Ii", CAPABILITY_VERSION, 0), struct.pack("=6I", low, low, low, high, high, high))
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)


def _permitted() -> int:
    data = ctypes.create_string_buffer(24)
    call("capget", struct.pack("=Ii", CAPABILITY_VERSION, 0), data)
    words = struct.unpack("=6I", data.raw)
    return int(words[1] | words[4] << 32)
