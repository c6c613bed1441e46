"""Keys that prove themselves: every key is worked out twice, from truth and from plugin rows, and must agree.

`prove` tells an author what holds and what does not; `seal` turns what holds into data that `judge` reads, so that no
finding is ever judged by evaluating anything but the conditions on its own citations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from training.grading.keys.expression import RowSets
from training.grading.proof import Proof
from training.grading.question import Question
from training.grading.sealed import Proved, Sealed, SealedKey, names_in
from training.grading.values.base import Canon

__all__ = ["Proved", "Sealed", "SealedKey", "prove", "prove_and_seal", "seal"]


def prove(questions: Sequence[Question], truth: Mapping[str, object], rows: RowSets) -> tuple[Proved, ...]:
    """Prove every question of a lab on one exhibit.

    Args:
        questions: in order; later ones may name earlier ones.
        truth: what the guest and the scenario wrote down, JSON.
        rows: rows of each run in `question.queries(questions)`. With the runs of `question.sources(questions)` too,
            it is also checked that some row shows each answer.
    """
    return tuple(work.proved() for work in _proofs(questions, truth, rows))


def seal(questions: Sequence[Question], truth: Mapping[str, object], rows: RowSets) -> Sealed:
    """Seal the keys of one exhibit.

    A question that is not proved gets no key and is listed with its problems; free text needs no key and gets none.
    """
    return prove_and_seal(questions, truth, rows)[1]


def prove_and_seal(
    questions: Sequence[Question], truth: Mapping[str, object], rows: RowSets
) -> tuple[tuple[Proved, ...], Sealed]:
    """What `prove` and `seal` give, with everything worked out once: that takes seconds on thousands of rows."""
    works = list(_proofs(questions, truth, rows))
    proved = {work.question.id: work.proved() for work in works}
    keyed = [work for work in works if work.key is not None]
    sealed = Sealed(
        keys={work.question.id: work.sealed() for work in keyed if proved[work.question.id].sound},
        unproved={id_: one.problems for id_, one in proved.items() if not one.sound},
        materials={question.id: question.material for question in questions},
        truth=hashlib.sha256(json.dumps(truth, sort_keys=True, default=str).encode()).hexdigest(),
    )
    return tuple(proved.values()), sealed


def _proofs(questions: Sequence[Question], truth: Mapping[str, object], rows: RowSets) -> Iterator[Proof]:
    answers: dict[str, tuple[Question, Canon]] = {}
    unproved: list[str] = []
    for question in questions:
        named = names_in(question)
        missing = tuple(name for name in unproved if name in named)
        work = Proof(question, truth, rows, dict(answers), missing)
        work.do()
        if work.key is None or work.lost:  # nothing can rest on what is gone
            unproved.append(question.id)
        else:
            answers[question.id] = (question, work.key)
        yield work
