from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import SEALED, Clock, People
from training.accounts import service
from training.accounts.actor import Role
from training.accounts.models import Failure, Organisation, Person, SignIn
from training.accounts.service import backoff
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def _signed_in(store: Store, people: People, name: str) -> bool:
    with store.reading() as session:
        return bool(service.running(session, people[name], NOW, idle=timedelta(hours=2), life=timedelta(hours=12)))


def _start(store: Store, people: People, name: str) -> None:
    with store.writing() as session:
        service.start(session, people[name], now=NOW)


def test_an_empty_installation_gets_an_organisation_and_three_accounts(store: Store) -> None:
    with store.writing() as session:
        made = service.found(session, NOW)
    assert [(one.login, one.role) for one in made] == [
        ("admin", Role.ADMINISTRATOR),
        ("instructor", Role.INSTRUCTOR),
        ("trainee", Role.TRAINEE),
    ]
    assert len({one.password for one in made}) == 3
    for one in made:
        assert service.sign_in(store, one.login, one.password, caller=from_("192.0.2.7"), now=NOW)
    with store.reading() as session:
        assert session.scalars(select(Organisation.name)).all() == ["Engram academy"]


def test_founding_twice_changes_nothing(store: Store) -> None:
    with store.writing() as session:
        service.found(session, NOW)
    with store.writing() as session:
        assert service.found(session, NOW) == ()
        assert len(session.scalars(select(Person.id)).all()) == 3


def test_the_passwords_of_the_first_accounts_stand_nowhere(store: Store) -> None:
    with store.writing() as session:
        made = service.found(session, NOW)
    with store.reading() as session:
        kept = " ".join(session.scalars(select(Person.password_hash))) + str(
            [event.details for event in session.scalars(select(Event))]
        )
    assert not any(one.password in kept for one in made)


@pytest.mark.parametrize("login", ["", "a", "x" * 81, "two words", "tab\tin", "bidi\u202ename", "nul\x00"])
def test_logins_that_could_deceive_are_refused(store: Store, people: People, login: str) -> None:
    with pytest.raises(Refused) as refused, store.writing() as session:
        service.make_person(session, login=login, name="A", sealed=SEALED, home=people.home, role=Role.TRAINEE, now=NOW)
    assert refused.value.field == "login"


@pytest.mark.parametrize("login", ["trainee", "TRAINEE", "\uff34rainee"])
def test_a_taken_login_is_a_conflict_and_the_unit_goes_on(store: Store, people: People, login: str) -> None:
    with store.writing() as session:
        with pytest.raises(Conflict, match="is taken"):
            service.make_person(
                session, login=login, name="A", sealed=SEALED, home=people.home, role=Role.TRAINEE, now=NOW
            )
        other = service.make_person(
            session, login="free", name="A", sealed=SEALED, home=people.home, role=Role.TRAINEE, now=NOW
        )
    with store.reading() as session:
        assert service.by_login(session, "FREE").id == other.id


def test_organisations_have_one_name_and_a_known_kind(store: Store, people: People) -> None:
    with pytest.raises(Conflict, match="already"), store.writing() as session:
        service.make_organisation(session, "Academy of Port Selby", "agency", now=NOW)
    with pytest.raises(Refused, match="agency, university"), store.writing() as session:
        service.make_organisation(session, "Guild", "guild", now=NOW)


def test_a_name_is_cleaned_and_control_characters_are_refused(store: Store, people: People) -> None:
    with store.writing() as session:
        service.rename(session, people["trainee"], "  Amara \n Diallo ", now=NOW)
    with store.reading() as session:
        assert service.names(session, [people["trainee"], uuid4()]) == {people["trainee"]: "Amara Diallo"}
    with pytest.raises(Refused), store.writing() as session:
        service.rename(session, people["trainee"], "Amara\u202eollaiD", now=NOW)


def test_choices_are_kept_taken_back_and_checked(store: Store, people: People) -> None:
    with store.writing() as session:
        service.prefer(session, people["trainee"], language="ar", theme="dark")
        service.prefer(session, people["trainee"], language="")
    with store.reading() as session:
        kept = session.get_one(Person, people["trainee"])
    assert (kept.language, kept.theme) == (None, "dark")
    with pytest.raises(Refused), store.writing() as session:
        service.prefer(session, people["trainee"], theme="pink")


def test_a_new_role_ends_sign_ins_and_the_same_again_does_not(store: Store, people: People) -> None:
    for new in (True, False):
        _start(store, people, "trainee")
        with store.writing() as session:
            person = service.by_login(session, "trainee")
            given = service.give_role(session, person, people.home, Role.INSTRUCTOR, actor=None, now=NOW)
        assert given is new
        assert _signed_in(store, people, "trainee") is not new
    with store.reading() as session:
        assert service.actor_of(service.by_login(session, "trainee")).holds(Role.INSTRUCTOR, people.home)


def test_a_role_that_was_taken_is_gone_with_the_sign_ins(store: Store, people: People) -> None:
    _start(store, people, "instructor")
    with store.writing() as session:
        person = service.by_login(session, "instructor")
        service.take_role(session, person, people.home, Role.INSTRUCTOR, actor=None, now=NOW)
    with store.reading() as session:
        assert not service.actor_of(service.by_login(session, "instructor")).roles
    assert not _signed_in(store, people, "instructor")
    with pytest.raises(NotThere), store.writing() as session:
        person = service.by_login(session, "instructor")
        service.take_role(session, person, people.home, Role.INSTRUCTOR, actor=None, now=NOW)


