"""Volatility itself: set up for one image, offline, with a cache of its own; plugins looked up, built and described."""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCANS = "volatility3.framework.interfaces.layers"
SAID = 3  # error messages of a plugin that are kept


class Listener(logging.Handler):
    """Hears what Volatility only logs: scans that broke off, and errors that a plugin reports instead of raising."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.scan_failures: list[str] = []
        self.errors: list[str] = []

    def forget(self) -> None:
        """What was heard so far is not about the run that begins."""
        self.scan_failures.clear()
        self.errors.clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Sort one record."""
        text = record.getMessage()
        if text.startswith("Scan Failure"):
            self.scan_failures.append(text)
        elif record.levelno >= logging.ERROR and len(self.errors) < SAID:
            self.errors.append(text)


def listen() -> Listener:
    """Attach a listener to Volatility's log and keep the log off the terminal."""
    listener = Listener()
    for name, level in (("volatility3", logging.ERROR), (SCANS, logging.DEBUG)):
        log = logging.getLogger(name)
        log.setLevel(level)
        log.addHandler(listener)
        log.propagate = False
    return listener


def settle(cache: Path) -> None:
    """Point everything that Volatility keeps between runs to `cache`. Must come before the first import of
    volatility3.
    """
    os.environ["XDG_CACHE_HOME"] = os.environ["HOME"] = str(cache)
    warnings.simplefilter("ignore")  # its deprecations are no matter of the reader's


def identifiers(cache: Path) -> Path:
    """The folder in which Volatility keeps what it knows of symbol files, once it is settled on `cache`."""
    return cache / "volatility3"


def load(symbols: Path | None = None) -> dict[str, Any]:
    """Import all plugins; return their classes by full name.

    The symbol path is the exhibit's own folder and what the wheel bundles, so that no other file can match by accident.
    The schema check is left out: it hashes the whole symbol file only to find that no validator is installed, and the
    file is pinned by its SHA-256 before a run.
    """
    volatility3 = importlib.import_module("volatility3")
    for part in ("plugins", "symbols", "schemas", "framework", "framework.constants"):
        importlib.import_module(f"volatility3.{part}")
    constants = volatility3.framework.constants
    constants.OFFLINE = True
    constants.PARALLELISM = constants.Parallelism.Off
    if symbols is not None:
        volatility3.symbols.__path__ = [str(symbols), *constants.SYMBOL_BASEPATHS]
    volatility3.schemas.validate = lambda *_args, **_named: True
    volatility3.schemas.create_json_hash = lambda *_args, **_named: "pinned"
    volatility3.framework.import_files(volatility3.plugins, True)
    plugins: dict[str, Any] = volatility3.framework.list_plugins()
    return plugins


def identify() -> None:
    """Bring the identifier cache up to date with the symbol files, for banners and PDBs to be found in it."""
    constants = importlib.import_module("volatility3.framework.constants")
    symbol_cache = importlib.import_module("volatility3.framework.automagic.symbol_cache")
    symbol_cache.SqliteCache(str(Path(constants.CACHE_PATH) / constants.IDENTIFIERS_FILENAME)).update()


def version() -> str:
    """Volatility's version."""
    return str(importlib.import_module("volatility3.framework.constants").PACKAGE_VERSION)


def plugin_version(cls: Any) -> str:
    """A plugin's version, such as '4.1.1'."""
    return ".".join(str(part) for part in cls.version)


def options(cls: Any) -> Iterator[tuple[str, str, Any]]:
    """Each option of a plugin: its requirement's name, its type (int, ints, strs, bool, str, choice, uri …), the
    requirement.
    """
    requirements = importlib.import_module("volatility3.framework.configuration.requirements")
    for requirement in cls.get_requirements():
        kind = type(requirement).__name__.removesuffix("Requirement").lower()
        if kind in {"module", "translationlayer", "symboltable", "version", "plugin", "layerlist", "multi"}:
            continue  # what automagic fills in
        if isinstance(requirement, requirements.ListRequirement):
            kind = f"{requirement.element_type.__name__}s"
        yield requirement.name, {"string": "str", "boolean": "bool"}.get(kind, kind), requirement
