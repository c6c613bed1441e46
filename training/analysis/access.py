"""What pages ask about runs: their results, which are files, and whoever works them off, here or in another process."""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import structlog

from training.analysis import cards as plugin_cards
from training.analysis.models import Run, State
from training.analysis.outcome import LONGEST_REASON
from training.analysis.results import Result, Veil, Veiled, key_of
from training.errors import NotThere
from training.sentence import phrase

log = structlog.get_logger()


class Access(ABC):
    """Results, and two words for whoever works runs off. `folder` keeps result files (results/) and dumped files by
    content (dumps/).
    """

    def __init__(self, folder: Path) -> None:
        self._results, self._dumps = folder / "results", folder / "dumps"

    @abstractmethod
    def wake(self) -> None:
        """Start what waits, as far as there is room. Call it after each commit that asked for a run; it is cheap."""

    @abstractmethod
    def end(self, run_id: UUID, reason: str) -> None:
        """Have a running run ended soon: it will be killed, with this reason."""

    @abstractmethod
    def stop(self) -> None:
        """End what is under way here, and ask for nothing more."""

    def result(self, run: Run) -> Result:
        """Open the result of a run as it is, for what judges by it. What is shown to people comes through `veiled`.

        Raises NotThere when it has none (not ended, failed, killed) or its file is gone.
        """
        if run.columns is None or run.state not in {State.COMPLETE, State.PARTIAL}:
            given = {"command": run.text, "state": run.state.word}
            raise NotThere(phrase("%(command)s is %(state)s and has no result", **given))
        if run.removed_at is not None:
            command = {"command": run.text}
            raise NotThere(
                phrase("The rows of %(command)s were removed to free space. Run it again to see them.", **command)
            )
        return Result.open(self._results / run.result_name)

    def veiled(self, run: Run, secret: Callable[[], str], *, like: str = "") -> Result:
        """The same with the secret columns of its plugin masked, under the secret of the installation, which is asked
        for where there are any.

        With `like`, the SHA-256 of another exhibit, marks are those of that one. Errors as with `result`.
        """
        result, cards = self.result(run), plugin_cards.load().cards
        columns = cards[run.plugin].secret if run.plugin in cards else {}
        return Veiled(result, Veil(columns, key_of(secret(), like or run.exhibit))) if columns else result

    def dumped(self, sha256: str) -> Path:
        """Where a dumped file lies. Raises NotThere."""
        path = self._dumps / sha256[:2] / sha256
        if not path.is_file():
            raise NotThere(
                phrase("the dumped file %(digest)s… is not there; ask for the run again", digest=sha256[:16])
            )
        return path


class Bell(Access):
    """Access from a process of the server that works no runs off: it rings for the one that does, through a pipe.

    Each ring is a line of JSON of fewer bytes than the kernel writes whole among those of others (PIPE_BUF, 4,096).
    """

    def __init__(self, folder: Path, pipe: int) -> None:
        super().__init__(folder)
        self._pipe = pipe
        os.set_blocking(pipe, False)

    def wake(self) -> None:
        """See `Access`."""
        self._ring({})

    def end(self, run_id: UUID, reason: str) -> None:
        """See `Access`."""
        self._ring({"end": str(run_id), "reason": reason[:LONGEST_REASON]})

    def stop(self) -> None:
        """See `Access`: nothing is under way here."""

    def _ring(self, said: dict[str, str]) -> None:
        with suppress(BlockingIOError):  # a full pipe holds rings enough
            os.write(self._pipe, json.dumps(said, ensure_ascii=False).encode() + b"\n")


def answer(engine: Access, pipe: int) -> None:
    """Do what is rung for, until nobody can ring any more. For a thread of its own."""
    with open(pipe, encoding="utf-8") as rings:
        for line in rings:
            said = json.loads(line)
            try:
                if "end" in said:
                    engine.end(UUID(said["end"]), said["reason"])
                else:
                    engine.wake()
            except Exception:  # of the database, which may be there again at the next ring
                log.exception("what was rung for could not be done")
