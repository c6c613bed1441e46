"""Links for respondents, on slips to print or one for a group. They are shown once: no page can show them again."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from training.assessment import forms, policy
from training.assessment.models import Round
from training.assessment.service import links
from training.assessment.views.blueprint import bp, said
from training.assessment.views.rounds import round_page
from training.credentials.square import square
from training.errors import DomainError
from training.web.address import outside
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.post("/assessments/<uuid:round_id>/slips")
@guarded(policy.may_run)
def slips(round_id: UUID) -> ResponseReturnValue:
    """One link for each person, on slips. The same form makes the same slips."""
    try:
        group, number, seed = forms.group(request.form), forms.number(request.form, "number"), _seed()
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            tokens = links.slips(session, held, group, number, seed, actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return _sheet(held, group, tokens, 1)


@bp.post("/assessments/<uuid:round_id>/code")
@guarded(policy.may_run)
def code(round_id: UUID) -> ResponseReturnValue:
    """One link for a whole group, as a sheet to put on a wall or to send."""
    try:
        group, most, seed = forms.group(request.form), forms.number(request.form, "most"), _seed()
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            token = links.for_group(session, held, group, most, seed, actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return _sheet(held, group, [token], most)


def _seed() -> str:
    return request.form.get("seed", "")


def _sheet(held: Round, group: str, tokens: list[str], people: int) -> str:
    made = []
    for token in tokens:
        address = outside("assessment.enter", token=links.spelled(token))
        made.append((address, square(address)))
    return render_template("assessment/slips.html", held=held, group=group, slips=made, people=people, said=said())
