"""What the views of an attempt share: where the reader is, what the page says, and the way back."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.analysis.command import LONGEST_WITH_RULES as LONGEST
from training.analysis.views import views_of
from training.grading.question import Question
from training.grading.values.reading import kind_of
from training.labs import bench, forms
from training.labs.material import Handed
from training.labs.models import Attempt, Finding
from training.labs.service import attempts, findings, materials, rules
from training.labs.service.attempts import Case
from training.labs.service.findings import Claimed, Read
from training.labs.spot import Spot
from training.store import new_id
from training.web.guard import load
from training.web.render import fragment
from training.web.rooms import clock, rooms, store

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


def spot_of() -> Spot:
    """Where on the workbench the reader is, by the address."""
    return Spot.of(request.args)


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
    """Keep what stands in the form of the finding, with further citations ticked; how it would be read.

    A page beside the workbench sends a place to cite without that form: then what the form held stays.
    """
    name = spot_of().question
    question = rules.of(session, case).question(name)
    if question is None:  # a citation is kept all the same
        return Read(None)
    alone = "place" in request.form and not forms.has_finding(request.form)
    typed = findings.held(session, case, question) if alone else forms.claimed(request.form)
    claimed = replace(typed, cited=tuple(dict.fromkeys((*typed.cited, *more))))
    findings.keep_draft(session, case, question, claimed, clock())
    return findings.read(session, case, question, claimed.value)


def link_of(attempt_id: UUID) -> Any:
    """Addresses of the workbench at the present spot with some parts changed, or with a command to be typed again."""

    def link(
        endpoint: str = "labs.workbench", anchor: str = "", spot: Spot | None = None, command: str = "", **changes: Any
    ) -> str:
        args = (spot or spot_of()).at(**changes).args()
        args |= {"command": command} if command else {}
        return url_for(endpoint, attempt_id=attempt_id, _anchor=anchor or None, **args)

    return link


def back(attempt_id: UUID, anchor: str, **changes: Any) -> ResponseReturnValue:
    """Back to the workbench, where the reader was, with the command that was typed beside the act."""
    typed = forms.command(request.form)
    command = typed if len(typed) <= LONGEST_IN_ADDRESS else ""
    return redirect(link_of(attempt_id)(anchor=anchor, command=command, **changes), 303)


def told(case: Case, question: Question, finding: Finding) -> ResponseReturnValue | None:
    """The verdict alone, for a script that puts it in place; None for a browser that wants a page."""
    if request.headers.get("X-Engram") != "fragment":
        return None
    helps = case.terms.hints and finding.try_no < len(question.points)
    here = {"told": case.told(clock()), "bound": case.bound(clock()), "helps": helps}
    return fragment("labs/told.html", question=question, finding=finding, **here)


def show(attempt_id: UUID, said: Said, status: int = 200, template: str = "labs/workbench.html") -> ResponseReturnValue:
    """The workbench at the present spot, or the part of it that a template shows. A command that was typed stays."""
    if said.command is None:
        said = replace(said, command=forms.command(request.form) or None)
    with store().reading() as session:
        attempt = load(session, Attempt, attempt_id)
        built = bench.build(session, rooms().settings.instance, rooms().engine.result, attempt, spot_of(), clock())
    link = partial(link_of(attempt_id), spot=built.spot)
    here = {"link": link, "request_key": str(new_id()), "cards": bench.cards(built.case.exhibit.os), "longest": LONGEST}
    here["longest_answer"] = kind_of(built.current.question.spec).longest
    here["views"] = [one.name for one in views_of(built.case.exhibit.os)]
    return render_template(template, bench=built, said=said, **here), status
