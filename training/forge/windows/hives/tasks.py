"""Scheduled tasks as the registry keeps them: what is run, what sets it off, and when it last was.

The forms of ``Actions``, ``Triggers`` and ``DynamicInfo`` are those that public research found
(cyber.wtf, "Windows registry analysis: today's episode: tasks", 2022).
"""

import struct
import uuid
from typing import Final

from training.forge.windows.hive import Node
from training.forge.windows.hives import identity
from training.forge.windows.hives.usual import fixed
from training.forge.windows.plan import Filetime, Plan, Task, Value

CACHE: Final = "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache"
TRIGGERS: Final = {
    "boot": 0xFFFF,
    "logon": 0xAAAA,
    "time": 0xDDDD,
    "idle": 0xEEEE,
    "registration": 0x8888,
    "session": 0x7777,
}
"""What can set a task off, and the mark before it."""

_ACTIONS: Final = 3
_SET: Final = 0x17
_RUN: Final = 0x6666
_OBJECT: Final = 0x7777
_INDEX: Final = {"boot": 1, "logon": 2}
_OTHER: Final = 3
_ENABLED: Final = 0x02400000 | 0x08000000 | 0x10000 | 0x2000 | 0x100
_NO_TIME: Final = 0xFFFFFFFFFFFFFFFF
_USER: Final = 1
_DAY: Final = 86_400
_NEVER_REPEATED: Final = 0xFFFFFFFF
_CONSOLE: Final = 1
_SYSTEM: Final = "S-1-5-18"


def write(root: Node, plan: Plan) -> None:
    """Write all tasks of a plan below the root of the SOFTWARE hive."""
    for task in plan.tasks:
        number = identifier(plan, task)
        group = {"boot": "Boot", "logon": "Logon"}.get(task.trigger, "Plain")
        index = Value(name="Index", kind="DWORD", data=_INDEX.get(task.trigger, _OTHER))
        named = Value(name="Id", kind="SZ", data=number)
        guard = identity.descriptor(identity.ADMINISTRATORS, identity.SYSTEM, {identity.SYSTEM: 0x1F019F})
        secured = Value(name="SD", kind="BINARY", data=guard)
        root.put(f"{CACHE}\\Tree{task.path}", task.created, (secured, named, index))
        root.put(f"{CACHE}\\{group}\\{number}", task.created)
        root.put(f"{CACHE}\\Tasks\\{number}", max(task.created, task.last_run), _values(task), made=task.created)


def identifier(plan: Plan, task: Task) -> str:
    """The GUID under which a task is kept."""
    drawn = fixed(f"task {plan.host.name} {task.path}").getrandbits(128)
    return "{" + str(uuid.UUID(int=drawn, version=4)).upper() + "}"


def _values(task: Task) -> tuple[Value, ...]:
    author = task.user or "Microsoft Corporation"
    return (
        Value(name="Path", kind="SZ", data=task.path),
        Value(name="Schema", kind="DWORD", data=0x00010002),
        Value(name="Author", kind="SZ", data=author),
        Value(name="Triggers", kind="BINARY", data=triggers(task)),
        Value(name="Actions", kind="BINARY", data=actions(task)),
        Value(name="DynamicInfo", kind="BINARY", data=history(task)),
    )


def actions(task: Task) -> bytes:
    """What a task does: it starts a program, or calls an object where its command is the number of a class."""
    head = struct.pack("<H", _ACTIONS) + _text("Author")
    if task.command.startswith("{"):
        call = uuid.UUID(task.command).bytes_le + _text(task.arguments)
        return head + struct.pack("<H", _OBJECT) + _text("") + call
    start = _text(task.command) + _text(task.arguments) + _text("") + struct.pack("<H", 0)
    return head + struct.pack("<H", _RUN) + _text("") + start


def triggers(task: Task) -> bytes:
    """What sets a task off, behind whose it is and what it is called.

    Raises:
        KeyError: its trigger is none of `TRIGGERS`.
    """
    who = _who(task)
    options = struct.pack("<I4x", 0)
    bucket = struct.pack("<I4xI4x", _ENABLED, _sum(task)) + _text("Author", wide=True) + _text(task.display, wide=True)
    head = struct.pack("<B7x", _SET) + _when(task.created) + _when(0) + bucket + who + options
    mark = struct.pack("<I4x", TRIGGERS[task.trigger])
    match task.trigger:
        case "time":
            return head + mark + _daily(task)
        case "logon":
            return head + mark + _general(task) + who
        case "session":
            return head + mark + _general(task) + struct.pack("<I4x", _CONSOLE) + who
        case _:
            return head + mark + _general(task)


def history(task: Task) -> bytes:
    """When a task was made, when it last ran, and how that ended."""
    return struct.pack("<IQQIIQ", 3, task.created, task.last_run, 0, 0, task.last_run)


def _general(task: Task) -> bytes:
    repeated = struct.pack("<5I", 0, _NEVER_REPEATED, 0, 0, _NEVER_REPEATED)
    return _when(task.created) + _when(0) + repeated + bytes(4) + struct.pack("<B7x", 1) + bytes(8) + _identity()


def _daily(task: Task) -> bytes:
    """Once a day, from when the task was made."""
    every = struct.pack("<4I3H2x", 0, 0, 3 * _DAY, 1, 1, 0, 0)
    switches = struct.pack("<BB6xI4x", 0, 1, 0)
    return _when(task.created) + _when(0) + _when(0) + every + switches + _identity()


def _identity() -> bytes:
    """The name of a trigger within its task, which has none, filled up to eight bytes."""
    return _text("").ljust(8, b"\0")


def _who(task: Task) -> bytes:
    """The user as whom a task runs."""
    number = identity.sid(task.sid or _SYSTEM)
    head = struct.pack("<B7xB7xI4x", 0, 0, _USER) + struct.pack("<I4x", len(number))
    return head + number + bytes(-len(number) % 8) + _text(task.user or "SYSTEM", wide=True)


def _when(time: Filetime) -> bytes:
    return struct.pack("<B7xQ", 1, time or _NO_TIME)


def _text(text: str, *, wide: bool = False) -> bytes:
    """A text behind its length in bytes; wide, both are filled up to eight."""
    raw = text.encode("utf-16-le")
    if wide:
        return struct.pack("<I4x", len(raw)) + raw + bytes(-len(raw) % 8)
    return struct.pack("<I", len(raw)) + raw


def _sum(task: Task) -> int:
    """A number that differs from task to task where Windows keeps a checksum of its file."""
    return sum(map(ord, task.path)) * 2_654_435_761 & 0xFFFFFFFF