def test_setting_a_password_ends_sign_ins_and_waiting(store: Store, people: People) -> None:
    _start(store, people, "trainee")
    with store.writing() as session:
        for _ in range(5):
            backoff.admit(session, backoff.account_of("trainee"), "192.0.2.7", NOW)
    sealed = service.seal("quite another one")
    with store.writing() as session:
        service.set_password(session, service.by_login(session, "trainee"), sealed, actor=people["instructor"], now=NOW)
    assert not _signed_in(store, people, "trainee")
    with store.reading() as session:
        assert session.scalars(select(Failure)).all() == []
    assert service.sign_in(store, "trainee", "quite another one", caller=from_("192.0.2.7"), now=NOW)


def test_disabling_can_be_undone(store: Store, people: People) -> None:
    _start(store, people, "trainee")
    with store.writing() as session:
        service.disable(session, service.by_login(session, "trainee"), actor=None, now=NOW)
    assert not _signed_in(store, people, "trainee")
    with store.writing() as session:
        service.enable(session, service.by_login(session, "trainee"), actor=None, now=NOW)
    assert service.sign_in(store, "trainee", "a long password of tests", caller=from_("192.0.2.7"), now=NOW)
    with store.reading() as session:
        acts = session.scalars(select(Event.act).order_by(Event.seq)).all()
        assert audit.check(session).fault is None
    assert [act for act in acts if act.startswith("person.")][-2:] == ["person.disabled", "person.enabled"]


def test_a_name_that_differs_in_case_only_is_taken(store: Store, people: People, clock: Clock) -> None:
    with pytest.raises(Conflict, match="already"), store.writing() as session:
        service.make_organisation(session, "ACADEMY of port selby", "agency", now=clock())


def test_members_are_those_of_one_organisation_by_name(store: Store, people: People) -> None:
    with store.reading() as session:
        home, elsewhere = (
            [person.login for person in service.members(session, place)] for place in (people.home, people.elsewhere)
        )
    assert home == ["administrator", "colleague", "host", "instructor", "trainee"]
    assert elsewhere == ["other_instructor", "stranger"]


def test_the_log_can_show_a_login_and_forget_it(store: Store, people: People) -> None:
    with store.reading() as session:
        made = session.scalars(
            select(Event).where(Event.act == "person.made", Event.subject == f"person:{people['trainee']}")
        ).one()
        assert audit.matches(session, made.details["login"], "trainee") is True
    with store.writing() as session:
        audit.forget(session, people["trainee"])
    with store.reading() as session:
        assert audit.matches(session, made.details["login"], "trainee") is None
        assert audit.check(session).fault is None


def test_nobody_is_found_where_nobody_is(store: Store, people: People) -> None:
    with store.reading() as session:
        assert service.find(session, uuid4()) is None
        with pytest.raises(NotThere, match="no account called nobody"):
            service.by_login(session, "nobody")
        assert session.scalars(select(SignIn)).all() == []


def test_names_within_an_organisation_are_those_of_its_people_alone(store: Store, people: People) -> None:
    with store.writing() as session:
        lent = service.by_login(session, "other_instructor")
        service.give_role(session, lent, people.home, Role.TRAINEE, actor=None, now=NOW)
    ids = [people[name] for name in ("trainee", "stranger", "other_instructor")]
    with store.reading() as session:
        assert set(service.names(session, ids, within={people.home})) == {people["trainee"], people["other_instructor"]}
        assert set(service.names(session, ids, within={people.elsewhere})) == {
            people["stranger"],
            people["other_instructor"],
        }
        assert service.names(session, ids, within=set()) == {}
        assert set(service.names(session, ids)) == set(ids)


def test_a_role_held_in_two_organisations_is_given_and_taken_in_one(store: Store, people: People) -> None:
    def held() -> list[UUID]:
        with store.reading() as session:
            found = service.find(session, people["trainee"])
            assert found
            return sorted(one.organisation_id for one in found.memberships)

    both = sorted([people.home, people.elsewhere])
    with store.writing() as session:
        person = service.by_login(session, "trainee")
        assert service.give_role(session, person, people.elsewhere, Role.TRAINEE, actor=None, now=NOW)
    assert held() == both
    for place, left in ((people.elsewhere, people.home), (people.home, people.elsewhere)):
        with store.writing() as session:
            person = service.by_login(session, "trainee")
            service.take_role(session, person, place, Role.TRAINEE, actor=None, now=NOW)
        assert held() == [left]
        with store.writing() as session:
            service.give_role(session, service.by_login(session, "trainee"), place, Role.TRAINEE, actor=None, now=NOW)
        assert held() == both


def test_when_a_password_was_set_is_told_of_that_account(store: Store, people: People) -> None:
    with store.writing() as session:
        person = service.by_login(session, "trainee")
        before = service.password_mark(person)
        service.set_password(session, person, SEALED, actor=None, now=NOW)
        person.password_hash = "$argon2id$of another day"
        other = service.by_login(session, "colleague")
        service.set_password(session, other, SEALED, actor=None, now=NOW + timedelta(hours=3))
        with pytest.raises(Conflict, match=r"of trainee was set at 2026-11-25 09:00:00Z"):
            service.set_password(session, person, SEALED, actor=None, now=NOW, before=before)
