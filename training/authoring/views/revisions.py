"""The history of a file: what it held when, what changed between two revisions, and how to have one again."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.authoring import lines, policy, service
from training.authoring.service import Copy
from training.authoring.views.blueprint import PLACE, bp
from training.authoring.views.here import copy_of, me, number, owned, people
from training.errors import Conflict
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import clock, store

MOST = 100  # revisions that are listed


@bp.get(f"{PLACE}/history/<path:path>")
@guarded(policy.may_edit_file)
def history(kind: str, name: str, path: str) -> ResponseReturnValue:
    """All revisions of a file; two of them compared, by default the last two."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    return _page(copy, path)


@bp.post(f"{PLACE}/history/<path:path>")
@guarded(policy.may_edit_file)
def change(kind: str, name: str, path: str) -> ResponseReturnValue:
    """Let a file hold an older revision again, as a new one; or take it out of the working copy."""
    copy = copy_of(kind, name)
    permit((owned(copy), path))
    removing, seen = request.form.get("do") == "remove", number("base")
    try:
        with store().writing() as session:
            if removing:
                service.remove(session, copy, path, me(), clock(), seen=seen)
            else:
                service.restore(session, copy, path, number("number"), me(), clock(), seen=seen)
    except Conflict as bad:
        return _page(copy, path, bad), STATUS[type(bad)]
    if removing:
        return redirect(url_for("authoring.overview", kind=kind, name=name), 303)
    return redirect(url_for("authoring.history", kind=kind, name=name, path=path), 303)


def _page(copy: Copy, path: str, bad: Conflict | None = None) -> str:
    with store().reading() as session:
        file = service.find(session, copy, path)
        listed = service.history(session, file)
        names = people(session, {one.by_id for one in listed})
    before, after = _chosen([one.number for one in listed])
    texts = {one.number: service.text_of(one) for one in listed if one.number in {before, after}}
    places = lines.difference(texts[before], texts[after]) if before else []
    given = {"names": names, "bad": bad, "before": before, "after": after, "places": places}
    return render_template(
        "authoring/history.html", copy=copy, path=path, file=file, listed=listed[:MOST], total=len(listed), **given
    )


def _chosen(numbers: list[int]) -> tuple[int, int]:
    """The revisions that the address names, or the last two; 0 stands for no text."""
    after = request.args.get("after", type=int)
    after = after if after in numbers else numbers[0]
    before = request.args.get("before", type=int)
    earlier = max((one for one in numbers if one < after), default=0)
    return (before if before in numbers else earlier), after
