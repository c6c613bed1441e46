"""What findings are judged by: questions and sealed keys of an attempt, under the newest grading version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, Damaged
from training.evidence.models import Exhibit
from training.grading import amend
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.labs import decided, reader
from training.labs.models import Attempt, GradingVersion
from training.labs.reader import Lab
from training.labs.service.attempts import Case
from training.sentence import phrase

MOST_KEPT = 256


@dataclass(frozen=True)
class Rules:
    """What findings of an attempt are judged by.

    Attributes:
        number: of the grading version; 0 for the release as published.
        questions: of the lab, in order, as amended.
        keys: sealed keys by question, for the exhibit of the attempt; a question without one goes to a marker.
        decisions: what a marker reads of live work, as questions; trainees are not asked them.
    """

    number: int
    questions: tuple[Question, ...]
    keys: Mapping[str, SealedKey]
    decisions: tuple[Question, ...] = ()

    def question(self, name: str) -> Question | None:
        """The question with this id."""
        return self._by_id.get(name)

    def marked(self, name: str) -> Question | None:
        """The same among all that markers read, decisions at a machine with them."""
        return self.question(name) or next((one for one in self.decisions if one.id == name), None)

    def asked(self, name: str) -> Question:
        """The question with this id. Raises Conflict where these rules, taken from another release, don't have it."""
        found = self.question(name)
        if found is None:
            raise Conflict(
                phrase(
                    "Question %(question)s is no longer asked: the rules by which this lab is graded now don't have "
                    "it. It takes no finding and no hint; what you typed earlier stays readable.",
                    question=name,
                )
            )
        return found

    def key(self, name: str) -> SealedKey | None:
        """Its key, where there is one."""
        return self.keys.get(name)

    @cached_property
    def total(self) -> float:
        """Points that all questions together are worth at first."""
        return sum(one.points[0] for one in self.questions)

    @cached_property
    def _by_id(self) -> dict[str, Question]:
        return {one.id: one for one in self.questions}


_kept: dict[tuple[UUID, UUID | None, str], Rules] = {}


def of(session: Session, case: Case) -> Rules:
    """The rules that an attempt is judged by now. Kept in memory: a release and a grading version never change."""
    version = case.version
    key = (case.release.id, version.id if version else None, case.exhibit.sha256)
    found = _kept.get(key)
    if found is None:
        amendments = amend.AMENDMENTS.validate_python(version.amendments) if version else ()
        found = made(session, case, version.number if version else 0, amendments)
        if case.own is not None and not case.lab.sealed_for(case.exhibit.sha256):
            return found  # its keys are still being worked out
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = found
    return found


def offered(session: Session, instance: Path, release: Release, exhibit: Exhibit, organisation: UUID | None) -> Rules:
    """The rules that an attempt begun now at a release would be judged by in an organisation."""
    found = select(GradingVersion).filter_by(release_id=release.id, organisation_id=organisation)
    version = session.scalars(found.order_by(GradingVersion.number.desc()).limit(1)).first()
    lab = reader.load(content.folder_of(instance, release))
    return of(session, Case(Attempt(), release, lab, exhibit, instance, version=version))


def made(session: Session, case: Case, number: int, amendments: Sequence[amend.Amendment]) -> Rules:
    """The rules of an attempt's release under these amendments, whether they are in force or only looked at.

    Raises:
        Damaged: another release, from which rules are taken, is not here.
        Unamendable: an amendment can't be applied.
    """
    other = amend.release_of(amendments)
    lab = _release(session, case, other) if other else case.lab
    asked, keys = amend.amended(lab.questions, _keys(lab, case), amendments)
    return Rules(number, asked, keys, decided.questions(lab.file))


def _keys(lab: Lab, case: Case) -> dict[str, SealedKey]:
    found = {one.id: lab.key(case.exhibit.name, case.exhibit.sha256, one.id) for one in lab.questions}
    return {name: key for name, key in found.items() if key is not None}


def _release(session: Session, case: Case, sha256: str) -> Lab:
    found = session.scalars(select(Release).filter_by(kind="lab", name=case.release.name, sha256=sha256)).first()
    if found is None:
        raise Damaged(
            phrase(
                "The rules of release %(release)s are not here: findings can't be judged by them.", release=sha256[:12]
            )
        )
    return reader.load(content.folder_of(case.instance, found))
