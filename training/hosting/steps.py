"""What the staff of a session does, in order: what is done, and what is next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from training.hosting import plan as plans
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable
from training.hosting.service.releases import Key
from training.sentence import counted, joined, listed, phrase

ROSTER = "hosting_roster.roster"
TAUGHT = 10
"""Trainees for whom one who teaches is enough."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where it is done, the endpoint by name, what it is for, and whether it is done; None: it goes on."""

    endpoint: str
    title: str
    text: str
    done: bool | None


@dataclass(frozen=True, slots=True)
class Ready:
    """How far an open session is prepared for the slots that are still ahead.

    Attributes:
        warm, asked, runs: runs that are there, those on their way or ended otherwise, and all that are wanted.
        kept, variants: variants that are kept for trainees, and all that can be.
    """

    warm: int
    asked: int
    runs: int
    kept: int
    variants: int

    @property
    def done(self) -> bool | None:
        """Whether nothing is left. None: what is left is under way, or has to be looked at; nobody can ask for more."""
        if self.kept < self.variants or self.warm + self.asked < self.runs:
            return False
        return None if self.asked else True


def ahead(parts: Sequence[Part], now: datetime) -> list[Part]:
    """The slots that are not over."""
    return [one for one in parts if one.ended_at is None and one.ends_at > now]


def of(
    teaching: TeachingSession,
    parts: Sequence[Part],
    missing: Collection[Key],
    known: Collection[str],
    now: datetime,
    ready: Ready | None = None,
    *,
    issued: bool = False,
) -> list[Step]:
    """The steps of a session whose pages there are, by their endpoints. `ready`: None for a session that isn't open.

    `issued`: certificates were given out, and nobody waits for one.
    """
    over = bool(parts) and max(one.ends_at for one in parts) <= now
    found = [
        *(_timetable(teaching, parts, missing), _staff(teaching), _roster(teaching, known)),
        _preparation(teaching, ready),
        Step(
            "hosting.open_up",
            phrase("Open the session"),
            phrase("Releases are pinned and labs are set for its people. From then on they see what is now and next."),
            teaching.opened_at is not None,
        ),
        Step(
            "hosting_board.board",
            phrase("Run it from the board"),
            phrase("Who works on what, who is stuck, the help queue, messages to all."),
            (over or teaching.closed_at is not None) if teaching.opened_at else False,
        ),
        Step(
            "hosting_attendance.attendance",
            phrase("Keep attendance"),
            phrase("By half-day: join code, grid or paper sheet."),
            (over or teaching.closed_at is not None) if teaching.opened_at else False,
        ),
        _feedback(teaching, over=over),
        Step(
            "hosting.close",
            phrase("Close the session"),
            phrase("When all is over: its people are held to its releases no longer, and nothing of it changes."),
            teaching.closed_at is not None,
        ),
        *_left(teaching, issued=issued),
    ]
    return [one for one in found if one.endpoint in known]


def _left(teaching: TeachingSession, *, issued: bool) -> list[Step]:
    """What a session leaves: certificates, the dossier, what goes to a laptop and back."""
    return [
        Step(
            "credentials.of_session",
            phrase("Give out certificates"),
            phrase("After the results are confirmed."),
            True if issued else None if teaching.closed_at else False,
        ),
        Step(
            "hosting_dossier.dossier",
            phrase("Seal the dossier"),
            phrase("All that the session left, in one file that anybody can check without this program."),
            None if teaching.closed_at else False,
        ),
        Step(
            "hosting_carry.carry",
            phrase("Carry it to a laptop and back"),
            phrase("Where the room has no way to this server: take the session along, and bring every attempt back."),
            None,
        ),
    ]


def next_of(steps: Sequence[Step]) -> Step | None:
    """The first step that is not done; what goes on stands in the way of none, and comes when nothing else is left."""
    left = sorted((one for one in steps if not one.done), key=lambda one: one.done is None)
    return left[0] if left else None


def _timetable(teaching: TeachingSession, parts: Sequence[Part], missing: Collection[Key]) -> Step:
    title = phrase("Look through the timetable")
    if teaching.closed_at is not None:
        return Step("hosting.timetable", title, phrase("The session is closed: it stays as it is."), done=True)
    if not any(one.contact for one in parts):
        return Step("hosting.timetable", title, phrase("It is empty: add what is planned."), done=False)
    if missing:
        names = listed(plans.called(teaching.plan, name) for _, name in missing)
        text = phrase("Not in this installation: %(names)s. Exchange them, or install them.", names=names)
        return Step("hosting.timetable", title, text, done=False)
    if bare := timetable.bare(parts, missing):
        text = phrase("'%(title)s' has no lab yet. Choose one.", title=bare[0].said)
        meant = teaching.opened_at is not None  # it was asked for at the opening, and can still be chosen
        return Step("hosting.timetable", title, text, done=None if meant else False)
    return Step("hosting.timetable", title, phrase("All that it works on is installed."), done=True)


def _staff(teaching: TeachingSession) -> Step:
    """Too few instructors are said, and stand in the way of nothing: None."""
    staff = sum(one.active and one.staff for one in teaching.members)
    lacking = -(-_trainees(teaching) // TAUGHT) - staff
    title = phrase("Name who teaches")
    said: str = counted(
        "%(num)s instructor. Every ten trainees need one.", "%(num)s instructors. Every ten trainees need one.", staff
    )
    if staff == 0 or lacking <= 0 or teaching.closed_at is not None:
        return Step("hosting.people", title, said, done=staff > 0)
    more = counted("%(num)s more is needed.", "%(num)s more are needed.", lacking)
    return Step("hosting.people", title, joined(said, more), done=None)


def _trainees(teaching: TeachingSession) -> int:
    return sum(one.active and one.role == "trainee" for one in teaching.members)


def _preparation(teaching: TeachingSession, ready: Ready | None) -> Step:
    """Before the opening nothing says that it is done, and opening needn't wait. Variants are assigned after it."""
    where, title = "hosting_preparation.preparation", phrase("Prepare the machine and the room")
    text = phrase("Check the server, warm the runs, assign variants, print join sheets and handouts.")
    if teaching.opened_at is None:
        return Step(where, title, text, done=None)
    if teaching.closed_at is not None or ready is None:
        return Step(where, title, text, done=True)
    left = phrase(
        "For slots still ahead, variants assigned: %(kept)s of %(variants)s; runs warm: %(warm)s of %(runs)s.",
        kept=str(ready.kept),
        variants=str(ready.variants),
        warm=str(ready.warm),
        runs=str(ready.runs),
    )
    return Step(where, phrase("Assign variants, warm the runs"), left, done=ready.done)


def _roster(teaching: TeachingSession, known: Collection[str]) -> Step:
    inside = _trainees(teaching)
    said = counted("%(num)s trainee", "%(num)s trainees", inside)
    text = phrase("%(trainees)s on %(seats)s seats.", trainees=said, seats=str(teaching.seats))
    where = ROSTER if ROSTER in known else "hosting.people"
    return Step(where, phrase("Bring in the trainees"), text, done=inside > 0)


def _feedback(teaching: TeachingSession, *, over: bool) -> Step:
    text = phrase("A form on the last day, surveys after three and twelve months. No answer says whose it is.")
    done = (over or teaching.closed_at is not None) if teaching.opened_at else False
    return Step("hosting_feedback.feedback", phrase("Ask what people thought of it"), text, done=done)
