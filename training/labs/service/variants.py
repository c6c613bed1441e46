"""Which of a lab's exhibits a person works on: neighbours shall not have the same answers."""

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content.models import Release
from training.evidence import papers as case_files
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.labs import papers
from training.labs.models import Attempt
from training.labs.reader import Lab
from training.labs.service import circles


def of(session: Session, lab: Lab, actor: Actor, now: datetime, given: str | None = None) -> Exhibit:
    """The exhibit that an attempt begun now would get, of those that are registered here.

    That is the one whose SHA-256 is `given` for this person, if it is one of the lab's. Else it is one that does not
    wait for the person in an examination and that the person has not had, where there is such, and of these the one on
    which the fewest attempts of the organisation were begun; equal ones are decided by the person, so that two who
    begin at once get different ones more often than not.

    One that was found damaged is given to nobody while there is another.

    Of an exercise that is its case file, which is registered when it is first begun: see `entered`.

    Raises:
        NotThere: no exhibit of the lab is registered here.
    """
    if lab.file.on_papers and lab.folder:
        return session.get(Exhibit, lab.papers) or _papers(lab, lab.folder, now)
    here = {one.name: one for one in evidence.every(session)}
    offered = [here[name] for name in lab.exhibits if name in here]
    offered = [one for one in offered if evidence.fault_of(session, one.sha256) is None] or offered
    if chosen := next((one for one in offered if one.sha256 == given), None):
        return chosen
    if len(offered) < 2:  # noqa: PLR2004 - nothing to choose from
        return offered[0] if offered else evidence.by_name(session, lab.exhibits[0])
    of_lab = select(Release.id).where(Release.kind == "lab", Release.name == lab.id)
    begun = (
        select(Attempt.exhibit, func.count(), func.sum(case((Attempt.person_id == actor.id, 1), else_=0)))
        .where(Attempt.organisation_id == actor.home, Attempt.release_id.in_(of_lab))
        .group_by(Attempt.exhibit)
    )
    known = {sha256: (bool(had), count) for sha256, count, had in session.execute(begun)}
    waiting = circles.reserved(session, lab.id, actor.id)
    return min(offered, key=lambda one: (one.sha256 in waiting, *known.get(one.sha256, (False, 0)), _lot(actor, one)))


def entered(session: Session, instance: Path, lab: Lab, exhibit: Exhibit) -> Exhibit:
    """The exhibit as it is registered: the case file of an exercise is entered when somebody begins on it."""
    if not (lab.file.on_papers and lab.folder):
        return exhibit
    return case_files.enter(session, instance, exhibit, papers.listed(lab.folder, lab.file))


def _papers(lab: Lab, folder: Path, now: datetime) -> Exhibit:
    listed, size = papers.listed(folder, lab.file), papers.size(folder, lab.file)
    return case_files.file_of(lab.id, lab.title, listed, size, now)


def _lot(actor: Actor, exhibit: Exhibit) -> str:
    return hashlib.sha256(f"{actor.id} {exhibit.sha256}".encode()).hexdigest()
