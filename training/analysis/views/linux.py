"""Cross-views of Linux: processes, modules, sockets.

What the sources read: `struct task_struct`, its list, its PID table and its children (include/linux/sched.h);
`struct module`, its list and its kobject (include/linux/module.h); `struct socket`, `struct sock` (include/net/sock.h).
"""

from collections.abc import Iterator, Mapping

from training.analysis.views.crossing import Entry, Pattern, Source, View, disagreement
from training.sentence import phrase

PID, TID, PPID = "PID", "TID", "PPID"
NAME, STATE, STARTED = phrase("name"), phrase("state"), phrase("started")
ENDED = ("EXIT_DEAD", "EXIT_ZOMBIE", "EXIT_TRACE")
FAMILY, PROTOCOL, LOCAL, LOCAL_PORT, PEER, PEER_PORT = (
    phrase("family"),
    phrase("protocol"),
    phrase("local address"),
    phrase("local port"),
    phrase("peer address"),
    phrase("peer port"),
)
OWNER, SOCKET_STATE = phrase("processes"), STATE
ADDRESS, SIZE, TAINTS = phrase("address"), phrase("size"), phrase("taints")

UNLISTED = Pattern(
    phrase("The scan found a task that is not marked as ended and that the task list does not have."),
    phrase(
        "A process may have begun or ended while memory was copied, or memory of a task that was given back may still "
        "hold its old state; a scan can also take other data for a task. See whether the table of PIDs, open files or "
        "sockets know it too."
    ),
)
ONLY_TABLE = Pattern(
    phrase("The table of PIDs leads to a task that the task list does not have."),
    phrase(
        "A task that has ended but whose parent has not asked for its status (a zombie) keeps its PID: the scan shows "
        "its state. A copy of running memory can catch a task between two updates."
    ),
)
NO_PID = Pattern(
    phrase("The task list has a task that the table of PIDs does not lead to."),
    phrase(
        "A task that is ending gives up its PID before it leaves the list; in a copy of running memory the two may be "
        "of different moments."
    ),
)
NOT_SCANNED = Pattern(
    phrase("The task list has a task that the scan did not recognise."),
    phrase(
        "Its page may be missing from the image or lie across a boundary, and the scan knows tasks only by certain "
        "values in them. This alone rarely means anything."
    ),
    weight=1,
)
NOT_IN_TREE = Pattern(
    phrase("The task list has a task that the tree does not show."),
    phrase(
        "The tree goes by parents: one that ended while memory was copied, or a damaged link, leaves its children out."
    ),
    weight=2,
)
HAS_ENDED = Pattern(
    phrase("The task has ended; what is left of it is found by the scan, or kept until its parent asks."),
    phrase("Every machine has such remains. They show that something ran, and not when."),
    weight=1,
)
HARDLY = Pattern(
    phrase("The scan found something that has no PID or no name."),
    phrase("This is nearly always other data that looks like a task to the scan."),
    weight=1,
)


def ended(cells: Mapping[str, str]) -> bool:
    """Whether the scan says that a task has ended."""
    return cells.get(STATE, "").startswith(ENDED)


def main_task(cells: Mapping[str, str]) -> bool:
    """Whether it is the first thread of its process: lists without --threads have no others."""
    return cells.get(PID) == cells.get(TID)


def process_patterns(entry: Entry) -> Iterator[Pattern]:
    """What stands out of a task."""
    if entry.seen("scan") and not entry.seen("list", "tree", "table of PIDs") and entry.key[0] in {0, None}:
        yield HARDLY
        return
    if ended(entry.cells):
        yield HAS_ENDED
        return
    if entry.lacks("list") and entry.seen("scan"):
        yield UNLISTED
    if entry.lacks("list") and entry.seen("table of PIDs"):
        yield ONLY_TABLE
    if entry.seen("list"):
        yield from _listed(entry)


def _listed(entry: Entry) -> Iterator[Pattern]:
    if entry.lacks("table of PIDs"):
        yield NO_PID
    if entry.lacks("tree"):
        yield NOT_IN_TREE
    if entry.lacks("scan"):
        yield NOT_SCANNED


TASK: dict[str, str] = {PID: "PID", TID: "TID", NAME: "COMM", PPID: "PPID"}
PROCESSES = View(
    "processes",
    "linux",
    "Processes",
    (PID, TID, NAME),
    (PPID, STATE, STARTED),
    (
        Source(
            phrase("list"),
            "linux.pslist",
            phrase("the list that links all tasks"),
            ("PID", "TID", "COMM"),
            {**TASK, STARTED: "CREATION TIME"},
            lists=main_task,
        ),
        Source(
            phrase("tree"),
            "linux.pstree",
            phrase("the same list, ordered by parents"),
            ("PID", "TID", "COMM"),
            TASK,
            lists=main_task,
        ),
        Source(
            phrase("table of PIDs"),
            "linux.pidhashtable",
            phrase("the table that leads from a PID to its task"),
            ("PID", "TID", "COMM"),
            TASK,
            lists=lambda cells: not cells.get(STATE, "").startswith("EXIT_DEAD"),
        ),
        Source(
            phrase("scan"),
            "linux.psscan",
            phrase("all memory, for what looks like a task"),
            ("PID", "TID", "COMM"),
            {**TASK, STATE: "EXIT_STATE"},
        ),
    ),
    process_patterns,
)

