"""Pages about one's own competencies: where one stands, the role, the records as a file, and computing them anew."""

from collections.abc import Collection, Mapping
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.content import service as content
from training.errors import DomainError, Refused
from training.labs import reader as labs
from training.learning import policy, wording
from training.learning.competence import document
from training.learning.competence.table import ROLES
from training.learning.service import competence, records, statements
from training.learning.service.competence import Profile
from training.learning.service.statements import TASKS
from training.learning.views.blueprint import bp
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


def me() -> UUID:
    """Who asks; the policies see to it that there is somebody."""
    who = actor().id
    if who is None:
        raise RuntimeError
    return who


def profile_of(session: Session, person: UUID) -> Profile:
    """Where a person stands today."""
    settings = rooms().settings
    return competence.profile(session, settings.instance, person, clock(), settings.zone)


def titles(session: Session) -> dict[str, str]:
    """Titles of the labs that are offered here, by name."""
    instance, offered = rooms().settings.instance, content.offered(session, "lab")
    return {one.name: lab.title for one, lab in content.read_each(instance, offered, labs.load)}


def names_of(session: Session, profile: Profile, others: Collection[UUID] = ()) -> dict[str, str]:
    """Names of those who confirmed or judged something, by id."""
    said = {*map(str, others), *(one.by for one in profile.evidence.statements)}
    said |= {judge for one in profile.evidence.attempts for judge in one.judged_by}
    people = (accounts.find(session, UUID(one)) for one in sorted(said))
    return {str(one.id): one.name for one in people if one}


def words() -> Mapping[str, object]:
    """What the templates say things with."""
    return {
        "levels": wording.NAMES,
        "role_names": wording.ROLE_NAMES,
        "behind": wording.behind,
        "steps": wording.steps,
        "number": wording.number,
        "course_of": wording.course_of,
    }


@bp.get("/competencies")
@guarded(policy.may_learn)
def competencies() -> ResponseReturnValue:
    """Where the reader stands in each competency, against the targets of a role, with what stands behind it."""
    permit(None)
    with store().reading() as session:
        profile, here = profile_of(session, me()), titles(session)
        known = {one.ident.partition(":")[2] for one in profile.evidence.attempts}
        said = statements.told(session, me(), known)
        names = names_of(session, profile, {one.by_id for one in said})
    return render_template(
        "learning/competencies.html",
        profile=profile,
        labs=here,
        names=names,
        roles=ROLES,
        said=said,
        tasks=TASKS,
        **words(),
    )


@bp.post("/competencies/role")
@guarded(policy.may_learn)
def choose_role() -> ResponseReturnValue:
    """Keep the role whose targets the reader wants to see."""
    permit(None)
    with store().writing() as session:
        competence.choose_role(session, actor(), request.form.get("role", ""), clock())
    return redirect(url_for(".competencies"), 303)


@bp.get("/competencies.json")
@guarded(policy.may_learn)
def competencies_file() -> ResponseReturnValue:
    """The reader's own records and what was computed of them, as a file."""
    permit(None)
    with store().reading() as session:
        return as_file(profile_of(session, me()))


def as_file(profile: Profile) -> Response:
    """A document to keep."""
    answer = Response(document.written(profile.document()), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="competencies-{profile.day}.json"'
    return answer


@bp.get("/competencies/verify")
@guarded(policy.may_learn)
def verification() -> ResponseReturnValue:
    """The form for a file of records."""
    permit(None)
    return render_template("learning/verify.html", made=None)


@bp.post("/competencies/verify")
@guarded(policy.may_learn)
def verify() -> ResponseReturnValue:
    """Compute a file of records anew, and compare it with what is here where the reader may see it."""
    permit(None)
    try:
        made = document.read(_sent())
    except DomainError as bad:
        return render_template("learning/verify.html", made=None, refused=bad.message), STATUS[type(bad)]
    with store().reading() as session:
        apart = _apart(session, made)
    found = document.differences(made)
    return render_template("learning/verify.html", made=made, found=found, apart=apart)


def _sent() -> bytes:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused(
            phrase("No file was chosen. Choose one that this page made, and send the form again."), field="file"
        )
    return file.stream.read(document.LARGEST + 1)


def _apart(session: Session, made: document.Document) -> tuple[str, ...] | None:
    """Records of the file that are not here, or other ones; None where the reader may not see that person's."""
    try:
        person = accounts.find(session, UUID(made.person))
    except ValueError:
        return None
    if person is None or not (person.id == actor().id or policy.may_see_record(actor(), person)):
        return None
    return document.apart(made, records.of(session, rooms().settings.instance, person.id))
