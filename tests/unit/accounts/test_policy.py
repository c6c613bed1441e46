import uuid
from collections.abc import Callable

import pytest

from tests.conftest import Clock, People
from training.accounts import policy, service
from training.accounts.actor import ANONYMOUS, Actor, Role
from training.accounts.models import Membership, Organisation, Person
from training.courses import policy as courses
from training.labs import policy as labs
from training.learning import policy as learning
from training.personal import policy as personal
from training.store import Store

pytestmark = pytest.mark.any_database
Find = Callable[[str], Person]


@pytest.fixture
def find(store: Store, people: People) -> Find:
    def look(name: str) -> Person:
        with store.reading() as session:
            return service.by_login(session, name)

    return look


@pytest.mark.parametrize(
    ("actor", "person", "may"),
    [
        ("instructor", "trainee", True),
        ("instructor", "host", False),
        ("instructor", "administrator", False),
        ("instructor", "stranger", False),
        ("instructor", "instructor", False),
        ("host", "instructor", True),
        ("administrator", "host", True),
        ("administrator", "stranger", False),
        ("administrator", "other_instructor", False),
        ("other_instructor", "trainee", False),
        ("trainee", "colleague", False),
    ],
)
def test_who_may_manage_whom(find: Find, actor: str, person: str, may: bool) -> None:  # noqa: FBT001 - from the table
    assert policy.may_manage(service.actor_of(find(actor)), find(person)) is may


def test_a_role_elsewhere_puts_a_person_out_of_reach(find: Find, people: People) -> None:
    instructor, trainee = service.actor_of(find("instructor")), find("trainee")
    assert policy.may_manage(instructor, trainee)
    trainee.memberships.append(Membership(organisation_id=people.elsewhere, role=Role.TRAINEE.value))
    assert not policy.may_manage(instructor, trainee)


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.TRAINEE, True), (Role.INSTRUCTOR, True), (Role.HOST, False), (Role.ADMINISTRATOR, False)],
)
def test_an_administrator_keeps_an_own_instructor_who_works_elsewhere_in_a_role_that_is_not_higher(
    find: Find,
    people: People,
    role: Role,
    may: bool,  # noqa: FBT001 - from the table
) -> None:
    administrator, host, person = (
        service.actor_of(find("administrator")),
        service.actor_of(find("host")),
        find("instructor"),
    )
    person.memberships.append(Membership(organisation_id=people.elsewhere, role=role.value))
    assert policy.may_manage(administrator, person) is may
    assert not policy.may_manage(host, person)
    assert not policy.stands_above(administrator, person)
    assert not personal.may_answer_for(administrator, person), "what is held elsewhere is not for one of the two alone"


def test_an_administrator_reaches_neither_people_of_others_nor_the_erased(find: Find, people: People) -> None:
    administrator, theirs, person = service.actor_of(find("administrator")), find("other_instructor"), find("trainee")
    theirs.memberships.append(Membership(organisation_id=people.home, role=Role.TRAINEE.value))
    assert not policy.may_manage(administrator, theirs)
    person.erased_at = person.made_at
    for name in ("administrator", "host", "instructor"):
        assert not policy.may_manage(service.actor_of(find(name)), person), name


def test_one_organisation_s_instructor_has_no_rank_in_another(find: Find, people: People) -> None:
    actor = service.actor_of(find("other_instructor"))
    assert policy.rank(actor, people.elsewhere) == policy.STAFF
    assert policy.rank(actor, people.home) == 0
    assert not policy.may_see_people(actor, Organisation(id=people.home, name="Academy", kind="agency"))
    assert policy.may_see_people(actor, Organisation(id=people.elsewhere, name="University", kind="university"))


def test_nobody_manages_what_is_not_there() -> None:
    place = uuid.uuid4()
    administrator = Actor(uuid.uuid4(), "A", place, frozenset({(place, Role.ADMINISTRATOR)}))
    assert not policy.may_manage(administrator, None)


def test_public_pages_are_open_and_own_pages_are_not() -> None:
    assert policy.anyone(ANONYMOUS, None)
    assert not policy.signed_in(ANONYMOUS, None)
    assert not policy.has_begun(ANONYMOUS, None)


@pytest.mark.parametrize(("role", "may"), [(Role.INSTRUCTOR, False), (Role.HOST, False), (Role.ADMINISTRATOR, True)])
def test_only_administrators_manage_their_equals(role: Role, may: bool) -> None:  # noqa: FBT001 - from the table
    place = uuid.uuid4()
    actor = Actor(uuid.uuid4(), "A", place, frozenset({(place, role)}))
    equal = Person(id=uuid.uuid4(), home_id=place, memberships=[Membership(organisation_id=place, role=role.value)])
    assert policy.may_manage(actor, equal) is may


def test_whoever_lost_the_last_role_works_nowhere(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        trainee = service.by_login(session, "trainee")
        service.take_role(session, trainee, people.home, Role.TRAINEE, actor=None, now=clock())
    with store.reading() as session:
        actor = service.actor_of(service.by_login(session, "trainee"))
    assert (actor.signed_in, actor.home) == (True, None)
    assert not labs.may_list(actor, None)
    assert not courses.may_read(actor, None)
    assert not learning.may_learn(actor, None)


@pytest.mark.parametrize(("role", "may"), [(Role.INSTRUCTOR, False), (Role.HOST, False), (Role.ADMINISTRATOR, True)])
def test_only_an_administrator_reaches_somebody_without_a_role(role: Role, may: bool) -> None:  # noqa: FBT001 - from the table
    """The person may have stood above: a host who moved away still has the account."""
    place = uuid.uuid4()
    actor = Actor(uuid.uuid4(), "A", place, frozenset({(place, role)}))
    assert policy.may_manage(actor, Person(id=uuid.uuid4(), home_id=place, memberships=[])) is may
