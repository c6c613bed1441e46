"""Apply a regrade that was previewed: a new grading version, and a judgement wherever the verdict is another.

The old version stays readable, and nothing else changes. A preview is signed; it is worked out again before it is
applied, and where anything moved in between it is refused with the name of what moved.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.content.models import Release
from training.errors import Conflict
from training.grading import version as graded
from training.labs.models import Attempt, Finding, GradingVersion
from training.marking.service import judgements, scope, signing
from training.marking.service.preview import Draft, Preview, State, state_of
from training.sentence import counted, phrase


class Seal(BaseModel):
    """What a page takes from its preview to the request that applies it.

    Attributes:
        signature: over the content of the preview.
        digest: of that content; the grading version keeps it.
        asked: digest of amendments and ticks alone.
        number, findings, judgements, hints: counts of the preview, so that a refusal can name what moved.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signature: str = Field(pattern=r"^[0-9a-f]{64}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    asked: str = Field(pattern=r"^[0-9a-f]{64}$")
    number: int
    findings: int
    judgements: int
    hints: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying came to; `version` is None where there was nothing to apply."""

    version: GradingVersion | None
    judgements: int = 0
    repeated: bool = False


def seal(preview: Preview, secret: bytes) -> Seal:
    """Sign a preview. `secret` is the secret of the installation."""
    signature = signing.sign(secret, preview.content)
    return Seal(signature=signature, digest=preview.digest, asked=_asked(preview.draft), **asdict(preview.state))


def repeated(session: Session, release: UUID, organisation: UUID, shown: Seal, by: UUID) -> Applied | None:
    """What the same request did before, where it was sent twice."""
    newest = scope.newest(session, release, organisation)
    if newest is None or (newest.number, newest.preview, newest.made_by) != (shown.number + 1, shown.digest, by):
        return None
    return Applied(newest, repeated=True)


def apply(session: Session, fresh: Preview, shown: Seal, secret: bytes, reason: str, now: datetime) -> Applied:
    """Apply what a preview showed, as whoever it was worked out for. One transaction; everything in it, or nothing.

    Args:
        session: a unit that may write.
        fresh: the preview, worked out again just now in a unit of its own, so that writers wait no longer than needed.
        shown: the seal of the page that was looked at.
        secret: of the installation.
        reason: why; the people concerned read it.
        now: when.

    Raises:
        Refused: no reason was given.
        Conflict: anything moved since the preview was shown; the message names it.
    """
    reason = judgements.reason_of(reason)
    release, place = fresh.scope.release.id, fresh.scope.organisation
    _lock(session, release, place)
    if again := repeated(session, release, place, shown, fresh.by):
        return again
    if not signing.signed(secret, fresh.content, shown.signature):
        raise Conflict(_moved(fresh, shown))
    present = state_of(session, release, place)
    if present != fresh.state:
        raise Conflict(_named(fresh.state, present))
    if fresh.empty:
        return Applied(None)
    version = _version(fresh, reason, now)
    session.add(version)
    session.flush()
    _judge(session, fresh, version, now)
    _report(session, fresh, version, now)
    return Applied(version, len(fresh.moved))


def _lock(session: Session, release: UUID, organisation: UUID) -> None:
    """Let nobody submit, judge or begin until the end of the transaction: attempts refer to the release's row."""
    session.get_one(Release, release, with_for_update=True)
    own = {"release_id": release, "organisation_id": organisation}
    session.execute(select(Attempt.id).filter_by(**own).order_by(Attempt.id).with_for_update()).all()


def _version(fresh: Preview, reason: str, now: datetime) -> GradingVersion:
    kept = [graded.identity(one.questions, one.keys) for _, one in sorted(fresh.rules.items())]
    return GradingVersion(
        release_id=fresh.scope.release.id,
        organisation_id=fresh.scope.organisation,
        number=fresh.state.number + 1,
        reason=reason,
        amendments=fresh.draft.content,
        keys=kept[0].keys if len(kept) == 1 else signing.digest([one.keys for one in kept]),
        rules=kept[0].rules,
        grader=kept[0].grader,
        preview=fresh.digest,
        made_by=fresh.by,
        made_at=now,
    )


def _judge(session: Session, fresh: Preview, version: GradingVersion, now: datetime) -> None:
    new = {one.finding.id: one.new for one in fresh.moved}
    ids = select(Attempt.id).filter_by(release_id=version.release_id, organisation_id=version.organisation_id)
    for finding in session.scalars(select(Finding).where(Finding.attempt_id.in_(ids)).order_by(Finding.id)).all():
        if finding.id in new:
            judgements.write(finding, "regrade", new[finding.id], version.reason, None, version.id, now)
    session.flush()


def _report(session: Session, fresh: Preview, version: GradingVersion, now: datetime) -> None:
    passes = [(person.old.passed, person.new.passed) for person in fresh.people]
    details = {
        "release": fresh.scope.release.sha256,
        "organisation": str(fresh.scope.organisation),
        "number": version.number,
        "amendments": signing.digest(version.amendments),
        "preview": version.preview,
        "keys": version.keys,
        "rules": version.rules,
        "grader": version.grader,
        "judgements": len(fresh.moved),
        "by hand": len(fresh.draft.ticked),
        "people": len(fresh.people),
        "gain": sum(person.gain > 0 for person in fresh.people),
        "lose": sum(person.gain < 0 for person in fresh.people),
        "pass": passes.count((False, True)),
        "fail": passes.count((True, False)),
        "certificates": sum(len(person.certificates) for person in fresh.touched),
    }
    subject = f"grading-version:{version.id}"
    audit.record(session, act="regrade.applied", actor=fresh.by, subject=subject, details=details, now=now)


def _asked(draft: Draft) -> str:
    return signing.digest([draft.content, sorted(str(one) for one in draft.ticked)])


def _moved(fresh: Preview, shown: Seal) -> str:
    """Why a signature does not fit any more."""
    if shown.asked != _asked(fresh.draft):
        return phrase(
            "The amendments or the ticks were changed after the preview; nothing was applied. Show the preview again."
        )
    return _named(State(shown.number, shown.findings, shown.judgements, shown.hints), fresh.state)


def _named(old: State, new: State) -> str:
    """What moved between two states, as a sentence."""
    parts: list[str] = []
    if new.number != old.number:
        parts.append(phrase("grading version %(number)s was applied", number=str(new.number)))
    if more := new.findings - old.findings:
        parts.append(counted("%(num)s finding was submitted", "%(num)s findings were submitted", more))
    if more := new.judgements - old.judgements:
        parts.append(counted("%(num)s judgement was made", "%(num)s judgements were made", more))
    if more := new.hints - old.hints:
        parts.append(counted("%(num)s hint was opened", "%(num)s hints were opened", more))
    if not parts:
        parts.append(phrase("what grading says, or who passes, is no longer what the preview showed"))
    what = reduce(lambda said, more: phrase("%(said)s, %(more)s", said=said, more=more), parts)
    return phrase(
        "Since the preview: %(what)s. Nothing was applied. Look at the preview below, then apply it.", what=what
    )
