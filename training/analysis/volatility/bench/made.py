"""What one side made of a command, and whether two sides made the same."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exhibit to compare on. `symbols` is a folder with `<os>/<name>.json.xz` and nothing else."""

    name: str
    os: str
    image: Path
    symbols: Path

    @property
    def kernel(self) -> str:
        """SHA-256 over the symbol files: exhibits with the same one have the same kernel."""
        digest = hashlib.sha256()
        for file in sorted(self.symbols.rglob("*.json.xz")):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Made:
    """The end of one run.

    `state` is one of the engine's; the command line knows only complete and failed. `rows` are nested as `vol -r json`
    prints them, None where there is no result. `files` has the SHA-256 and size of each dumped file by its name.
    """

    state: str
    reason: str
    rows: list[dict[str, Any]] | None
    files: tuple[tuple[str, str, int], ...]
    seconds: float

    @property
    def count(self) -> int:
        """Rows at all depths."""
        return len(flat(self.rows))


@dataclass(frozen=True, slots=True)
class Difference:
    """How two results differ: numbers of rows and of files that do, and the first difference in words."""

    rows: int
    files: int
    first: str

    def __bool__(self) -> bool:
        return bool(self.rows or self.files)


SAID = "the plugin said: "
"""How a reason of ours begins where a plugin wrote an error into the log, which the command line does not count."""


def compare(ours: Made, theirs: Made) -> Difference:
    """What differs. The state of ours has to fit: complete, unless the command line fails too, or lacks rows.

    Where a plugin only logs an error and goes on, the command line ends as if nothing had been; ours says what was
    logged, and is partial, or failed where there are no rows. That is equal as long as the rows are.
    """
    if theirs.rows is None:
        told = ours.state in {"failed", "partial"} and bool(ours.reason)
        return Difference(0, 0, "") if told else Difference(1, 0, f"vol fails ({theirs.reason}), ours is {ours.state}")
    logged = ours.reason.startswith(SAID)
    if ours.rows is None and not (logged and not theirs.rows):
        return Difference(max(1, theirs.count), 0, f"ours is {ours.state}: {ours.reason}")
    left, right = flat(ours.rows), flat(theirs.rows)
    apart = [(a, b) for a, b in zip(left, right, strict=False) if a != b]
    if rows := len(apart) + abs(len(left) - len(right)):
        first = f"ours {apart[0][0][:300]}, vol {apart[0][1][:300]}" if apart else f"{len(left)} rows, not {len(right)}"
        return Difference(rows, 0, f"{first} ({ours.state}: {ours.reason})")
    if ours.state != "complete" and not logged:
        return Difference(1, 0, f"the rows are equal, but ours is {ours.state}: {ours.reason}")
    files = set(ours.files) ^ set(theirs.files)
    return Difference(0, len(files), f"files {sorted(files)[:2]}" if files else "")


def flat(tree: list[dict[str, Any]] | None) -> list[str]:
    """Each row of a nested result as text, with its depth, in order."""

    def walk(rows: list[dict[str, Any]], depth: int) -> Iterator[str]:
        for row in rows:
            yield f"{depth} {json.dumps({k: v for k, v in row.items() if k != '__children'}, sort_keys=True)}"
            yield from walk(row["__children"], depth + 1)

    return list(walk(tree or [], 0))


def digests(named: Iterator[tuple[str, Path]]) -> tuple[tuple[str, str, int], ...]:
    """Name, SHA-256 and size of files, by name."""
    found = []
    for name, path in named:
        with path.open("rb") as file:
            found.append((name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size))
    return tuple(sorted(found))
