"""Certificates of a session, for those who run it: results, confirming, issuing, printing, revoking, replacing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.credentials import awarding, codes, critical, forms, graded, grid, policy, resits, results, service
from training.credentials.graded import Graded
from training.credentials.models import Certificate
from training.credentials.overview import Line, Overview, overview
from training.credentials.rules import percent
from training.credentials.views.blueprint import bp, file, issuable, issuing, speak
from training.credentials.words import WORDS
from training.errors import DomainError, NotThere
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.language import reading_language, spoken
from training.web.rooms import actor, clock, rooms, store

PLACE = "/sessions/<uuid:session_id>/certificates"


@bp.get(PLACE)
@guarded(policy.may_run)
def of_session(session_id: UUID) -> ResponseReturnValue:
    """Who gets what, and why not more."""
    return _page(session_id)


@bp.post(f"{PLACE}/confirm")
@guarded(policy.may_confirm)
def confirm(session_id: UUID) -> ResponseReturnValue:
    """Say that the results are right, as they were seen."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            found = forms.same(overview(session, teaching), request.form)
            early = awarding.in_time(found, clock(), early=_early())
            service.confirm(session, teaching.id, found.digest, actor(), clock(), early=early)
    except DomainError as bad:
        return _page(session_id, bad)
    return redirect(url_for(".of_session", session_id=session_id), 303)


@bp.post(f"{PLACE}/issue")
@guarded(policy.may_run)
def issue(session_id: UUID) -> ResponseReturnValue:
    """Issue the certificate of one person, or those of all who wait for one."""
    reader = reading_language()
    try:
        with store().reading() as session:
            teaching = load(session, TeachingSession, session_id)
            site = issuing()
            found = forms.same(overview(session, teaching), request.form)
        speak(teaching.language)
        who, lines = actor(), forms.chosen(found, request.form)
        made = awarding.issue(store(), site, found, lines, who, lambda said: str(spoken(said)), clock(), early=_early())
    except DomainError as bad:
        speak(reader)
        return _page(session_id, bad)
    speak(reader)
    flash(ngettext("%(num)s certificate was issued.", "%(num)s certificates were issued.", made), "ok")
    if left := len(lines) - made:
        flash(
            ngettext(
                "%(num)s more waits. Press the button again to go on.",
                "%(num)s more wait. Press the button again to go on.",
                left,
            ),
            "part",
        )
    return redirect(url_for(".of_session", session_id=session_id), 303)


