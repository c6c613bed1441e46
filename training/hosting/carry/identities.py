"""Who is who on both sides: what is called by another id here, and people of whom a host must say it.

A person is the same by the id of the account, else by the host's own number in the session, else by what somebody
said. Nobody is ever taken for another by name or login. Releases, runs and citations are the same by what they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Membership, Person
from training.accounts.service import passwords, people
from training.errors import Refused
from training.hosting.carry import rows
from training.hosting.carry.rows import Row, State
from training.hosting.carry.tables import CARRIED
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Answers:
    """What a host said of people: `same` has their login there and the login here; `other` a new login for here."""

    same: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody in the bundle whose login is another person's here: is it the same one?"""

    login: str
    name: str
    here: str


@dataclass(slots=True)
class Found:
    """Ids of there and what is called so here; logins to give; who is new, by id; what is left to ask."""

    names: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    questions: list[Question] = field(default_factory=list)


def find(
    session: Session, state: State, ours: State, said: Mapping[str, str], host: UUID, answers: Answers | None
) -> Found:
    """Who and what of a bundle is here under another id.

    Args:
        session: of the database.
        state: the rows of the bundle.
        ours: the rows of the session as they are here.
        said: what was found or said before, their ids and ours.
        host: the organisation of the session, as it is called here or will be.
        answers: of the host; None where nothing is asked, since the bundle was taken before.
    """
    found = Found()
    _organisations(session, state, found)
    _people(session, state, ours, said, host, answers, found)
    found.people = dict(found.names)
    for one in CARRIED:
        if one.alike and one.name != "organisation":
            found.names |= _alike(session, one.name, state[one.name], found.names)
    return found


def _organisations(session: Session, state: State, found: Found) -> None:
    known = rows.of_keys(session, "organisation", state["organisation"])
    unknown = [row for key, row in state["organisation"].items() if key not in known]
    there = rows.alike(session, "organisation", unknown)
    found.names |= {row["id"]: there[one][0]["id"] for row in unknown if (one := (row["name_key"],)) in there}


def _people(
    session: Session,
    state: State,
    ours: State,
    said: Mapping[str, str],
    host: UUID,
    answers: Answers | None,
    found: Found,
) -> None:
    here = rows.of_keys(session, "person", {*state["person"], *said.values()})
    numbers = {row["number"]: row["person_id"] for row in ours["session_member"].values() if row["number"]}
    theirs = {row["person_id"]: row["number"] for row in state["session_member"].values() if row["number"]}
    for key, row in state["person"].items():
        if key in here:
            continue
        if said.get(key) in here:
            found.names[key] = said[key]
        elif theirs.get(key) in numbers:
            found.names[key] = numbers[theirs[key]]
        elif answers is not None:
            _ask(session, row, host, answers, found)


def _ask(session: Session, row: Row, host: UUID, answers: Answers, found: Found) -> None:
    login = str(row["login"])
    if login in answers.same:
        found.names[row["id"]] = str(_member(session, answers.same[login], host))
        return
    wanted = people.checked_login(answers.other.get(login, login))
    taken = session.scalar(select(Person).where(Person.login_key == passwords.fold(wanted)))
    if taken is not None:
        found.questions.append(Question(login, str(row["name"]), taken.name))
    found.new.add(row["id"])
    found.logins[row["id"]] = wanted


def _member(session: Session, login: str, host: UUID) -> UUID:
    person = session.scalar(select(Person).where(Person.login_key == passwords.fold(login)))
    held = person and session.scalar(select(Membership.role).filter_by(person_id=person.id, organisation_id=host))
    if person is None or held is None:
        raise Refused(phrase("There is no account called %(login)s in this organisation.", login=login[:80]))
    return person.id


def _alike(
    session: Session, name: str, theirs: Mapping[str, Row], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    known = rows.of_keys(session, name, theirs)
    unknown = [row for key, row in rows.renamed({name: theirs}, names)[name].items() if key not in known]
    here = rows.alike(session, name, unknown)
    columns = next(one.alike for one in CARRIED if one.name == name)
    for row in unknown:
        found = here.get(rows.sign(row, columns), [])
        if len(found) == 1:
            yield row["id"], found[0]["id"]
