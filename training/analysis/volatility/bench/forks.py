"""`python -m training.analysis.volatility.bench.forks SOCKET SYMBOLS`: the command line without its start.

A process that has imported it and read the symbol files once, and forks for each command. Each fork is the genuine
command line, `volatility3.cli.main()`, with an environment, a folder, a cache and an output of its own, and ends with
its command. What it is spared is what every start does alike, and changes no row.
"""

import ctypes
import gc
import importlib
import io
import json
import lzma
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from training.analysis import channel


class Known(io.BytesIO):
    """A symbol file that was unpacked and read before it is opened."""

    def __init__(self, content: bytes, parsed: Any = None) -> None:
        super().__init__(content)
        self._content = content
        self.parsed = parsed or json.loads(content)

    def again(self) -> "Known":
        """The same, at its beginning."""
        return Known(self._content, self.parsed)


def serve(control: socket.socket, symbols: Path) -> Any:
    """Be the process that forks, until the other side is gone. In a fork it returns what the command line returns."""
    prepare(symbols)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for the forks are not waited for
    while order := channel.receive(control):
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            child = os.fork()
            if child == 0:
                return _be(order)
            _, status = os.waitpid(child, 0)
            with channel.opened(order.files[0]) as line:
                channel.send(line, {"status": os.waitstatus_to_exitcode(status)})
            os._exit(0)
        channel.close(order.files)
    return 0


def prepare(symbols: Path) -> None:
    """Import all that the command line imports, and have it know the symbol files.

    It unpacks and parses a symbol file anew each time that it is needed, twice or more in a command, and works out a
    hash of it only to find that there is nothing to check it with.
    """
    gc.disable()  # the search for garbage takes a third of each command
    sys.argv[0] = "vol"  # it calls itself so
    volatility3 = importlib.import_module("volatility3")
    for part in ("cli", "framework", "plugins", "schemas"):
        importlib.import_module(f"volatility3.{part}")
    volatility3.framework.import_files(volatility3.plugins, True)
    volatility3.schemas.validate = lambda *_: True
    resources = importlib.import_module("volatility3.framework.layers.resources")
    opening, parse = resources.ResourceAccessor.open, json.load
    known = {file.as_uri(): Known(lzma.decompress(file.read_bytes())) for file in sorted(symbols.rglob("*.json.xz"))}

    def opened(accessor: Any, url: str, mode: str = "rb") -> Any:
        return known[url].again() if url in known else opening(accessor, url, mode)

    def load(file: Any, **how: Any) -> Any:
        found = getattr(file, "stream", file)  # around it is what makes text of bytes
        return found.parsed if isinstance(found, Known) and not any(how.values()) else parse(file, **how)

    resources.ResourceAccessor.open = opened
    json.load = load  # type: ignore[assignment]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(known))  # a fork that ends need not take millions of objects apart
    gc.freeze()


def _be(order: channel.Packet) -> Any:
    """Be one command line."""
    _, out, err = order.files
    os.dup2(out, sys.stdout.fileno())
    os.dup2(err, sys.stderr.fileno())
    channel.close(order.files)
    os.chdir(order.said["home"])
    os.environ.clear()
    os.environ.update(order.said["environment"])
    importlib.reload(importlib.import_module("volatility3.framework.constants"))  # it names folders by the environment
    sys.argv = ["vol", *order.said["words"]]
    return importlib.import_module("volatility3.cli").main()


if __name__ == "__main__":
    sys.exit(serve(channel.opened(int(sys.argv[1])), Path(sys.argv[2])))
