"""What became of sealed keys since they were sealed: a report for each exhibit of a lab, written by `prove`.

A published key stays pinned to what it was proved on. When Volatility, the licence island or symbols change, nothing
that is judged changes by itself: the report says which keys would still come out the same.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session

from training.content import service as content
from training.errors import UNREADABLE, describe
from training.grading.sealed import SealedKey
from training.labs import reader
from training.labs.reader import Lab, Made, Seal

FOLDER = "drift"
DIGEST_SHOWN = 12
_TOLD = (
    ("the two forms disagree", "its two forms disagree"),
    ("is empty", "it is empty"),
    ("the text holds the answer", "a text of the question holds the answer"),
    ("none of the sources shows", "no source shows it"),
    ("is the right answer, or an accepted form", "a named mistake is a right answer here"),
    ("belongs to the right answer", "a named mistake is part of the right answer here"),
    ("has no column", "a column is missing"),
    ("no line of", "no line of a material shows it"),
)
_RESTS = re.compile(r"rests on [a-z][a-z0-9_]*, which is not proved")


class State(StrEnum):
    """How a sealed key compares with what the exhibit gave when it was last proved."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNPROVED = "unproved"
    UNKNOWN = "unknown"
    """There is no report on it: nobody has proved it here since it was sealed."""


class Report(BaseModel):
    """What proving a lab on one exhibit came to, on this installation.

    `digests` hold for each question the digest of the key that was worked out, or None where it was not proved;
    `problems` say why, without the values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lab: str
    pack: str
    exhibit: str
    at: datetime
    volatility: str
    island: int
    symbols: str
    digests: dict[str, str | None]
    problems: dict[str, tuple[str, ...]]

    @property
    def made(self) -> Made:
        """With what the rows were made."""
        return Made(self.volatility, self.island, self.symbols)


@dataclass(frozen=True, slots=True)
class Compared:
    """One question of an exhibit: the digest of its sealed key ('' for none), what became of it, what is wrong."""

    question: str
    digest: str
    state: State
    problems: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether findings on it are judged; else a marker decides."""
        return bool(self.digest)


@dataclass(frozen=True, slots=True)
class Standing:
    """One exhibit of a published lab: with what its keys were sealed, what runs now, what the last report says.

    Free text, which has no key, is left out of its questions.
    """

    pack: str
    exhibit: str
    sealed: Made
    running: Made
    drifted: bool
    report: Report | None
    questions: tuple[Compared, ...]


def report_of(lab: str, pack: str, made: Seal, at: datetime) -> Report:
    """The report on a seal that was worked out just now."""
    keys, unproved = made.sealed.keys, made.sealed.unproved
    return Report(
        lab=lab,
        pack=pack,
        exhibit=made.exhibit,
        at=at,
        volatility=made.volatility,
        island=made.island,
        symbols=made.symbols,
        digests={
            name: digest_of(made, keys[name]) if name in keys else None
            for name in made.sealed.materials
            if name in keys or name in unproved  # free text is neither: it has no key
        },
        problems={name: tuple(map(told, problems)) for name, problems in unproved.items()},
    )


def digest_of(seal: Seal, key: SealedKey) -> str:
    """What a right answer is known by without being known: SHA-256 over the answer and what truth it was proved on.

    The digest of the truth is no public thing, so that nobody finds a PID by trying all of them.
    """
    answer = key.model_dump(mode="json", include={"answer", "accept", "given", "names", "shared"})
    content_of = json.dumps([seal.sealed.truth, answer], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content_of.encode()).hexdigest()


def told(problem: str) -> str:
    """A problem of a key without its values: where it lies, and what kind it is."""
    if found := _RESTS.search(problem):
        return found[0]
    place, _, rest = problem.partition(":")
    kind = next((words for sign, words in _TOLD if sign in rest), "it could not be worked out")
    return f"{place}: {kind}"


def save(instance: Path, report: Report) -> None:
    """Keep a report in place of the one before, whole or not at all."""
    file = _file(instance, report.lab, report.pack)
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".new-", delete=False, encoding="utf-8") as made:
        made.write(report.model_dump_json(indent=1) + "\n")
    os.replace(made.name, file)  # noqa: PTH105 - a rename, all or nothing


def latest(instance: Path, lab: str, pack: str) -> Report | None:
    """The last report on an exhibit of a lab; None where there is none that can be read."""
    try:
        return Report.model_validate_json(_file(instance, lab, pack).read_bytes())
    except (OSError, ValidationError):
        return None


def standing(lab: Lab, instance: Path, packs: Path) -> tuple[Standing, ...]:
    """Where the keys of a published lab stand, by exhibit. `packs` is the folder of the packs that came along."""
    return tuple(_standing(lab, pack, instance, packs) for pack in lab.exhibits)


def _standing(lab: Lab, pack: str, instance: Path, packs: Path) -> Standing:
    seal, now = lab.seals[pack], reader.running(packs / pack)
    report = latest(instance, lab.id, pack)
    if report and report.exhibit != seal.exhibit:
        report = None
    compared = tuple(_compared(seal, one.id, report) for one in lab.questions if one.type != "written")
    return Standing(pack, seal.exhibit, seal.made, now, seal.drifted(now), report, compared)


def _compared(seal: Seal, question: str, report: Report | None) -> Compared:
    key = seal.sealed.keys.get(question)
    if key is None:
        return Compared(question, "", State.UNPROVED, tuple(map(told, seal.sealed.unproved.get(question, ()))))
    digest = digest_of(seal, key)
    if report is None or question not in report.digests:
        return Compared(question, digest[:DIGEST_SHOWN], State.UNKNOWN)
    found = report.digests[question]
    state = State.UNPROVED if found is None else State.AGREE if found == digest else State.DISAGREE
    return Compared(question, digest[:DIGEST_SHOWN], state, report.problems.get(question, ()))


def warnings(session: Session, instance: Path, packs: Path) -> Iterator[str]:
    """A sentence for each exhibit of a published lab whose keys were sealed with other versions than the running ones.

    For the start of the server. The lab goes on being offered, and judged by the keys that it has.
    """
    for release in content.offered(session, "lab"):
        try:
            found = standing(reader.load(content.folder_of(instance, release)), instance, packs)
        except UNREADABLE as bad:  # said again by whoever opens the lab; the start goes on
            yield f"Damaged: lab {release.name}, release {release.number}: {describe(bad)}"
            continue
        for one in found:
            if one.drifted:
                yield (
                    f"DRIFT: the keys of lab {release.name} on {one.pack} were sealed with {one.sealed}; this program "
                    f"has {one.running}. They stay in force. Run: python app.py prove {release.name}"
                )


def _file(instance: Path, lab: str, pack: str) -> Path:
    return instance / FOLDER / lab / f"{pack}.json"
