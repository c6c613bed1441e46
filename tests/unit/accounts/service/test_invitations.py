import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import People
from training.accounts import service
from training.accounts.actor import Actor, Role
from training.accounts.models import Invitation, Organisation, Person, SignIn
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PASSWORD = "a long password of tests"


def _invite(store: Store, people: People, role: Role = Role.TRAINEE, actor: str | None = "instructor") -> str:
    with store.writing() as session:
        by = service.actor_of(service.by_login(session, actor)) if actor else None
        place = session.get_one(Organisation, people.home)
        return service.invite(
            session, place, role, actor=by, now=NOW, suggested=service.Suggested("Amara  Diallo", "amara")
        )


def _accept(store: Store, token: str, login: str = "amara", now: datetime = NOW) -> service.Known:
    made = service.accept(store, token, login=login, name="Amara Diallo", password=PASSWORD, now=now)
    with store.reading() as session:
        found = service.current(session.connection(), made, now, idle=timedelta(hours=2), life=timedelta(hours=12))
    assert found is not None
    return found


def _here(store: Store, token: str) -> service.Known:
    with store.reading() as session:
        found = service.current(session.connection(), token, NOW, idle=timedelta(hours=2), life=timedelta(hours=12))
    assert found is not None
    return found


def _people(store: Store) -> int:
    with store.reading() as session:
        return len(session.scalars(select(Person.id)).all())


def test_an_invitation_makes_an_account_with_its_role(store: Store, people: People) -> None:
    here = _accept(store, _invite(store, people, Role.INSTRUCTOR))
    actor = service.actor_of(here.person)
    assert actor == Actor(here.person_id, "Amara Diallo", people.home, frozenset({(people.home, Role.INSTRUCTOR)}))
    assert service.sign_in(store, "AMARA", PASSWORD, caller=from_("192.0.2.7"), now=NOW)


def test_what_was_suggested_is_kept_clean(store: Store, people: People) -> None:
    token = _invite(store, people)
    with store.reading() as session:
        found = service.look_up(session, token, NOW)
    assert (found.name, found.login, found.organisation.name) == ("Amara Diallo", "amara", "Academy of Port Selby")
    assert found.token_hash == service.hash_token(token)


def test_a_link_is_good_once(store: Store, people: People) -> None:
    token = _invite(store, people)
    here = _accept(store, token)
    before = _people(store)
    with pytest.raises(NotThere, match="Ask whoever sent it"):
        _accept(store, token, "somebody.else")
    assert _people(store) == before
    with store.reading() as session:
        used = session.scalars(select(Invitation)).one()
    assert (used.used_at, used.used_by) == (NOW, here.person_id)


