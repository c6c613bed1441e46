"""What can be asked of the exhibit of an attempt: questions, the plugins that answer them, and what stands already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis import typical
from training.analysis.cards import Card, Question, Topic
from training.analysis.models import Run
from training.labs.models import Attempt, AttemptRun
from training.labs.service.attempts import Case
from training.labs.topics import languages


@dataclass(frozen=True, slots=True)
class Offer:
    """A plugin as it is offered in an attempt.

    Attributes:
        card: its card; `card.ready` is the command that is offered.
        seconds: the typical time on this exhibit, from earlier runs of this installation.
        run: the run that answers the command, complete or on its way; None where nobody has asked.
        number: number of that run in the attempt, where its person has asked for it.
        shared: whether somebody else of the organisation has asked for it.
    """

    card: Card
    seconds: float
    run: Run | None
    number: int | None
    shared: bool


Answered = tuple[Question, Sequence[Offer]]


def by_topic(session: Session, case: Case, text: str = "") -> list[tuple[Topic, list[Answered]]]:
    """The questions that can be put to the exhibit, with the plugins that answer each, under their topics; of `text`
    every word stands in the question or in what a plugin is called, reads and lists.
    """
    if case.lab.file.on_papers:
        return []
    found, words = _of(session, case), text.casefold().split()
    made: dict[Topic, list[Answered]] = {}
    for question, cards in plugin_cards.load().answering(case.exhibit.os):
        there = [found[card.name] for card in cards if card.name in found]
        if offered := [one for one in there if _has(words, question, one.card)]:
            made.setdefault(question.topic, []).append((question, offered))
    return list(made.items())


def _has(words: Sequence[str], question: Question, card: Card) -> bool:
    """Whether every word that is looked for stands in a question, in any language, or in what a card of it says."""
    said = " ".join((*languages(question.text), card.name, card.family, card.lists)).casefold()
    return all(word in said for word in words)


def _of(session: Session, case: Case) -> dict[str, Offer]:
    """The plugins of the exhibit's system that the lab allows, by name.

    In an examination nothing tells what others have asked: which plugins they took would be a hint.
    """
    exhibit, cards = case.exhibit, plugin_cards.load()
    ready = {card.name: commands.parse(card.ready, os=exhibit.os) for card in cards.for_os(exhibit.os)}
    keys = {
        name: analysis.key_of(exhibit, command, cards.get(name), cards)
        for name, command in ready.items()
        if case.lab.file.dumps or not command.writes_files(cards)
    }
    there = typical.standing(session, keys.values())
    ids = [run.id for run in there.values()]
    asked = select(AttemptRun).where(AttemptRun.attempt_id == case.attempt.id, AttemptRun.run_id.in_(ids))
    numbers = {one.run_id: one.number for one in session.scalars(asked)}
    shared = set() if case.terms.examination else _shared(session, case.attempt, ids)
    times = typical.seconds(session, exhibit.sha256)
    made = {}
    for name, key in keys.items():
        run = there.get(key)
        if run and case.terms.examination and run.id not in numbers:
            run = None
        number = numbers.get(run.id) if run else None
        made[name] = Offer(cards.get(name), times[name], run, number, run is not None and run.id in shared)
    return made


def _shared(session: Session, attempt: Attempt, ids: Collection[UUID]) -> set[UUID]:
    """Those of some runs that other people of the organisation have asked for."""
    found = select(AttemptRun.run_id).join(Attempt, Attempt.id == AttemptRun.attempt_id)
    found = found.where(
        AttemptRun.run_id.in_(ids),
        Attempt.organisation_id == attempt.organisation_id,
        Attempt.person_id != attempt.person_id,
    )
    return set(session.scalars(found))
