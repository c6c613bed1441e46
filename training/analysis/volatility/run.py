"""One run: a fork of the warm process in which a plugin is built, its rows are written, and an end says whether they
are all.
"""

import gc
import os
import socket
import time
from dataclasses import dataclass
from typing import Any

from training.analysis import channel
from training.analysis.sandbox import confine
from training.analysis.volatility import construct, failure, files, framework, memory, options, rules, spaces, timeline
from training.analysis.volatility.kernel import Loaded
from training.analysis.volatility.request import Order
from training.analysis.volatility.rows import Enough, Lines, Rows

LONGEST_REASON = 500
FILES = "files"
FILE_BYTES = 512 * 2**20
OPEN_FILES = 256


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order whose plugin and options have been checked. `options` go by the names of the requirements."""

    name: str
    cls: Any
    card: dict[str, Any]
    order: Order
    options: dict[str, Any]


class _Run:
    """The process of a run."""

    def __init__(self, loaded: Loaded, exhibit: construct.Exhibit, prepared: Prepared, rows: int) -> None:
        self._loaded, self._exhibit, self._prepared = loaded, exhibit, prepared
        order = prepared.order
        self._lines = Lines(rows)
        self._sink = Rows(self._lines.emit, order.rows, order.cell_chars)

    def confine(self, *, may_fork: bool) -> tuple[str, ...]:
        """Give up all that a run does not need; returns the layers that hold."""
        order, start = self._prepared.order, self._loaded.start
        return confine.confine(
            readable=[start.symbols, framework.identifiers(start.cache)],  # not the folders of other runs
            writable=[] if order.work is None else [order.work],
            readable_fds=[],  # the image is open already, and is read through its descriptor alone
            cpu_seconds=order.cpu_seconds, file_bytes=FILE_BYTES, open_files=OPEN_FILES, may_fork=may_fork,
        )  # fmt: skip

    def go(self, line: socket.socket) -> None:
        """Carry out the run; every way ends with exactly one `end` line."""
        began = time.monotonic()
        os.setsid()
        layers = self.confine(may_fork=self._prepared.name == timeline.NAME)
        channel.send(line, {"hello": list(layers)})
        line.close()
        self._loaded.listener.forget()
        gc.enable()
        about = {
            "volatility": framework.version(),
            "version": self._version(),
            "island": self._loaded.document["island"],
            "layers": list(layers),
        }
        try:
            state, reason = self._own(about) if self._prepared.card.get("own") else self._plugin(about)
        except Enough as enough:
            state, reason = "partial", str(enough)
        self._lines.emit({"end": state, "reason": reason[:LONGEST_REASON] or None, "rows": self._sink.count,
                          "seconds": round(time.monotonic() - began, 3)})  # fmt: skip
        self._lines.flush()

    def _version(self) -> str:
        cls, card = self._prepared.cls, self._prepared.card
        return str(card["version"]) if cls is None else framework.plugin_version(cls)

    def _own(self, about: dict[str, Any]) -> tuple[str, str]:
        return self._timeline(about) if self._prepared.name == timeline.NAME else self._memory(about)

    def _memory(self, about: dict[str, Any]) -> tuple[str, str]:
        name, sink = self._prepared.name, self._sink
        try:
            memory.TOLD[name](self._exhibit, self._prepared.options, sink, about)
        except spaces.Nowhere as nowhere:
            return "failed", str(nowhere)
        except Exception as raised:  # noqa: BLE001 - a damaged list of processes raises whatever it likes
            return "failed", failure.sentence(raised, name, self._exhibit)
        return verdict(sink, self._loaded.listener, self._exhibit.cut)

    def _timeline(self, about: dict[str, Any]) -> tuple[str, str]:
        possible = timeline.plugins(self._loaded.document, self._loaded.classes, self._exhibit.system)
        wanted = self._prepared.options.get(timeline.OPTION) or possible
        named = {name.lower() for name in wanted}
        chosen = {name: cls for name, cls in possible.items() if name.lower() in named}
        if not chosen:
            return "failed", f"no such plugin has times of {self._exhibit.system}: {', '.join(wanted)}"
        if self._exhibit.module is None:
            return "failed", self._exhibit.unfit
        self._sink.header(timeline.COLUMNS, about)
        part = timeline.Part(self._loaded.listener, lambda: self.confine(may_fork=False), self._prepared.order.memory)
        state, reason = timeline.assemble(self._exhibit, chosen, self._sink, part)
        return (state, reason) if state != "complete" else verdict(self._sink, self._loaded.listener, self._exhibit.cut)

    def _plugin(self, about: dict[str, Any]) -> tuple[str, str]:
        name, sink = self._prepared.name, self._sink
        try:
            grid = construct.plugin(self._prepared.cls, self._exhibit, self._options(), self._opener()).run()
            sink.header([(column.name, column.type) for column in grid.columns], about)
            error = grid.populate(sink.visit, None, fail_on_errors=False)
        except rules.BadRules as bad:
            return "failed", str(bad)
        except Exception as raised:  # noqa: BLE001 - whatever a plugin raises ends its run with a sentence
            return "failed", failure.sentence(raised, name, self._exhibit)
        if error is not None:
            why = failure.sentence(error, name, self._exhibit)
            return "partial" if sink.count else "failed", f"the plugin stopped after {sink.count} rows: {why}"
        return verdict(sink, self._loaded.listener, self._exhibit.cut)

    def _options(self) -> dict[str, Any]:
        chosen = dict(self._prepared.options)
        text = chosen.get(options.RULES_REQUIREMENT)
        if text is not None and self._prepared.order.work is not None:
            chosen[options.RULES_REQUIREMENT] = rules.write(text, self._prepared.order.work)
        return chosen

    def _opener(self) -> type | None:
        order = self._prepared.order
        if order.work is None or not options.writes_files(self._prepared.card, order.options):
            return None
        return files.Files(order.work / FILES, self._lines.emit).opener()


def child(loaded: Loaded, exhibit: construct.Exhibit, prepared: Prepared, rows: int, line: socket.socket) -> None:
    """Carry out a run in the process that was forked for it."""
    _Run(loaded, exhibit, prepared, rows).go(line)


def verdict(sink: Rows, listener: framework.Listener, cut_image: str) -> tuple[str, str]:
    """State and reason of a run that came to its own end: complete, unless something was swallowed, only logged, or
    cut.
    """
    if cut_image:
        return "partial", f"{cut_image}; rows may be missing"
    if listener.scan_failures:
        return "partial", f"a scan broke off, rows may be missing: {listener.scan_failures[0]}"
    if listener.errors:
        return "partial" if sink.count else "failed", f"the plugin said: {' / '.join(listener.errors)}"
    if sink.cut:
        return "partial", f"{sink.cut} cells were longer than {sink.cell_chars} characters and were cut"
    return "complete", ""
