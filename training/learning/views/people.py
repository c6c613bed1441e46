"""Pages for instructors: the record of a person of their organisation, and what they confirm of them."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from training.accounts.models import Person
from training.errors import DomainError
from training.learning import forms, policy, statement_forms
from training.learning.competence.showings import day_of
from training.learning.competence.table import ALL
from training.learning.models import Statement
from training.learning.service import statements
from training.learning.service.statements import CRITICAL, TASKS
from training.learning.views.blueprint import bp
from training.learning.views.competencies import as_file, names_of, profile_of, titles, words
from training.store import new_id
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get("/people/<uuid:person_id>/competencies")
@guarded(policy.may_see_record)
def record(person_id: UUID) -> ResponseReturnValue:
    """Where a person stands, what stands behind it, and the forms to confirm something."""
    return _page(person_id)


@bp.get("/people/<uuid:person_id>/competencies.json")
@guarded(policy.may_see_record)
def record_file(person_id: UUID) -> ResponseReturnValue:
    """The same as a file, which can be computed anew."""
    with store().reading() as session:
        return as_file(profile_of(session, load(session, Person, person_id).id))


@bp.post("/people/<uuid:person_id>/competencies")
@guarded(policy.may_confirm)
def confirm(person_id: UUID) -> ResponseReturnValue:
    """Confirm use at work, teaching, a review, or a critical error."""
    try:
        with store().writing() as session:
            person = load(session, Person, person_id, lock=True)
            wish, key = statement_forms.wish(request.form), forms.request_key(request.form)
            today = day_of(clock(), rooms().settings.zone)
            statements.make(session, actor(), person, wish, key, today, clock())
    except DomainError as bad:
        return _page(person_id, bad)
    flash(gettext("It is confirmed, and the levels are computed with it."), "ok")
    return redirect(url_for(".record", person_id=person_id, _anchor="confirmed"), 303)


@bp.post("/statements/<uuid:statement_id>/withdraw")
@guarded(policy.may_withdraw)
def withdraw(statement_id: UUID) -> ResponseReturnValue:
    """Take back what was confirmed."""
    with store().writing() as session:
        statement = load(session, Statement, statement_id, lock=True)
        statements.withdraw(session, actor(), statement, clock())
        person = statement.person_id
    return redirect(url_for(".record", person_id=person, _anchor="confirmed"), 303)


def _page(person_id: UUID, refused: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        person = load(session, Person, person_id)
        profile, here = profile_of(session, person.id), titles(session)
        said = statements.of_person(session, person.id)
        names = names_of(session, profile, {one.by_id for one in said})
        examinations = statements.examinations(session, person)
    page = render_template(
        "learning/record.html",
        person=person,
        profile=profile,
        labs=here,
        names=names,
        said=said,
        examinations=examinations,
        tasks=TASKS,
        critical=CRITICAL,
        all=ALL,
        may_confirm=policy.may_confirm(actor(), person),
        may_withdraw=lambda one: policy.may_withdraw(actor(), one),
        refused=refused,
        typed=request.form,
        new_key=new_id,
        **words(),
    )
    return page, STATUS[type(refused)] if refused else 200
