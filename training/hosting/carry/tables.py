"""Every table of the program: carried with a session, and how; or left behind, and why.

A table that stands in neither list stops the tests. What a table belongs to is said by a column and by what that
column must name: rows of an earlier table in this list, or the session itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SESSION = "session"
"""Stands for the id of the session itself."""
FIXED = frozenset(
    ("organisation_id", "session_id", "circle", "person_id", "assignment_id", "attempt_id", "finding_id", "release_id")
)
"""What a row belongs to. It never changes by an import, save the release that somebody is held to."""


class How(StrEnum):
    """What becomes of a row that is on both sides."""

    EVENT = "event"
    """It is never changed. The same id with other content is a fault, which is told."""
    ROW = "row"
    """It changes column by column: what one side changed since both had the same counts, on both sides."""
    ONCE = "once"
    """It is added where it is not there. What is there stays as it is, and what the other side says is not asked."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A table whose rows go along.

    Attributes:
        name: of the table.
        of: `column`, and the table (or table and column) that it names; empty for a table that is only named by rows
            of others, of which what they name goes along.
        how: see there.
        also: a second such pair, where both must hold.
        alike: columns that name the same thing on both sides even where its ids differ.
        places: numbers given where a row is kept, by column, each with the columns within which it is given: they are
            not compared, and a taken one is exchanged for the next that is free.
        hidden: columns that never leave an installation.
        grows: where both sides changed a number or a time, the larger one holds.
        goes: whether a row that one side removed, and the other left as it was, is removed.
        switches: `FIXED` columns that may change all the same.
        identity: what tells one row from another, where that is not the primary key.
    """

    name: str
    of: tuple[str, str] | None
    how: How
    also: tuple[str, str] | None = None
    alike: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    grows: bool = False
    goes: bool = False
    switches: frozenset[str] = frozenset()
    identity: tuple[str, ...] = ()


IN_SESSION = ("session_id", SESSION)
IN_CIRCLE = ("circle", SESSION)
OF_ASSIGNMENT = ("assignment_id", "assignment")
OF_ATTEMPT = ("attempt_id", "attempt")
OF_MEMBER = ("person_id", "session_member.person_id")
OF_RESPONSE = ("response_id", "response")
IN_COURSE = ("course", "session_release.name")
NUMBERED = {"number": ("session_id",)}

CARRIED = (
    Carried("teaching_session", ("id", SESSION), How.ROW),
    Carried("session_part", IN_SESSION, How.ROW, goes=True),
    Carried("session_member", IN_SESSION, How.ROW),
    Carried("roster_note", IN_SESSION, How.ROW, goes=True),
    Carried("session_release", IN_SESSION, How.ROW, goes=True, switches=frozenset(("release_id",))),
    Carried("session_rule_change", IN_SESSION, How.EVENT, places=NUMBERED),
    Carried("session_board", IN_SESSION, How.ROW, grows=True),
    Carried("session_message", IN_SESSION, How.ROW, places=NUMBERED),
    Carried("session_follower", IN_SESSION, How.ROW, grows=True),
    Carried("session_help", IN_SESSION, How.ROW, places=NUMBERED),
    Carried("session_incident", IN_SESSION, How.ROW, places=NUMBERED),
    Carried("attendance_choice", IN_SESSION, How.ROW),
    Carried("attendance_check_in", IN_SESSION, How.ROW),
    Carried("attendance_sheet", IN_SESSION, How.EVENT),
    Carried("attendance_record", IN_SESSION, How.EVENT, places={"seq": ("session_id",)}),
    Carried("attendance_detail", ("record_id", "attendance_record"), How.EVENT),
    Carried("assignment", IN_CIRCLE, How.ROW, alike=("organisation_id", "lab", "circle", "person_id", "withdrawn_at")),
    Carried("assignment_person", OF_ASSIGNMENT, How.ROW, goes=True),
    Carried("accommodation", OF_ASSIGNMENT, How.ROW, alike=("assignment_id", "person_id")),
    Carried("pinned", IN_CIRCLE, How.ROW, goes=True, switches=frozenset(("release_id",))),
    Carried("activity", IN_CIRCLE, How.ROW, grows=True),
    Carried("attempt", OF_ASSIGNMENT, How.ROW),
    Carried("response", OF_ASSIGNMENT, How.ROW),
    Carried("response_entry", OF_RESPONSE, How.ROW),
    *(Carried(f"response_{name}", OF_RESPONSE, How.EVENT) for name in ("remark", "form", "decision")),
    *(Carried(f"response_{name}", OF_RESPONSE, How.ROW) for name in ("event", "medium", "acquisition")),
    Carried("own_exhibit", ("sha256", "attempt.exhibit"), How.ROW),
    Carried("own_keys", ("exhibit", "own_exhibit.sha256"), How.ROW),
    Carried(
        "attempt_run",
        OF_ATTEMPT,
        How.EVENT,
        places={"number": ("attempt_id",)},
        identity=("attempt_id", "run_id"),
    ),
    Carried("attempt_command", OF_ATTEMPT, How.EVENT, places={"number": ()}),
    Carried(
        "citation",
        OF_ATTEMPT,
        How.ROW,
        alike=("attempt_id", "run_id", "row", "column", "material", "line"),
        places={"number": ("attempt_id",)},
    ),
    Carried(
        "finding",
        OF_ATTEMPT,
        How.EVENT,
        places={"try_no": ("attempt_id", "question"), "step": ()},
    ),
    Carried("hint_taken", OF_ATTEMPT, How.ONCE),
    Carried("draft", OF_ATTEMPT, How.ROW, goes=True),
    Carried("judgement", ("finding_id", "finding"), How.EVENT, places={"seq": ("finding_id",)}),
    Carried("appeal", OF_ATTEMPT, How.ROW),
    Carried("statement", OF_ATTEMPT, How.ROW),
    Carried("report_part", OF_ATTEMPT, How.ROW),
    Carried("report_choice", OF_ATTEMPT, How.ROW),
    Carried("report_figure", OF_ATTEMPT, How.ROW),
    Carried("report_filed", OF_ATTEMPT, How.EVENT, places={"number": ("attempt_id",)}),
    Carried("enrolment", OF_MEMBER, How.ONCE, also=IN_COURSE, alike=("person_id", "course")),
    Carried("reading", OF_MEMBER, How.ONCE, also=IN_COURSE, alike=("person_id", "course", "module")),
    Carried("answer", OF_MEMBER, How.EVENT, also=IN_COURSE),
    Carried("certificate", IN_SESSION, How.EVENT),
    Carried("certificate_revocation", ("certificate_id", "certificate"), How.EVENT),
    Carried("examination_result", IN_SESSION, How.EVENT),
    Carried("examination_critical", IN_SESSION, How.ROW),
    Carried("result_confirmation", IN_SESSION, How.EVENT),
    Carried("examination_resit", IN_SESSION, How.ROW),
    Carried("printed_logo", None, How.ONCE),
    Carried("grading_version", None, How.EVENT, places={"number": ("release_id", "organisation_id")}),
    Carried(
        "run",
        None,
        How.ONCE,
        alike=("key", "state", "removed_at"),
        places={"try_no": ("key",)},
        hidden=frozenset(("asker",)),
    ),
    Carried("exhibit", None, How.ONCE),
    Carried(
        "release",
        None,
        How.ONCE,
        alike=("kind", "name", "sha256"),
        places={"number": ("kind", "name")},
        hidden=frozenset(("current", "published_by")),
    ),
    Carried(
        "person",
        None,
        How.ONCE,
        hidden=frozenset(("password_hash", "totp_secret", "totp_last_step", "theme", "disabled_at", "erased_at")),
    ),
    Carried("membership", OF_MEMBER, How.ONCE),
    Carried("organisation", None, How.ONCE, alike=("name_key",), hidden=frozenset(("founding",))),
    Carried("organisation_look", ("organisation_id", "teaching_session.organisation_id"), How.ONCE),
)

LEFT = {
    "event": "each installation has its own chain; the part about the session goes along as a file",
    "salt": "they belong to the commitments of that chain",
    "custody": "it says what was done with an exhibit on one installation",
    "sign_in": "people sign in where they are",
    "failure": "failed sign-ins are watched where they happen",
    "invitation": "a link works on the installation that made it",
    "roster_import": "a list is applied where it was sent; the people that it brought go along",
    "join_code": "a code is said in one room and opens one installation",
    "sign_in_slip": "a slip opens one installation: new ones are printed over there",
    "search_source": "the index is built again from what is there",
    "hold": "what is offered is decided on each installation",
    "ownership": "whose a course or lab is, is decided on each installation",
    "draft_file": "working copies of courses and labs travel as packs",
    "draft_revision": "working copies of courses and labs travel as packs",
    "lab_proof": "a proof is made again where a lab is written",
    "local_note": "national notes belong to the organisation and travel on paper or by its own hosts",
    "marking_round": "rounds span sessions and are marked in one place; what they decided goes along as judgements",
    "marking_marker": "part of a round",
    "marking_piece": "part of a round",
    "marking_task": "part of a round",
    "marking_mark": "part of a round",
    "marking_example": "part of a round",
    "marking_example_mark": "part of a round",
    "sign_case": "signs are computed anew from the attempts, and a case is decided in one place",
    "sign_attempt": "part of a case",
    "erasure": "people are erased where they ask for it; the other side is told by its own host",
    "erasing": "it stands for a moment only",
    "retention_rule": "each installation keeps what it keeps by its own rules",
    "retention_due": "part of those rules",
    "career": "a person's own choice, not of the session",
    "refresher": "drawn again where somebody asks",
    "last_place": "where somebody reads on this installation",
    "margin_note": "private to its reader, and not of the session",
    "drill_answer": "private to its author, who may share it where it was written; a dossier must not have it",
    "drill_share": "part of that drill",
    "assessment_round": "an assessment is no part of a session",
    "assessment_code": "part of an assessment",
    "assessment_respondent": "part of an assessment",
    "assessment_answer": "part of an assessment",
    "assessment_contact": "part of an assessment",
    "assessment_outcome": "part of an assessment",
    "assessment_note": "part of an assessment",
    "feedback_survey": "answers are given and shown on one installation, so that no small group is told of twice",
    "feedback_answered": "part of a survey",
    "feedback_answers": "part of a survey",
}
"""Tables whose rows stay, each with its reason."""

BY_NAME = {one.name: one for one in CARRIED}
