"""What differs between two results of the same plugin, such as of two exhibits of one machine.

Rows are paired by a natural key: what means the same thing on both sides. Addresses say where something lay in one
image and differ always, so that they are neither part of a key nor compared, unless asked for.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.analysis.cards import Column
from training.analysis.results import ResultRow
from training.analysis.views.material import Material
from training.errors import Refused
from training.sentence import phrase

# By plugin the columns that name a thing. Where nothing stands here, it is every column that can be compared.
KEYS: dict[str, tuple[str, ...]] = {
    "linux.pslist": ("PID", "TID", "COMM"),
    "linux.psscan": ("PID", "TID", "COMM"),
    "linux.pstree": ("PID", "TID", "COMM"),
    "linux.pidhashtable": ("PID", "TID", "COMM"),
    "linux.psaux": ("PID", "COMM"),
    "linux.envars": ("PID", "COMM", "KEY"),
    "linux.lsof": ("PID", "TID", "FD"),
    "linux.sockstat": ("PID", "TID", "FD"),
    "linux.sockscan": ("Family", "Proto", "Source Addr", "Source Port", "Destination Addr", "Destination Port"),
    "linux.bash": ("PID", "CommandTime", "Command"),
    "linux.kthreads": ("TID",),
    "linux.lsmod": ("Module Name",),
    "linux.malware.check_modules": ("Module Name",),
    "linux.malware.modxview": ("Name",),
    "linux.mountinfo": ("MNT_NS_ID", "MOUNT ID"),
    "linux.kallsyms": ("ModuleName", "SymbolName", "Type"),
    "linux.pagecache.Files": ("MountPoint", "FilePath", "InodeNum"),
    "windows.pslist": ("PID", "CreateTime"),
    "windows.psscan": ("PID", "CreateTime"),
    "windows.pstree": ("PID", "CreateTime"),
    "windows.cmdline": ("PID", "Process"),
    "windows.modules": ("Name",),
    "windows.modscan": ("Name",),
    "windows.netscan": ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "PID"),
    "windows.netstat": ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "PID"),
    "windows.svcscan": ("Name",),
    "windows.dlllist": ("PID", "Path"),
}
PLACES = frozenset({"hex", "layerdata"})  # types of columns that hold addresses and what lies there
VOLATILE = frozenset({"file output", "order", "inodeaddr", "superblockaddr"})  # names of columns that say nothing
LONGEST = 50_000
MOST = 5_000  # rows of each sort that are given
_LEFT = (
    phrase("The run on the left is not complete: what is not there may have been there."),
    phrase("The run on the left had options, which may have left rows out."),
)
_RIGHT = (
    phrase("The run on the right is not complete: what is not there may have been there."),
    phrase("The run on the right had options, which may have left rows out."),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that is on both sides and differs in the cells of `columns`."""

    left: ResultRow
    right: ResultRow
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that only one side has, and those that differ. `totals` counts left, right, changed and same; of more than
    5,000 of a sort only the first are given. `cautions` are sentences on what may not be concluded.
    """

    key: tuple[str, ...]
    compared: tuple[str, ...]
    left: tuple[ResultRow, ...]
    right: tuple[ResultRow, ...]
    changed: tuple[Change, ...]
    totals: tuple[int, int, int, int]
    cautions: tuple[str, ...]


def natural_key(plugin: str, columns: Sequence[Column]) -> tuple[str, ...]:
    """The columns by which rows of a plugin are paired."""
    names = {column.name for column in columns}
    declared = KEYS.get(plugin, ())
    if declared and set(declared) <= names:
        return declared
    return tuple(column.name for column in columns if _stable(column)) or tuple(column.name for column in columns)


def difference(left: Material, right: Material, key: Sequence[str] = (), *, addresses: bool = False) -> Difference:
    """Compare two results of one plugin, with `addresses` those columns too. Raises Refused when they don't compare."""
    if left.plugin != right.plugin:
        given = {"left": left.plugin, "right": right.plugin}
        raise Refused(phrase("%(left)s and %(right)s list different things; compare two runs of one plugin", **given))
    for one in (left, right):
        if one.result.rows > LONGEST:
            n = one.result.rows
            raise Refused(phrase("one result has %(n)s rows; at most %(most)s are compared", n=n, most=LONGEST))
    on_both = set(left.columns()) & set(right.columns())
    columns = [column for column in left.result.columns if column.name in on_both]
    by = tuple(key) or natural_key(left.plugin, columns)
    unknown = [name for name in by if name not in on_both]
    if unknown:
        why = phrase("there is no column %(typed)s on both sides", typed=repr(unknown[0][:50]))
        raise Refused(why, field="key")
    compared = tuple(column.name for column in columns if column.name not in by and (addresses or _stable(column)))
    return _pair(left, right, by, compared)


def _stable(column: Column) -> bool:
    return column.type not in PLACES and column.name.casefold() not in VOLATILE


class _Side:
    """The rows of one side, by key."""

    def __init__(self, material: Material, by: tuple[str, ...]) -> None:
        self.columns = material.columns()
        self.by_key: dict[tuple[Any, ...], list[ResultRow]] = defaultdict(list)
        for row in material.result:
            self.by_key[tuple(self.value(row, name) for name in by)].append(row)

    def value(self, row: ResultRow, name: str) -> Any:
        """A cell for comparing: its kind of absence where there is one. True is not 1, but 1.0 is."""
        i = self.columns[name]
        value = row.cells[i]
        return ("absent", row.absent[i]) if i in row.absent else (isinstance(value, bool), value)


def _pair(left: Material, right: Material, by: tuple[str, ...], compared: tuple[str, ...]) -> Difference:
    here, there = _Side(left, by), _Side(right, by)
    only: tuple[list[ResultRow], list[ResultRow]] = ([], [])
    changed: list[Change] = []
    same = 0
    for key in dict.fromkeys([*here.by_key, *there.by_key]):
        ones, others = here.by_key.get(key, []), there.by_key.get(key, [])
        for one, other in zip(ones, others, strict=False):  # several of one key are paired in their order
            columns = tuple(name for name in compared if here.value(one, name) != there.value(other, name))
            if columns:
                changed.append(Change(one, other, columns))
            same += not columns
        only[0].extend(ones[len(others) :])
        only[1].extend(others[len(ones) :])
    totals = (len(only[0]), len(only[1]), len(changed), same)
    left_only, right_only = (tuple(rows[:MOST]) for rows in only)
    return Difference(by, compared, left_only, right_only, tuple(changed[:MOST]), totals, _cautions(left, right))


def _cautions(left: Material, right: Material) -> tuple[str, ...]:
    made: list[str] = []
    for one, short, narrowed in ((left, *_LEFT), (right, *_RIGHT)):
        made += [short] if not one.complete else []
        made += [narrowed] if any(one.options.values()) else []
    return tuple(made)
