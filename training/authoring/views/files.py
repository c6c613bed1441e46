"""One file in the editor: its text, its preview, what is wrong with it; saving it."""

import re
from dataclasses import dataclass

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.authoring import checking, lines, outline, paths, policy, preview, service, snippets
from training.authoring.preview import Preview
from training.authoring.service import Copy, Saved
from training.authoring.views.blueprint import PLACE, bp
from training.authoring.views.here import copy_of, files_of, me, number, owned, people, today
from training.content.source import ContentError
from training.courses.manuscript import reader
from training.errors import DomainError, NotThere, Refused
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.render import utc
from training.web.rooms import clock, rooms, store

TRANSLATED = re.compile(r"(?:[^/]+/index\.[a-z]{2}\.md|course\.[a-z]{2}\.yaml)")
"""Files that say which text they translate."""
SHOWN = 400_000  # characters of a refused text that come back


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that is not kept, as it was sent, and the revision that it began from."""

    text: str
    base: int


@bp.get(f"{PLACE}/files/<path:path>")
@guarded(policy.may_edit_file)
def edit(kind: str, name: str, path: str) -> ResponseReturnValue:
    """The text of a file in a form, with what is wrong in it."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    if _removed(copy, path):
        return render_template("authoring/removed.html", copy=copy, path=path), 404
    return _page(copy, path, shown="said" in request.args)  # the preview stays over a save


@bp.post(f"{PLACE}/files/<path:path>")
@guarded(policy.may_edit_file)
def save(kind: str, name: str, path: str) -> ResponseReturnValue:
    """Keep a text, or show it without keeping it. What can't be kept comes back as it was typed."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    try:
        typed = _typed()
        if request.form.get("do") == "preview":
            return _page(copy, path, typed, shown=True)
        if request.form.get("do") == "translated":
            typed = Typed(_noted(copy, path, typed.text), typed.base)
        done = _save(copy, path, typed)
    except (Refused, ContentError) as bad:
        return _page(copy, path, Typed(request.form.get("text", "")[:SHOWN], _base()), bad), STATUS.get(type(bad), 422)
    if done.outcome == "clash":
        return _clash(copy, path, typed.text, done), 409
    return redirect(url_for("authoring.edit", kind=kind, name=name, path=path, said=done.outcome), 303)


@bp.post(f"{PLACE}/autosave/<path:path>")
@guarded(policy.may_edit_file)
def autosave(kind: str, name: str, path: str) -> ResponseReturnValue:
    """The same for a script: what became of the text, as JSON. A clash is kept too, and said."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    try:
        done = _save(copy, path, _typed())
    except DomainError as bad:
        return jsonify(outcome="refused", message=bad.message), STATUS[type(bad)]
    said = {"outcome": done.outcome, "version": done.version, "mine": done.mine, "at": utc(clock())}
    return jsonify(**said, text=done.text if done.outcome == "merged" else None)


@bp.post(f"{PLACE}/preview/<path:path>")
@guarded(policy.may_edit_file)
def live_preview(kind: str, name: str, path: str) -> ResponseReturnValue:
    """The preview of a text that is being typed, and what is wrong with it, for a script to put in place."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    typed = _typed()
    with store().reading() as session:
        files = files_of(session, copy)
    seen = _preview(copy, files, path, typed.text)
    return render_template("authoring/live.html", copy=copy, path=path, seen=seen, text=typed.text)


def _removed(copy: Copy, path: str) -> bool:
    with store().reading() as session:
        return path in service.removed(session, copy)


def _typed() -> Typed:
    return Typed(request.form.get("text", ""), number("base"))


def _base() -> int:
    try:
        return number("base")
    except Refused:
        return 0


def _save(copy: Copy, path: str, typed: Typed) -> Saved:
    message = " ".join(request.form.get("message", "").split())
    with store().writing() as session:
        return service.save(session, copy, path, typed.text, typed.base, me(), clock(), message)


def _noted(copy: Copy, path: str, text: str) -> str:
    """A text of a translation that says of all sections of the original, as they are now, that it translates them."""
    with store().reading() as session:
        files = {**files_of(session, copy), path: service.checked(path, text)}
    if not TRANSLATED.fullmatch(path) or copy.kind != "course":
        raise Refused(phrase("%(path)s is no translation.", path=path[:80]))
    with checking.laid_out(rooms().settings, copy, files) as folder:
        reader.note_translated(folder / path)
        return (folder / path).read_text("utf-8")


def _preview(copy: Copy, files: outline.Files, path: str, text: str) -> Preview:
    return preview.of(rooms().settings, copy, {**files, path: service.checked(path, text)}, path, today())


def _page(
    copy: Copy, path: str, typed: Typed | None = None, bad: DomainError | None = None, *, shown: bool = False
) -> str:
    """The editor. `typed` stands there instead of what is kept; with `shown` its preview is drawn."""
    if not paths.is_text(path):
        raise NotThere(phrase("%(path)s is made by the program and can't be written here.", path=path[:80]))
    with store().reading() as session:
        files = files_of(session, copy)
        file = service.find(session, copy, path)
        held = service.revision(session, file, file.version)
        names = people(session, {held.by_id})
    if held.content is None and typed is None:
        raise NotThere(phrase("%(path)s was removed. Its history still has it.", path=path))
    text = typed.text if typed else service.text_of(held)
    seen = _preview(copy, files, path, text if not bad else service.text_of(held))
    given = {
        "typed": typed,
        "bad": bad,
        "shown": shown,
        "snippets": snippets.of(path),
        "translated": copy.kind == "course" and TRANSLATED.fullmatch(path),
        "secret": paths.secret(copy.kind, path),
        "title": outline.field_of(files.get(path, b""), "title"),
    }
    return render_template(
        "authoring/edit.html", copy=copy, path=path, held=held, names=names, text=text, seen=seen, **given
    )


def _clash(copy: Copy, path: str, text: str, done: Saved) -> str:
    """Both texts side by side, and a form in which one is made of them."""
    with store().reading() as session:
        file = service.find(session, copy, path)
        held = service.revision(session, file, done.version)
        names = people(session, {held.by_id})
    places = lines.difference(done.text, text.replace("\r\n", "\n"))
    given = {"held": held, "names": names, "text": text, "places": places, "done": done}
    return render_template("authoring/clash.html", copy=copy, path=path, **given)