@bp.get(f"{PLACE}/print.pdf")
@guarded(policy.may_run)
def printed(session_id: UUID) -> ResponseReturnValue:
    """All papers that hold in one file, for the printer."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        standing = [one for one in service.of_session(session, teaching.id) if one.revocation is None]
        papers = [(service.printed(session, one), one.signed) for one in standing]
    if not papers:
        raise NotThere(phrase("No certificate of this session holds."))
    from training.credentials.paper.draw import together  # noqa: PLC0415 - what draws is large, and seldom needed

    return file(together(papers, session_id, clock()), "certificates.pdf", "application/pdf")


@bp.get(f"{PLACE}/<uuid:person_id>")
@guarded(policy.may_run)
def person(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """One trainee: half-days, results, competencies, certificates."""
    return _person(session_id, person_id)


@bp.post(f"{PLACE}/<uuid:person_id>/result")
@guarded(policy.may_confirm)
def result(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Record what a sitting of an examination came to."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            results.record(session, actor(), teaching, person_id, forms.wish(request.form), clock())
    except DomainError as bad:
        return _person(session_id, person_id, bad)
    flash(_("The result is recorded."), "ok")
    return redirect(url_for(".person", session_id=session_id, person_id=person_id), 303)


@bp.post("/certificates/<uuid:certificate_id>/revoke")
@guarded(policy.may_change)
def revoke(certificate_id: UUID) -> ResponseReturnValue:
    """Say that a certificate holds no more."""
    return _change(certificate_id, _revoked)


@bp.post("/certificates/<uuid:certificate_id>/replace")
@guarded(policy.may_change)
def replace(certificate_id: UUID) -> ResponseReturnValue:
    """Issue one with the right name in its place."""
    return _change(certificate_id, _replaced)


@bp.post("/certificates/<uuid:certificate_id>/renew")
@guarded(policy.may_change)
def renew(certificate_id: UUID) -> ResponseReturnValue:
    """Issue what the results give now in place of one that rests on earlier ones, such as after a resit."""
    return _change(certificate_id, _renewed)


def _change(certificate_id: UUID, act: Callable[[Session, Certificate], None]) -> ResponseReturnValue:
    try:
        with store().writing() as session:
            found = load(session, Certificate, certificate_id, lock=True)
            session_id, person_id = found.session_id, found.person_id
            act(session, found)
    except DomainError as bad:
        return _person(session_id, person_id, bad)
    return redirect(url_for(".person", session_id=session_id, person_id=person_id), 303)


def _revoked(session: Session, found: Certificate) -> None:
    service.revoke(session, found, actor(), request.form.get("reason", ""), clock())


def _renewed(session: Session, found: Certificate) -> None:
    teaching = session.get(TeachingSession, found.session_id)
    if teaching is None or not policy.may_run(actor(), teaching):
        raise NotThere(phrase("There is no such session here."))
    site = issuing()
    results_now = forms.same(overview(session, teaching), request.form)
    early = awarding.in_time(results_now, clock(), early=_early())
    reader = reading_language()
    speak(teaching.language)
    try:
        facts = awarding.renewed(
            session, rooms().settings.instance, results_now, found, lambda said: str(spoken(said)), clock()
        ).model_copy(update={"early": early})
        service.replace(session, site, found, facts, request.form.get("reason", ""), actor(), clock(), early=early)
    finally:
        speak(reader)


def _early() -> bool:
    """Whether somebody ticked that it is to be done before the session has ended."""
    return request.form.get("early") == "yes"


def _replaced(session: Session, found: Certificate) -> None:
    site, facts = issuing(), service.with_name(session, found, request.form.get("holder", ""))
    teaching = session.get(TeachingSession, found.session_id)
    if teaching is not None:
        facts = facts.model_copy(update={"early": overview(session, teaching).ahead(clock()) > 0})
    service.replace(session, site, found, facts, request.form.get("reason", ""), actor(), clock())


def _page(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    settings = rooms().settings
    with store().reading() as session:
        teaching = _teaching(session, session_id)
        found = overview(session, teaching)
        shown = {
            one.person_id: awarding.competencies(session, settings.instance, teaching, one, clock())[1]
            for one in found.lines
        }
        names, appealed = accounts.names(session, set(found.confirmed)), critical.waiting(session, teaching)
    given = _given(found) | {"bad": bad, "shown": shown, "names": names, "appealed": appealed}
    return render_template("credentials/session.html", **given), STATUS.get(type(bad), 200) if bad else 200


def _person(session_id: UUID, person_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    settings = rooms().settings
    with store().reading() as session:
        teaching = _teaching(session, session_id)
        found = overview(session, teaching)
        line = _line(found, person_id)
        shown = awarding.competencies(session, settings.instance, teaching, line, clock())[1]
        certificates = [service.shown(session, one) for one in line.certificates]
        names = accounts.names(session, {one.by for one in line.results})
        granted = [one for one in resits.of_person(session, teaching, person_id) if one.withdrawn_at is None]
        errors = [critical.seen(teaching, one, clock()) for one in line.errors]
        rated = _rated(session, found, line)
    given = _given(found) | {"bad": bad, "line": line, "shown": shown, "certificates": certificates, "names": names}
    given |= {"rated": rated, "granted": granted, "errors": errors}
    sat = zip(line.results, line.sat, strict=True)
    given["stands"] = {row.id for row, one in sat if one in line.outcome.results}
    return render_template("credentials/person.html", **given), STATUS.get(type(bad), 200) if bad else 200


def _teaching(session: Session, session_id: UUID) -> TeachingSession:
    """The session of a page, for those who run it, whatever the policy of the view that shows it."""
    g.may = policy.may_run
    return load(session, TeachingSession, session_id)


def _given(found: Overview) -> dict[str, Any]:
    me = actor()
    return {
        "found": found,
        "teaching": found.teaching,
        "words": WORDS[reading_language()],
        "percent": percent,
        "score": lambda row: percent(results.share(row)),
        "spelled": codes.spelled,
        "confirms": policy.may_confirm(me, found.teaching),
        "me": me.id,
        "issuable": issuable(),
        "ahead": found.ahead(clock()),
        "until": f"{timetable.local(found.teaching, max(found.ends)):%Y-%m-%d %H:%M}" if found.ends else "",
    }


def _rated(session: Session, found: Overview, line: Line) -> dict[tuple[str, int], Graded]:
    """What is graded of the first sitting of a person, by examination and piece."""
    rated = {}
    for one in found.rules.examinations:
        it = grid.sheet(session, actor(), found.teaching, one.name, 1, clock(), line.person_id)
        for each in graded.offered(session, rooms().settings.instance, it, clock()):
            rated[one.name, each.piece] = each
    return rated


def _line(found: Overview, person_id: UUID) -> Line:
    line = found.of(person_id)
    if line is None:
        raise NotThere(phrase("There is no such trainee in this session."))
    return line
