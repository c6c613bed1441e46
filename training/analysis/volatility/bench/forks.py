"""`python -m training.analysis.volatility.bench.forks SOCKET SYMBOLS`: the command line without its start.

A process that has imported it and read the symbol files once, and forks for each command. Each fork is the genuine
command line, `volatility3.cli.main()`, with an environment, a folder, a cache and an output of its own, and ends with
its command. What it is spared is what every start does alike, and changes no row.
"""

import ctypes
import gc
import importlib
import json
import lzma
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from training.analysis import channel

LARGE = 2**20  # characters of a JSON text that is no longer small


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
    """Import all that the command line imports, and have its JSON reader know the symbol files.

    The reader parses a symbol file anew each time that it is needed, and before that works out a hash of it only to
    find that there is nothing to check it with.
    """
    gc.disable()  # the search for garbage takes a third of each command
    sys.argv[0] = "vol"  # it calls itself so
    volatility3 = importlib.import_module("volatility3")
    for part in ("cli", "framework", "plugins", "schemas"):
        importlib.import_module(f"volatility3.{part}")
    volatility3.framework.import_files(volatility3.plugins, True)
    volatility3.schemas.validate = lambda *_: True
    parse, known = json.loads, dict[str, Any]()

    def loads(text: Any, **how: Any) -> Any:
        if any(how.values()) or len(text) < LARGE:
            return parse(text, **how)
        if text not in known:
            known[text] = parse(text)
        return known[text]

    json.loads = loads  # type: ignore[assignment]
    for file in sorted(symbols.rglob("*.json.xz")):
        loads(lzma.decompress(file.read_bytes()).decode())
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
