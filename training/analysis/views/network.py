"""Sockets of an exhibit: which processes hold them, and with what they are connected, as their results say.

Only TCP and UDP have ends that can be drawn; sockets of other kinds are counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from training.analysis.render import cell
from training.analysis.results import ResultRow
from training.analysis.views.catalogue import view
from training.analysis.views.material import Material, best
from training.sentence import listed, phrase

MOST_HOLDERS = 6  # of one socket, that are drawn
MOST_SOCKETS, WORDS, SHAPES = 40, 140, 330  # on one page: what a figure has room for beside its frame
LISTENING = frozenset({"LISTEN", "LISTENING"})
NOWHERE = frozenset({"", "0.0.0.0", "::", "*"})  # noqa: S104 - as printed for a socket without a far end
Cited = Callable[[Material, int], int | None]
Rows = tuple[tuple[Material, int], ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """The columns of a plugin that lists sockets. `socket` are those by which two rows mean the same socket."""

    plugin: str
    family: str
    proto: str
    own: tuple[str, str]
    far: tuple[str, str]
    state: str
    socket: tuple[str, ...]
    holder: tuple[str, str] | None
    space: str = ""


_LINUX = ("Family", "Proto", ("Source Addr", "Source Port"), ("Destination Addr", "Destination Port"), "State")
_WINDOWS = ("Proto", "Proto", ("LocalAddr", "LocalPort"), ("ForeignAddr", "ForeignPort"), "State")
_ENDS = ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "PID")
SOURCES: Mapping[str, tuple[_Source, ...]] = {
    "linux": (
        _Source("linux.sockstat", *_LINUX, ("Sock Offset",), ("Process Name", "PID"), "NetNS"),
        _Source("linux.sockscan", *_LINUX, (), None),
    ),
    "windows": (
        _Source("windows.netstat", *_WINDOWS, _ENDS, ("Owner", "PID")),
        _Source("windows.netscan", *_WINDOWS, _ENDS, ("Owner", "PID")),
    ),
}
"""Where sockets are looked for, by system: first what knows who holds them, then what adds to it."""


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """A process that has a socket open."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket. `far` is empty where it is connected with nothing; `space` is its network namespace, '' if unknown.

    `rows` show it; `only` names the one source that has it where another could; `here` are the holders of a socket of
    this exhibit whose own end is the far end of this one.
    """

    space: str
    proto: str
    own: str
    far: str
    state: str
    holders: tuple[Holder, ...]
    rows: Rows
    cited: tuple[int, ...]
    only: str = ""
    here: tuple[Holder, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether it waits for others."""
        return self.state.upper() in LISTENING

    @property
    def said(self) -> str:
        """What stands out, as a row of words."""
        made = [phrase("seen by one source only: %(source)s", source=self.only)] if self.only else []
        if self.here:
            names = ", ".join(f"{one.name} {one.pid}" for one in self.here[:MOST_HOLDERS])
            made.append(phrase("its far end is a socket of this machine: %(names)s", names=cell(names, "str")))
        return listed(made, heavy=True)

    def of(self, plugin: str) -> Rows:
        """Its rows in the result of one plugin."""
        return tuple(one for one in self.rows if one[0].plugin == plugin)


@dataclass(frozen=True, slots=True)
class Network:
    """All sockets with ends, those of the page, and how many there are of other kinds (by family)."""

    sockets: tuple[Socket, ...]
    shown: tuple[Socket, ...]
    others: tuple[tuple[str, int], ...]
    used: Mapping[str, Material]
    page: int
    pages: int


@dataclass(slots=True)
class _Draft:
    """A socket in the making."""

    socket: Socket
    holders: dict[Holder, None] = field(default_factory=dict)
    rows: dict[tuple[str, int], None] = field(default_factory=dict)


def of(materials: Sequence[Material], os: str, cited: Cited, page: int = 1) -> Network:
    """The sockets that the given results know."""
    used = {one.plugin: found for one in SOURCES[os] if (found := best(materials, one.plugin)) is not None}
    drafts: dict[tuple[object, ...], _Draft] = {}
    others: Counter[str] = Counter()
    for number, source in enumerate(SOURCES[os]):
        if source.plugin in used:
            _gather(drafts, others if not number or len(used) == 1 else Counter(), source, used[source.plugin])
    names = {one.plugin: one.name for one in view(os, "sockets").sources}
    made = [_finished(one, used, cited, names) for one in drafts.values()]
    ordered = _met(sorted(made, key=_order))
    pages = list(_pages(ordered)) or [()]
    page = max(1, min(page, len(pages)))
    return Network(ordered, pages[page - 1], tuple(sorted(others.items())), used, page, len(pages))


