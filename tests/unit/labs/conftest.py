"""Runs of the real engine on the real exhibit, made once and handed to each test, and a trainee at work."""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tests.conftest import BASE, Clock, People, link_releases
from training.accounts.actor import Actor, Role
from training.analysis.models import Run, State
from training.content import service as content
from training.content.models import Release
from training.evidence import service as evidence
from training.forge import pack
from training.grading.keys.syntax import Query
from training.grading.question import Question, queries, sources
from training.labs import reader
from training.labs.models import Attempt, Citation
from training.labs.prove import database, prove
from training.labs.reader import Lab
from training.labs.service import attempts, findings, notebook, runs
from training.labs.service.attempts import Case
from training.labs.service.findings import Claimed, Submitted
from training.settings import ROOT, Settings
from training.store import Store, new_id
from training.web.rooms import Rooms

LAB = "finance-workstation"
FOLDER = ROOT / "labs" / LAB
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
ISLAND = ROOT / "training" / "analysis"


@dataclass(frozen=True)
class Answered:
    """Complete runs of all plugins that the lab's keys and sources name, with their result files."""

    settings: Settings
    runs: Sequence[Mapping[str, Any]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]

    def hand_to(self, session: Session, instance: Path) -> None:
        """Put the runs into an installation, as if somebody had asked for them before."""
        (instance / "results").mkdir(exist_ok=True)
        for values in self.runs:
            run = Run(**values)
            session.add(run)
            made = self.settings.instance / "prove" / "results" / run.result_name
            _link(made, instance / "results" / run.result_name)

    def find(self, plugin: str, **cells: Any) -> int:
        """Number of the first row of a plugin with these cells."""
        rows = self.rows[plugin]
        return next(int(row["n"]) for row in rows if all(row[name] == value for name, value in cells.items()))


def _fingerprint() -> str:
    """Changes with anything that the rows depend on: the exhibit, the keys' plugins, the code that makes the rows."""
    code = [file.read_bytes() for file in sorted([*ISLAND.rglob("*.py"), *ISLAND.rglob("cards/*.yaml")])]
    plugins = sorted(query.plugin for query in _wanted())
    return hashlib.sha256(b"".join([pack.read(PACK).sha256.encode(), *code, repr(plugins).encode()])).hexdigest()[:16]


def _wanted() -> frozenset[Query]:
    questions = reader.draft(FOLDER).questions
    return queries(questions) | sources(questions)


