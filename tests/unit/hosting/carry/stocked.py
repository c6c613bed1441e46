"""A session that works with files of every kind: releases, packs, papers, results of runs, an image of its own."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from tests.conftest import People
from tests.hosting_place import make_teaching
from tests.labs_place import make_assignment, make_run
from tests.own_content import write_lab, write_own_pack
from training.analysis.models import Run, State
from training.content import service as content
from training.content.models import Release
from training.evidence import service as evidence
from training.evidence.models import PAPERS, Exhibit, OwnExhibit
from training.forge import pack
from training.forge.pack import Role
from training.hosting.models import PinnedRelease
from training.labs import reader
from training.labs.models import Attempt, AttemptCommand, AttemptRun, OwnKeys
from training.store import new_id

from .conftest import Place

TYPED, KEYS, PAPER, PLAN = b"#1 $ ps\n", b'{"sealed": "keys"}\n', b"1  letter.pdf\n", b'{"plan": "of a machine"}\n'
OWN, PAPERS_NAME = "own-quay", "case-papers"
ENDED = {State.COMPLETE, State.PARTIAL, State.FAILED, State.KILLED}


@dataclass
class Stock:
    """The session, and by name: digests of exhibits, releases, ids of runs. `files` are what it works with, by path."""

    home: Place
    people: People
    of: UUID
    exhibits: dict[str, str] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    runs: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def below(self, *folders: str) -> dict[str, bytes]:
        """Those of its files that lie below one of these folders."""
        return {path: data for path, data in self.files.items() if path.startswith(tuple(f"{one}/" for one in folders))}

    def release(self, name: str) -> str:
        """The folder of a release in a bundle, without `releases/`."""
        one = self.releases[name]
        return f"{one.kind}/{one.name}/{one.sha256}"


def sketch(folder: Path, base: str = "", additions: tuple[str, ...] = (), kind: str = "exhibit") -> pack.Manifest:
    """A pack that is only a manifest and files that say whose they are: it can be sent, and not unpacked."""
    folder.mkdir(parents=True)
    names: dict[str, dict[Role, str]] = {
        "base": {role: f"{role}.b" for role in (Role.SYMBOLS, Role.KERNEL, Role.INITRD, Role.IMAGE, Role.PROGRAMS)},
        "addition": {Role.INITRD: "more.cpio"},
        "exhibit": {role: f"{role}.e" for role in (Role.IMAGE, Role.TRUTH, Role.RECORD, Role.OVERLAY, Role.PLAN)},
    }
    for name in names[kind].values():
        (folder / name).write_bytes(f"{folder.name} {name}".encode())
    made = pack.Manifest.model_validate(
        {
            "name": folder.name,
            "kind": kind,
            "title": "A sketch",
            "os": "linux",
            "format": "cpio" if kind == "addition" else "raw",
            "size": 4096,
            "sha256": hashlib.sha256(folder.name.encode()).hexdigest(),
            "banner": "",
            "captured_at": "2026-03-10T12:00:00Z",
            "made_by": "a test",
            "origin": "a test",
            "licences": (),
            "base": {"name": base, "sha256": "0" * 64} if base else None,
            "additions": tuple({"name": one, "sha256": "0" * 64} for one in additions),
            "files": {role: pack.part_of(folder / name) for role, name in names[kind].items()},
        }
    )
    pack.write_manifest(folder, made)
    return made


def stocked(home: Place, people: People, space: Path, *, whole: bool) -> Stock:
    """Such a session. Where it isn't `whole`, some of its exhibits have no pack here, and one is a sketch."""
    labs = space / "labs"
    home = Place(home.settings.model_copy(update={"labs": labs}), home.store, home.clock)
    now = home.now()
    for name in ("harbour", "quay"):
        write_lab(labs, name)
    lab = labs / "harbour"
    text = (lab / reader.FILE).read_text("utf-8")
    (lab / reader.FILE).write_text(text.replace("[harbour-a]", "[harbour-a, harbour-b]"), "utf-8")
    shutil.copyfile(lab / reader.KEYS / "harbour-a.json", lab / reader.KEYS / "harbour-b.json")
    (space / "reading").mkdir()
    (space / "reading" / "index.md").write_text("Read this.\n", "utf-8")
    with home.store.writing() as session:
        made = Stock(home, people, make_teaching(session, people, now, trainees=("trainee", "colleague")).id)
        for kind, folder in (("lab", labs / "harbour"), ("lab", labs / "quay"), ("course", space / "reading")):
            one = content.publish(session, home.instance, kind, folder, lambda _folder: (), now)
            session.add(PinnedRelease(session_id=made.of, kind=kind, name=one.name, release_id=one.id))
            made.releases[one.name] = one
            for path in content.files_of(folder):
                made.files[f"releases/{made.release(one.name)}/{path.as_posix()}"] = (folder / path).read_bytes()
    exhibits = labs / "exhibits"
    made.exhibits["harbour-a"] = evidence.register(home.store, home.instance, exhibits / "harbour-a", now)
    packs = [exhibits / "harbour-a"]
    with home.store.writing() as session:
        _papers(session, made)
        packs += _own(session, made, space)
        if not whole:
            packs += _odd(session, made, exhibits)
        session.flush()
        _works(session, made)
    for folder in packs:
        for path in (one for one in folder.iterdir() if one.is_file()):
            made.files[f"exhibits/{folder.name}/{path.name}"] = path.read_bytes()
    return made


