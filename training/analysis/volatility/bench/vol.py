"""The command line: `vol -q --offline -r json`, each time a process of its own with a cache of its own.

Two processes that share a cache but not their symbols break each other, and each would list the symbol files again: a
list that the first one made is laid ready for the rest, as for our side.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from training.analysis import cards as plugin_cards
from training.analysis import channel
from training.analysis.command import Command
from training.analysis.volatility.bench.made import Evidence, Made, digests

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = str(Path(sys.executable).with_name("vol"))
FORKS = "training.analysis.volatility.bench.forks"
PLAIN = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONHASHSEED": "0"}
"""Nothing of this environment reaches the command line, such as what measures the coverage of tests. Some plugins print
what is in a set, such as the options of a mount, in whatever order this start of Python has it; the engine fixes that
order, so that a run gives the same rows each time.
"""
IDENTIFIERS = Path("volatility3") / "identifier.cache"
RULES = "yara-rules"
PATIENCE = 900  # seconds for one program
Start = Callable[[Sequence[str], Mapping[str, str], Path], subprocess.CompletedProcess[bytes]]
"""Runs the command line with words, an environment and a folder to be in, to its end."""


def process(words: Sequence[str], environment: Mapping[str, str], home: Path) -> subprocess.CompletedProcess[bytes]:
    """The command line as a program of its own: what a person starts, and what is measured."""
    return subprocess.run(  # noqa: S603 - arguments as a list
        [PROGRAM, *words], env=environment, cwd=home, capture_output=True, timeout=PATIENCE, check=False
    )


class Forks:
    """The command line without its start, see forks.py. For rows, not for measuring.

    `symbols` is a folder, `home` a private one; any number of threads may ask. Close it.
    """

    def __init__(self, symbols: Path, home: Path) -> None:
        self._line, theirs = channel.pair()
        words = [sys.executable, "-m", FORKS, str(theirs.fileno()), str(symbols)]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
                words, cwd=ROOT, env={**PLAIN, "XDG_CACHE_HOME": str(home), "HOME": str(home)},
                stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=[theirs.fileno()],
            )  # fmt: skip

    def __call__(
        self, words: Sequence[str], environment: Mapping[str, str], home: Path
    ) -> subprocess.CompletedProcess[bytes]:
        """Run one command in its own `home` to its end."""
        printed, said = home / "printed", home / "said"
        ours, theirs = channel.pair()
        order = {"words": list(words), "home": str(home), "environment": dict(environment)}
        with ours, theirs, printed.open("wb") as out, said.open("wb") as err:
            channel.send(self._line, order, theirs.fileno(), out.fileno(), err.fileno())
            theirs.close()
            ours.settimeout(PATIENCE)
            ended = channel.receive(ours)
        if ended is None:
            raise ConnectionError("the process that forks command lines was ended")
        return subprocess.CompletedProcess(list(words), ended.said["status"], printed.read_bytes(), said.read_bytes())

    def close(self) -> None:
        """End it, and what it forked."""
        self._line.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Vol:
    """The command line on one exhibit. `folder` is private and stays; any number of threads may ask."""

    def __init__(self, evidence: Evidence, folder: Path, start: Start = process) -> None:
        self.evidence, self._folder, self._start = evidence, folder, start
        self._known = folder / "known.cache"
        self._first = threading.Lock()

    def run(self, command: Command) -> Made:
        """Run one command to its end."""
        if not self._known.exists():
            with self._first:
                if not self._known.exists():
                    return self._run(command)
        return self._run(command)

    def _run(self, command: Command) -> Made:
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            home = Path(made)
            dumps = home / "dumps"
            dumps.mkdir()
            identifiers = home / IDENTIFIERS
            identifiers.parent.mkdir()
            if self._known.exists():
                shutil.copyfile(self._known, identifiers)
            words = self._words(command, home, dumps)
            began = time.monotonic()
            done = self._start(words, {**PLAIN, "XDG_CACHE_HOME": str(home), "HOME": str(home)}, home)
            seconds = time.monotonic() - began
            if not self._known.exists() and identifiers.exists():
                draft = self._known.with_suffix(".draft")
                shutil.copyfile(identifiers, draft)
                draft.replace(self._known)
            files = digests((path.name, path) for path in dumps.iterdir())
            return _made(done, files, seconds)

    def _words(self, command: Command, home: Path, dumps: Path) -> list[str]:
        general = ["-q", "--offline", "-r", "json", "-s", str(self.evidence.symbols), "-o", str(dumps)]
        plugin = plugin_cards.load().get(command.plugin).cls  # short names may be ambiguous: windows.windows is
        return [*general, "-f", str(self.evidence.image), plugin, *_options(command, home)]


def _options(command: Command, home: Path) -> Iterator[str]:
    for name, value in command.options:
        if name == RULES:
            rules = home / "rules.yar"
            rules.write_text(str(value), "utf-8")
            yield from ("--yara-file", str(rules))
        elif isinstance(value, tuple):
            yield from (f"--{name}", *map(str, value))
        else:
            yield f"--{name}" if value is True else f"--{name}={value}"


def _made(done: subprocess.CompletedProcess[bytes], files: tuple[tuple[str, str, int], ...], seconds: float) -> Made:
    printed = done.stdout.strip()
    if not printed:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Made(
            "failed", f"status {done.returncode}: {said[-1] if said else 'no message'}"[:300], None, files, seconds
        )
    return Made("complete", "", json.loads(printed), files, seconds)
