"""Symbol files are parsed once per kernel process; every table of every process forked from it shares the result.

Volatility parses a symbol file for each table that it makes, with json.load in the two modules patched here; nothing
in it changes what json.load returned, it only looks things up (enumerations are copied before use). So one object may
serve many tables. The same goes for the layouts that the wheel bundles, which some plugins load a hundred times.
Everything else that Volatility opens by URI is a local file: its accessor, which would follow http, ftp and more, is
replaced by plain opening.
"""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from volatility3.framework.automagic import symbol_cache
from volatility3.framework.layers import resources
from volatility3.framework.symbols import intermed

UNPACK: dict[str, Callable[..., Any]] = {".xz": lzma.open, ".bz2": bz2.open, ".gz": gzip.open}
EXTENSIONS = (".json", ".json.xz", ".json.gz", ".json.bz2")


class _Opened:
    """Stands for an open symbol file whose content is parsed already."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Nothing to close."""


class SymbolFiles:
    """The parsed symbol files below one folder, by their file URI."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parsed: dict[str, Any] = {}

    def uris(self) -> list[str]:
        """The symbol files of the folder."""
        return sorted(
            path.as_uri() for path in self.folder.rglob("*") if path.is_file() and path.name.endswith(EXTENSIONS)
        )

    def relative(self, uri: str) -> str | None:
        """A symbol file's path below the folder; None for one that lies elsewhere."""
        path = Path(unquote(urlsplit(uri).path))
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else None

    def content(self, uri: str) -> Any:
        """A parsed file. Raises what opening and parsing raise."""
        if uri not in self._parsed:
            with _open(uri) as file:
                self._parsed[uri] = json.load(file)
        return self._parsed[uri]

    def serve(self) -> None:
        """Let Volatility take symbol files from here, and every other file from the disk, never from a network."""

        def opened(_accessor: Any, url: str, mode: str = "rb") -> Any:
            del mode  # Volatility reads, and only bytes
            return _Opened(self.content(url)) if url.endswith(EXTENSIONS) else _open(url)

        found: dict[tuple[str, str | None], list[str]] = {}
        original = intermed.IntermediateSymbolTable.file_symbol_url.__func__

        def listed(cls: Any, sub_path: str, filename: str | None = None) -> Any:
            # Plugins make a table for each program of a process, and the original walks all folders each time. They are
            # read-only while a kernel process lives.
            if (sub_path, filename) not in found:
                found[sub_path, filename] = list(original(cls, sub_path, filename))
            return iter(found[sub_path, filename])

        intermed.IntermediateSymbolTable.file_symbol_url = classmethod(listed)

        def load(file: Any, **named: Any) -> Any:
            # intermed.py wraps the file in a reader, which passes on attributes that it lacks.
            content = getattr(file, "content", None)
            return json.load(file, **named) if content is None else content

        resources.ResourceAccessor.open = opened
        for module in (intermed, symbol_cache):
            module.json = SimpleNamespace(load=load)


def _open(uri: str) -> Any:
    """A local file as Volatility's accessor gives it: unpacked by its extension. Raises ValueError for other places."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc:
        raise ValueError("only local files are read")
    path = Path(unquote(parts.path))
    return UNPACK.get(path.suffix, Path.open)(path, "rb")
