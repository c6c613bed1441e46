"""Services and tasks, as memory and the registry tell of them."""

from collections.abc import Callable

from training.forge.windows.expect.modules import RECORD
from training.forge.windows.expect.seen import moment
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.hives.system import stored_path
from training.forge.windows.hives.tasks import identifier
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Service, Task
from training.forge.windows.services import HOME, RUNNING, driver_name

_STARTS = ("BOOT", "SYSTEM", "AUTO", "DEMAND", "DISABLED")
_STATES = {
    1: "STOPPED",
    2: "START_PENDING",
    3: "STOP_PENDING",
    4: "RUNNING",
    5: "CONTINUE_PENDING",
    6: "PAUSE_PENDING",
    7: "PAUSED",
}
_KINDS = {
    1: "KERNEL_DRIVER",
    2: "FILE_SYSTEM_DRIVER",
    4: "ADAPTOR",
    8: "RECOGNIZER_DRIVER",
    16: "WIN32_OWN_PROCESS",
    32: "WIN32_SHARE_PROCESS",
    256: "INTERACTIVE_PROCESS",
}
"""Words of services: ``SERVICE_…`` of Microsoft's public header winsvc.h."""
_DRIVERS = 0xF
_COLUMNS = ("Order", "PID", "Start", "State", "Type", "Name", "Display", "Binary", "Binary (Registry)", "Dll")
_TRIGGERS = {
    "boot": ("Boot", "Boot trigger"),
    "time": ("Time", None),
    "idle": ("Logon", "Logon trigger"),
    "registration": ("Logon", "Logon trigger"),
}
"""What the reader calls that which sets a task off: two kinds it takes for a logon."""
_SYSTEM = "S-1-5-18"


def svcscan(machine: Machine) -> Expected:
    """All records in the memory of services.exe, those in no list too."""
    return _services(machine, hidden=True)


def svclist(machine: Machine) -> Expected:
    """The list of records."""
    return _services(machine, hidden=False)


def scheduled_tasks(machine: Machine) -> Expected:
    """Tasks. The reader swaps when one was made and when it last ran, and loses what is run without arguments."""
    columns = ("Task Name", "Principal ID", "Display Name", "Enabled", "Creation Time", "Last Run Time")
    more = ("Last Successful Run Time", "Trigger Type", "Trigger Description", "Action Type", "Action")
    last = ("Action Arguments", "Action Context", "Working Directory", "Key Name")
    return expect((*columns, *more, *last), (_task(machine, each) for each in machine.plan.tasks))


def _services(machine: Machine, *, hidden: bool) -> Expected:
    there = any(each.living and each.plan.name == HOME for each in machine.processes.values())
    chosen = enumerate(machine.plan.services if there else (), 1)
    rows = [_service(order, each) for order, each in chosen if each.listed or hidden]
    return expect(_COLUMNS, rows, left_out={"Offset": RECORD})


def _service(order: int, service: Service) -> tuple[Cell, ...]:
    running, driver = service.state == RUNNING, bool(service.kind & _DRIVERS)
    kinds = "|".join(f"SERVICE_{word}" for bit, word in _KINDS.items() if service.kind & bit)
    binary = driver_name(service) if driver else service.binary
    return (
        order,
        service.pid if running and not driver else None,
        f"SERVICE_{_STARTS[service.start]}{'' if service.start == len(_STARTS) - 1 else '_START'}",
        f"SERVICE_{_STATES[service.state]}",
        kinds,
        service.name,
        service.display,
        binary if running else None,
        stored_path(service.binary),
        stored_path(service.library) if service.library else None,
    )


def _task(machine: Machine, task: Task) -> tuple[Cell, ...]:
    user = task.user or "SYSTEM"
    words: str | None
    if task.trigger == "logon":
        kind, words = "Logon", f"{user}: {task.sid or _SYSTEM} (SidType.User)"
    elif task.trigger == "session":
        kind, words = "Session", f"ConsoleConnect for user {user}"
    else:
        kind, words = _TRIGGERS[task.trigger]
    action: tuple[Cell, ...] = (None, None, None)
    if task.command.startswith("{"):
        action = ("ComHandler", task.command.lower(), task.arguments or None)
    elif task.arguments:
        action = ("Exe", task.command, task.arguments)
    made, ran = moment(task.created), moment(task.last_run)
    head = (task.path.rpartition("\\")[2], "Author", task.display or None, True, ran, made, ran)
    return (*head, kind, words, *action, "Author", None, identifier(machine.plan, task))


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.svcscan": svcscan,
    "windows.svclist": svclist,
    "windows.registry.scheduled_tasks": scheduled_tasks,
}
