"""Cross-views of Windows: processes, modules, connections.

What the sources read: EPROCESS and its ActiveProcessLinks, ETHREAD, the handle table of csrss; the loader's list of
LDR_DATA_TABLE_ENTRY and the array of unloaded drivers; the tables and pools of tcpip.sys.
"""

from collections.abc import Iterator, Mapping

from training.analysis.views.crossing import Entry, Pattern, Source, View, disagreement

PID, NAME, STARTED, PPID, ENDED, SESSION = "PID", "name", "started", "PPID", "ended", "session"

UNLISTED = Pattern(
    "The scan found a process without an end time that the list of processes does not have.",
    "It may have begun or ended while memory was copied, or be the remains of one whose end was never written. Threads "
    "that still belong to it, and handles that other processes hold to it, speak against that.",
)
HAS_ENDED = Pattern(
    "The process has ended; the scan found what is left of it, or something still holds a handle to it.",
    "Every machine has such remains, and a program that watches others keeps them for long.",
    weight=1,
)
ONLY_THREADS = Pattern(
    "Threads belong to a process that neither the list of processes nor the scan has.",
    "Threads of a process that has ended can stay in memory longer than the process itself.",
    weight=2,
)
NO_THREADS = Pattern(
    "The list has a running process of which the scan for threads found none.",
    "Processes that the kernel keeps for its own use can be without threads, and the page of a thread may be missing "
    "from the image.",
    weight=2,
)
NOT_SCANNED = Pattern(
    "The list has a process that the scan did not recognise.",
    "Its page may be missing from the image, and the scan goes by marks of the pool that can be damaged. This alone "
    "rarely means anything.",
    weight=1,
)


def _running(cells: Mapping[str, str]) -> bool:
    return not cells.get(ENDED)


def process_patterns(entry: Entry) -> Iterator[Pattern]:
    """What stands out of a process."""
    if not _running(entry.cells):
        yield HAS_ENDED
        return
    if entry.lacks("list"):
        if entry.seen("scan"):
            yield UNLISTED
        elif entry.lacks("scan") and entry.seen("threads"):
            yield ONLY_THREADS
    if entry.seen("list"):
        if entry.lacks("threads"):
            yield NO_THREADS
        if entry.lacks("scan"):
            yield NOT_SCANNED


PROCESS_KEY = ("PID", "ImageFileName", "CreateTime")
PROCESS = {PID: "PID", NAME: "ImageFileName", PPID: "PPID", STARTED: "CreateTime", ENDED: "ExitTime",
           SESSION: "SessionId"}  # fmt: skip
PROCESSES = View(
    "processes", "windows", "Processes",
    (PID, NAME, STARTED), (PPID, ENDED, SESSION),
    (
        Source("list", "windows.pslist", "the list that links all processes", PROCESS_KEY, PROCESS),
        Source("tree", "windows.pstree", "the same list, ordered by parents", PROCESS_KEY, PROCESS),
        Source("scan", "windows.psscan", "pool memory, for what looks like a process", PROCESS_KEY, PROCESS),
        Source("threads", "windows.thrdscan", "pool memory, for threads: the processes they belong to",
               ("PID", None, None), lists=_running),
    ),
    process_patterns,
)  # fmt: skip

DRIVER_UNLISTED = Pattern(
    "The scan found a module that the list of loaded modules does not have.",
    "It may have been unloaded: see whether the array of unloaded drivers names it. What is left of a module that is "
    "being loaded or removed is in one of them only.",
)
DRIVER_CAME_BACK = Pattern(
    "The module is loaded now and was unloaded before, at the same place.",
    "Drivers are loaded and unloaded in the normal course of things, such as for crash dumps and scanners.",
    weight=1,
)
DRIVER_UNLOADED = Pattern(
    "The driver was loaded once and is not loaded now.",
    "Drivers that are needed once, such as those for crash dumps and installers, leave such a trace on every machine.",
    weight=1,
)
DRIVER_UNSCANNED = Pattern(
    "The list has a module that the scan did not recognise.",
    "Some entries were made before the pools existed, and a page may be missing from the image.",
    weight=1,
)


def module_patterns(entry: Entry) -> Iterator[Pattern]:
    """What stands out of a kernel module."""
    if entry.lacks("list") and entry.seen("scan"):
        yield DRIVER_UNLISTED
    if entry.seen("unloaded"):
        yield DRIVER_CAME_BACK if entry.seen("list") else DRIVER_UNLOADED
    if entry.seen("list") and entry.lacks("scan"):
        yield DRIVER_UNSCANNED


MODULE = {"base": "Base", "size": "Size", "path": "Path"}
MODULES = View(
    "modules", "windows", "Kernel modules",
    ("name", "base"), ("size", "path", "unloaded at"),
    (
        Source("list", "windows.modules", "the kernel's list of loaded modules", ("Name", "Base"), MODULE),
        Source("scan", "windows.modscan", "pool memory, for what looks like an entry of that list", ("Name", "Base"),
               MODULE),
        Source("unloaded", "windows.unloadedmodules", "the array of the drivers that were unloaded last",
               ("Name", "StartAddress"), {"unloaded at": "Time"}),
    ),
    module_patterns,
)  # fmt: skip

UNTRACKED = Pattern(
    "The scan found an endpoint that the network driver's own tables do not have.",
    "An endpoint that was closed stays in memory for a while; its state and the end of its process may show it.",
    weight=2,
)
ENDPOINT_UNSCANNED = Pattern(
    "The network driver's tables have an endpoint that the scan did not recognise.",
    "The scan goes by marks of the pool that can be damaged, and a page may be missing from the image.",
    weight=1,
)


ENDS = ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "PID")
ENDPOINT = {"state": "State", "process": "Owner", "created": "Created"}
SOCKETS = View(
    "sockets", "windows", "Connections",
    ("protocol", "local address", "local port", "peer address", "peer port", "PID"), ("state", "process", "created"),
    (
        Source("tables", "windows.netstat", "the tables of the network driver", ENDS, ENDPOINT),
        Source("scan", "windows.netscan", "pool memory, for what looks like an endpoint", ENDS, ENDPOINT),
    ),
    disagreement((UNTRACKED, "scan", "tables"), (ENDPOINT_UNSCANNED, "tables", "scan")),
)  # fmt: skip

VIEWS = (PROCESSES, MODULES, SOCKETS)
