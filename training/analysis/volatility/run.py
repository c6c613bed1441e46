"""One run: a plugin built, its rows written as JSON lines, and an end that says whether they are all."""

import json
import time
from collections.abc import Callable
from typing import IO, Any

from training.analysis.volatility import framework, limits, offered
from training.analysis.volatility.request import BadRequest, Request

Emit = Callable[[dict[str, Any]], None]
LONGEST_REASON = 500
TYPES = {"int": int, "bool": bool, "str": str, "choice": str}


class Enough(BaseException):
    """The row limit is reached. Not an Exception: Volatility would swallow one."""


def run(request: Request, emit: Emit) -> None:
    """Carry out a request; every way ends with exactly one `end` line. Raises BadRequest before the first line."""
    started = time.monotonic()
    document = offered.load()
    found = offered.find(document, request.plugin)
    if found is None:
        raise BadRequest(f"plugin: {request.plugin} is not offered")
    card = found[1]
    framework.settle(request.cache)
    listener = framework.listen()
    classes = framework.load(request.symbols)
    cls = classes.get(card["class"])
    if cls is None:
        raise BadRequest(f"plugin: {request.plugin} could not be imported; is a package that it needs installed?")
    chosen = accept(cls, card, request.options)
    from training.analysis.volatility import cells, failure  # noqa: PLC0415 - they import volatility3, so after settle()

    limits.confine(request.cpu_seconds, request.cache)
    rows = Rows(request, emit, cells)
    state, reason = "complete", ""
    try:
        grid = framework.build(cls, request.image, chosen).run()
        rows.header(grid, document, cls)
        error = grid.populate(rows.visit, None, fail_on_errors=False)
    except Enough:
        state, reason = "partial", f"more than {request.rows} rows: only the first {request.rows} were kept"
    except Exception as raised:  # noqa: BLE001 - whatever a plugin raises ends its run with a sentence
        error, state = raised, "failed"
        reason = failure.sentence(raised, cls, request)
    else:
        if error is not None:
            state = "partial" if rows.count else "failed"
            reason = f"the plugin stopped after {rows.count} rows: {failure.sentence(error, cls, request)}"
    if state == "complete":
        state, reason = verdict(rows, listener)
    emit({"end": state, "reason": reason[:LONGEST_REASON] or None, "rows": rows.count,
          "seconds": round(time.monotonic() - started, 3)})  # fmt: skip


def verdict(rows: "Rows", listener: framework.Listener) -> tuple[str, str]:
    """State and reason of a run that came to its own end: complete, unless something was swallowed, only logged, or
    cut.
    """
    if listener.scan_failures:
        return "partial", f"a scan broke off, rows may be missing: {listener.scan_failures[0]}"
    if listener.errors:
        return "partial" if rows.count else "failed", f"the plugin said: {' / '.join(listener.errors)}"
    if rows.cut:
        return "partial", f"{rows.cut} cells were longer than {rows.request.cell_chars} characters and were cut"
    return "complete", ""


def accept(cls: Any, card: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Options by the name of their requirement. Raises BadRequest for one that the card does not allow or of another
    type.
    """
    allowed = set(card.get("options") or {})
    real = {name.replace("_", "-"): (name, kind) for name, kind, _ in framework.options(cls)}
    chosen = {}
    for option, value in given.items():
        if option not in allowed or option not in real:
            raise BadRequest(f"options: --{option} is not offered")
        name, kind = real[option]
        element = {"ints": int, "strs": str}.get(kind)
        if element is not None:
            right = isinstance(value, list) and all(type(part) is element for part in value)
        else:
            right = type(value) is TYPES.get(kind)
        if not right:
            raise BadRequest(f"options: --{option} must be of type {kind}, not {value!r}")
        chosen[name] = value
    return chosen


class Rows:
    """Writes the header and the rows of a grid as they are made."""

    def __init__(self, request: Request, emit: Emit, cells: Any) -> None:
        self.request, self.emit, self.cells = request, emit, cells
        self.count = self.cut = 0
        self._converters: list[Callable[[Any], Any]] = []
        self._path: list[int] = []  # numbers of the rows from the root of the tree to the last one

    def header(self, grid: Any, document: dict[str, Any], cls: Any) -> None:
        """Columns and versions."""
        self._converters = self.cells.converters([column.type for column in grid.columns])
        self.emit({
            "columns": [{"name": column.name, "type": self.cells.type_name(column.type)} for column in grid.columns],
            "volatility": framework.version(),
            "version": framework.plugin_version(cls),
            "island": document["island"],
        })  # fmt: skip

    def visit(self, node: Any, accumulator: None) -> None:
        """One row, in the order in which the plugin makes them."""
        if self.count >= self.request.rows:
            raise Enough
        depth = max(0, node.path_depth - 1)
        values = node.values
        made = [self.cells.cell(convert, value) for convert, value in zip(self._converters, values, strict=True)]
        for index, value in enumerate(made):
            if isinstance(value, str) and len(value) > self.request.cell_chars:
                made[index] = value[: self.request.cell_chars]
                self.cut += 1
        absent = {str(i): kind for i, value in enumerate(values) if (kind := self.cells.absence(value))}
        self._path = [*self._path[:depth], self.count]
        parent = self._path[depth - 1] if depth else None
        self.emit({"n": self.count, "depth": depth, "parent": parent, "cells": made, "absent": absent})
        self.count += 1
        return accumulator


def write_lines(out: IO[bytes]) -> Emit:
    """An `emit` that writes one line of ASCII JSON per call, at once: the reader shows how many rows there are so
    far.
    """

    def emit(line: dict[str, Any]) -> None:
        out.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        out.flush()

    return emit
