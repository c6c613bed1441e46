"""What a host must not carry: releases and exhibits, which hold keys and truth, of courses and labs of somebody else.

Hosts carry those of their own organisation. Whoever runs the server carries everything, by command.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from training.content import ownership
from training.content import service as content
from training.content.models import Release
from training.errors import Refused
from training.hosting.carry.presence import Presence
from training.hosting.carry.rows import Row
from training.labs import reader
from training.sentence import phrase
from training.settings import Settings

Tables = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Ids of releases and SHA-256 of exhibits whose files don't go along."""

    releases: frozenset[str] = frozenset()
    exhibits: frozenset[str] = frozenset()


NOTHING = Withheld()


def of(session: Session, settings: Settings, state: Tables) -> Withheld:
    """What belongs to another organisation than the session does."""
    (teaching,) = state["teaching_session"].values()
    host = UUID(teaching["organisation_id"])
    rows = {row["id"]: row for row in state["release"].values()}
    owned = ownership.of_all(session, ((row["kind"], row["name"]) for row in rows.values()))
    mine = {key for key, row in rows.items() if owned[row["kind"], row["name"]].owner == host}
    open_ = {name for key in mine for name in _exhibits(session, settings, key)}
    own = {sha256: row["release_id"] in mine for sha256, row in state["own_exhibit"].items()}
    carried = {sha256 for sha256, row in state["exhibit"].items() if own.get(sha256, row["name"] in open_)}
    return Withheld(frozenset(rows.keys() - mine), frozenset(state["exhibit"].keys() - carried))


def _exhibits(session: Session, settings: Settings, release_id: str) -> tuple[str, ...]:
    release = session.get_one(Release, UUID(release_id))
    return reader.load(content.folder_of(settings.instance, release)).exhibits if release.kind == "lab" else ()


def demand_there(state: Tables, withheld: Withheld, have: Presence | None) -> None:
    """Raises Refused unless all that is withheld is over there already, such as what came with the program."""
    if lacking := sorted(_lacking(state, withheld, have)):
        raise Refused(
            phrase(
                "These hold keys and belong to another organisation, and the other installation doesn't have them: "
                "%(names)s. Send the manifest of one that has them, or ask those who run this server to make the "
                "bundle on the command line.",
                names=", ".join(lacking),
            )
        )


def _lacking(state: Tables, withheld: Withheld, have: Presence | None) -> Iterator[str]:
    for row in state["release"].values():
        there = have is not None and f"{row['kind']}/{row['name']}/{row['sha256']}" in have.releases
        if row["id"] in withheld.releases and not there:
            yield str(row["name"])
    for sha256 in withheld.exhibits - (have.exhibits if have else frozenset()):
        yield str(state["exhibit"][sha256]["name"])
