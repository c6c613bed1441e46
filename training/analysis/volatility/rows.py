"""Rows of a grid as lines of JSON, while the plugin makes them."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from training.analysis.volatility import cells

Emit = Callable[[dict[str, Any]], None]
FULL = 64 * 1024
"""Bytes that are kept back at most: what a pipe takes."""
SOON = 0.1
"""Seconds after which a further row sends what was kept back, so that a reader sees how far the run is."""


class Enough(BaseException):
    """A limit is reached; the message says which. Not an Exception: Volatility would swallow one."""


class Lines:
    """Lines of ASCII JSON, written in large pieces."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._kept: list[bytes] = []
        self._size = 0
        self._written = 0.0
        self._encode = json.JSONEncoder(separators=(",", ":")).encode

    def emit(self, line: dict[str, Any]) -> None:
        """Add a line; write when enough is there or enough time has passed."""
        data = self._encode(line).encode()
        self._kept.append(data)
        self._size += len(data) + 1
        if self._size >= FULL or time.monotonic() - self._written >= SOON:
            self.flush()

    def flush(self) -> None:
        """Write all that is kept. Raises OSError when nobody reads."""
        data = memoryview(b"\n".join([*self._kept, b""]))
        self._kept.clear()
        self._size = 0
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._written = time.monotonic()


class Rows:
    """Writes the header and the rows of a grid as they are made."""

    def __init__(self, emit: Emit, most: int, cell_chars: int) -> None:
        self.most, self.cell_chars, self._emit = most, cell_chars, emit
        self.count = self.cut = 0
        self._converters: list[Callable[[Any], Any]] = []
        self._path: list[int] = []  # numbers of the rows from the root of the tree to the last one

    def header(self, columns: list[tuple[str, Any]], about: dict[str, Any]) -> None:
        """Columns by name and type, and what is to be said about the run."""
        self._converters = cells.converters([kind for _, kind in columns])
        self._emit({"columns": [{"name": name, "type": cells.type_name(kind)} for name, kind in columns], **about})

    def visit(self, node: Any, accumulator: None) -> None:
        """One row, in the order in which the plugin makes them."""
        self.row(max(0, node.path_depth - 1), node.values)
        return accumulator

    def row(self, depth: int, values: Any) -> None:
        """One row. Raises Enough when there are too many."""
        if self.count >= self.most:
            raise Enough(f"more than {self.most} rows: only the first {self.most} were kept")
        made = [cells.cell(convert, value) for convert, value in zip(self._converters, values, strict=True)]
        for index, value in enumerate(made):
            if isinstance(value, str) and len(value) > self.cell_chars:
                made[index] = value[: self.cell_chars]
                self.cut += 1
        absent = {str(i): kind for i, value in enumerate(values) if (kind := cells.absence(value))}
        self._path = [*self._path[:depth], self.count]
        parent = self._path[depth - 1] if depth else None
        self._emit({"n": self.count, "depth": depth, "parent": parent, "cells": made, "absent": absent})
        self.count += 1
