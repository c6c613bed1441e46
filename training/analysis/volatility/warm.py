"""The warm process of an exhibit: layers and kernel module are there, and each run is a fork of it.

It never runs a plugin itself: classes of types freeze at their first use, so what ran before would change what comes
after.
"""

import gc
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from training.analysis import channel
from training.analysis.sandbox import confine
from training.analysis.volatility import construct, image, offered, options, request, run, tables
from training.analysis.volatility.kernel import FILE_BYTES, OPEN_FILES, Loaded

PAGE = 1024  # ru_maxrss counts in KiB


@dataclass(frozen=True, slots=True)
class Running:
    """A run that has not ended: its process and the host's line."""

    process: int
    line: socket.socket


def serve(loaded: Loaded, message: dict[str, Any], control_number: int, image_number: int) -> int:
    """Be the warm process of an image; returns the exit status."""
    began = time.monotonic()
    control = channel.opened(control_number)
    try:
        asked = request.opening(message)
        layers = confine.confine(
            readable=[loaded.start.symbols], writable=[loaded.start.cache],
            readable_fds=[], cpu_seconds=None, file_bytes=FILE_BYTES, open_files=OPEN_FILES, may_fork=True,
        )  # fmt: skip
        exhibit, kernel = attach(loaded, asked, image_number, control)
    except (request.BadRequest, construct.Unfit) as bad:
        channel.send(control, {"failed": str(bad)[:500]})
        return 1
    gc.collect()
    gc.freeze()
    seconds = round(time.monotonic() - began, 3)
    ready: dict[str, Any] = {"ready": True, "kernel": kernel, "layers": list(layers), "seconds": seconds}
    if exhibit.unfit:
        ready["unfit"] = exhibit.unfit
    channel.send(control, ready)
    return _Loop(loaded, exhibit, control).go()


def attach(
    loaded: Loaded, asked: request.Open, image_number: int, control: socket.socket
) -> tuple[construct.Exhibit, dict[str, Any] | None]:
    """The exhibit, and the configuration to save. Raises Unfit."""
    location = image.serve(image_number)
    if asked.kernel is not None:
        with suppress(construct.Unfit):
            return _with_kernel(loaded, asked.system, asked.kernel, location), asked.kernel
    found = construct.in_child(asked.system, location, loaded.classes, loaded.symbols, control)
    if found.kernel is not None:
        return _with_kernel(loaded, asked.system, found.kernel, location), found.kernel
    if found.primary is None:
        raise construct.Unfit(found.unfit)
    context = construct.context_for(asked.system)
    layer = construct.layers(found.primary, location, loaded.symbols, context)
    return construct.Exhibit(asked.system, context, layer, None, found.unfit), None


def _with_kernel(loaded: Loaded, system: str, kernel: dict[str, Any], location: str) -> construct.Exhibit:
    context = loaded.contexts.get(tables.key(kernel))
    if context is not None:
        name = construct.module(kernel, location, loaded.symbols, context)
    else:
        context = construct.context_for(system)
        name = construct.module(kernel, location, loaded.symbols, context)
        tables.prepare(context, system)
    cut = construct.cut_short(context, name) if system == "linux" else ""
    return construct.Exhibit(system, context, context.modules[name].layer_name, name, "", cut)


class _Loop:
    """Waits for orders and for the ends of runs."""

    def __init__(self, loaded: Loaded, exhibit: construct.Exhibit, control: socket.socket) -> None:
        self._loaded, self._exhibit, self._control = loaded, exhibit, control
        self._running: dict[int, Running] = {}  # by pidfd
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def go(self) -> int:
        """Until the host closes the control socket; then nothing of ours is left."""
        while True:
            for ready, _ in self._poll.poll():
                if ready in self._running:
                    self._reap(ready)
                    continue
                try:
                    packet = channel.receive(self._control)
                except (ValueError, OSError) as bad:
                    sys.stderr.write(f"warm process: {bad}\n")
                    continue
                if packet is None:
                    self._end()
                    return 0
                self._take(packet)

    def _end(self) -> None:
        for watch in list(self._running):
            process = self._running[watch].process
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError):
                    kill(process, signal.SIGKILL)
            self._reap(watch)

    def _reap(self, watch: int) -> None:
        running = self._running.pop(watch)
        self._poll.unregister(watch)
        os.close(watch)
        _, status, usage = os.wait4(running.process, 0)
        with suppress(OSError):
            channel.send(running.line, {"status": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss * PAGE})
        running.line.close()

    def _take(self, packet: channel.Packet) -> None:
        if len(packet.files) != 2:  # noqa: PLR2004 - rows and line
            channel.close(packet.files)
            return
        rows, line = packet.files[0], channel.opened(packet.files[1])
        try:
            prepared = self._prepare(packet.said)
        except request.BadRequest as bad:
            with suppress(OSError):
                channel.send(line, {"refused": str(bad)[:500]})
            line.close()
        else:
            self._start(prepared, rows, line)
        finally:
            os.close(rows)

    def _prepare(self, message: dict[str, Any]) -> run.Prepared:
        order = request.order(message, self._loaded.start.cache)
        found = offered.find(self._loaded.document, order.plugin)
        if found is None:
            raise request.BadRequest(f"plugin: {order.plugin} is not offered")
        name, card = found
        cls = self._loaded.classes.get(card["class"])
        if cls is None and not card.get("own"):
            raise request.BadRequest(f"plugin: {name} could not be imported; is a package that it needs installed?")
        prepared = run.Prepared(name, cls, card, order, options.accept(cls, card, order.options))
        if order.work is None and (options.RULES in order.options or options.writes_files(card, order.options)):
            raise request.BadRequest("work: this run needs a folder for its files")
        return prepared

    def _start(self, prepared: run.Prepared, rows: int, line: socket.socket) -> None:
        process, _ = confine.fork()
        if process == 0:
            try:
                self._child_closes()
                run.child(self._loaded, self._exhibit, prepared, rows, line)
            except BaseException as error:  # noqa: BLE001 - the child must not return into the loop of its parent
                sys.stderr.write(f"run: {type(error).__name__}: {error}\n")
                os._exit(1)
            finally:
                os._exit(0)
        watch = os.pidfd_open(process)
        self._running[watch] = Running(process, line)
        self._poll.register(watch, select.POLLIN)

    def _child_closes(self) -> None:
        self._control.close()
        for watch, other in self._running.items():
            os.close(watch)
            other.line.close()
