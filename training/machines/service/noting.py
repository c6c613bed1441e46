"""What a trainee writes beside the console: remarks, forms of the scene and of custody, decisions with reasons."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.errors import NotThere, Refused, TooMany
from training.labs.livefile import Fork, Live
from training.machines.models import Decision, Entry, Form, Medium, Remark, Response
from training.machines.service import responses
from training.sentence import phrase
from training.store import Base

LONGEST = 2_000
MOST = 500
"""Rows of one kind in a response."""
SCENE = ("screen", "people", "surroundings", "guest_clock", "reference_clock", "offset")
CUSTODY = ("item", "serial", "sha256", "from", "to", "purpose")
CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})Z?", re.ASCII)
SECONDS = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,3})?", re.ASCII)
Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Pair:
    """The clock pair of a scene: seconds that the machine's clock is ahead, by the two times and as was written."""

    measured: float
    written: float

    @property
    def agrees(self) -> bool:
        """Whether what was written is what the two times give."""
        return abs(self.measured - self.written) < 1

    @property
    def turned(self) -> bool:
        """Whether the sign is the wrong way round: ahead is plus."""
        return not self.agrees and abs(self.measured + self.written) < 1


def remark(session: Session, response: Response, text: str, entry: int | None, now: datetime) -> Remark:
    """Note something, to a line of the console or to the moment. Raises Refused, Conflict, NotThere, TooMany."""
    responses.working(response)
    said = _text(text, "text", required=True)
    if entry is not None and session.get(Entry, (response.id, entry)) is None:
        raise NotThere(phrase("There is no line %(n)s in this record.", n=str(entry)))
    made = Remark(response_id=response.id, number=_free(session, Remark, response), entry=entry, text=said, at=now)
    return _added(session, response, made)


def scene(session: Session, response: Response, given: Mapping[str, str], now: datetime) -> Form:
    """Keep the form of the scene. Its clock pair may be empty; what is given of it has to be whole."""
    responses.working(response)
    content = {name: _text(given.get(name, ""), name) for name in SCENE}
    pair = clock_pair(content)
    return _form(session, response, "scene", content, pair.measured if pair else None, now)


def custody(session: Session, response: Response, given: Mapping[str, str], now: datetime) -> Form:
    """Keep a line of the custody form: what went from whom to whom, and what for."""
    responses.working(response)
    content = {name: _text(given.get(name, ""), name, required=name in {"item", "serial"}) for name in CUSTODY}
    return _form(session, response, "custody", content, None, now)


def clock_pair(content: Mapping[str, str]) -> Pair | None:
    """The clock pair of a form; None where none is given. Raises Refused where it is not whole or not understood."""
    shown, reference, written = (content.get(name, "").strip() for name in SCENE[-3:])
    if not (shown or reference or written):
        return None
    times = [_moment(shown, "guest_clock"), _moment(reference, "reference_clock")]
    if not SECONDS.fullmatch(written):
        why = phrase("'%(typed)s' is no number of seconds. Ahead is plus, behind is minus.", typed=written[:40])
        raise Refused(why, field="offset")
    return Pair((times[0] - times[1]).total_seconds(), float(written.replace(",", ".")))


def _moment(text: str, field: str) -> datetime:
    found = CLOCK.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else _none(text, field)
    except ValueError:
        return _none(text, field)


def _none(text: str, field: str) -> datetime:
    why = phrase("'%(typed)s' is no time: write it as 2026-03-11 09:14:33, in UTC.", typed=text[:40])
    raise Refused(why, field=field)


def fork_of(scene: Live, name: str) -> Fork:
    """The fork of this name. Raises NotThere."""
    found = next((one for one in scene.forks if one.id == name), None)
    if found is None:
        raise NotThere(phrase("There is no such decision in this lab."))
    return found


def decide(session: Session, response: Response, fork: Fork, choice: str, reason: str, now: datetime) -> Decision:
    """Decide at a fork, with a reason; what the choice does to the machine is done by `carrying.out`.

    Raises:
        Refused: nothing was chosen, or no reason given.
        Conflict: the machine was let go, starts, or the authority is not confirmed.
    """
    responses.acting(response)
    option = next((one for one in fork.options if one.id == choice), None)
    if option is None:
        raise Refused(phrase("Choose what you decide."), field="choice")
    said = _text(reason, "reason", required=True)
    number = _free(session, Decision, response)
    made = Decision(response_id=response.id, number=number, fork=fork.id, choice=option.id, reason=said, at=now)
    if option.does and response.running:
        responses.happen(session, response, "decision", f"{fork.id}: {option.id}", now, wish=option.does)
    return _added(session, response, made)


def carry(session: Session, response: Response, number: int, act: str, now: datetime) -> None:
    """Put a medium into the machine ('plug'), or take it out ('unplug'); `carrying.out` does it.

    Raises:
        NotThere: there is no such medium.
        Refused: it is where it shall be already, or another evidence medium is in the machine.
    """
    responses.before_machine(response)
    medium = session.get(Medium, (response.id, number))
    if medium is None or act not in {"plug", "unplug"}:
        raise NotThere(phrase("There is no such medium."))
    if medium.plugged == (act == "plug"):
        return
    beside = [one for one in media(session, response) if one.kind == medium.kind and one.plugged]
    if act == "plug" and beside:
        raise Refused(phrase("Medium %(serial)s is in the machine. Unplug it first.", serial=beside[0].serial))
    responses.happen(session, response, act, medium.serial, now, wish=f"{act} {number}")


def media(session: Session, response: Response) -> list[Medium]:
    """What the trainee has in the bag."""
    return list(session.scalars(select(Medium).filter_by(response_id=response.id).order_by(Medium.number)))


def rows(session: Session, kind: type[Row], response: Response) -> list[Row]:
    """All rows of a kind, in their order."""
    return list(session.scalars(select(kind).filter_by(response_id=response.id).order_by(kind.number)))  # type: ignore[attr-defined]


def _form(
    session: Session, response: Response, kind: str, content: dict[str, str], ahead: float | None, now: datetime
) -> Form:
    number = _free(session, Form, response)
    made = Form(response_id=response.id, number=number, kind=kind, content=content, clock_offset=ahead, at=now)
    return _added(session, response, made)


def _free(session: Session, kind: type[Base], response: Response) -> int:
    number = responses.next_number(session, kind, response.id)
    if number > MOST:
        raise TooMany(phrase("This record has %(n)s of these and takes no more.", n=MOST))
    return number


def _added(session: Session, response: Response, made: Row) -> Row:
    session.add(made)
    responses.moved(response)
    return made


def _text(text: str, field: str, *, required: bool = False) -> str:
    said = text.replace("\r\n", "\n").strip()
    if required and not said:
        raise Refused(phrase("This field is empty. Fill it in."), field=field)
    if len(said) > LONGEST:
        raise Refused(phrase("That is longer than %(n)s characters. Shorten it.", n=LONGEST), field=field)
    return said