MODULE_GONE = Pattern(
    phrase("The module is known to sysfs or found by the scan, but the kernel's list of modules does not have it."),
    phrase(
        "A module that is being loaded or removed at the moment of the copy is in one of them only, and the memory of "
        "one that was removed may not have been used again yet."
    ),
)
MODULE_BARE = Pattern(
    phrase("The list of modules has it, but sysfs does not."),
    phrase(
        "A kernel can be built without sysfs for modules, and a module that is just being removed has left it already."
    ),
    weight=2,
)
MODULE_UNSCANNED = Pattern(
    phrase("The list of modules has it, but the scan did not recognise it."),
    phrase("The pages of a module may be missing from the image. This alone rarely means anything."),
    weight=1,
)
LISTED, SHOWN = ("list", "/proc/modules"), ("sysfs", "sysfs only")


def module_patterns(entry: Entry) -> Iterator[Pattern]:
    """What stands out of a module."""
    listed = entry.seen(*LISTED)
    unlisted = not listed and any(entry.lacks(source) for source in LISTED)
    if unlisted and entry.seen("scan", *SHOWN):
        yield MODULE_GONE
    if listed and entry.lacks("sysfs"):
        yield MODULE_BARE
    if listed and entry.lacks("scan"):
        yield MODULE_UNSCANNED


MODXVIEW: dict[str, str] = {ADDRESS: "Address", TAINTS: "Taints"}
LSMOD: dict[str, str] = {ADDRESS: "Offset", SIZE: "Code Size", TAINTS: "Taints"}
MODULES = View(
    "modules",
    "linux",
    "Kernel modules",
    (NAME,),
    (ADDRESS, SIZE, TAINTS),
    (
        Source(phrase("list"), "linux.lsmod", phrase("the kernel's list of modules"), ("Module Name",), LSMOD),
        Source(
            "/proc/modules",
            "linux.malware.modxview",
            phrase("what that file would show, by modxview"),
            ("Name",),
            MODXVIEW,
            when="In procfs",
        ),
        Source(
            "sysfs",
            "linux.malware.modxview",
            phrase("the objects behind /sys/module, by modxview"),
            ("Name",),
            MODXVIEW,
            when="In sysfs",
        ),
        Source(
            phrase("sysfs only"),
            "linux.malware.check_modules",
            phrase("what is in sysfs and not in the list; empty as a rule"),
            ("Module Name",),
            LSMOD,
        ),
        Source(
            phrase("scan"),
            "linux.malware.modxview",
            phrase("the memory of modules, by modxview"),
            ("Name",),
            MODXVIEW,
            when="In scan",
        ),
    ),
    module_patterns,
)

NO_OWNER = Pattern(
    phrase("The scan found a socket that no process has open."),
    phrase(
        "A socket that was closed stays in memory for a while, the kernel has some of its own, and one that is on its "
        "way between two processes is open in neither. Look at its state and at hidden processes."
    ),
    weight=2,
)
SOCKET_UNSCANNED = Pattern(
    phrase("A process has a socket open that the scan did not recognise."),
    phrase("The scan knows sockets only by certain values in them, and a page may be missing from the image."),
    weight=1,
)


ENDS = ("Family", "Proto", "Source Addr", "Source Port", "Destination Addr", "Destination Port")
SOCKETS = View(
    "sockets",
    "linux",
    "Sockets",
    (FAMILY, PROTOCOL, LOCAL, LOCAL_PORT, PEER, PEER_PORT),
    (SOCKET_STATE, "PID", OWNER),
    (
        Source(
            phrase("open files"),
            "linux.sockstat",
            phrase("the open files of each process"),
            ENDS,
            {SOCKET_STATE: "State", "PID": "PID", OWNER: "Process Name"},
        ),
        Source(
            phrase("scan"),
            "linux.sockscan",
            phrase("all memory, for what looks like a socket"),
            ENDS,
            {SOCKET_STATE: "State"},
        ),
    ),
    disagreement((NO_OWNER, "scan", "open files"), (SOCKET_UNSCANNED, "open files", "scan")),
)

VIEWS = (PROCESSES, MODULES, SOCKETS)