def _order(one: Socket) -> tuple[str, tuple[Holder, ...], str, str, str]:
    """By namespace, then by who holds it; what nobody holds comes last."""
    return (one.space or "~", one.holders[:1] or (Holder(2**64, ""),), one.proto, one.own, one.far)


def _gather(
    drafts: dict[tuple[object, ...], _Draft], others: Counter[str], source: _Source, material: Material
) -> None:
    by_ends: dict[tuple[str, str, str], list[_Draft]] = defaultdict(list)
    for draft in drafts.values():
        by_ends[draft.socket.proto, draft.socket.own, draft.socket.far].append(draft)
    texts = _texts(material)
    for row in material.rows():
        told = texts(row)
        proto = told(source.proto)
        if not proto.upper().startswith(("TCP", "UDP")) or told(source.family) in {"AF_UNIX", "AF_NETLINK"}:
            others[told(source.family)] += 1
            continue
        far = "" if told(source.far[0]) in NOWHERE else _end(*map(told, source.far))
        space = told(source.space) if source.space else ""
        socket = Socket(space, proto, _end(*map(told, source.own)), far, told(source.state), (), (), ())
        fitting = [] if source.socket else by_ends[proto, socket.own, far]
        if not fitting:
            key = (space, *map(told, source.socket)) if source.socket else (source.plugin, row.n)
            fitting = [drafts.setdefault(key, _Draft(socket))]
        for draft in fitting:
            draft.rows[source.plugin, row.n] = None
            if source.holder and (pid := told(source.holder[1])).isdigit():
                draft.holders[Holder(int(pid), told(source.holder[0]))] = None


def _texts(material: Material) -> Callable[[ResultRow], Callable[[str], str]]:
    """Cells of a row by name, as the page shows them; nothing for those that aren't there or have no value."""
    columns, kinds = material.columns(), material.result.columns

    def of_row(row: ResultRow) -> Callable[[str], str]:
        def told(name: str) -> str:
            i = columns.get(name)
            return "" if i is None or i in row.absent else cell(row.cells[i], kinds[i].type)

        return told

    return of_row


def _end(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _finished(draft: _Draft, used: Mapping[str, Material], cited: Cited, names: Mapping[str, str]) -> Socket:
    rows = tuple((used[plugin], n) for plugin, n in draft.rows)
    numbers = {number for one in rows if (number := cited(*one)) is not None}
    has = {plugin for plugin, _ in draft.rows}
    lacks = [plugin for plugin, one in used.items() if plugin not in has and one.whole]
    only = names[next(iter(has))] if len(has) == 1 and lacks else ""
    holders = tuple(sorted(draft.holders))
    return replace(draft.socket, holders=holders, rows=rows, cited=tuple(sorted(numbers)), only=only)


def _met(sockets: Sequence[Socket]) -> tuple[Socket, ...]:
    """The sockets, each with the holders of the socket at its far end where that is here too."""
    by_ends = {(one.space, one.own, one.far): one for one in sockets if one.far}
    found = [(one, by_ends.get((one.space, one.far, one.own))) for one in sockets]
    return tuple(replace(one, here=other.holders) if other and other is not one else one for one, other in found)


def _pages(sockets: Sequence[Socket]) -> Iterator[tuple[Socket, ...]]:
    """The sockets in pages, each with no more than a figure has room for."""
    page: list[Socket] = []
    known: set[object] = set()
    words = shapes = 0
    for one in sockets:
        drawn = one.holders[:MOST_HOLDERS]
        new = {("space", one.space), ("far", one.space, one.far), *drawn} - known
        more_words = 2 + len(new)
        more_shapes = 3 + len(drawn) + len(new)
        if page and (len(page) >= MOST_SOCKETS or words + more_words > WORDS or shapes + more_shapes > SHAPES):
            yield tuple(page)
            page, known, words, shapes = [], set(), 0, 0
            new = {("space", one.space), ("far", one.space, one.far), *drawn}
            more_words, more_shapes = 2 + len(new), 3 + len(drawn) + len(new)
        page.append(one)
        known |= new
        words, shapes = words + more_words, shapes + more_shapes
    if page:
        yield tuple(page)
