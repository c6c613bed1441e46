"""The numbers are those of the kernel's headers, and what the filter does fits into one program."""

import errno
import os
import re
from pathlib import Path

import pytest

from training.analysis.sandbox import seccomp, syscalls

HEADERS = {
    0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    1: Path("/usr/include/asm-generic/unistd.h"),
}
LINE = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)")


@pytest.mark.parametrize("column", [column for column, path in HEADERS.items() if path.exists()])
def test_numbers_are_those_of_the_headers(column: int) -> None:
    known = {name: int(value) for name, value in LINE.findall(HEADERS[column].read_text(encoding="ascii"))}
    newest = max(known.values())
    for name, numbers in syscalls.NUMBERS.items():
        ours = numbers[column]
        if ours is None or ours <= newest:
            assert known.get(name) == ours, name
    assert sum(numbers[column] is not None for numbers in syscalls.NUMBERS.values()) > 90


def test_a_call_answers_or_raises() -> None:
    own = syscalls.call("pidfd_open", os.getpid(), 0)
    os.close(own)
    with pytest.raises(OSError, match="kill") as refused:
        syscalls.call("kill", 2**22 + 1, 0)
    assert refused.value.errno == errno.ESRCH


def test_another_machine_has_no_numbers_and_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(OSError, match="pidfd_open") as refused:
        syscalls.call("pidfd_open", os.getpid(), 0)
    assert refused.value.errno == errno.ENOSYS
    with pytest.raises(OSError, match="seccomp"):
        seccomp.instructions(may_fork=True)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("may_fork", [False, True])
def test_every_jump_of_the_filter_stays_inside(machine: str, may_fork: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr("platform.machine", lambda: machine)
    program = seccomp.instructions(may_fork=may_fork)
    assert 100 < len(program) < 4096
    for at, (code, true, false, _) in enumerate(program):
        assert code == seccomp.RETURN or at + 1 + max(true, false) < len(program)
    assert program[-1][0] == seccomp.RETURN
