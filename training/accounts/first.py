"""First passwords of a new installation, where no terminal shows them: in a file that only its owner can read.

What a server says goes into logs, journals and backups of them. Each line goes when its account signs in, and the file
with the last.
"""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from training.accounts.service import Credential

FILE = "first-passwords"


def place(instance: Path) -> Path:
    """Where the file lies."""
    return instance / FILE


def write(instance: Path, made: Iterable[Credential]) -> Path:
    """Keep passwords of new accounts, one on a line; the file."""
    file = place(instance)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.writelines(f"{one.login} {one.password}\n" for one in made)
    return file


def read(instance: Path) -> dict[str, str]:
    """Passwords by login; empty where there is no file."""
    file = place(instance)
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return dict(line.split(" ", 1) for line in lines)


def used(instance: Path, login: str) -> None:
    """Forget the first password of an account whose owner has signed in."""
    file = place(instance)
    try:
        held = file.open("r+", encoding="utf-8")
    except FileNotFoundError:
        return
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        lines = held.readlines()
        left = [line for line in lines if line.split(" ", 1)[0] != login]
        if left != lines:
            held.seek(0)
            held.truncate()
            held.writelines(left)
    if not left:
        file.unlink(missing_ok=True)
