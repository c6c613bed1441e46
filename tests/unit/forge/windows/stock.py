"""What the stock command line of Volatility prints of a forged machine."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from training.forge.windows import forge
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan

PROGRAM = str(Path(sys.executable).with_name("vol"))
PATIENCE = 300  # seconds

Row = dict[str, Any]


class Stock:
    """The machine of a plan, in a private folder, and the command line on it; what that takes out lies in ``taken``."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._image, self._symbols, self._cache = folder / "image.raw", folder / "symbols", folder / "cache"
        forged = forge(plan)
        self.machine: Machine = forged.machine
        self._image.write_bytes(forged.data)
        self.taken = folder / "taken"
        self._cache.mkdir()
        self.taken.mkdir()
        (self._symbols / "windows").mkdir(parents=True)
        for number, content in enumerate(forged.symbols.values()):
            (self._symbols / "windows" / f"{number}.json.xz").write_bytes(content)
        self.rows = cache(self._rows)

    def _rows(self, plugin: str, *words: str) -> list[Row]:
        """What a plugin prints, rows under rows behind the row that they belong to."""
        general = ["-q", "--offline", "-r", "json", "-s", str(self._symbols), "--cache-path", str(self._cache)]
        general += ["-o", str(self.taken)]
        done = subprocess.run(
            [PROGRAM, *general, "-f", str(self._image), plugin, *words],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert not done.returncode, done.stderr.decode()
        return list(_flat(json.loads(done.stdout)))


def _flat(rows: list[Row]) -> list[Row]:
    found = []
    for row in rows:
        under = row.pop("__children", [])
        found += [row, *_flat(under)]
    return found


def moment(time: int) -> str:
    """A time of a plan as it is printed: whole seconds."""
    return (datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=time // 10_000_000)).isoformat()
