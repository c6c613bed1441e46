"""Who the process is: never uid 0, and with no capability that it does not need."""

import os
from collections.abc import Iterable
from pathlib import Path

from training.analysis.sandbox import places, syscalls

NOBODY = 65534
"""The overflow user and group (proc/sys/fs/overflowuid): they own nothing."""


def is_root() -> bool:
    """Whether any of the process's users is uid 0."""
    return 0 in {os.getuid(), os.geteuid()}


def leave_root(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Become nobody, for good, if the process is uid 0; the writable folders become nobody's too.

    Raises PermissionError where nobody could not read what the process needs, and OSError where it can't be done.
    """
    if not is_root():
        return
    writable = list(writable)
    if not _nobody_can([*places.program(), *readable, *(folder.parent for folder in writable)]):
        raise PermissionError("nobody can't read the program or the exhibit here")
    for folder in writable:
        hand_over(folder)
    become_nobody()


def become_nobody() -> None:
    """Give up uid 0 and every group. Raises OSError."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def hand_over(folder: Path) -> None:
    """Make a folder and what is in it nobody's, where this process is root: an enclosed process that had to give up
    uid 0 can then write there. No link is followed. Raises OSError.
    """
    if os.geteuid() != 0 or not folder.is_dir():
        return
    for here, folders, files, at in os.fwalk(folder, follow_symlinks=False):
        del here
        os.fchown(at, NOBODY, NOBODY)
        for name in (*folders, *files):
            os.chown(name, NOBODY, NOBODY, dir_fd=at, follow_symlinks=False)


def _nobody_can(readable: Iterable[Path]) -> bool:
    """Whether nobody reaches these and reads them, or, of folders, at least goes through: tried in a child."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        become_nobody()
        os._exit(0 if all(os.access(path, os.X_OK if path.is_dir() else os.R_OK) for path in readable) else 1)
    except OSError:
        os._exit(2)


def reduce(*, may_fork: bool) -> None:
    """Give up every capability but, where runs are forked, what a PID namespace for each takes. Raises OSError."""
    syscalls.keep_capabilities({syscalls.CAP_SYS_ADMIN} if may_fork else set())
    if not may_fork:
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)  # no other run of the same user may look into this one