def test_two_people_at_once_make_one_account(store: Store, people: People) -> None:
    token, before = _invite(store, people), _people(store)
    done: list[str] = []
    refused: list[str] = []

    def accept(login: str) -> None:
        try:
            _accept(store, token, login)
            done.append(login)
        except NotThere:
            refused.append(login)

    threads = [threading.Thread(target=accept, args=(f"person{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert sorted(done + refused) == ["person0", "person1", "person2", "person3"]
    assert _people(store) == before + 1


@pytest.mark.parametrize(("days", "good"), [(13.99, True), (14, False)])
def test_a_link_expires(store: Store, people: People, days: float, good: bool) -> None:  # noqa: FBT001 - from the table
    token, at = _invite(store, people), NOW + timedelta(days=days)
    if good:
        assert _accept(store, token, now=at).started_at == at
    else:
        with pytest.raises(NotThere):
            _accept(store, token, now=at)


def test_an_invented_link_is_not_there(store: Store, people: People) -> None:
    _invite(store, people)
    with pytest.raises(NotThere), store.reading() as session:
        service.look_up(session, "invented", NOW)


@pytest.mark.parametrize("role", [Role.HOST, Role.ADMINISTRATOR])
def test_nobody_invites_above_the_own_role(store: Store, people: People, role: Role) -> None:
    with pytest.raises(Refused, match="up to your own") as refused:
        _invite(store, people, role)
    assert refused.value.field == "role"


def test_another_organisation_s_instructor_invites_nobody_here(store: Store, people: People) -> None:
    with pytest.raises(Refused):
        _invite(store, people, Role.TRAINEE, "other_instructor")


def test_the_command_line_invites_any_role(store: Store, people: People) -> None:
    here = _accept(store, _invite(store, people, Role.ADMINISTRATOR, None))
    assert service.actor_of(here.person).holds(Role.ADMINISTRATOR, people.home)


@pytest.mark.parametrize(
    ("login", "password", "error"),
    [
        ("trainee", PASSWORD, Conflict),
        ("TRAINEE", PASSWORD, Conflict),
        ("a b", PASSWORD, Refused),
        ("new", "short", Refused),
    ],
)
def test_a_refused_answer_leaves_the_invitation_good(
    store: Store, people: People, login: str, password: str, error: type[Exception]
) -> None:
    token = _invite(store, people)
    with pytest.raises(error):
        service.accept(store, token, login=login, name="Amara Diallo", password=password, now=NOW)
    assert _accept(store, token).person.login == "amara"


def test_a_person_with_an_account_joins_with_it(store: Store, people: People) -> None:
    token = _invite(store, people, Role.INSTRUCTOR)
    with store.writing() as session:
        mine = service.start(session, people["stranger"], now=NOW)
    with store.reading() as session:
        here = service.current(session.connection(), mine, NOW, idle=timedelta(hours=2), life=timedelta(hours=12))
    assert here is not None
    new = service.join(store, token, here, now=NOW)
    with store.reading() as session:
        after = service.current(session.connection(), new, NOW, idle=timedelta(hours=2), life=timedelta(hours=12))
        assert (
            service.current(session.connection(), mine, NOW, idle=timedelta(hours=2), life=timedelta(hours=12)) is None
        )
    assert after is not None
    actor = service.actor_of(after.person)
    assert actor.holds(Role.INSTRUCTOR, people.home)
    assert actor.holds(Role.TRAINEE, people.elsewhere)
    with pytest.raises(NotThere):
        service.join(store, token, after, now=NOW)


def test_a_form_that_is_sent_again_makes_one_invitation_and_never_another_one(store: Store, people: People) -> None:
    token = service.new_invitation()

    def send(role: Role, name: str = "host", login: str = "") -> None:
        with store.writing() as session:
            host = service.find(session, people[name])
            assert host
            home, suggested = session.get_one(Organisation, people.home), service.Suggested("", login)
            actor = service.actor_of(host)
            service.invite(session, home, role, actor=actor, now=NOW, suggested=suggested, token=token)

    send(Role.TRAINEE)
    send(Role.TRAINEE)
    for role, name, login in ((Role.HOST, "host", ""), (Role.TRAINEE, "instructor", ""), (Role.TRAINEE, "host", "a.b")):
        with pytest.raises(Conflict, match="sent before"):
            send(role, name, login)
    with store.reading() as session:
        (made,) = session.scalars(select(Invitation))
        told = session.scalars(select(Event).where(Event.act == "invitation.made")).all()
    assert made.role == "trainee"
    assert [(one.actor, one.subject) for one in told] == [(people["host"], f"organisation:{people.home}")]


def test_who_used_an_invitation_stands_in_the_log(store: Store, people: People) -> None:
    here = _accept(store, _invite(store, people))
    with store.reading() as session:
        used = session.scalars(select(Event).where(Event.act == "invitation.used")).one()
    assert (used.actor, used.details) == (here.person_id, {"role": "trainee"})


def test_joining_ends_the_other_sign_ins_of_the_person(store: Store, people: People) -> None:
    token = _invite(store, people, Role.INSTRUCTOR, "host")
    with store.writing() as session:
        mine, other = (service.start(session, people["stranger"], now=NOW) for _ in range(2))
    new = service.join(store, token, _here(store, mine), now=NOW)
    with store.reading() as session:
        ended = {one: session.get_one(SignIn, service.hash_token(one)).ended_at for one in (mine, other, new)}
    assert ended == {mine: NOW, other: NOW, new: None}


def test_a_link_into_an_organisation_that_was_closed_is_good_for_nothing(store: Store, people: People) -> None:
    token, before = _invite(store, people), _people(store)
    with store.writing() as session:
        session.get_one(Organisation, people.home).closed_at = NOW
    with pytest.raises(NotThere):
        _accept(store, token)
    with store.writing() as session:
        stranger = service.start(session, people["stranger"], now=NOW)
    with pytest.raises(NotThere):
        service.join(store, token, _here(store, stranger), now=NOW)
    assert _people(store) == before


def test_a_form_that_is_sent_again_for_another_organisation_or_name_is_refused(store: Store, people: People) -> None:
    token = service.new_invitation()

    def send(place: object, name: str) -> None:
        with store.writing() as session:
            suggested = service.Suggested(name)
            there = session.get_one(Organisation, place)
            service.invite(session, there, Role.HOST, actor=None, now=NOW, suggested=suggested, token=token)

    send(people.home, "Amara Diallo")
    send(people.home, " Amara  Diallo")
    for place, name in ((people.elsewhere, "Amara Diallo"), (people.home, "Binta Diallo")):
        with pytest.raises(Conflict, match="sent before"):
            send(place, name)


def test_nobody_begins_with_a_password_made_of_the_organisation_s_name(store: Store, people: People) -> None:
    token = _invite(store, people)
    for password in ("Port Selby academy", "Quimby Oduya"):
        with pytest.raises(Refused, match="guessed at once"):
            service.accept(store, token, login="amara", name="Quimby Oduya", password=password, now=NOW)


def test_the_log_says_who_invited_whoever_came(store: Store, people: People) -> None:
    here = _accept(store, _invite(store, people))
    with store.writing() as session:
        mine = service.start(session, people["stranger"], now=NOW)
    service.join(store, _invite(store, people), _here(store, mine), now=NOW)
    with store.reading() as session:
        told = session.scalars(select(Event).order_by(Event.seq)).all()
    made = [(one.act, one.actor) for one in told if one.subject == f"person:{here.person_id}"]
    assert ("person.made", people["instructor"]) in made
    joined = [(one.act, one.actor) for one in told if one.subject == f"person:{people['stranger']}"]
    assert ("role.given", people["instructor"]) in joined