def row(made: Stock, name: str, sha256: str, **more: Any) -> Exhibit:
    """An exhibit as the registry has it."""
    now = made.home.clock()
    made.exhibits[name] = sha256
    told = {"title": "An image", "os": "linux", "size": 4096, "banner": "", "origin": "a test"}
    digests = dict.fromkeys(("symbols_sha256", "record_sha256", "truth_sha256"), "0" * 64)
    return Exhibit(name=name, sha256=sha256, captured_at=now, registered_at=now, **{**told, **digests, **more})


def _papers(session: Session, made: Stock) -> None:
    sha256 = hashlib.sha256(PAPER).hexdigest()
    session.add(row(made, PAPERS_NAME, sha256, os=PAPERS))
    lies = evidence.folder_of(made.home.instance, sha256)
    lies.mkdir(parents=True)
    (lies / pack.RECORD).write_bytes(PAPER)
    made.files[f"papers/{sha256}"] = PAPER


def _own(session: Session, made: Stock, space: Path) -> list[Path]:
    """An image that the trainee acquired, with its pack, what was typed, and its keys; the folder of its pack."""
    drawn = write_own_pack(space / OWN)
    (drawn / "plan.json").write_bytes(PLAN)
    manifest, instance = pack.read(drawn), made.home.instance
    digests = {
        "symbols_sha256": pack.symbols_sha256(drawn),
        "record_sha256": manifest.files[Role.RECORD].lies,
        "truth_sha256": manifest.files[Role.TRUTH].lies,
    }
    one = row(made, OWN, manifest.sha256, size=manifest.size, **digests)
    session.add(one)
    session.flush()
    lies = evidence.folder_of(instance, manifest.sha256)
    (lies / "materials").mkdir(parents=True)
    told = []
    for name, data in (("console.txt", TYPED), ("notes.txt", b"noted\n")):
        (lies / "materials" / name).write_bytes(data)
        told.append({"name": name, "file": name, "sha256": hashlib.sha256(data).hexdigest()})
        made.files[f"own/{manifest.sha256}/{name}"] = data
    told.append({"name": "lost", "file": "lost.txt", "sha256": "0" * 64})  # its file is gone
    target = evidence.own_pack(instance, one)
    shutil.copytree(drawn, target)
    release = made.releases["quay"]
    session.add(
        OwnExhibit(
            sha256=manifest.sha256,
            person_id=made.people["trainee"],
            organisation_id=made.people.home,
            release_id=release.id,
            assignment_id=None,
            response_id=new_id(),
            number=1,
            variant="a",
            way="outside",
            base="debian-5.0",
            truth=True,
            materials=told,
            conduct=None,
            dropped_at=None,
        )
    )
    session.flush()
    keys = reader.acquired(content.folder_of(instance, release), manifest.sha256)
    keys.parent.mkdir()
    keys.write_bytes(KEYS)
    made.files[f"own/{manifest.sha256}/keys.json"] = KEYS
    whole = {"done": 1, "total": 1, "proved": 1, "unproved": 0, "lost": 0, "reason": "", "ended_at": made.home.clock()}
    sealed = hashlib.sha256(KEYS).hexdigest()
    session.add(OwnKeys(exhibit=manifest.sha256, state="sealed", sealed=sealed, asked_at=made.home.clock(), **whole))
    return [target]


