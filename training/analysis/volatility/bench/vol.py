"""The command line: `vol -q --offline -r json`, each time a process of its own with a cache of its own.

Two processes that share a cache but not their symbols break each other, and each would list the symbol files again: a
list that the first one made is laid ready for the rest, as for our side.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from training.analysis import cards as plugin_cards
from training.analysis.command import Command
from training.analysis.volatility.bench.made import Evidence, Made, digests

PROGRAM = (str(Path(sys.executable).with_name("vol")),)
LIGHTER = """
import gc, json
from volatility3 import schemas
gc.disable()
schemas.validate = lambda *_: True
parse, known = json.loads, {}
def loads(text, **how):
    if how or len(text) < 2**20:
        return parse(text, **how)
    if text not in known:
        known[text] = parse(text)
    return known[text]
json.loads = loads
"""
"""Three things that take most of the time of the command line and change no row: the search for garbage, the hash of
the symbol file that is worked out before it finds that there is nothing to check it with, and parsing that file again
each time that it is needed. For rows, not for measuring.
"""
LIGHT = (
    sys.executable,
    "-c",
    LIGHTER + "import sys\nfrom volatility3 import cli\nsys.argv[0] = 'vol'\nsys.exit(cli.main())",
)
PLAIN = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONHASHSEED": "0"}
"""Nothing of this environment reaches the command line, such as what measures the coverage of tests. Some plugins print
what is in a set, such as the options of a mount, in whatever order this start of Python has it; the engine fixes that
order, so that a run gives the same rows each time.
"""
IDENTIFIERS = Path("volatility3") / "identifier.cache"
RULES = "yara-rules"
PATIENCE = 900  # seconds for one program


class Vol:
    """The command line on one exhibit. `folder` is private and stays; any number of threads may ask."""

    def __init__(self, evidence: Evidence, folder: Path, program: tuple[str, ...] = PROGRAM) -> None:
        self.evidence, self._folder, self._program = evidence, folder, program
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
            done = subprocess.run(  # noqa: S603 - arguments as a list
                words, env={**PLAIN, "XDG_CACHE_HOME": str(home), "HOME": str(home)},
                cwd=home, capture_output=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
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
        return [*self._program, *general, "-f", str(self.evidence.image), plugin, *_options(command, home)]


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
