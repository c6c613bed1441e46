"""What only runs of mutmut need of pytest: a plug-in that they alone load.

- Room for what mutmut puts between a call and its function: each call of a mutated function goes through two more, so
  that a parser reaches Python's own limit before its own.
- The empty database that tests copy is migrated once, and not again for each mutant, which takes longer than most
  tests. It lies beside the folder in which mutmut runs the tests, under a name that stands for what made it.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.setrecursionlimit(4 * sys.getrecursionlimit())

DATABASES = {"template": str, "carried_template": Path}
"""Fixtures that say where such a database lies, and how they say it. Tests only copy it."""
PLACE, STORE = Path.cwd().parent, Path.cwd() / "training" / "store"


def _kept() -> Path:
    total = hashlib.sha256()
    for path in sorted(STORE.rglob("*.py")):
        total.update(path.read_bytes())
    return PLACE / f"template-{total.hexdigest()[:16]}.db"


KEPT = _kept()


class _Keeping:
    """Keeps the first database that a test had made."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        made = yield
        if fixturedef.argname in DATABASES and not KEPT.exists() and Path(str(made)).is_file():
            draft = KEPT.with_suffix(f".{os.getpid()}")
            shutil.copyfile(str(made), draft)
            draft.replace(KEPT)
        return made


def pytest_configure(config: pytest.Config) -> None:
    """Have it kept."""
    config.pluginmanager.register(_Keeping())


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: Any) -> str | Path | None:
    """Say where the one lies that is kept, if it is."""
    kind = DATABASES.get(fixturedef.argname)
    if kind is None or not KEPT.exists():
        return None
    found: str | Path = kind(str(KEPT))
    fixturedef.cached_result = (found, fixturedef.cache_key(request), None)
    return found
