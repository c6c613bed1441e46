"""Reads a written Windows machine as trainees do: through the engine, in processes of their own."""

import hashlib
import itertools
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from training.analysis import cards
from training.analysis.command import parse
from training.analysis.job import MIB, Job, Limits
from training.analysis.place import Progress
from training.analysis.results import Result
from training.analysis.work import Here
from training.forge.windows import Forged

BUDGET = 1024 * MIB
GENEROUS = Limits(seconds=900, memory=4096 * MIB, rows=1_000_000, cell_chars=1_000_000, bytes=2**32)
READ_ONLY = 0o444
SYSTEM = "windows"


class Reader:
    """Runs commands on one machine, whose image and symbols it lays into a private folder. A context manager; several
    threads may ask.

    Symbol files have names of our own and may not be written to: Volatility deletes files under their usual names.
    """

    def __init__(self, forged: Forged, folder: Path) -> None:
        self._image, self._symbols, self._folder = folder / "image.raw", folder / "symbols", folder
        self._image.write_bytes(forged.data)
        self._exhibit = hashlib.sha256(forged.data).hexdigest()
        place = self._symbols / SYSTEM
        place.mkdir(parents=True)
        for database, packed in forged.symbols.items():
            file = place / f"{database.partition('.')[0]}-own.json.xz"
            file.write_bytes(packed)
            file.chmod(READ_ONLY)
        self._kernel = hashlib.sha256(b"".join(forged.symbols.values())).hexdigest()
        self._here = Here(folder / "cache", BUDGET)
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()

    def rows(self, text: str) -> tuple[list[dict[str, Any]], str]:
        """The rows that a command gives, and why it did not end well; empty where it did."""
        command, known = parse(text, SYSTEM), cards.load()
        card = known.get(command.plugin)
        result = self._folder / f"{next(self._numbers)}.db"
        job = Job(
            exhibit=self._exhibit,
            symbols_sha256=self._kernel,
            os=SYSTEM,
            image=self._image,
            symbols=self._symbols,
            plugin=card.name,
            plugin_version=card.version,
            volatility=known.volatility,
            island=known.island,
            options=command.as_json(),
            result=result,
            dumps=self._folder / "dumps",
            limits=GENEROUS,
        )
        outcome = self._here.work(job, _unheard, _goes_on)
        failure = "" if outcome.state == "complete" else outcome.reason or outcome.state
        if not result.exists():
            return [], failure
        with Result.open(result) as opened:
            rows = opened.all()
        result.unlink()
        return rows, failure


def _unheard(_progress: Progress) -> None:
    pass


def _goes_on() -> None:
    pass
