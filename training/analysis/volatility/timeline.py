"""Our own timeline: what generate_timeline() of each plugin of the exhibit's system says, and nothing else.

`timeliner.Timeliner` of this Volatility gives every row the times of its plugin's last item. Here each plugin runs in a
process of its own, forked from the untouched state, so that no plugin changes what the next one finds; its rows come in
its own order, plugin after plugin by name.
"""

import datetime as dt
import json
import os
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from volatility3.framework import interfaces, renderers
from volatility3.plugins import timeliner

from training.analysis.volatility import construct, failure, framework
from training.analysis.volatility.rows import Rows

NAME = "engram.timeline"
OPTION = "plugins"
KINDS = tuple(
    getattr(timeliner.TimeLinerType, kind) for kind in ("CREATED", "MODIFIED", "ACCESSED", "CHANGED")
)  # the order of the columns
COLUMNS: list[tuple[str, type]] = [
    ("Plugin", str),
    ("Description", str),
    ("Created Date", dt.datetime),
    ("Modified Date", dt.datetime),
    ("Accessed Date", dt.datetime),
    ("Changed Date", dt.datetime),
]
LONGEST_REASON = 120
"""Of one plugin; the reason of the run names every plugin that did not end well."""
CHECK_SECONDS = 0.5
OUT_OF_MEMORY = 100
KIB = 1024


@dataclass(frozen=True, slots=True)
class Part:
    """What the process of each plugin keeps to. `memory` is in bytes."""

    listener: framework.Listener
    confine: Callable[[], object]
    memory: int | None


def plugins(document: dict[str, Any], classes: dict[str, Any], system: str) -> dict[str, Any]:
    """The offered plugins of a system that know times, by canonical name."""
    found = {}
    for name, card in sorted(document["plugins"].items()):
        cls = classes.get(card["class"])
        if name.startswith(f"{system}.") and cls is not None and issubclass(cls, timeliner.TimeLinerInterface):
            found[name] = cls
    return found


def items(told: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[str, dict[Any, Any]]]:
    """What a plugin tells (item, kind of time, time), put together by item in the order of their first times. An item
    that tells the same kind twice is two things of one description.
    """
    made: list[tuple[str, dict[Any, Any]]] = []
    latest: dict[str, dict[Any, Any]] = {}
    for item, kind, time in told:
        times = latest.get(item)
        if times is None or kind in times:
            times = latest[item] = {}
            made.append((item, times))
        times[kind] = time
    yield from made


def assemble(exhibit: construct.Exhibit, chosen: dict[str, Any], sink: Rows, part: Part) -> tuple[str, str]:
    """Write the rows of every chosen plugin; returns state and reason."""
    faults = []
    for name, cls in chosen.items():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _tell(exhibit, name, cls, writing, part)
        os.close(writing)
        state = "it ended at once"
        with os.fdopen(reading, "rb") as pipe:
            for line in pipe:
                message = json.loads(line)
                if "state" in message:
                    state = message["state"]
                else:
                    item, *times = message["row"]
                    sink.row(0, [name, item, *map(_unpacked, times)])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == OUT_OF_MEMORY:
            state = "it took more memory than a run may"
        elif status:
            state = f"it was ended ({signal.Signals(-status).name if status < 0 else status})"
        if state:
            faults.append(f"{name}: {state}")
    if not faults:
        return "complete", ""
    return "partial" if sink.count else "failed", f"times are missing: {'; '.join(faults)}"


def _tell(exhibit: construct.Exhibit, name: str, cls: Any, writing: int, part: Part) -> None:
    """Be the process of one plugin."""
    part.confine()
    if part.memory is not None:
        _watch_memory(part.memory)
    with os.fdopen(writing, "w") as pipe:
        state = ""
        try:
            plugin = construct.plugin(cls, exhibit, {}, None)
            for item, times in items(plugin.generate_timeline()):
                row = [item, *(_packed(times.get(kind, renderers.NotApplicableValue())) for kind in KINDS)]
                pipe.write(json.dumps({"row": row}) + "\n")
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises ends its part with a sentence
            state = failure.sentence(error, name, exhibit)
        faults = [*part.listener.scan_failures, *part.listener.errors]
        state = state or (faults[0] if faults else "")
        pipe.write(json.dumps({"state": state[:LONGEST_REASON]}) + "\n")
    os._exit(0)


def _watch_memory(most: int) -> None:
    """End this process when it takes too much: the host watches the process that forked it."""
    shared = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # with the process that it was forked from

    def check(*_signal: object) -> None:
        if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - shared) * KIB > most:
            os._exit(OUT_OF_MEMORY)

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, CHECK_SECONDS, CHECK_SECONDS)


def _packed(time: Any) -> list[str]:
    """A time, or a kind of absence, for the way through the pipe."""
    if isinstance(time, interfaces.renderers.BaseAbsentValue):
        return ["absent", type(time).__name__]
    return ["time", time.isoformat()]


def _unpacked(packed: list[str]) -> Any:
    kind, value = packed
    return dt.datetime.fromisoformat(value) if kind == "time" else getattr(renderers, value)()
