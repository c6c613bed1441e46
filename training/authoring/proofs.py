"""Proofs of answer keys that are asked for in the browser: made by the executor, their outcome kept as a row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.authoring import checking, outline, service
from training.authoring.models import FAILED, RUNNING, SOUND, UNSOUND, LabProof
from training.authoring.service import Copy
from training.content import service as content
from training.errors import Conflict, DomainError
from training.labs import drift, prove
from training.labs.prove import Proof
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

LONGEST = timedelta(minutes=30)  # a proof that says nothing for so long went down with its server
SHARED = ("exhibits", "prove")  # what proofs share with the installation: unpacked exhibits, runs on them
Clock = Callable[[], datetime]

log = structlog.get_logger("engram.authoring")


def files_of(session: Session, settings: Settings, copy: Copy) -> outline.Files:
    """The files of a lab as it is edited here, or as it is shipped."""
    return service.contents(session, copy) or outline.read(checking.shipped(settings, copy))


def latest(session: Session, lab: str) -> dict[str, LabProof]:
    """The last proof of a lab on each exhibit, by the name of its pack."""
    rows = session.scalars(select(LabProof).filter_by(lab=lab).order_by(LabProof.at, LabProof.id))
    return {row.pack: row for row in rows}


def lost(proof: LabProof, now: datetime) -> bool:
    """Whether a proof is still called running although nothing can be working on it any more."""
    return proof.state == RUNNING and now - proof.at > LONGEST


def ask(session: Session, settings: Settings, copy: Copy, pack: str, by: UUID | None, now: datetime) -> LabProof:
    """Note that a proof is wanted. Raises Conflict while another one is made: each takes minutes of a processor."""
    for one in session.scalars(select(LabProof).filter_by(state=RUNNING)):
        if not lost(one, now):
            raise Conflict(
                phrase("A proof of %(lab)s on %(pack)s is being made. Wait for it.", lab=one.lab, pack=one.pack)
            )
    with checking.laid_out(settings, copy, files_of(session, settings, copy)) as folder:
        sha256 = content.digest_of(folder)
    proof = LabProof(lab=copy.name, pack=pack, sha256=sha256, state=RUNNING, outcome={}, by_id=by, at=now)
    session.add(proof)
    session.flush()
    return proof


def make(store: Store, settings: Settings, proof_id: UUID, clock: Clock) -> None:
    """Make a proof that was asked for, and keep what it came to. Never raises: there is nobody to tell."""
    with store.reading() as session:
        proof = session.get_one(LabProof, proof_id)
        copy = Copy("lab", proof.lab)
        files = files_of(session, settings, copy)
    try:
        with checking.laid_out(settings, copy, files) as folder, _apart(settings, folder.parent) as here:
            several = list(prove.prove(here, copy.name, clock, variants=[proof.pack]))
            made = next((one for one in several if not one.sound), several[-1])
        state, outcome = (SOUND if made.sound else UNSOUND), _outcome(made)
    except DomainError as bad:
        state, outcome = FAILED, {"reason": bad.message}
    except Exception:  # whatever it is, the page must not wait for ever
        log.exception("proof", lab=copy.name, pack=proof.pack)
        state, outcome = FAILED, {"reason": "A fault of the program; its log says more."}
    with store.writing() as session:
        row = session.get_one(LabProof, proof_id)
        row.state, row.outcome, row.done_at = state, outcome, clock()


@contextmanager
def _apart(settings: Settings, parent: Path) -> Iterator[Settings]:
    """Settings under which a draft is proved: its reports don't replace those on the published keys."""
    instance = parent / "instance"
    instance.mkdir()
    for name in SHARED:
        shared = settings.instance / name
        shared.mkdir(exist_ok=True)
        (instance / name).symlink_to(shared.resolve())
    yield settings.model_copy(update={"labs": parent, "instance": instance})


def _outcome(proof: Proof) -> dict[str, Any]:
    """What an author has to look at, without a key."""
    questions = [
        {
            "id": one.id,
            "state": "free" if one.sound and one.truth is None else "proved" if one.sound else "open",
            "problems": [drift.told(problem) for problem in one.problems],
            "mistakes": len(one.mistakes),
        }
        for one in proof.proved
    ]
    return {"questions": questions, "faults": list(proof.faults), "runs": proof.runs}
