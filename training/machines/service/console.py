"""The console: lines are written down, then typed; marks in what came close them. Needs no script and no open page.

A line is written down before it is typed, so that the record never lacks a command that ran. If the server is killed
in between, the line stands there unfinished, and the next prompt closes it.
"""

import hashlib
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.errors import DomainError, NotThere, Refused, TooMany
from training.machines import marks
from training.machines.marks import Mark
from training.machines.models import Entry, Response
from training.machines.ranges import Guest, Range
from training.machines.service import acquiring, responses
from training.sentence import phrase
from training.store import Store

LONGEST_LINE = 4_000
"""Bytes of a line: a terminal in its usual mode takes 4,095 and drops the rest."""
MOST = 5_000
"""Entries of one response."""
BURST, WINDOW = 40, timedelta(seconds=10)
"""So many lines in so short a time are no person's."""
PIECE = 1 << 18
AT_ONCE = 32 << 20
"""Bytes of the console that one look goes through; what is left comes with the next one."""
PROMPT, LOOK = 400, 0.01
"""Bytes of the longest prompt; seconds between two looks for a line's end."""
KEYS = {"c": (b"\x03", "^C"), "d": (b"\x04", "^D")}
"""Control keys that a page sends, each with the byte and the name in the record."""


@dataclass(frozen=True, slots=True)
class Closed:
    """An entry whose end was found, and what an acquirer said in its output."""

    number: int
    acquired: marks.Acquired | None


def line_of(text: str) -> str:
    """A line as it can be typed. Raises Refused where a terminal would not take it."""
    line = text.rstrip("\r\n")
    if len(line.encode()) > LONGEST_LINE:
        why = phrase("The line is longer than %(n)s bytes. A terminal takes no more; divide it.", n=LONGEST_LINE)
        raise Refused(why, field="line")
    if any(unicodedata.category(char) == "Cc" and char != "\t" for char in line):
        why = phrase("The line holds a control character or another line. Send one line at a time.")
        raise Refused(why, field="line")
    return line


def write(
    session: Session, here: Range, response: Response, line: str, request_key: str, now: datetime
) -> Entry | None:
    """Write down a line that is to be typed, then call `send`. None: this very request has done that already.

    Raises:
        Conflict: the machine was let go, starts, or the authority is not confirmed.
        Refused: a terminal would not take the line.
        TooMany: faster than people type, or more than a response may have.
    """
    return _written(session, here, response, line_of(line), None, request_key, now)


def press(session: Session, here: Range, response: Response, key: str, request_key: str, now: datetime) -> Entry | None:
    """Write down that ^C ('c') or ^D ('d') is to be sent. Raises as `write`."""
    if key not in KEYS:
        raise Refused(phrase("There is no such key here."), field="key")
    return _written(session, here, response, KEYS[key][1], "key", request_key, now)


def _written(
    session: Session, here: Range, response: Response, line: str, kind: str | None, request_key: str, now: datetime
) -> Entry | None:
    responses.before_machine(response)
    mine = select(Entry).where(Entry.response_id == response.id)
    if session.scalars(mine.where(Entry.request_key == request_key)).first() is not None:
        return None
    recent = select(func.count()).select_from(Entry).where(Entry.response_id == response.id, Entry.at > now - WINDOW)
    if (session.scalar(recent) or 0) >= BURST:
        raise TooMany(phrase("That is faster than anybody types. Wait a few seconds; nothing was sent."))
    number = responses.next_number(session, Entry, response.id)
    if number > MOST:
        raise TooMany(phrase("This record has %(n)s lines and takes no more. Hand over.", n=MOST))
    guest = responses.guest_of(here, response)
    made = Entry(
        response_id=response.id,
        number=number,
        line=line,
        kind=kind or ("input" if open_entry(session, response.id) else "command"),
        at=now,
        start=guest.console_size,
        request_key=request_key,
    )
    session.add(made)
    responses.moved(response)
    return made


def send(here: Range, entry: Entry) -> None:
    """Type what was written down."""
    key = next((code for code, name in KEYS.values() if entry.kind == "key" and name == entry.line), None)
    with here.alone(entry.response_id):
        here.guests.attach(here.machine(entry.response_id)).type(key or f"{entry.line}\n".encode())


def wait(here: Range, entry: Entry, seconds: float) -> None:
    """Wait until the line has ended, but not for long: most do at once, and then the answer has their output."""
    until = time.monotonic() + seconds
    guest = here.guests.attach(here.machine(entry.response_id))
    while time.monotonic() < until:
        begin = max(entry.start, guest.console_size - marks.LONGEST - PROMPT)
        found = marks.marks(guest.console(begin, PIECE), begin)
        if found and guest.console_size > found[-1].stop:  # the prompt is there: what is typed next begins behind it
            return
        time.sleep(LOOK)


def open_entry(session: Session, response_id: UUID) -> Entry | None:
    """The command that runs, if one does."""
    found = select(Entry).where(Entry.response_id == response_id, Entry.stop.is_(None), Entry.kind == "command")
    return session.scalars(found.order_by(Entry.number).limit(1)).first()