@pytest.fixture(scope="session")
def answered(request: pytest.FixtureRequest, unpacked: Path) -> Answered:
    """Made by the real engine on the real exhibit; kept between sessions while nothing that they depend on changes."""
    cache = request.config.cache
    assert cache is not None
    instance = cache.mkdir(f"labs-{_fingerprint()}")
    settings = Settings.load({}, instance=instance, secret="only for tests: 0123456789abcdef")
    with (instance / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = evidence.folder_of(instance, pack.read(PACK).sha256)
        if not target.is_dir():
            for file in unpacked.rglob("*"):
                if file.is_file():
                    (target / file.relative_to(unpacked)).parent.mkdir(parents=True, exist_ok=True)
                    _link(file, target / file.relative_to(unpacked))
        if not (instance / "proved").exists():  # by another process of this run, or by an earlier run
            list(prove(settings, LAB, Clock(), variants=[PACK.name]))
            (instance / "proved").touch()
        store = Store(database(instance, PACK))
        with store.reading() as session:
            made = list(session.scalars(select(Run).where(Run.state == State.COMPLETE)))
        store.close()
    names = [column.key for column in inspect(Run).column_attrs]
    values = [{name: getattr(run, name) for name in names} for run in made]
    return Answered(settings, values, {run.plugin: _rows(instance, run) for run in made})


def _link(source: Path, target: Path) -> None:
    """The same file in a second place; a copy where that is another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _rows(instance: Path, run: Run) -> list[dict[str, Any]]:
    from training.analysis.results import Result  # noqa: PLC0415

    with Result.open(instance / "prove" / "results" / run.result_name) as result:
        return result.all()


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    """A folder of labs with a copy of the real one, and of its exhibits the one on which runs have been made."""
    folder = tmp_path / "labs"
    shutil.copytree(FOLDER, folder / LAB)
    file = folder / LAB / reader.FILE
    file.write_text(re.sub(r"(?m)^exhibits: .*$", f"exhibits: [{PACK.name}]", file.read_text("utf-8")), "utf-8")
    (folder / "exhibits").mkdir()
    for each in (BASE, PACK):
        (folder / "exhibits" / each.name).symlink_to(each)
    return folder


@dataclass
class Desk:
    """A trainee at work on an attempt: what a person does on the workbench, without the web."""

    rooms: Rooms
    actor: Actor
    attempt_id: UUID
    lab: Lab
    answered: Answered

    def case(self, session: Session, *, lock: bool = False) -> Case:
        attempt = session.get_one(Attempt, self.attempt_id, with_for_update=lock or None)
        return attempts.case(session, self.rooms.settings.instance, attempt)

    def question(self, name: str) -> Question:
        return attempts.question_of(self.lab, name)

    def run(self, command: str) -> int:
        with self.rooms.store.writing() as session:
            asked = runs.ask(session, self.case(session), command, self.rooms.clock())
        self.rooms.engine.wake()
        return asked.number

    def cite(self, plugin: str, row: int, column: str = "") -> int:
        number = self.run(plugin)
        with self.rooms.store.writing() as session:
            case = self.case(session)
            made: Citation = notebook.cite(
                session, case, number, row, column, self.rooms.engine.result, self.rooms.clock()
            )
        return made.number

    def cite_line(self, text: str) -> int:
        with self.rooms.store.writing() as session:
            case = self.case(session)
            record = evidence.record(self.rooms.settings.instance, case.exhibit)
            line = next(number for number, each in enumerate(record, 1) if text in each)
            return notebook.cite_line(session, case, line, record, self.rooms.clock()).number

    def submit(
        self,
        name: str,
        value: str,
        cited: Sequence[int] = (),
        key: str = "",
        *,
        bare: bool = True,
        seen: int | None = None,
    ) -> Submitted:
        with self.rooms.store.writing() as session:
            case = attempts.held(session, self.rooms.settings.instance, self.attempt_id)
            assert case is not None
            return findings.submit(
                session,
                case,
                self.question(name),
                Claimed(value, None, tuple(cited), bare, seen),
                key or str(new_id()),
                (self.rooms.engine.result, evidence.record(self.rooms.settings.instance, case.exhibit)),
                self.rooms.clock(),
            )

    def progress(self, name: str) -> findings.Progress:
        with self.rooms.store.reading() as session:
            return findings.progress(session, self.case(session), self.question(name))


@pytest.fixture
def desk_of(rooms: Rooms, exhibit: str, people: People, answered: Answered, frozen: Path) -> Callable[[str], Desk]:
    """A desk for somebody, with the lab published and the runs of the exhibit at hand."""
    link_releases(frozen, rooms.settings.instance, f"lab/{LAB}")
    with rooms.store.writing() as session:
        assert content.publish(
            session, rooms.settings.instance, "lab", FOLDER, lambda _folder: (), rooms.clock()
        ).current
        answered.hand_to(session, rooms.settings.instance)

    def make(name: str) -> Desk:
        home = people.elsewhere if name in {"stranger", "other_instructor"} else people.home
        actor = Actor(people[name], name.title(), home, frozenset({(home, Role.TRAINEE)}))
        with rooms.store.writing() as session:
            attempt = attempts.begin(session, rooms.settings.instance, actor, LAB, rooms.clock())
            release = session.get_one(Release, attempt.release_id)
            lab = attempts.case(session, rooms.settings.instance, attempt).lab
        assert release.name == LAB
        return Desk(rooms, actor, attempt.id, lab, answered)

    return make


@pytest.fixture
def desk(desk_of: Callable[[str], Desk]) -> Desk:
    return desk_of("trainee")
