"""The longest page that a module can become for one reader: every question answered, and all that can be said shown."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.courses.manuscript import reader
from training.courses.manuscript.format import Key
from training.courses.manuscript.questions import TYPED, Question
from training.learning import judge
from training.learning import service as learning
from training.learning.service import Place
from training.store import new_id


def answer_all(session: Session, actor: Actor, place: Place, module: str, now: datetime) -> None:
    """Answer each question of a module so often that its explanation is due, with what is most said about."""
    keys = reader.keys(place.folder)
    for question in place.module(module).questions:
        value = longest(question, keys[question.id])
        for _ in range(judge.PATIENCE):
            learning.answer(session, actor, place, question, value, new_id().hex, now)


def longest(question: Question, key: Key) -> list[str]:
    """The answer whose feedback is longest, explanation and source included."""
    return max(_answers(question, key), key=lambda value: _said(question, key, value))


def _said(question: Question, key: Key, value: list[str]) -> int:
    told = judge.feedback(question, key, value, judge.PATIENCE)
    return sum(len(text.encode()) for text in (*told.sentences, *told.notes, told.source))


def _answers(question: Question, key: Key) -> Iterator[list[str]]:
    """Answers that together pick each thing about which something can be said."""
    ids = [name for name, _text in question.options]
    if question.type in TYPED:
        yield judge.answer_of(key)
    elif question.type == "multiple":
        yield ids
    elif question.type == "order":
        yield ids
        yield ids[::-1]
    elif question.type == "matching":
        yield from ([f"{item}{judge.PAIR}{one}" for item, _text in question.items] for one in ids)
    elif question.type == "statement":
        yield from ([truth, reason] for truth, reason in product(("true", "false"), ids))
    else:
        yield from ([one] for one in ids)