def settle(store: Store, here: Range, response_id: UUID, now: datetime) -> bool:
    """Look through what the console printed since the last look, and close what has ended. Whether anything changed.

    A machine that has ended closes its response. What an acquirer said becomes an acquisition; see `acquiring.told`.
    """
    with store.reading() as session:
        response = session.get_one(Response, response_id)
        begun, running = response.settled, response.state == "live" and response.running
    if not running or not here.planned(response_id):
        return False
    try:
        guest = here.guests.attach(here.machine(response_id))
    except NotThere:
        return _lost(store, here, response_id, phrase("The machine was lost."), now)
    alive, size = guest.running, guest.console_size
    changed = False
    if size > begun:
        found, upto = _look(guest, begun, min(size, begun + AT_ONCE))
        changed = _close(store, guest, response_id, (begun, upto), found, now)
    if not alive and not changed:
        return _lost(
            store, here, response_id, guest.ended.sentence if guest.ended else phrase("The machine has ended."), now
        )
    acquiring.ask_truth(store, here, response_id)
    return changed


def _look(guest: Guest, begin: int, end: int) -> tuple[list[Mark], int]:
    """Marks between two places of the console, and up to where all of them are known."""
    found: list[Mark] = []
    at, rest = begin, b""
    while at < end and (piece := guest.console(at, min(PIECE, end - at))):
        data = rest + piece
        found += marks.marks(data, at - len(rest))
        at += len(piece)
        tail = found[-1].stop if found else begin
        rest = data[-min(len(data), marks.LONGEST, at - tail) :] if at > tail else b""
    return found, at - len(rest) if b"\x1b" in rest else at


def _close(
    store: Store, guest: Guest, response_id: UUID, span: tuple[int, int], found: list[Mark], now: datetime
) -> bool:
    """Give each mark to the entry that it ends. Another process may have done it meanwhile: then nothing is done."""
    with store.writing() as session:
        response = responses.get(session, response_id)
        if response.settled != span[0]:
            return False
        response.settled = span[1]
        for mark in found:
            _ended(session, guest, response, mark, now)
        responses.moved(response)
    return True


def _ended(session: Session, guest: Guest, response: Response, mark: Mark, now: datetime) -> None:
    waiting = session.scalars(
        select(Entry)
        .where(Entry.response_id == response.id, Entry.stop.is_(None), Entry.start <= mark.start)
        .order_by(Entry.number)
    ).all()
    command = next((one for one in waiting if one.kind == "command"), None)
    if command is None:
        # A line that was meant for a running command, and that the shell took when that had ended; or a key at an
        # empty prompt.
        command = next(iter(waiting), None)
        if command is None:
            return
    upto = [one for one in waiting if one.number >= command.number and (one is command or one.kind != "command")]
    output = _output(guest, command.start, mark.start)
    command.stop, command.exit, command.sha256 = mark.start, mark.exit, hashlib.sha256(output).hexdigest()
    ran = mark.clock - response.guest_offset - command.at.timestamp()
    command.seconds = round(min(max(ran, 0.0), max((now - command.at).total_seconds(), 0.0)), 3)
    for one in upto[1:]:
        if one.kind == "key" or one.start < mark.start:
            # Its output belongs to the command that it went to, whose bytes the record has once.
            one.stop, one.sha256 = one.start, hashlib.sha256(b"").hexdigest()
    session.flush()
    if (said := marks.acquired(output[-acquiring.TOLD :])) is not None:
        acquiring.inside(session, response, command, said, now)


def _output(guest: Guest, start: int, stop: int) -> bytes:
    pieces = []
    while start < stop and (piece := guest.console(start, min(1 << 20, stop - start))):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)


def _lost(store: Store, here: Range, response_id: UUID, why: str, now: datetime) -> bool:
    """The machine has ended by itself. Where an image was acquired before, that can still be handed over."""
    with store.writing() as session:
        response = responses.get(session, response_id)
        kept = any(one.ended_at for one in acquiring.of(session, response_id))
        if kept:
            responses.gone(session, response, why, now)
        else:
            responses.end(session, response, why, now)
    responses.let_go(here, response_id, sealed=kept)
    return True


def printed(here: Range, response: Response, start: int, most: int) -> bytes:
    """What the console printed from a place on, at most so many bytes; from the record once the machine is gone."""
    kept = here.record(response.id) / "console"
    if not response.running and kept.is_file():
        with kept.open("rb") as file:
            file.seek(start)
            return file.read(most)
    try:
        return responses.guest_of(here, response).console(start, most)
    except DomainError:
        return b""


def pieces(here: Range, response: Response, start: int, stop: int) -> Iterator[bytes]:
    """The same in pieces, for an answer of any length."""
    while start < stop and (piece := printed(here, response, start, min(PIECE, stop - start))):
        yield piece
        start += len(piece)


def size(here: Range, response: Response) -> int:
    """Bytes of the console so far."""
    kept = here.record(response.id) / "console"
    if not response.running and kept.is_file():
        return kept.stat().st_size
    try:
        return responses.guest_of(here, response).console_size
    except DomainError:
        return 0


def entries(session: Session, response_id: UUID, *, last: int = 0, before: int = 0) -> list[Entry]:
    """Lines in their order: all, or the last so many, before a number if one is given."""
    found = select(Entry).where(Entry.response_id == response_id)
    found = found.where(Entry.number < before) if before else found
    if not last:
        return list(session.scalars(found.order_by(Entry.number)))
    return list(session.scalars(found.order_by(Entry.number.desc()).limit(last)))[::-1]


def entry(session: Session, response: Response, number: int) -> Entry:
    """One line. Raises NotThere."""
    found = session.get(Entry, (response.id, number))
    if found is None:
        raise NotThere(phrase("There is no line %(n)s in this record.", n=str(number)))
    return found
