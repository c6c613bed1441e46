"""What the views of an attempt share: where the reader is, what the page says, what is kept, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.grading.question import Question
from training.labs import forms
from training.labs.material import Handed
from training.labs.models import Attempt, Finding
from training.labs.service import attempts, findings, materials, notebook, rules
from training.labs.service.attempts import Case
from training.labs.service.findings import Claimed, Offered, Read
from training.labs.spot import LONGEST, Spot
from training.labs.views import beside
from training.web.render import fragment
from training.web.rooms import clock, rooms

LONGEST_IN_ADDRESS = 4_000
"""Characters of a typed command that an address takes along; longer ones are rules, which a file keeps."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says about the request that it answers: beside the command, beside the finding, or on top."""

    where: str = ""
    message: str = ""
    command: str | None = None
    claimed: Claimed | None = None
    read: Read | None = None
    uncited: bool = False
    offered: Offered | None = None  # a cell that another value in the field stands in the way of
    at: str = ""  # that cell, as a button names it
    lifted: bool = False  # the table shows masked values, which is recorded already


def in_place() -> bool:
    """Whether a script asks, which puts parts into the page instead of loading another."""
    return "X-Engram" in request.headers


def spot_of() -> Spot:
    """Where on the workbench the reader is, by the address; on a page beside it, where they came from."""
    if beside.AT not in request.args:
        return Spot.of(request.args)
    spot = beside.read(request.args[beside.AT])
    return spot.at(question=request.args["question"][:LONGEST]) if "question" in request.args else spot


def case_of(session: Session, attempt: Attempt) -> Case:
    """What an attempt works on."""
    return attempts.case(session, rooms().settings.instance, attempt)


def question_of(session: Session, case: Case) -> Question:
    """The question at the present spot, as it is judged now; NotThere when the lab has none."""
    name = request.args.get("question", "")
    return rules.of(session, case).question(name) or attempts.question_of(case.lab, name)


def lines_of(case: Case) -> Handed:
    """The lines of the acquisition record that came with the exhibit, and what else was handed over."""
    return materials.of(case)


def keep(session: Session, case: Case, more: tuple[int, ...] = ()) -> Read:
    """Keep what is typed on the page: notes that were changed, and what stands in the form of the finding, with further
    citations ticked; how the finding would be read.

    A page beside the workbench sends a place to cite without that form: then what the form held stays.
    """
    for number, text in forms.notes(request.form).items():
        notebook.note(session, case, number, text, clock())
    name = spot_of().question
    question = rules.of(session, case).question(name)
    alone = not forms.has_finding(request.form)
    if question is None or (alone and not more):  # a citation is kept all the same
        return Read(None)
    typed = findings.held(session, case, question) if alone else forms.claimed(request.form)
    claimed = replace(typed, cited=tuple(dict.fromkeys((*typed.cited, *more))))
    findings.keep_draft(session, case, question, claimed, clock())
    return findings.read(session, case, question, claimed.value)


def tick(session: Session, case: Case, numbers: Sequence[int]) -> None:
    """Tick citations that were made beside the workbench, and say for which question."""
    at = findings.tick(session, case, spot_of().question, numbers, clock())
    if len(numbers) > 1:
        given = {"citations": ", ".join(f"C{one}" for one in numbers), "question": at.number}
        if at.takes:
            flash(_("%(citations)s are cited and ticked for question %(question)s.", **given), "ok")
        else:
            flash(_("%(citations)s are cited. Question %(question)s takes no finding any more.", **given), "ok")
        return
    given = {"n": numbers[0], "question": at.number}
    if at.takes:
        flash(_("C%(n)s is cited and ticked for question %(question)s.", **given), "ok")
    else:
        flash(_("C%(n)s is cited. Question %(question)s takes no finding any more.", **given), "ok")


def link_of(attempt_id: UUID, *, near: bool = False) -> Any:
    """Addresses of the workbench at the present spot with some parts changed, or with a command to be typed again.

    `near` is for the workbench itself, on which dozens of such links stand: those to itself begin with their query.
    Where an act answers with the page, such a link is an address of the act, which steps back to the workbench.
    """

    def link(
        endpoint: str = "labs.workbench",
        anchor: str = "",
        spot: Spot | None = None,
        command: str = "",
        noting: int = 0,
        every: int = 0,
        **changes: Any,
    ) -> str:
        args = (spot or spot_of()).at(**changes).args()
        args |= {"command": command} if command else {}
        args |= ({"note": noting} if noting else {}) | ({"every": every} if every else {})
        address = url_for(endpoint, attempt_id=attempt_id, _anchor=anchor or None, **args)
        return address[address.index("?") :] if near and args and endpoint == "labs.workbench" else address

    return link


def back(
    attempt_id: UUID, anchor: str, *, endpoint: str = "labs.workbench", noting: int = 0, **changes: Any
) -> ResponseReturnValue:
    """Back to the workbench, where the reader was, with the command that was typed beside the act, and with the note of
    a citation open where it is to be written.
    """
    typed = forms.command(request.form)
    command = typed if len(typed) <= LONGEST_IN_ADDRESS else ""
    return redirect(link_of(attempt_id)(endpoint, anchor=anchor, command=command, noting=noting, **changes), 303)


def told(case: Case, question: Question, finding: Finding) -> ResponseReturnValue | None:
    """The verdict alone, for a script that puts it in place; None for a browser that wants a page."""
    if not in_place():
        return None
    helps = case.terms.hints and finding.try_no < len(question.points)
    here = {"told": case.told(clock()), "bound": case.bound(clock()), "helps": helps}
    return fragment("labs/told.html", question=question, finding=finding, **here)
