"""What can be edited, and the pages of one working copy: its files, what is new among them, what is shipped."""

from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.authoring import checking, listing, outline, paths, pictures, policy, service, skeletons
from training.authoring.service import Copy
from training.authoring.views.blueprint import PLACE, bp
from training.authoring.views.here import copy_of, files_of, me, news, owned, people, shipped_of, today
from training.content import service as content
from training.courses.manuscript import figure
from training.courses.manuscript.reader import FILE, TEXT
from training.errors import Conflict, DomainError, Refused
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/authoring")
@guarded(policy.may_author)
def index() -> ResponseReturnValue:
    """All courses and labs: those that are edited here, and those that can be."""
    permit(None)
    return _index()


@bp.post("/authoring/courses")
@guarded(policy.may_begin)
def make_course() -> ResponseReturnValue:
    """Begin a course that nobody ships, with one module."""
    permit(None)
    form = request.form
    try:
        copy = Copy("course", paths.name(form.get("course", "")))
        given = (form.get("title", ""), form.get("language", ""), actor().name, form.get("number", ""))
        with store().reading() as session:
            taken = listing.numbers(session, rooms().settings)
        files = skeletons.course(copy.name, *given, today(), taken)
        _begin(copy, files)
    except DomainError as bad:
        return _index(bad, "course"), STATUS[type(bad)]
    return _to(copy)


@bp.post("/authoring/labs")
@guarded(policy.may_begin)
def make_lab() -> ResponseReturnValue:
    """Begin a lab with the files of another one."""
    permit(None)
    form = request.form
    try:
        copy, old = (Copy("lab", paths.name(form.get(field, ""))) for field in ("lab", "scenario"))
        begun_from = shipped_of(old) if policy.may_read_keys(actor(), owned(old)) else {}  # a scenario tells the truth
        files = skeletons.lab(begun_from, old.name, copy.name, form.get("title", ""))
        _begin(copy, files)
    except DomainError as bad:
        return _index(bad, "lab"), STATUS[type(bad)]
    return _to(copy)


@bp.get(PLACE)
@guarded(policy.may_edit)
def overview(kind: str, name: str) -> ResponseReturnValue:
    """The files of a working copy with everything that is wrong in them, or the way to begin one."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    return _overview(copy)


@bp.post(f"{PLACE}/begin")
@guarded(policy.may_edit)
def begin(kind: str, name: str) -> ResponseReturnValue:
    """Edit here what is shipped: from then on its files are those of the working copy."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    with store().writing() as session:
        if not service.begun(session, copy):
            service.take(session, copy, checking.shipped(rooms().settings, copy), me(), clock())
    return _to(copy)


@bp.post(f"{PLACE}/shipped")
@guarded(policy.may_edit)
def decide_shipped(kind: str, name: str) -> ResponseReturnValue:
    """Take the shipped files that changed as new revisions, or keep what is edited here."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    act = service.take if request.form.get("do") == "take" else service.keep
    with store().writing() as session:
        service.entries(session, copy)
        act(session, copy, checking.shipped(rooms().settings, copy), me(), clock())
    return _to(copy)


@bp.post(f"{PLACE}/modules")
@guarded(policy.may_edit)
def add_module(kind: str, name: str) -> ResponseReturnValue:
    """Add a module from the skeleton: its text, a figure, a question, the key, its place in the course."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    try:
        with store().writing() as session:
            service.find(session, _course(copy), FILE, lock=True)  # one after the other: each gets a place of its own
            made = skeletons.module(files_of(session, copy), request.form.get("title", ""), today())
            for path, data in made.items():
                service.replace(session, copy, path, data, me(), clock(), "New module")
    except (Refused, Conflict) as bad:
        return _overview(copy, bad, "module"), STATUS[type(bad)]
    text = next(path for path in made if path.endswith(TEXT))
    return redirect(url_for("authoring.edit", kind=kind, name=name, path=text), 303)


