"""Sockets as a picture: who holds them on the left, their own ends in the middle, far ends on the right."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from training.analysis.views.drawing import Figure, Form, Line, Mark, Shape, Words, clip, spread
from training.analysis.views.network import MOST_HOLDERS, Holder, Network, Socket
from training.sentence import phrase

WIDTH, HEAD = 1080, 30
PROCESS, OWN, FAR = 250, 450, 810  # where the marks of each column stand
ROW, NARROW, SPACE = 34, 24, 30  # height of a socket, of a process beside it, of the head of a namespace
STUB = 46  # pixels of the line of a socket that waits for others
ESTABLISHED = "ESTABLISHED"


@dataclass(slots=True)
class _Drawing:
    """The picture in the making: where processes stand, what far ends are wanted at, and the y reached so far."""

    y: float = HEAD
    space: str | None = None
    processes: dict[tuple[str, Holder], float] = field(default_factory=dict)
    far: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    sockets: list[tuple[Socket, float]] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


def figure(network: Network) -> Figure:
    """The page of a network."""
    made = _Drawing()
    made.words += [
        Words(PROCESS - 14, HEAD - 12, phrase("Process"), "end", "m ui"),
        Words(OWN + 14, HEAD - 12, phrase("Own end"), role="m ui"),
        Words(FAR + 14, HEAD - 12, phrase("Far end"), role="m ui"),
    ]
    made.shapes.append(Line(((0, HEAD - 3.5), (WIDTH, HEAD - 3.5)), "ax"))
    for socket in network.shown:
        _place(made, socket)
    ends = _far_ends(made)
    for socket, y in made.sockets:
        made.shapes += _lines(made, socket, y, ends)
    for socket, y in made.sockets:
        made.shapes.append(Mark(OWN, y, *_look(socket)))
    made.shapes += [Mark(PROCESS, y) for y in made.processes.values()]
    made.shapes += [Mark(FAR, y, "circle") for y in ends.values()]
    height = int(max([made.y, *(y + ROW / 2 for y in ends.values())])) + 8
    return Figure(WIDTH, height, phrase("Network"), _said(network), tuple(made.shapes), tuple(made.words))


def _place(made: _Drawing, socket: Socket) -> None:
    """Give a socket and the processes that are new with it their places."""
    if socket.space != made.space:
        made.space = socket.space
        made.y += SPACE
        told = (
            phrase("Network namespace %(name)s", name=socket.space) if socket.space else phrase("Namespace not known")
        )
        made.words.append(Words(8, made.y - 8, told, role="m ui"))
    drawn = socket.holders[:MOST_HOLDERS]
    new = [one for one in drawn if (socket.space, one) not in made.processes]
    more = len(socket.holders) - len(drawn)
    height = max(ROW, NARROW * (len(new) + bool(more)))
    y, top = made.y + height / 2, made.y + (height - NARROW * (len(new) + bool(more))) / 2
    for one in new:
        made.processes[socket.space, one] = top + NARROW / 2
        pid = str(one.pid)
        made.words.append(
            Words(PROCESS - 14, top + NARROW / 2 + 4, f"{clip(one.name, 210 - 7.2 * len(pid))} {pid}", "end")
        )
        top += NARROW
    if more:
        made.words.append(Words(PROCESS - 14, top + NARROW / 2 + 4, phrase("and %(n)s more", n=more), "end", "m ui"))
    said = clip(" ".join(part for part in (socket.own, socket.proto, socket.state) if part), FAR - OWN - 40)
    made.words.append(Words(OWN + 14, y - 7, said, role="b" if socket.cited else ""))
    made.sockets.append((socket, y))
    if socket.far:
        made.far.setdefault((socket.space, socket.far), []).append(y)
    made.y += height


def _far_ends(made: _Drawing) -> dict[tuple[str, str], float]:
    """Where each far end stands: level with the middle of its sockets, as near as there is room."""
    wanted = sorted((sum(ys) / len(ys), key) for key, ys in made.far.items())
    ends = dict(zip((key for _, key in wanted), spread((y for y, _ in wanted), NARROW, HEAD), strict=True))
    made.words += [Words(FAR + 14, y + 4, clip(far, WIDTH - FAR - 20)) for (_, far), y in ends.items()]
    return ends


def _lines(made: _Drawing, socket: Socket, y: float, ends: dict[tuple[str, str], float]) -> Iterator[Line]:
    role = "path" if socket.cited else "ln"
    for one in socket.holders[:MOST_HOLDERS]:
        yield Line(((PROCESS + 6, made.processes[socket.space, one]), (OWN - 6, y)), role)
    if socket.far:
        open_now = socket.state.upper() in {ESTABLISHED, ""}
        yield Line(((OWN + 6, y), (FAR - 6, ends[socket.space, socket.far])), role if open_now else "gone")
    elif socket.listens:
        yield Line(((OWN + 6, y), (OWN + STUB, y)))
        yield Line(((OWN + STUB, y - 3), (OWN + STUB, y + 5)))


def _look(socket: Socket) -> tuple[Form, str]:
    if socket.cited:
        return "diamond", "sus"
    return "double" if socket.only else "square", "nd" if socket.holders else "gone"


def _said(network: Network) -> str:
    return phrase(
        "%(n)s sockets, %(listening)s of which wait for others and %(connected)s of which have a far end. The table "
        "below has the same.",
        n=len(network.sockets),
        listening=sum(one.listens for one in network.sockets),
        connected=sum(bool(one.far) for one in network.sockets),
    )
