"""Which cells of a cited row say what it shows, for places where the whole row has no room."""

from collections.abc import Collection, Sequence

from training.analysis.render import ABSENCES

MOST = 8
"""Cells that stand for a row."""

SILENT = frozenset({"", "-", "disabled", "n/a", *ABSENCES})
"""What a cell holds that holds nothing: an absence, or an option that the run was not asked with."""

ZERO = "0"
"""It tells nothing either, but where it identifies: a user, a parent, a port."""

IDENTIFYING = frozenset(
    {
        # who
        *("pid", "ppid", "tracertid", "process", "processname", "comm", "imagefilename", "cmdlinebasename", "args"),
        *("command", "uid", "owner", "user", "username", "sid", "service"),
        # where
        *("path", "filepath", "filename", "filefullpath", "mappedpath", "mountpoint", "exepath", "start", "startvpn"),
        *("sourceaddr", "sourceport", "destinationaddr", "destinationport", "interface", "ip"),
        *("localaddr", "localport", "foreignaddr", "foreignport"),
        # what
        *("name", "modulename", "module", "symbol", "handlersymbol", "hookedsymbols", "index", "tag", "banner"),
        *("key", "value", "variable", "data", "line", "text", "state", "exitstate", "proto", "flags", "protection"),
        "exedeleted",
        # when
        *("createtime", "creationtime", "commandtime", "exittime", "boottime", "timestamp", "created", "lastwritetime"),
        *("accesstime", "modificationtime", "changetime", "accessed", "modified", "changed"),
    }
)
"""Columns by which a row is known and for which it is cited, without spaces and case."""

Pairs = Sequence[tuple[str, str]]


def telling(shown: Pairs, column: str, constant: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    """The cells that say what a row shows, in the order of its columns.

    The cell that is pointed at comes always; then those of columns that identify a row; then, where there is room,
    others that hold something which differs between the rows of the run and which no cell has said before. An address
    comes only where it identifies.

    Args:
        shown: each column with its cell, as a reader sees it.
        column: the column that is pointed at; '' where it is the whole row.
        constant: columns that say the same in every row of the run.
    """
    speaking = [place for place, (_, text) in enumerate(shown) if text.strip().casefold() not in SILENT]
    first = [place for place, (name, _) in enumerate(shown) if name == column]
    known = [place for place in speaking if place not in first and _plain(shown[place][0]) in IDENTIFYING]
    chosen = [*first, *known]
    for place in speaking:
        name, text = shown[place]
        said = text == ZERO or (any(shown[other][1] == text for other in chosen) and not text.isalpha())
        if place not in chosen and name not in constant and not text.startswith("0x") and not said:
            chosen.append(place)
    return tuple(shown[place] for place in sorted(chosen[:MOST]))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()
