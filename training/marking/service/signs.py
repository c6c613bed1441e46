"""Signs that answers may have been passed on, and what instructors make of them.

Signs are worked out anew each time; a row is written only when an instructor opens or decides a case. A decision has a
note, lapses after 180 days, and changes no points. The people concerned may read what was decided about their attempt.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.grading.signs import Kind, Sign
from training.labs.models import Attempt
from training.marking.models.signs import SignAttempt, SignCase, State
from training.marking.service import sittings
from training.marking.service.sittings import Sitting
from training.sentence import phrase
from training.store import locked

EXPIRES = timedelta(days=180)
"""How long a decision is listed, and can be read by the people concerned."""
SHORTEST, LONGEST = 10, 2_000
"""Characters of a note."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Signs about one attempt, or two: what is seen now, and the case where somebody opened or decided one.

    `key` names it in addresses; `people` holds the persons of the attempts, in the order of `attempts`.
    """

    key: str
    attempts: tuple[UUID, ...]
    people: tuple[UUID, ...]
    signs: tuple[Sign, ...]
    case: SignCase | None

    @property
    def state(self) -> State | None:
        """Where it stands; None while nobody has opened it."""
        return State(self.case.state) if self.case else None

    @property
    def mark(self) -> str:
        """What a form carries, so that nothing is decided over a decision that its page did not show."""
        return mark_of(self.case)


@dataclass(frozen=True, slots=True)
class Seen:
    """A sitting and its entries: those that nobody has opened first, then open ones, then decided ones."""

    sitting: Sitting
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the person of an attempt may read: the decision, its reason, and the own part of the signs.

    Nobody else is named. A sign at somebody else's try has number 0.
    """

    state: State
    note: str
    at: datetime
    signs: tuple[Sign, ...]


def seen(
    session: Session, instance: Path, release: Release, organisation: UUID, reader: UUID, now: datetime
) -> list[Seen]:
    """All sittings of an organisation on a release with what is listed of each, the newest sitting first.

    What concerns the reader's own work is left out: it would name the other person, and other instructors look at it.
    Of many people those are looked at who began last, and those of cases that have not lapsed.
    """
    cases = _cases(session, release, organisation)
    standing = {each.attempt_id for one in cases.values() if not _lapsed(one, now) for each in one.attempts}
    return [
        Seen(sitting, tuple(one for one in _entries(sitting, cases, now) if reader not in one.people))
        for sitting in sittings.of_release(session, instance, release, organisation, standing)
    ]


def entry(
    session: Session, instance: Path, place: tuple[Release, UUID], key: str, reader: UUID, now: datetime
) -> tuple[Sitting, Entry]:
    """One entry with its sitting. NotThere where it is not listed (any more), or not for this reader.

    It is worked out from all findings: never in a unit that writes, where everybody else would wait.
    """
    release, organisation = place
    for one in seen(session, instance, release, organisation, reader, now):
        for each in one.entries:
            if each.key == key:
                return one.sitting, each
    raise NotThere(
        phrase("There is no such entry. Signs may have changed since the page was made, or the decision has lapsed.")
    )


def key_of(attempts: Iterable[UUID]) -> str:
    """The name of an entry: SHA-256 over its attempts."""
    return hashlib.sha256("\n".join(sorted(str(one) for one in attempts)).encode()).hexdigest()


def mark_of(case: SignCase | None) -> str:
    """State and time of the last decision, as one text."""
    return "" if case is None else f"{case.state} {case.decided_at.isoformat() if case.decided_at else ''}".strip()


def _cases(session: Session, release: Release, organisation: UUID) -> dict[str, SignCase]:
    found = session.scalars(select(SignCase).filter_by(release_id=release.id, organisation_id=organisation))
    return {one.key: one for one in found}


def _entries(sitting: Sitting, cases: Mapping[str, SignCase], now: datetime) -> list[Entry]:
    """What is listed now, and cases whose signs are gone, such as after a regrade: those show what was seen."""
    people = {work.attempt.id: work.attempt.person_id for work in sitting.works}
    found: dict[str, Entry] = {}
    for listed in sitting.found.listed:
        attempts = tuple(UUID(one) for one in listed.people)
        key = key_of(attempts)
        found[key] = Entry(key, attempts, tuple(people[one] for one in attempts), listed.signs, cases.get(key))
    for key, case in cases.items():
        attempts = tuple(one.attempt_id for one in case.attempts)
        if attempts and set(attempts) <= set(people):
            signs = found[key].signs if key in found and case.state == State.OPEN else of_json(case.signs)
            found[key] = Entry(key, attempts, tuple(people[one] for one in attempts), signs, case)
    listed_now = [one for one in found.values() if not _lapsed(one.case, now)]
    return sorted(listed_now, key=lambda one: (_ORDER[one.state], -len(one.signs), one.key))


