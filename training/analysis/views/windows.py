"""Cross-views of Windows: processes, modules, connections.

What the sources read: EPROCESS and its ActiveProcessLinks, ETHREAD, the handle table of csrss; the loader's list of
LDR_DATA_TABLE_ENTRY and the array of unloaded drivers; the tables and pools of tcpip.sys.
"""

from collections.abc import Iterator, Mapping

from training.analysis.views.crossing import Entry, Pattern, Source, View, disagreement
from training.sentence import phrase

PID, PPID = "PID", "PPID"
NAME, STARTED, ENDED, SESSION = phrase("name"), phrase("started"), phrase("ended"), phrase("session")
BASE, SIZE, PATH, UNLOADED = phrase("base"), phrase("size"), phrase("path"), phrase("unloaded at")
PROTOCOL, STATE, OWNER, CREATED = phrase("protocol"), phrase("state"), phrase("process"), phrase("created")
LOCAL, LOCAL_PORT = phrase("local address"), phrase("local port")
PEER, PEER_PORT = phrase("peer address"), phrase("peer port")

UNLISTED = Pattern(
    phrase("The scan found a process without an end time that the list of processes does not have."),
    phrase(
        "It may have begun or ended while memory was copied, or be the remains of one whose end was never written. "
        "Threads that still belong to it, and handles that other processes hold to it, speak against that."
    ),
)
HAS_ENDED = Pattern(
    phrase("The process has ended; the scan found what is left of it, or something still holds a handle to it."),
    phrase("Every machine has such remains, and a program that watches others keeps them for long."),
    weight=1,
)
ONLY_THREADS = Pattern(
    phrase("Threads belong to a process that neither the list of processes nor the scan has."),
    phrase("Threads of a process that has ended can stay in memory longer than the process itself."),
    weight=2,
)
NO_THREADS = Pattern(
    phrase("The list has a running process of which the scan for threads found none."),
    phrase(
        "Processes that the kernel keeps for its own use can be without threads, and the page of a thread may be "
        "missing from the image."
    ),
    weight=2,
)
NOT_SCANNED = Pattern(
    phrase("The list has a process that the scan did not recognise."),
    phrase(
        "Its page may be missing from the image, and the scan goes by marks of the pool that can be damaged. This "
        "alone rarely means anything."
    ),
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
PROCESS: dict[str, str] = {
    PID: "PID",
    NAME: "ImageFileName",
    PPID: "PPID",
    STARTED: "CreateTime",
    ENDED: "ExitTime",
    SESSION: "SessionId",
}
PROCESSES = View(
    "processes",
    "windows",
    "Processes",
    (PID, NAME, STARTED),
    (PPID, ENDED, SESSION),
    (
        Source(phrase("list"), "windows.pslist", phrase("the list that links all processes"), PROCESS_KEY, PROCESS),
        Source(phrase("tree"), "windows.pstree", phrase("the same list, ordered by parents"), PROCESS_KEY, PROCESS),
        Source(
            phrase("scan"), "windows.psscan", phrase("pool memory, for what looks like a process"), PROCESS_KEY, PROCESS
        ),
        Source(
            phrase("threads"),
            "windows.thrdscan",
            phrase("pool memory, for threads: the processes they belong to"),
            ("PID", None, None),
            lists=_running,
        ),
    ),
    process_patterns,
)

DRIVER_UNLISTED = Pattern(
    phrase("The scan found a module that the list of loaded modules does not have."),
    phrase(
        "It may have been unloaded: see whether the array of unloaded drivers names it. What is left of a module that "
        "is being loaded or removed is in one of them only."
    ),
)
DRIVER_CAME_BACK = Pattern(
    phrase("The module is loaded now and was unloaded before, at the same place."),
    phrase("Drivers are loaded and unloaded in the normal course of things, such as for crash dumps and scanners."),
    weight=1,
)
DRIVER_UNLOADED = Pattern(
    phrase("The driver was loaded once and is not loaded now."),
    phrase(
        "Drivers that are needed once, such as those for crash dumps and installers, leave such a trace on every "
        "machine."
    ),
    weight=1,
)
DRIVER_UNSCANNED = Pattern(
    phrase("The list has a module that the scan did not recognise."),
    phrase("Some entries were made before the pools existed, and a page may be missing from the image."),
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


MODULE: dict[str, str] = {BASE: "Base", SIZE: "Size", PATH: "Path"}
MODULES = View(
    "modules",
    "windows",
    "Kernel modules",
    (NAME, BASE),
    (SIZE, PATH, UNLOADED),
    (
        Source(
            phrase("list"), "windows.modules", phrase("the kernel's list of loaded modules"), ("Name", "Base"), MODULE
        ),
        Source(
            phrase("scan"),
            "windows.modscan",
            phrase("pool memory, for what looks like an entry of that list"),
            ("Name", "Base"),
            MODULE,
        ),
        Source(
            phrase("unloaded"),
            "windows.unloadedmodules",
            phrase("the array of the drivers that were unloaded last"),
            ("Name", "StartAddress"),
            {UNLOADED: "Time"},
        ),
    ),
    module_patterns,
)

UNTRACKED = Pattern(
    phrase("The scan found an endpoint that the network driver's own tables do not have."),
    phrase(
        "An endpoint that was closed stays in memory for a while; its state and the end of its process may show it."
    ),
    weight=2,
)
ENDPOINT_UNSCANNED = Pattern(
    phrase("The network driver's tables have an endpoint that the scan did not recognise."),
    phrase("The scan goes by marks of the pool that can be damaged, and a page may be missing from the image."),
    weight=1,
)


ENDS = ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "PID")
ENDPOINT: dict[str, str] = {STATE: "State", OWNER: "Owner", CREATED: "Created"}
SOCKETS = View(
    "sockets",
    "windows",
    "Connections",
    (PROTOCOL, LOCAL, LOCAL_PORT, PEER, PEER_PORT, PID),
    (STATE, OWNER, CREATED),
    (
        Source(phrase("tables"), "windows.netstat", phrase("the tables of the network driver"), ENDS, ENDPOINT),
        Source(
            phrase("scan"), "windows.netscan", phrase("pool memory, for what looks like an endpoint"), ENDS, ENDPOINT
        ),
    ),
    disagreement((UNTRACKED, "scan", "tables"), (ENDPOINT_UNSCANNED, "tables", "scan")),
)

VIEWS = (PROCESSES, MODULES, SOCKETS)
