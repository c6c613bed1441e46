"""Item statistics of a session: of each question that somebody tried, what its own attempts and answers come to.

    {"releases": {<id of the release>: {
        "kind", "name", "number", "sha256",
        "versions": [what findings were graded by: number (0: as published), grader, rules, keys],
        "questions": {<name>: {"counts": {...}, "figures": {...}}}}}}

Counts are taken by the verifier (`verify.tally`), which takes them again from the records. Figures are those of the
pages of statistics (`grading.items`), of this session alone; docs/statistics.md says what they mean. They have no
smaller groups than the records beside them, so nothing is hidden for their sake.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.grading import items, version
from training.grading.items import Choices, First, Interval, Item
from training.grading.version import GRADER
from training.hosting.carry import rows
from training.hosting.carry.rows import Row, State
from training.hosting.dossier import verify
from training.hosting.dossier.verify import Try
from training.labs import reader
from training.labs.models import Attempt
from training.labs.reader import Lab
from training.marking.service import items as marking

MOST_WRONG, FEWEST_WRONG = 5, 2  # wrong answers that are listed; people who gave one


def of(session: Session, instance: Path, state: State) -> dict[str, Any]:
    """The statistics of a session with these rows. Raises Damaged where a release that it worked with is not here."""
    kinds = {table: [{"row": row} for row in each.values()] for table, each in state.items()}
    tries, counts = list(verify.tries(kinds)), verify.tally(kinds)
    asked: dict[str, list[str]] = {}
    for release, question in counts:
        asked.setdefault(release, []).append(question)
    return {"releases": {one: _of_release(session, instance, state, one, tries, counts) for one in sorted(asked)}}


def _of_release(
    session: Session,
    instance: Path,
    state: State,
    key: str,
    tries: Sequence[Try],
    counts: Mapping[tuple[str, str], dict[str, Any]],
) -> dict[str, Any]:
    release = session.get_one(Release, UUID(key))
    about = {"kind": release.kind, "name": release.name, "number": release.number, "sha256": release.sha256}
    names = sorted(name for one, name in counts if one == key)
    if release.kind == "lab":
        lab = reader.load(content.folder_of(instance, release))
        figures = _of_lab(session, instance, release, _attempts(session, state, key))
        about["versions"] = list(_versions(lab, state, release))
    else:
        figures = _of_course(names, [one for one in tries if one.release == key], state["answer"].values())
    questions = {name: {"counts": counts[key, name], "figures": figures.get(name)} for name in names}
    return {**about, "questions": questions}


def _attempts(session: Session, state: State, release: str) -> list[Attempt]:
    ids = [UUID(one["id"]) for one in state["attempt"].values() if one["release_id"] == release]
    found: list[Attempt] = []
    for at in range(0, len(ids), rows.BATCH):
        found += session.scalars(select(Attempt).where(Attempt.id.in_(ids[at : at + rows.BATCH])))
    return sorted(found, key=lambda one: (one.opened_at, str(one.id)))


def _versions(lab: Lab, state: State, release: Release) -> Iterator[dict[str, Any]]:
    """As published, with the digest of the keys by exhibit; then the grading versions that a judgement names."""
    keys = {
        seal.exhibit: version.identity(
            lab.questions, {one.id: key for one in lab.questions if (key := lab.key(name, seal.exhibit, one.id))}
        )
        for name, seal in sorted(lab.seals.items())
    }
    rules = next((one.rules for one in keys.values()), None)
    yield {"number": 0, "grader": GRADER, "rules": rules, "keys": {name: one.keys for name, one in keys.items()}}
    made = [one for one in state["grading_version"].values() if one["release_id"] == str(release.id)]
    for one in sorted(made, key=lambda one: one["number"]):
        yield {name: one[name] for name in ("id", "number", "grader", "rules", "keys", "made_at")}


def _of_lab(session: Session, instance: Path, release: Release, made: Sequence[Attempt]) -> dict[str, dict[str, Any]]:
    return {
        one.question.id: {**_figures(one.item), "points": one.question.points[0], "void": one.void}
        for one in marking.of_attempts(session, instance, release, made)
    }


def _of_course(names: Sequence[str], tries: Sequence[Try], answers: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Of the first answers of trainees; each question of a course is worth the same."""
    firsts = [First(one.person, one.question, 1.0, one.credit) for one in tries if one.first and one.credit is not None]
    found = items.analyse({name: Choices() for name in names}, firsts)
    counted = {one.id for one in tries}
    wrong: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for one in answers:
        if one["id"] in counted and one["score"] == 0:
            wrong.setdefault(one["question"], set()).add((one["person_id"], tuple(map(str, one["value"]))))
    return {one.question: {**_figures(one), "wrong": _often(wrong.get(one.question, set()))} for one in found}


def _often(wrong: Iterable[tuple[str, tuple[str, ...]]]) -> list[dict[str, Any]]:
    """Wrong answers that several people gave, the most frequent first."""
    counts = Counter(value for _, value in wrong)
    often = sorted((-count, value) for value, count in counts.items() if count >= FEWEST_WRONG)
    return [{"answer": list(value), "people": -count} for count, value in often[:MOST_WRONG]]


def _figures(item: Item) -> dict[str, Any]:
    """What is known of a question beyond its counts; None where it is too little."""
    share, link = item.facility, item.discrimination
    return {
        "interval": _ends(share.interval) if share else None,
        "missing": share.missing if share else None,
        "discrimination": link and {"value": link.value, "interval": _ends(link.interval), "missing": link.missing},
        "options": {one.option: {"all": one.count, "upper": one.upper, "lower": one.lower} for one in item.taken},
        "seconds": item.seconds and list(item.seconds),
        "exhibits": {
            one.name: {"people": one.persons, "mean": one.value, "interval": _ends(one.interval)}
            for one in item.variants
        },
        "word": item.word.value,
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