_ORDER: dict[State | None, int] = {None: 0, State.OPEN: 1, State.UPHELD: 2, State.EXPLAINED: 2, State.DISMISSED: 2}


def _lapsed(case: SignCase | None, now: datetime) -> bool:
    return case is not None and case.decided_at is not None and case.decided_at + EXPIRES < now


def decide(
    session: Session,
    place: tuple[Release, UUID],
    of: tuple[Sitting, Entry],
    decision: tuple[State, str, str],
    by: UUID,
    now: datetime,
) -> SignCase:
    """Open a case, or decide it. Deciding the same again with the same note changes nothing.

    Args:
        session: a unit that may write.
        place: the release, and the organisation where the attempts were made.
        of: the entry with its sitting, worked out just now in a unit of their own. The case is looked up again.
        decision: the state, the note, and the mark of the entry that the page showed.
        by: the instructor.
        now: the time.

    Raises:
        Refused: a decision without a note of ten characters, a note that is too long, or a matter of one's own.
        Conflict: somebody else has decided meanwhile.
    """
    sitting, entry_now = of
    state, note, mark = decision
    if by in entry_now.people:
        raise Refused(phrase("This is about your own work: another instructor decides about it."))
    note = _note(state, note)
    case = session.scalars(locked(select(SignCase).filter_by(key=entry_now.key))).one_or_none()
    if case is not None and (case.state, case.note, case.decided_by or case.opened_by) == (state, note, by):
        return case
    if mark != mark_of(case):
        raise Conflict(
            phrase("Somebody else has opened or decided this meanwhile. Open the page again and read their note.")
        )
    if case is None:
        case = _opened(session, place, sitting, entry_now, by, now)
    case.state, case.note, case.signs = state.value, note, as_json(entry_now.signs)
    case.decided_by, case.decided_at = (None, None) if state is State.OPEN else (by, now)
    session.flush()
    act = "signs.opened" if state is State.OPEN else "signs.decided"
    details = {"state": state.value, "kinds": sorted({one.kind.value for one in entry_now.signs})}
    audit.record(session, act=act, actor=by, subject=f"signs:{case.id}", details=details, now=now)
    return case


def _opened(
    session: Session, place: tuple[Release, UUID], sitting: Sitting, of: Entry, by: UUID, now: datetime
) -> SignCase:
    release, organisation = place
    made = SignCase(
        organisation_id=organisation,
        release_id=release.id,
        assignment_id=sitting.assignment.id if sitting.assignment else None,
        key=of.key,
        signs=as_json(of.signs),
        state=State.OPEN.value,
        note="",
        opened_by=by,
        opened_at=now,
        attempts=[SignAttempt(attempt_id=one) for one in of.attempts],
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(phrase("Somebody else has opened this meanwhile. Open the page again.")) from None
    return made


def _note(state: State, note: str) -> str:
    note = note.strip().replace("\r\n", "\n")
    if len(note) > LONGEST:
        message = phrase("The note has %(n)s characters; at most %(most)s are kept.", n=len(note), most=LONGEST)
        raise Refused(message, field="note")
    if state is not State.OPEN and len(note) < SHORTEST:
        message = phrase(
            "A decision needs a note of %(n)s characters or more: what was asked, and what was found.", n=SHORTEST
        )
        raise Refused(message, field="note")
    return note


def decided_for(session: Session, attempt: Attempt, now: datetime) -> list[Decided]:
    """What was decided about an attempt in the last 180 days, for the person who made it. Open cases are not told."""
    found = (
        select(SignCase)
        .join(SignAttempt, SignAttempt.case_id == SignCase.id)
        .where(SignAttempt.attempt_id == attempt.id, SignCase.decided_at >= now - EXPIRES)
        .order_by(SignCase.decided_at.desc(), SignCase.id)
    )
    return [_told(one, attempt) for one in session.scalars(found) if one.decided_at is not None]


def _told(case: SignCase, attempt: Attempt) -> Decided:
    """The own part of the signs: values and tries of another person are not told, and neither is who that is."""
    mine, told = str(attempt.id), []
    for one in of_json(case.signs):
        if one.person == mine:
            told.append(replace(one, other=None))
        elif one.other == mine:
            value = one.value if one.kind is Kind.RARE else ""  # a shared value is the own one too
            told.append(Sign(one.kind, mine, one.question, 0, value))
    return Decided(State(case.state), case.note, case.decided_at or case.opened_at, tuple(told))


def as_json(signs: Iterable[Sign]) -> list[Any]:
    """Signs as they are kept with a case; people are named by their attempts."""
    return [asdict(one) | {"kind": one.kind.value} for one in signs]


def of_json(kept: Iterable[dict[str, Any]]) -> tuple[Sign, ...]:
    """The same back."""
    return tuple(Sign(**{**one, "kind": Kind(one["kind"])}) for one in kept)
