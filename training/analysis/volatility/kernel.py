"""The kernel process: Volatility imported and one kernel's symbols loaded, once for all exhibits of that kernel.

It never sees evidence itself: for each exhibit it forks a warm process (warm.py), which gets the image. It has one
thread and one loop; the host ends it by closing its control socket.
"""

import gc
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from training.analysis import channel
from training.analysis.sandbox import confine
from training.analysis.volatility import framework, offered, request

FILE_BYTES = 512 * 2**20
"""Written per file; a run inherits the limit from its warm process and can only narrow it."""
OPEN_FILES = 1024


@dataclass
class Loaded:
    """What every process forked from the kernel process shares."""

    start: request.Start
    document: dict[str, Any]
    classes: dict[str, Any]
    listener: framework.Listener
    symbols: Any
    contexts: dict[tuple[str, str, int], Any]


def load(start: request.Start) -> Loaded:
    """Import Volatility, parse the symbol files, make the kernel's symbol table. Raises what a bad symbol file makes
    Volatility raise.
    """
    framework.settle(start.cache)
    listener = framework.listen()
    classes = framework.load(start.symbols)
    from training.analysis.volatility import faster, parsed, rules, tables  # noqa: PLC0415 - after settle(): they import it

    faster.install()
    rules.no_includes()
    symbols = parsed.SymbolFiles(start.symbols)
    symbols.serve()
    contexts = tables.make(symbols)
    framework.identify()
    return Loaded(start, offered.load(), classes, listener, symbols, contexts)


def serve(number: int) -> int:
    """Be a kernel process on an inherited control socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the host, which then closes the control socket
    control = channel.opened(number)
    began = time.monotonic()
    # Nothing that is made here ever becomes garbage: looking for it costs half of the start.
    gc.disable()
    try:
        packet = channel.receive(control)
        if packet is None:
            return 0
        loaded = load(request.start(packet.said))
    except Exception as error:  # noqa: BLE001 - a symbol file can be bad in any way
        channel.send(control, {"failed": f"the symbol file can't be loaded: {type(error).__name__}: {error}"[:500]})
        return 1
    gc.collect()
    gc.freeze()
    channel.send(control, {
        "ready": True,
        "layers": list(confine.layers_here()),
        "volatility": framework.version(),
        "island": loaded.document["island"],
        "seconds": round(time.monotonic() - began, 3),
    })  # fmt: skip
    return _loop(control, loaded)


def _loop(control: Any, loaded: Loaded) -> int:
    children: dict[int, int] = {}  # pidfd to process
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready != control.fileno():
                poll.unregister(ready)
                os.close(ready)
                del children[ready]
                _reap()
                continue
            try:
                packet = channel.receive(control)
            except (ValueError, OSError) as bad:
                sys.stderr.write(f"kernel process: {bad}\n")
                continue
            if packet is None:
                return 0
            child = _open(control, loaded, packet)
            if child is not None:
                watch = os.pidfd_open(child)
                children[watch] = child
                poll.register(watch, select.POLLIN)


def _reap() -> None:
    """Take leave of warm processes that ended, and of runs whose warm process was killed: as the first process of the
    namespace we inherit them.
    """
    with suppress(ChildProcessError):
        while any(os.waitpid(-1, os.WNOHANG)):
            pass


def _open(control: Any, loaded: Loaded, packet: channel.Packet) -> int | None:
    """Fork a warm process for an exhibit; returns its number."""
    if len(packet.files) != 2:  # noqa: PLR2004 - its control socket and its image
        channel.close(packet.files)
        return None
    child = os.fork()
    if child == 0:
        from training.analysis.volatility import warm  # noqa: PLC0415 - it imports volatility3

        status = 1
        try:
            control.close()
            status = warm.serve(loaded, packet.said, *packet.files)
        except BaseException as error:  # noqa: BLE001 - the child must not return into the loop of its parent
            sys.stderr.write(f"warm process: {type(error).__name__}: {error}\n")
        finally:
            os._exit(status)
    channel.close(packet.files)
    return child
