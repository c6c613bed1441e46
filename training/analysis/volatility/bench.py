"""`bench equality`: are the stored rows of a run those that `vol -q -r json` of the same Volatility prints?

Started as `python -m training.analysis.volatility.bench IMAGE SYMBOLS [COMMAND …]`, which prints one JSON line per
command. Each run goes the whole way that a trainee's does, from the island over the writer into the file of results;
only the database and the threads are left out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.analysis import cards as plugin_cards
from training.analysis.command import Command, parse
from training.analysis.results import Result

ROOT = Path(__file__).resolve().parents[3]
LOADED = "identifier.cache"
PATIENCE = 600  # seconds for one program
WITH_OPTIONS = (
    "linux.pslist --threads --decorate-comm",
    "linux.pslist --pid 1",
    "linux.malware.malfind --hexdump-size 128 --show-all-dirty-pages",
    "linux.mountinfo --mount-format",
    "linux.pagecache.Files --type REG DIR",
    "linux.malware.modxview --plain-taints",
    "linux.kallsyms --modules",
)


def commands() -> list[Command]:
    """Every offered plugin, without options where that is possible and with its example where not, and some with
    options.
    """
    cards = plugin_cards.load()
    plain = [parse(card.example if card.needs else card.name) for card in cards]
    return plain + [parse(text) for text in WITH_OPTIONS]


def ours(image: Path, symbols: Path, command: Command, folder: Path) -> tuple[str, Any, float]:
    """State, rows nested as in Volatility's JSON, and seconds of one run of ours. `folder` is emptied of nothing and
    filled.
    """
    cards = plugin_cards.load()
    card = cards.get(command.plugin)
    work, result = folder / "work", folder / "result.db"
    work.mkdir()
    job = {
        "image": str(image),
        "symbols": str(symbols),
        "work": str(work),
        "primed": str(folder.parent / "primed"),
        "result": str(result),
        "plugin": card.name,
        "plugin_version": card.version,
        "volatility": cards.volatility,
        "island": cards.island,
        "options": command.as_json(),
        "seconds": float(PATIENCE),
        "rows": 1_000_000,
        "cell_chars": 1_000_000,
        "bytes": 2**32,
    }
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "training.analysis.writer"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as writer:  # fmt: skip
        if writer.stdin is None or writer.stdout is None:
            raise RuntimeError("the writer was started without pipes")
        writer.stdin.write(json.dumps(job).encode() + b"\n")
        writer.stdin.flush()
        outcome = [json.loads(line) for line in writer.stdout][-1]
    seconds = time.monotonic() - started
    if not result.exists():
        return f"{outcome['state']}: {outcome['reason']}", None, seconds
    with Result.open(result) as opened:
        return outcome["state"], opened.tree(), seconds


def theirs(image: Path, symbols: Path, command: Command, folder: Path) -> tuple[Any, float]:
    """What the command line prints, and its seconds; None when it printed no JSON.

    `folder` is its cache. It starts from the list of symbol files that the first one made, as ours does, so that
    neither side pays for that again.
    """
    words = [command.plugin]
    for name, value in command.options:
        words.append(f"--{name}")
        words += [str(part) for part in value] if isinstance(value, tuple) else [] if value is True else [str(value)]
    known, kept = folder / "volatility3" / LOADED, folder.parent / "known"
    known.parent.mkdir()
    if kept.exists():
        shutil.copyfile(kept, known)
    vol = str(Path(sys.executable).with_name("vol"))
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 - arguments as a list
        [vol, "-q", "--offline", "-r", "json", "-s", str(symbols), "-f", str(image), *words],
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    seconds = time.monotonic() - started
    if not kept.exists() and known.exists():
        shutil.copyfile(known, kept)
    return (json.loads(done.stdout) if done.stdout.strip() else None), seconds


def flat(tree: Any) -> list[str]:
    """Each row of a nested result as text, with its depth, in order."""

    def walk(rows: list[dict[str, Any]], depth: int) -> Iterator[str]:
        for row in rows:
            yield f"{depth} {json.dumps({k: v for k, v in row.items() if k != '__children'}, sort_keys=True)}"
            yield from walk(row["__children"], depth + 1)

    return list(walk(tree or [], 0))


def differing(one: Any, other: Any) -> int:
    """How many rows differ; -1 when only one side has a result at all."""
    if one is None or other is None:
        return 0 if one is other else -1
    left, right = flat(one), flat(other)
    return sum(a != b for a, b in zip(left, right, strict=False)) + abs(len(left) - len(right))


def equality(image: Path, symbols: Path, asked: Sequence[Command]) -> Iterator[dict[str, Any]]:
    """Compare each command. Yields one record per command, and one with how many were equal and how fast both sides
    were.
    """
    equal = 0
    spent = [0.0, 0.0]
    with tempfile.TemporaryDirectory() as base:
        for number, command in enumerate(asked):
            folders = [Path(base) / f"{side}-{number}" for side in ("ours", "theirs")]
            for folder in folders:
                folder.mkdir()
            state, rows, seconds = ours(image, symbols, command, folders[0])
            expected, vol_seconds = theirs(image, symbols, command, folders[1])
            difference = differing(rows, expected)
            spent = [spent[0] + seconds, spent[1] + vol_seconds]
            ok = difference == 0 and state == "complete"
            equal += ok
            yield record(f"{command.text} ({state}, {len(flat(rows))} rows)", difference, "rows that differ", 0, ok=ok)
    yield record("commands equal to vol -q -r json", equal, "commands", len(asked), ok=equal == len(asked))
    yield record("seconds for all, ours", round(spent[0], 1), "s", None, ok=True)
    yield record("seconds for all, vol", round(spent[1], 1), "s", None, ok=True)


def record(metric: str, value: float, unit: str, bar: float | None, *, ok: bool) -> dict[str, Any]:
    """One line of a benchmark."""
    return {"bench": "equality", "metric": metric, "value": value, "unit": unit, "bar": bar, "ok": ok}


def main(arguments: Sequence[str]) -> int:
    """Compare and print; 1 when something differs."""
    image, symbols, *texts = arguments
    ok = True
    for line in equality(Path(image).resolve(), Path(symbols).resolve(), [parse(text) for text in texts] or commands()):
        ok = ok and line["ok"]
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