@bp.post(f"{PLACE}/translations")
@guarded(policy.may_edit)
def add_translation(kind: str, name: str) -> ResponseReturnValue:
    """Add the translation of a module, which begins as a copy of its text."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    given = request.form.get("folder", ""), request.form.get("language", "")
    try:
        with store().writing() as session:
            path, data = skeletons.translation(files_of(session, _course(copy)), *given)
            service.add(session, copy, path, data, me(), clock(), "New translation")
    except (Refused, Conflict) as bad:
        return _overview(copy, bad, "translation"), STATUS[type(bad)]
    return redirect(url_for("authoring.edit", kind=kind, name=name, path=path), 303)


@bp.post(f"{PLACE}/figures")
@guarded(policy.may_edit)
def add_figure(kind: str, name: str) -> ResponseReturnValue:
    """Take an SVG file into a module, checked and written anew."""
    copy = copy_of(kind, name)
    permit(owned(copy))
    try:
        path = _take_figure(_course(copy))
    except (Refused, Conflict) as bad:
        return _overview(copy, bad, "figure"), STATUS[type(bad)]
    return _overview(copy, made=path)


def _take_figure(copy: Copy) -> str:
    """Keep the figure of the form; its path."""
    sent, folder = request.files.get("figure"), request.form.get("folder", "")
    data = pictures.cleaned(sent.stream.read(figure.LIMIT + 1) if sent else b"")
    with store().writing() as session:
        present = files_of(session, copy)
        if f"{folder}/{TEXT}" not in present:
            raise Refused(phrase("Choose the module that the figure belongs to."), field="folder")
        path = pictures.address(folder, (sent and sent.filename) or "", set(present))
        service.add(session, copy, path, data, me(), clock(), "New figure")
    return path


def _begin(copy: Copy, files: outline.Files) -> None:
    if shipped_of(copy) or copy == checking.GLOSSARY:
        raise Conflict(phrase("%(name)s is shipped already. Choose another name.", name=copy.name), field="name")
    with store().writing() as session:
        if content.releases(session, copy.kind, copy.name):
            raise Conflict(phrase("There is a release of %(name)s already. Choose another name.", name=copy.name))
        service.begin(session, copy, files, me(), clock(), owner=actor().home)


def _course(copy: Copy) -> Copy:
    if copy.kind != "course" or copy == checking.GLOSSARY:
        raise Refused(phrase("Modules, translations and figures belong to courses."))
    return copy


def _to(copy: Copy) -> ResponseReturnValue:
    return redirect(url_for("authoring.overview", kind=copy.kind, name=copy.name), 303)


def _index(bad: DomainError | None = None, form: str = "") -> str:
    with store().reading() as session:
        rows = listing.every(session, rooms().settings, partial(policy.may_edit, actor()))
        terms = listing.terms(session, rooms().settings)
    terms = terms if policy.may_edit(actor(), owned(checking.GLOSSARY)) else None
    begins = policy.may_begin(actor(), None)
    return render_template("authoring/index.html", rows=rows, terms=terms, begins=begins, bad=bad, form=form)


def _overview(copy: Copy, bad: DomainError | None = None, form: str = "", made: str = "") -> str:
    with store().reading() as session:
        if not service.begun(session, copy):
            return _before(session, copy)
        entries = service.entries(session, copy)
        files = service.contents(session, copy)
        names = people(session, {one.by for one in entries})
        removed = service.removed(session, copy)
        changed = news(session, copy)
        release = content.latest(session, copy.kind, copy.name)
    found = checking.check(rooms().settings, copy, files, today())
    tree = listing.tree(copy, entries, files, found)
    elsewhere = listing.elsewhere(copy, tree, found)
    given = {"removed": removed, "elsewhere": elsewhere, "release": release, "changed": changed}
    given |= {"bad": bad, "form": form, "made": made, "names": names}
    given |= {"terms": copy == checking.GLOSSARY, "news": checking.glossary_news(rooms().settings, files)}
    return render_template("authoring/copy.html", copy=copy, tree=tree, found=found, **given)


def _before(session: Session, copy: Copy) -> str:
    """The page of what is not edited here; NotThere where there is nothing."""
    row = listing.one(session, rooms().settings, copy)
    return render_template("authoring/begin.html", copy=copy, row=row, terms=copy == checking.GLOSSARY)
