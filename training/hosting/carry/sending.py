"""A session as a bundle: its rows, its people, and the files that it works with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, Refused
from training.evidence import service as evidence
from training.evidence.models import PAPERS, Exhibit
from training.evidence.own import MATERIALS
from training.forge import pack
from training.hosting.carry import bundle, drafts, history, presence, rows, withheld
from training.hosting.carry.bundle import AUDIT, ROWS, Source
from training.hosting.carry.presence import Presence
from training.hosting.carry.rows import Row
from training.hosting.carry.withheld import Withheld
from training.labs import reader
from training.sentence import phrase
from training.settings import Settings
from training.store import Store
from training.store.migrate import standing

OWN_KEYS = "keys.json"
ENDED = ("complete", "partial", "failed", "killed")
Tables = dict[str, dict[str, Row]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A bundle that was written: what it is called, its bytes, files, rows; exhibits that have no pack here."""

    name: str
    size: int
    files: int
    rows: int
    sealed: bool
    without_pack: tuple[str, ...]


def send(
    store: Store, settings: Settings, of: UUID, into: Path, have: Presence | None, by: UUID | None, now: datetime
) -> Sent:
    """Write a session into the new file `into`, signed; with `have`, only what is missing there, and sealed for it.

    `by` is the host who takes it along, without the keys and truth of other organisations; None is whoever runs the
    server, who takes everything.

    Raises:
        Conflict: the file is there already.
        Refused: the key of the receiver is not trusted, its program is another version, or it lacks what is withheld.
    """
    if into.exists():
        raise Conflict(phrase("%(file)s is there already. Choose another name, or move it away.", file=str(into)))
    with store.reading() as session:
        state = carried(session, settings, of)
        head = _head(session, settings, state, of, now)
        if have is not None:
            _demand(settings, have, UUID(str(head["organisation"])) if by else None)
        kept = withheld.of(session, settings, state) if by else withheld.NOTHING
        withheld.demand_there(state, kept, have)
        files, lost = _files(session, settings, state, have, kept)
    drafts.sweep(into.parent)
    history.sweep(store, settings.instance, now)
    with drafts.folder(into.parent) as work:
        part = work / "whole"
        bundle.write(part, settings.instance, head, files, have.receiver if have else None)
        made = bundle.read(part)
        history.keep(settings.instance, made, {name: _whole(files[name]) for name in (ROWS, AUDIT)})
        with store.writing() as session:
            history.note(session, history.SENT, by, made, {"to": have.by if have else "", "same": {}}, now)
        drafts.publish(part, into)
    count = sum(map(len, state.values()))
    return Sent(made.name, into.stat().st_size, len(files), count, have is not None, tuple(sorted(lost)))


