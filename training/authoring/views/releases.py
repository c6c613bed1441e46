"""Releases of a course: the list, what changed between two, publishing, one step back; and the learner's view of it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.authoring import changes, checking, outline, policy
from training.authoring.service import Copy
from training.authoring.views.blueprint import bp
from training.authoring.views.here import copy_of, files_of, me, news, number, owned, people, shipped_of
from training.content import service as content
from training.content.source import ContentError
from training.courses import policy as courses
from training.errors import DomainError, NotThere, Refused
from training.learning import service as learning
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store

DRAFT, SHIPPED = "draft", "shipped"


@bp.get("/authoring/course/<name>/releases")
@guarded(policy.may_edit)
def releases(name: str) -> ResponseReturnValue:
    """All releases with who made them and why; publishing and the step back."""
    permit(owned(copy_of("course", name)))
    return _page(name)


@bp.post("/authoring/course/<name>/releases")
@guarded(policy.may_publish)
def publish(name: str) -> ResponseReturnValue:
    """Freeze what is edited here as a release, or say every mistake that stands in its way."""
    copy = copy_of("course", name)
    permit(owned(copy))
    note = " ".join(request.form.get("note", "").split())
    if copy == checking.GLOSSARY:
        return _publish_glossary()
    try:
        done = checking.publish(store(), rooms().settings, copy.name, note, me(), clock())
    except (ContentError, Refused) as bad:
        return _page(name, bad), STATUS.get(type(bad), 422)
    again = done.release.number if done.again else None
    return redirect(url_for("authoring.releases", name=name, again=again), 303)


@bp.post("/authoring/course/<name>/rollback")
@guarded(policy.may_publish)
def roll_back(name: str) -> ResponseReturnValue:
    """Offer an older release again."""
    copy = copy_of("course", name)
    permit(owned(copy))
    folder = checking.shipped(rooms().settings, copy)
    with store().writing() as session:
        content.rollback(session, rooms().settings.instance, folder, "course", number("number"), clock(), by=me())
    return redirect(url_for("authoring.releases", name=name), 303)


@bp.post("/authoring/course/<name>/withdraw")
@guarded(policy.may_publish)
def withdraw(name: str) -> ResponseReturnValue:
    """Offer the course to nobody any more, once it was said that this is meant."""
    copy = copy_of("course", name)
    permit(owned(copy))
    if request.form.get("sure") != "yes":
        bad = Refused(phrase("Tick the box to say that readers lose this course now."), field="sure")
        return _page(name, bad), STATUS[type(bad)]
    folder = checking.shipped(rooms().settings, copy)
    with store().writing() as session:
        content.withdraw(session, folder, copy.kind, clock(), by=me())
    return redirect(url_for("authoring.releases", name=name), 303)


@bp.get("/authoring/course/<name>/changes")
@guarded(policy.may_edit)
def compare(name: str) -> ResponseReturnValue:
    """What somebody who learns with one release would see change in another, or in what is edited here."""
    copy = copy_of("course", name)
    permit(owned(copy))
    sides = [request.args.get(side, "") for side in ("before", "after")]
    with store().reading() as session:
        before, after = (outline.of(_side(session, copy, side)) for side in sides)
    found = changes.between(before, after)
    return render_template("authoring/changes.html", copy=copy, sides=sides, found=found)


@bp.get("/courses/<name>/changes")
@guarded(courses.may_read)
def learner_changes(name: str) -> ResponseReturnValue:
    """What would change for the reader who moves to the release that is offered now."""
    permit(None)
    instance = rooms().settings.instance
    with store().reading() as session:
        place = learning.place(session, instance, actor(), copy_of("course", name).name)
    folders = [content.folder_of(instance, one) for one in (place.release, place.newer or place.release)]
    found = changes.between(*(outline.of(outline.read(folder)) for folder in folders))
    return render_template("authoring/learner.html", place=place, found=found)


def _publish_glossary() -> ResponseReturnValue:
    try:
        checking.publish_glossary(store(), rooms().settings, me(), clock())
    except ContentError:  # each mistake stands on the page of the file, and is counted there
        return redirect(url_for("authoring.overview", kind="course", name=checking.GLOSSARY.name), 303)
    return redirect(url_for("courses.words"), 303)


def _side(session: Session, copy: Copy, side: str) -> outline.Files:
    """The files of a release by its number, of the working copy, or of the program."""
    if side == DRAFT:
        return checking.frozen(rooms().settings, copy, files_of(session, copy))
    if side == SHIPPED:
        if not (files := shipped_of(copy)):
            raise NotThere(phrase("There are no shipped files of %(name)s.", name=copy.name))
        return checking.frozen(rooms().settings, copy, files)
    if not side.isascii() or not side.isdecimal():
        raise NotThere(phrase("There is no such release."))
    release = content.of_number(session, copy.kind, copy.name, int(side[:9]))
    return outline.read(content.folder_of(rooms().settings.instance, release))


def _page(name: str, bad: DomainError | None = None) -> str:
    copy = copy_of("course", name)
    with store().reading() as session:
        listed = content.releases(session, "course", name)
        held = content.hold(session, "course", name)
        names = people(session, {one.published_by for one in listed})
        changed = news(session, copy)
    if copy == checking.GLOSSARY or (not listed and not (held and held.edited)):
        raise NotThere(phrase("There is no such course or lab."))
    mistakes = bad.mistakes if isinstance(bad, ContentError) else []
    given = {"names": names, "bad": bad, "mistakes": mistakes, "changed": changed}
    return render_template("authoring/releases.html", copy=copy, listed=listed, held=held, **given)
