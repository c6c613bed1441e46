"""A quiz tried out as a learner would see it, with what is said about answers and with its keys. Nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import render_template, request
from flask.typing import ResponseReturnValue

from training.authoring import checking, policy
from training.authoring.service import Copy
from training.authoring.views.blueprint import bp
from training.authoring.views.here import copy_of, files_of, owned
from training.courses.manuscript import draft
from training.courses.manuscript.course import Module
from training.courses.manuscript.format import Key
from training.errors import DomainError, NotThere, Refused
from training.learning import forms, judge
from training.learning.judge import Feedback
from training.sentence import phrase
from training.web.guard import guarded, permit
from training.web.rooms import rooms, store

ENOUGH = 3  # answers after which the explanation is shown to learners


@dataclass(frozen=True, slots=True)
class Tried:
    """What an answer came to, or why it was not taken."""

    question: str
    score: float = 0
    feedback: Feedback | None = None
    later: Feedback | None = None
    message: str = ""
    value: list[str] = field(default_factory=list)


@bp.get("/authoring/course/<name>/trial/<folder>")
@guarded(policy.may_read_keys)
def trial(name: str, folder: str) -> ResponseReturnValue:
    """The questions of a module with their keys, ready to be answered."""
    copy = copy_of("course", name)
    permit(owned(copy))
    return _page(copy, folder)


@bp.post("/authoring/course/<name>/trial/<folder>")
@guarded(policy.may_read_keys)
def try_answer(name: str, folder: str) -> ResponseReturnValue:
    """Judge an answer as a learner's would be, and say what learners would be told."""
    copy = copy_of("course", name)
    permit(owned(copy))
    return _page(copy, folder, request.form.get("question", ""))


def _page(copy: Copy, folder: str, answered: str = "") -> str:
    with store().reading() as session:
        files = files_of(session, copy)
    with checking.laid_out(rooms().settings, copy, files) as place:
        found = draft.read(place)
    module = next((one for one in found.modules if one.folder == folder), None)
    if module is None:
        raise NotThere(phrase("There is no such module, or its front matter can't be read: look at its mistakes."))
    keys = found.keys.value if found.keys else {}
    tried = _try(module, keys, answered) if answered else None
    return render_template("authoring/trial.html", copy=copy, module=module, keys=keys, tried=tried)


def _try(module: Module, keys: Mapping[str, Key], name: str) -> Tried:
    question = module.question(name)
    if question is None or name not in keys:
        return Tried(name, message=phrase("This question is not there, or has no key yet."))
    try:
        value = forms.answer(request.form, question)
        score = judge.score(question, keys[name], value)
        said = [judge.feedback(question, keys[name], value, answers) for answers in (1, ENOUGH)]
    except Refused as bad:
        return Tried(name, message=bad.message)
    except (DomainError, KeyError, TypeError, ValueError):  # a key that does not fit its question
        return Tried(name, message=phrase("The key of this question has mistakes: look at the page of keys."))
    return Tried(name, score, said[0], said[1], value=value)