def _whole(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def carried(session: Session, settings: Settings, of: UUID) -> Tables:
    """What goes along of a session: its rows, without what waits for a run that hasn't ended; exhibits of its labs."""
    state = rows.read(session, of)
    if not state["teaching_session"]:
        raise Refused(phrase("There is no such session here."))
    waits = {key for key, row in state["run"].items() if row["state"] not in ENDED}
    late = {(one["attempt_id"], one["number"]) for one in state["attempt_run"].values() if one["run_id"] in waits}
    for name, keys in (("attempt_run", "number"), ("attempt_command", "number")):
        state[name] = {key: row for key, row in state[name].items() if (row["attempt_id"], row[keys]) not in late}
    state["run"] = {key: row for key, row in state["run"].items() if key not in waits}
    state["exhibit"] |= _of_labs(session, settings, state)
    return state


def _of_labs(session: Session, settings: Settings, state: Tables) -> dict[str, Row]:
    """The exhibits of the labs that the session is held to: nobody has begun yet, and they are needed over there."""
    names: set[str] = set()
    for row in state["release"].values():
        release = session.get(Release, UUID(row["id"]))
        if release is not None and release.kind == "lab":
            lab = reader.load(content.folder_of(settings.instance, release))
            names.update(lab.exhibits)
    found = session.scalars(select(Exhibit).where(Exhibit.name.in_(names))).all()
    return rows.of_keys(session, "exhibit", [one.sha256 for one in found if any(_exhibit(settings, one))])


def _demand(settings: Settings, have: Presence, organisation: UUID | None) -> None:
    presence.demand_trust(settings.instance, have, organisation)
    mine = standing(settings.database).program
    if have.schema_at != mine:
        raise Refused(
            phrase(
                "The other installation has another version of the program (schema %(theirs)s, here %(ours)s). "
                "Bring both to the same version first.",
                theirs=have.schema_at,
                ours=mine,
            )
        )


def _head(session: Session, settings: Settings, state: Tables, of: UUID, now: datetime) -> dict[str, object]:
    (teaching,) = state["teaching_session"].values()
    return {
        "made": now.replace(microsecond=0),
        "schema_at": standing(settings.database).program,
        "session": of,
        "organisation": teaching["organisation_id"],
        "knows": tuple(sorted(history.known(session, settings.instance, of))),
        "same": history.same(session, of),
    }


def _files(
    session: Session, settings: Settings, state: Tables, have: Presence | None, kept: Withheld
) -> tuple[dict[str, Source], set[str]]:
    files: dict[str, Source] = {
        ROWS: bundle.lines(rows.document(state)),
        AUDIT: history.chain_of(session, state),
        **dict(_releases(session, settings, state, have, kept)),
        **dict(_results(settings, state, have)),
        **dict(_own(session, settings, state, kept)),
    }
    lost: set[str] = set()
    for sha256 in sorted(state["exhibit"].keys() - kept.exhibits - (have.exhibits if have else frozenset())):
        found = dict(_exhibit(settings, evidence.get(session, sha256)))
        if not found:
            lost.add(state["exhibit"][sha256]["name"])
        files |= found
    return files, lost


def _releases(
    session: Session, settings: Settings, state: Tables, have: Presence | None, kept: Withheld
) -> Iterator[tuple[str, Source]]:
    for row in state["release"].values():
        name = f"{row['kind']}/{row['name']}/{row['sha256']}"
        if row["id"] not in kept.releases and (have is None or name not in have.releases):
            folder = content.folder_of(settings.instance, session.get_one(Release, UUID(row["id"])))
            for path in content.files_of(folder):
                yield f"releases/{name}/{path.as_posix()}", folder / path


def _results(settings: Settings, state: Tables, have: Presence | None) -> Iterator[tuple[str, Source]]:
    for row in state["run"].values():
        file = settings.instance / "results" / f"{row['key']}-{row['try_no']}.db"
        if row["state"] in {"complete", "partial"} and not (have and row["key"] in have.runs) and file.is_file():
            yield f"results/{row['id']}.db", file


def _exhibit(settings: Settings, exhibit: Exhibit) -> Iterator[tuple[str, Source]]:
    """The files of its pack and of the packs that it is a delta against; nothing where there is no such pack here."""
    if exhibit.os == PAPERS:
        yield f"papers/{exhibit.sha256}", evidence.folder_of(settings.instance, exhibit.sha256) / pack.RECORD
        return
    own = evidence.own_pack(settings.instance, exhibit)
    folder = own if own.is_dir() else settings.labs / "exhibits" / exhibit.name
    if not (folder / pack.MANIFEST).is_file() or pack.read(folder).sha256 != exhibit.sha256:
        return
    for one in (folder, *_bases(folder)):
        for path in sorted(one.iterdir()):
            if path.is_file():
                yield f"exhibits/{one.name}/{path.name}", path


def _bases(folder: Path) -> list[Path]:
    manifest = pack.read(folder)
    named = [*manifest.additions, *([manifest.base] if manifest.base else [])]
    return [folder.resolve().parent / one.name for one in named]


def _own(session: Session, settings: Settings, state: Tables, kept: Withheld) -> Iterator[tuple[str, Source]]:
    """What belongs to images that trainees acquired, beside their packs: materials, and the keys worked out on them."""
    for sha256, row in state["own_exhibit"].items():
        if sha256 in kept.exhibits:
            continue
        for told in row["materials"]:
            path = evidence.folder_of(settings.instance, sha256) / MATERIALS / str(told["file"])
            if path.is_file():
                yield f"own/{sha256}/{path.name}", path
        release = session.get_one(Release, UUID(row["release_id"]))
        keys = reader.acquired(content.folder_of(settings.instance, release), sha256)
        if keys.is_file():
            yield f"own/{sha256}/{OWN_KEYS}", keys