def _odd(session: Session, made: Stock, exhibits: Path) -> list[Path]:
    """A sketch on a base and an addition; an exhibit without a pack, and one whose pack is of another image."""
    shed = sketch(exhibits / "shed-a", "old-base", ("old-more",))
    (exhibits / "shed-a" / "space").mkdir()
    sketch(exhibits / "old-base", kind="base")
    sketch(exhibits / "old-more", "old-base", kind="addition")
    sketch(exhibits / "other-a", "old-base")
    session.add_all((row(made, "shed-a", shed.sha256), row(made, "gone-a", "1" * 64), row(made, "other-a", "2" * 64)))
    return [exhibits / name for name in ("shed-a", "old-base", "old-more")]


def _works(session: Session, made: Stock) -> None:
    """Both trainees are at work on labs that were set, with runs in every state on every exhibit."""
    now, people = made.home.clock(), made.people
    given: dict[str, Any] = {"circle": made.of, "mode": "practice", "hints": True}
    assignment = make_assignment(people.home, "quay", people["instructor"], now, **given)
    session.add(assignment)
    session.flush()
    attempts = [
        Attempt(
            id=new_id(),
            person_id=people[name],
            organisation_id=people.home,
            release_id=made.releases["quay"].id,
            exhibit=made.exhibits[exhibit],
            assignment_id=assignment.id,
            opened_at=now,
        )
        for name, exhibit in (("trainee", OWN), ("colleague", PAPERS_NAME))
    ]
    session.add_all(attempts)
    session.flush()
    on = [made.exhibits[name] for name in ("shed-a", "gone-a", "other-a") if name in made.exhibits] or ["0" * 64]
    states = [*State, State.COMPLETE, State.COMPLETE]
    (made.home.instance / "results").mkdir()
    for at, state in enumerate(states):
        name, number = f"{state}-{at}", at // 2 + 1
        lost = state not in {State.COMPLETE, State.PARTIAL} or ("shed-a" in made.exhibits and at == len(states) - 1)
        run = _run(session, made, name, on[at % len(on)], state, try_no=at % 2 + 1)
        data, file = name.encode(), made.home.instance / "results" / run.result_name
        if not lost or state is State.KILLED:  # of one that was killed nothing counts
            file.write_bytes(data)
        if not lost:
            made.files[f"results/{run.id}.db"] = data
        attempt = attempts[at % 2]
        session.add(AttemptRun(attempt_id=attempt.id, number=number, run_id=run.id, asked_at=now))
        session.add(AttemptCommand(attempt_id=attempt.id, at=now, typed=name, number=number))
    session.add(AttemptCommand(attempt_id=attempts[0].id, at=now, typed="what", answer="No such plugin."))


def _run(session: Session, made: Stock, name: str, exhibit: str, state: State, *, try_no: int) -> Run:
    """A run in some state, known by its name."""
    now, key = made.home.clock(), hashlib.sha256(name.encode()).hexdigest()
    times = {"started_at": None if state is State.QUEUED else now, "ended_at": now if state in ENDED else None}
    reason = None if state is State.COMPLETE else "So."
    run = make_run(key, exhibit, now, try_no=try_no, state=state, reason=reason, **times)
    if state in {State.COMPLETE, State.PARTIAL}:
        run.columns = []
    session.add(run)
    session.flush()
    made.runs[name] = run.id
    return run


def told(document: bytes) -> dict[str, list[dict[str, Any]]]:
    """Rows as they stand in a bundle."""
    found: dict[str, list[dict[str, Any]]] = json.loads(document)
    return found
