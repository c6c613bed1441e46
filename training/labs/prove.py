"""Prove the answer keys of a lab on real exhibits, and seal what holds.

Each key is worked out twice, from what the machine wrote down and from rows of real runs, and both must agree. Runs and
their database lie in `instance/prove/`, apart from the work of trainees; exhibits are shared with the installation.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from training.analysis import service as analysis
from training.analysis import setup
from training.analysis.cards import load as plugin_cards
from training.analysis.command import Command
from training.analysis.executor import InlineExecutor
from training.analysis.models import Run, State
from training.analysis.place import Place
from training.content.source import ContentError, Mistake
from training.errors import Damaged, NotThere
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.evidence.service import Progress, Vault
from training.forge import pack as packs
from training.grading import proving
from training.grading.citations import CitedLine, claim_of, shown
from training.grading.keys.expression import RowSets
from training.grading.keys.syntax import Query
from training.grading.question import Question, queries, sources
from training.grading.sealed import Proved, Sealed
from training.labs import drift, material, papers, reader
from training.labs.labfile import LabFile
from training.labs.material import OWN, RECORD, Material
from training.labs.reader import KEYS, Seal
from training.labs.variety import Difference, Variety, compare, differences
from training.settings import Settings
from training.store import Store
from training.store.migrate import SQLITE, standing, upgrade

Clock = Callable[[], datetime]
Rows = dict[Query, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving one lab on one exhibit came to: each question, its seal, what is wrong with the sealed file, and
    where the two forms of a key differ.
    """

    lab: str
    pack: str
    questions: tuple[Question, ...]
    proved: tuple[Proved, ...]
    seal: Seal
    runs: int
    faults: tuple[str, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every question is proved and the sealed file is current."""
        return not self.faults and all(one.sound for one in self.proved)


def prove(
    settings: Settings,
    lab: str,
    clock: Clock,
    progress: Progress | None = None,
    *,
    write: bool = False,
    variants: Sequence[str] = (),
    lent: Place | None = None,
) -> Iterator[Proof]:
    """Prove a lab on each of its exhibits; with `write` the sealed file is made anew first.

    Args:
        settings: where labs, exhibits and local state lie.
        lab: its name.
        clock: the time of reports.
        progress: told of what is unpacked.
        write: seal anew.
        variants: names of packs, or the letters at their end, of those exhibits that are wanted; all without it.
        lent: where runs are worked off. Without it each exhibit has a place of its own, which loads the symbols anew.

    Raises:
        ContentError: the lab's files have mistakes.
        NotThere: there is no such lab or variant, or a pack is missing.
        Damaged: a pack is damaged, or a run that is needed did not complete.
    """
    folder = settings.labs / lab
    if not (folder / reader.FILE).is_file():
        known = ", ".join(names(settings.labs))
        raise NotThere(f"there is no lab {lab} in {settings.labs}; there are: {known}")
    if write and reader.unchecked(folder).live is not None:
        from training.labs import live_scenario  # noqa: PLC0415 - as below

        live_scenario.write_materials(folder, reader.unchecked(folder))
    file = reader.draft(folder)
    if file.on_papers:
        yield _on_papers(folder, file)
        return
    if file.live is not None:
        from training.labs import prove_live  # noqa: PLC0415 - only a live lab needs machines

        yield from prove_live.proofs(settings, folder, file, _letters(file, variants), clock)
        return
    for pack in _wanted(file, variants):
        yield _prove(settings, folder, file, pack, clock, progress, lent, write=write)


def _wanted(file: LabFile, variants: Sequence[str]) -> tuple[str, ...]:
    """The packs that are meant, in the order of the lab."""
    of = {pack: {pack, pack.rpartition("-")[2]} for pack in file.exhibits}
    if unknown := [one for one in variants if not any(one in named for named in of.values())]:
        raise NotThere(f"{file.id} has no variant {', '.join(unknown)}; it has: {', '.join(file.exhibits)}")
    return tuple(pack for pack, named in of.items() if not variants or named & set(variants))


def _letters(file: LabFile, variants: Sequence[str]) -> tuple[str, ...]:
    """The variants of a live lab that are meant; the first where none is named, as each takes minutes."""
    assert file.live is not None  # noqa: S101 - of a live lab
    named = [one.removeprefix(f"{file.id}-") for one in variants]
    if unknown := [one for one in named if one not in file.live.variants]:
        raise NotThere(f"{file.id} has no variant {', '.join(unknown)}; it has: {', '.join(file.live.variants)}")
    return tuple(one for one in file.live.variants if one in named) if named else file.live.variants[:1]


def _prove(
    settings: Settings, folder: Path, file: LabFile, pack: str, clock: Clock, progress: Progress | None,
    lent: Place | None, *, write: bool,
) -> Proof:  # fmt: skip
    packed = settings.labs / "exhibits" / pack
    if not packed.is_dir():
        raise NotThere(f"the pack {pack} is not in {packed.parent}; make it with: python app.py forge {file.id}")
    runs = queries(file.questions) | sources(file.questions)
    with Desk(settings, packed, clock, progress, lent) as desk:
        truth, rows, record = desk.truth(), desk.rows(runs), desk.record()
    handed = {RECORD: record, **reader.materials(folder, pack, file)}
    rows |= {Query(name, material=True): one.rows for name, one in handed.items()}
    proved, sealed = proving.prove_and_seal(file.questions, truth, rows)
    seal = seal_of(desk.exhibit, sealed)
    if write:
        _write(folder / KEYS / f"{pack}.json", seal)
    drift.save(settings.instance, drift.report_of(file.id, pack, seal, clock()))
    faults = (*_faults(folder, pack, seal), *unshown(file.id, file.questions, seal, handed))
    found = tuple(differences(file.questions, proved, truth, rows))
    return Proof(file.id, pack, file.questions, proved, seal, len(runs), faults, found)


def _on_papers(folder: Path, file: LabFile) -> Proof:
    """An exercise: its keys are the same for everybody, and a line of its papers must show what needs a citation."""
    lines = papers.lines(folder, file, reader.materials(folder, file.id, file))
    seal = reader.seal_of_papers(folder, file, lines)
    proved = proving.prove(file.questions, {}, papers.rows(lines))
    faults = tuple(unshown(file.id, file.questions, seal, lines))
    return Proof(file.id, file.id, file.questions, proved, seal, 0, faults)


def variety(settings: Settings, lab: str, proofs: Sequence[Proof]) -> Variety:
    """How the exhibits of a lab differ in their answers: those that were proved just now, and of the others what is
    sealed for the image that their pack holds.
    """
    folder = settings.labs / lab
    file = reader.draft(folder)
    seals: dict[str, Seal] = {}
    for proof in proofs:  # of a live lab the first image of each variant: two of one variant share much
        seals.setdefault(proof.pack.partition(",")[0], proof.seal)
    for pack in file.exhibits:
        with contextlib.suppress(ContentError, Damaged):
            found = reader.seal(folder, pack)
            if pack not in seals and packs.read(settings.labs / "exhibits" / pack).sha256 == found.exhibit:
                seals[pack] = found
    return compare(file.questions, seals)


def acquire(release: Path, exhibit: Exhibit, truth: Mapping[str, object], rows: RowSets) -> Seal:
    """Seal the keys of a published lab on an exhibit that was acquired here, when it is registered.

    What is not proved there is noted as such, and findings on it go to a marker: an acquisition has one truth, and
    nobody can forge it again. The seal lies apart from the release, which stays as it is. Registering twice changes
    nothing.

    Args:
        release: folder of the frozen lab.
        exhibit: as it is registered.
        truth: what its machine wrote down.
        rows: of the runs in `queries` and `sources` of the lab's questions, on this exhibit, and the lines of its
            materials.
    """
    lab = reader.load(release)
    file = reader.acquired(release, exhibit.sha256)
    if not file.exists():
        _write(file, seal_of(exhibit, proving.seal(lab.questions, truth, rows)))
    return Seal.model_validate_json(file.read_bytes())


class Desk:
    """One exhibit with an engine and a database of its own, named by the image: runs are made once and found again."""

    exhibit: Exhibit

    def __init__(
        self, settings: Settings, packed: Path, clock: Clock, progress: Progress | None, lent: Place | None = None
    ) -> None:
        _demand_same(settings, packed)
        at, folder = database(settings.instance, packed), settings.instance / "prove"
        _lay_out(Path(at.removeprefix(SQLITE)), folder)
        self._open(settings, at, folder, clock, lent)
        sha256 = evidence.register(self._store, settings.instance, packed, clock(), progress)
        with self._store.reading() as session:
            self.exhibit = evidence.get(session, sha256)

    def _open(self, settings: Settings, at: str, folder: Path, clock: Clock, lent: Place | None = None) -> None:
        """The database at an address, and an engine whose results lie in a folder."""
        self._settings, self._clock, self.database = settings, clock, at
        folder.mkdir(parents=True, exist_ok=True)
        upgrade(at)
        self._store = Store(at)
        self._executor = InlineExecutor()
        vault = Vault(self._store, settings.instance, settings.labs / "exhibits", clock)
        self._engine = setup.engine(
            settings, self._store, self._executor, vault.open, folder=folder, clock=clock, lent=lent
        )

    def __enter__(self) -> Self:
        self._engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._store.close()

    def truth(self) -> dict[str, Any]:
        """What the machine wrote down about itself."""
        return evidence.truth(self._settings.instance, self.exhibit)

    def record(self) -> Material:
        """The acquisition record."""
        return material.record(evidence.record(self._settings.instance, self.exhibit))

    def rows(self, wanted: frozenset[Query]) -> Rows:
        """All rows of the runs that are wanted. Raises Damaged when one of them did not complete."""
        with self._store.writing() as session:
            asked = {
                query: analysis.ask(session, self.exhibit, Command.of(query.plugin, dict(query.options)), self._clock())
                for query in sorted(wanted, key=str)
            }
        self._engine.wake()
        with self._store.reading() as session:
            ended = {query: analysis.get(session, run.id) for query, run in asked.items()}
        return {query: self._all(run) for query, run in ended.items()}

    def _all(self, run: Run) -> list[dict[str, object]]:
        if run.state is not State.COMPLETE:
            raise Damaged(f"the run {run.text} is {run.state.value}, so nothing can be proved with it: {run.reason}")
        with self._engine.result(run) as result:
            return list(result.all())


def database(instance: Path, packed: Path) -> str:
    """Address of the database that keeps the runs on the exhibit of a pack: one with another truth has another."""
    manifest = packs.read(packed)
    parts = (
        packs.symbols_sha256(packed),
        *(manifest.files[role].lies for role in (packs.Role.TRUTH, packs.Role.RECORD)),
    )
    name = hashlib.sha256("".join((manifest.sha256, *parts)).encode()).hexdigest()[:16]
    return f"sqlite:///{(instance / 'prove' / f'{name}.db').resolve()}"


def _lay_out(file: Path, folder: Path) -> None:
    """Make a database as a copy of one that is empty: to make its tables would take half a second for each exhibit."""
    if file.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    empty = folder / "empty.db"
    upgrade(f"{SQLITE}{empty.resolve()}")
    draft = file.with_suffix(f".{os.getpid()}")
    shutil.copyfile(empty, draft)
    draft.replace(file)


def _demand_same(settings: Settings, packed: Path) -> None:
    """Refuse a pack that differs from what is registered here: its files would be laid over those in use.

    Raises Conflict with what to do.
    """
    file = Path(settings.database.removeprefix(SQLITE)) if settings.database.startswith(SQLITE) else None
    if (file and not file.is_file()) or not standing(settings.database).current:
        return  # nothing is registered yet
    store = Store(settings.database)
    try:
        with store.reading() as session:
            evidence.demand_same(session, packed)
    finally:
        store.close()


def names(labs: Path) -> list[str]:
    """The labs in a folder, by name."""
    return sorted(file.parent.name for file in labs.glob(f"*/{reader.FILE}"))


def seal_of(exhibit: Exhibit, sealed: Sealed) -> Seal:
    """Sealed keys of an exhibit, with what made the rows that they were proved on."""
    cards = plugin_cards()
    return Seal(
        exhibit=exhibit.sha256,
        volatility=cards.volatility,
        island=cards.island,
        symbols=exhibit.symbols_sha256,
        sealed=sealed,
    )


def _write(file: Path, seal: Seal) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(seal.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False)
    made = file.with_name(f".{file.name}")
    made.write_text(content + "\n", "utf-8")
    made.replace(file)


def _faults(folder: Path, pack: str, made: Seal) -> Iterator[str]:
    """What is wrong with the sealed file beside the lab, compared with the seal that was made just now."""
    name, again = f"labs/{folder.name}/{KEYS}/{pack}.json", f"run: python app.py prove {folder.name} --write"
    try:
        found = reader.seal(folder, pack)
    except ContentError as bad:
        yield from (str(mistake) for mistake in bad.mistakes)
        return
    if found.exhibit != made.exhibit:
        yield str(Mistake(name, 1, f"sealed for exhibit {found.exhibit}, the pack holds {made.exhibit}; {again}"))
    if found.made != made.made:
        yield str(Mistake(name, 1, f"sealed with {found.made}, this program has {made.made}; {again}"))
    for question, key in made.sealed.keys.items():
        old = found.sealed.keys.get(question)
        if old is None or old.material != key.material:
            yield str(Mistake(name, 1, f"{question} has changed since it was sealed; {again}"))
        elif old != key:
            yield str(Mistake(name, 1, f"the sealed key of {question} is not what the exhibit gives; {again}"))
    if gone := sorted(found.sealed.keys.keys() - made.sealed.keys.keys()):
        yield str(Mistake(name, 1, f"holds keys of questions that are not proved: {', '.join(gone)}; {again}"))


def unshown(lab: str, questions: Sequence[Question], seal: Seal, handed: Mapping[str, Material]) -> Iterator[str]:
    """Sources of materials of which no line shows the answer: nobody could cite them. What a trainee writes is another
    one each time.
    """
    for question in questions:
        key = seal.sealed.keys.get(question.id)
        if key is None or key.lost:
            continue
        claim = claim_of(question, key)
        for part in ("proof", "corroboration"):
            for number, source in enumerate(getattr(question, part), 1):
                lines = handed[source.material].lines if source.material else ()
                cited = (CitedLine(source.name, one.number, one.text, one.fields) for one in lines)
                if (
                    source.material
                    and source.material not in OWN
                    and not any(shown(source, one, claim) for one in cited)
                ):
                    message = (
                        f"{question.id}, {part} {number}: no line of {source.name} shows the answer on this exhibit"
                    )
                    yield str(Mistake(f"labs/{lab}/{reader.FILE}", 1, message))
