"""Who may what: every policy of the program, asked for everybody. A role too many or too few is a difference here."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from training.accounts.actor import ANONYMOUS, Actor, Role
from training.accounts.models import Membership, Organisation, Person
from training.accounts.organisations.policy import Kept, Sign, highest, may_change, may_give
from training.accounts.policy import RANK, stands_above
from training.assessment.models import Round as Assessed
from training.content.ownership import Owned
from training.credentials.models import Certificate
from training.evidence.models import OwnExhibit
from training.hosting.board.service.counter import Standing
from training.hosting.models import SessionMember, TeachingSession
from training.labs.models import Assignment, Attempt
from training.learning.models import Refresher, Statement
from training.machines.models import Response
from training.machines.policy import is_staff
from training.marking.models.rounds import Example, Piece, Round, RoundMarker, Task
from training.reading.models import MarginNote
from training.settings import ROOT

HERE, THERE, OWNER = uuid4(), uuid4(), uuid4()
"""Two organisations, and the person whom things belong to."""


def somebody(*roles: Role, at: Any = HERE, of: Any = None) -> Actor:
    """A person who works in one organisation and holds these roles there."""
    return Actor(of or uuid4(), "Somebody", at if roles else None, frozenset((at, role) for role in roles))


def follows(*, active: bool) -> Standing:
    """Where somebody stands in a session of the first organisation."""
    return Standing(uuid4(), HERE, running=True, role="trainee", active=active, version=1, read_to=0)


ACTORS = {
    "anonymous": ANONYMOUS,
    "roleless": somebody(),
    "owner": somebody(Role.TRAINEE, of=OWNER),
    "owner without a role": somebody(of=OWNER),
    "owner who teaches": somebody(Role.INSTRUCTOR, of=OWNER),
    "owner who hosts": somebody(Role.HOST, of=OWNER),
    "colleague": somebody(Role.TRAINEE),
    "leaver": somebody(Role.TRAINEE),  # was taken out of the session
    "instructor": somebody(Role.INSTRUCTOR),
    "lead": somebody(Role.INSTRUCTOR),  # teaches in the session, owns the marking round
    # is in the session as an instructor, and one only elsewhere by now
    "former lead": Actor(uuid4(), "Former", HERE, frozenset({(HERE, Role.TRAINEE), (THERE, Role.INSTRUCTOR)})),
    "host": somebody(Role.HOST),
    "administrator": somebody(Role.ADMINISTRATOR),
    "host lent": Actor(uuid4(), "Host", HERE, frozenset({(HERE, Role.HOST), (THERE, Role.INSTRUCTOR)})),
    "instructor lent": Actor(uuid4(), "L", HERE, frozenset({(HERE, Role.INSTRUCTOR), (THERE, Role.ADMINISTRATOR)})),
    "lent": Actor(uuid4(), "Lent", HERE, frozenset({(HERE, Role.TRAINEE), (THERE, Role.INSTRUCTOR)})),
    "stranger": somebody(Role.TRAINEE, at=THERE),
    "other instructor": somebody(Role.INSTRUCTOR, at=THERE),
    "other host": somebody(Role.HOST, at=THERE),
    "other administrator": somebody(Role.ADMINISTRATOR, at=THERE),
}
ALL = set(ACTORS)
SIGNED_IN = ALL - {"anonymous"}
AT_WORK = SIGNED_IN - {"roleless", "owner without a role"}
INSTRUCTORS = {"instructor", "instructor lent", "lead", "owner who teaches"}
HOSTS = {"host", "host lent", "administrator", "owner who hosts"}
STAFF = INSTRUCTORS | HOSTS
OTHERS = {"other instructor", "other host", "other administrator"}
HERE_AT_ALL = AT_WORK - OTHERS - {"stranger"}
OWNERS = {"owner", "owner who teaches", "owner who hosts"}
RUNNING = HOSTS | {"lead"}
ANY_INSTRUCTOR = INSTRUCTORS | {"lent", "host lent", "former lead", "other instructor"}
ANY_STAFF = STAFF | OTHERS | {"lent", "former lead"}
FOUNDERS = {"instructor lent", "other administrator"}
ANY_ADMINISTRATOR = {"administrator"} | FOUNDERS
WITH_KEYS = INSTRUCTORS | {"other instructor"}

place = Organisation(id=HERE)
person = Person(id=OWNER, home_id=HERE, memberships=[Membership(organisation_id=HERE, role=Role.TRAINEE.value)])
attempt = Attempt(person_id=OWNER, organisation_id=HERE)
teaching = TeachingSession(
    organisation_id=HERE,
    members=[
        SessionMember(person_id=OWNER, role="trainee"),
        SessionMember(person_id=ACTORS["lead"].id, role="lead"),
        SessionMember(person_id=ACTORS["former lead"].id, role="instructor"),
        SessionMember(person_id=ACTORS["leaver"].id, role="trainee", withdrawn_at="2026-11-25"),
    ],
)
certificate = Certificate(person_id=OWNER, organisation_id=HERE, teaching=teaching)
orphan = Certificate(person_id=OWNER, organisation_id=HERE, teaching=None)
marking = Round(
    organisation_id=HERE,
    owner_id=ACTORS["lead"].id,
    markers=[RoundMarker(person_id=ACTORS[name].id) for name in ("instructor", "former lead")],
)
piece = Piece(round=marking, tasks=[Task(marker_id=ACTORS[name].id) for name in ("instructor", "former lead")])
ours, theirs, nobodys = (Owned("course", "harbour", owner) for owner in (HERE, THERE, None))
response = Response(person_id=OWNER, organisation_id=HERE)

TABLE: list[tuple[str, Any, set[str]]] = [
    ("accounts.anyone", None, ALL),
    ("accounts.signed_in", None, SIGNED_IN),
    ("accounts.has_begun", None, set()),
    ("accounts.has_begun", object(), ALL),
    ("accounts.may_see_people", place, STAFF),
    ("accounts.may_manage", person, STAFF - OWNERS),
    ("accounts.may_manage", None, set()),
    ("accounts.organisations.may_see", place, STAFF),
    ("accounts.organisations.may_read_law", place, HERE_AT_ALL),
    ("accounts.organisations.may_see_sign", Sign(place, alone=False), HERE_AT_ALL),
    ("accounts.organisations.may_see_sign", Sign(place, alone=True), ALL),
    ("accounts.organisations.may_place", place, HOSTS),
    ("accounts.organisations.may_see_list", None, ANY_ADMINISTRATOR),
    ("accounts.organisations.may_make", HERE, {"administrator"}),
    ("accounts.organisations.may_make", None, set()),
    ("accounts.organisations.may_keep", Kept(place, administered=True, founding=THERE), {"administrator"}),
    ("accounts.organisations.may_keep", Kept(place, administered=False, founding=THERE), FOUNDERS),
    ("accounts.organisations.may_keep", Kept(place, administered=False, founding=None), set()),
    ("assessment.may_host", HERE, HOSTS),
    ("assessment.may_host", None, HOSTS | ANY_ADMINISTRATOR | {"other host"}),
    ("assessment.may_look", HERE, STAFF),
    ("assessment.may_look", None, ANY_STAFF),
    ("assessment.may_run", Assessed(organisation_id=HERE), HOSTS),
    ("assessment.may_see", Assessed(organisation_id=HERE), STAFF),
    ("assessment.holds_a_link", None, ALL),
    ("authoring.may_author", None, ANY_INSTRUCTOR),
    ("authoring.may_begin", None, WITH_KEYS),
    ("authoring.may_edit_file", (ours, "index.md"), INSTRUCTORS),
    ("authoring.may_edit_file", (theirs, "index.md"), ANY_INSTRUCTOR - INSTRUCTORS),
    ("authoring.may_edit_file", (ours, "keys.yaml"), INSTRUCTORS),
    ("authoring.may_edit_file", (theirs, "keys.yaml"), {"other instructor"}),
    ("content.may_edit", ours, INSTRUCTORS),
    ("content.may_edit", theirs, ANY_INSTRUCTOR - INSTRUCTORS),
    ("content.may_edit", nobodys, set()),
    ("content.may_publish", ours, INSTRUCTORS),
    ("content.may_publish", theirs, ANY_INSTRUCTOR - INSTRUCTORS),
    ("content.may_read_keys", ours, INSTRUCTORS),
    ("content.may_read_keys", theirs, {"other instructor"}),
    ("authoring.may_note", HERE, INSTRUCTORS | {"host", "host lent", "owner who hosts"}),
    ("authoring.may_note", None, ANY_INSTRUCTOR | {"host", "owner who hosts", "other host"}),
    ("courses.moving.may_move", None, WITH_KEYS),
    ("courses.may_read", None, AT_WORK),
    ("credentials.anyone", None, ALL),
    ("credentials.signed_in", None, SIGNED_IN),
    ("credentials.may_run", teaching, RUNNING),
    ("credentials.may_have", certificate, RUNNING | OWNERS | {"owner without a role"}),
    ("credentials.may_have", orphan, HOSTS | OWNERS | {"owner without a role"}),
    ("credentials.may_change", certificate, RUNNING - OWNERS),
    ("credentials.may_change", orphan, HOSTS - OWNERS),
    ("credentials.may_confirm", teaching, {"lead"}),
    ("credentials.may_read_own", teaching, OWNERS | {"owner without a role", "leaver"}),
    ("hosting.attendance.may_check_in", teaching, OWNERS),
    ("hosting.board.may_run", teaching, RUNNING),
    ("hosting.board.may_follow", follows(active=True), HERE_AT_ALL),
    ("hosting.board.may_follow", follows(active=False), set()),
    ("hosting.board.may_ask", teaching, OWNERS | {"lead", "former lead"}),
    ("hosting.board.may_unveil", teaching, INSTRUCTORS),
    ("hosting.carry.may_carry", teaching, RUNNING),
    ("hosting.dossier.may_seal", teaching, RUNNING),
    ("hosting.feedback.may_run", teaching, RUNNING),
    ("hosting.feedback.may_answer", teaching, OWNERS),
    ("hosting.may_list", None, AT_WORK),
    ("hosting.may_see", teaching, STAFF | {"owner", "former lead"}),
    ("hosting.may_run", teaching, RUNNING),
    ("hosting.may_host", HERE, STAFF),
    ("hosting.may_host", None, ANY_STAFF),
    ("hosting.may_dress", place, STAFF),
    ("hosting.may_see_logo", place, HERE_AT_ALL),
    ("labs.may_list", None, AT_WORK),
    ("labs.may_work", attempt, OWNERS),
    ("labs.may_see_results", None, ANY_INSTRUCTOR),
    ("labs.may_see_result", attempt, INSTRUCTORS),
    ("labs.may_take_files", attempt, INSTRUCTORS | OWNERS),
    ("labs.may_compare", None, ANY_STAFF),
    ("labs.may_set", HERE, INSTRUCTORS),
    ("labs.may_set", None, ANY_INSTRUCTOR),
    ("labs.may_change", Assignment(organisation_id=HERE), INSTRUCTORS),
    ("labs.may_see_own", OwnExhibit(person_id=OWNER, organisation_id=HERE), INSTRUCTORS | OWNERS),
    ("learning.may_learn", None, AT_WORK),
    ("learning.may_refresh", Refresher(person_id=OWNER), OWNERS),
    ("learning.may_see_record", person, INSTRUCTORS),
    ("learning.may_confirm", person, INSTRUCTORS - {"owner who teaches"}),
    ("learning.may_withdraw", Statement(person_id=OWNER, organisation_id=HERE), INSTRUCTORS - {"owner who teaches"}),
    ("machines.may_begin", None, AT_WORK),
    ("machines.may_list", None, AT_WORK),
    ("machines.may_list_session", teaching, RUNNING),
    ("machines.may_work", response, OWNERS),
    ("machines.may_guide", response, INSTRUCTORS),
    ("machines.may_read", response, INSTRUCTORS | OWNERS),
    ("marking.may_mark", HERE, INSTRUCTORS),
    ("marking.may_mark", None, ANY_INSTRUCTOR),
    ("marking.may_decide", attempt, INSTRUCTORS),
    ("marking.may_appeal", attempt, OWNERS),
    ("marking.may_see_round", marking, {"lead", "instructor"}),
    ("marking.may_run_round", marking, {"lead"}),
    ("marking.may_mark_piece", piece, {"instructor"}),
    ("marking.may_mark_example", Example(round=marking), {"instructor"}),
    ("personal.may_have_own", None, SIGNED_IN),
    ("personal.may_answer_for", person, {"administrator"}),
    ("personal.may_answer_for", None, set()),
    ("personal.may_look", place, HOSTS),
    ("personal.may_rule", place, {"administrator"}),
    ("reading.may_keep", None, AT_WORK),
    ("reading.may_change", MarginNote(person_id=OWNER), OWNERS),
    ("reporting.may_write", attempt, OWNERS),
    ("reporting.may_read", attempt, INSTRUCTORS),
    ("search.may_search", None, AT_WORK),
    ("web.anyone", None, ALL),
    ("web.has_a_home", None, SIGNED_IN),
]


def policy_of(name: str) -> Callable[[Actor, Any], bool]:
    """The function behind a name of the table."""
    package, _, function = name.rpartition(".")
    found: Callable[[Actor, Any], bool] = getattr(importlib.import_module(f"training.{package}.policy"), function)
    return found


@pytest.mark.parametrize(("name", "thing", "may"), TABLE, ids=[f"{n}-{name}" for n, (name, _, _) in enumerate(TABLE)])
def test_a_policy_lets_in_whom_the_table_says_and_nobody_else(name: str, thing: Any, may: set[str]) -> None:
    policy = policy_of(name)
    assert {who for who, actor in ACTORS.items() if policy(actor, thing)} == may


def policies() -> Iterator[str]:
    """Every policy, in whichever package."""
    for file in (ROOT / "training").rglob("policy.py"):
        package = ".".join(file.parent.relative_to(ROOT / "training").parts)
        module = importlib.import_module(f"training.{package}.policy")
        asked = {"anyone", "signed_in", "has_begun", "has_a_home", "holds_a_link"}
        yield from (
            f"{package}.{name}"
            for name, policy in vars(module).items()
            if (name.startswith("may_") and policy.__module__ == module.__name__) or name in asked
        )


OF_THREE = {"accounts.organisations.may_give", "accounts.organisations.may_change", "labs.may_see_model"}
"""Policies that are asked with three values; each has a test of its own below."""


def test_the_table_leaves_no_policy_out() -> None:
    assert set(policies()) - {name for name, _, _ in TABLE} == OF_THREE


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (Role.TRAINEE, STAFF),
        (Role.INSTRUCTOR, HOSTS),
        (Role.HOST, {"administrator"}),
        (Role.ADMINISTRATOR, {"administrator"}),
    ],
)
def test_roles_of_somebody_are_changed_from_above(held: Role, may: set[str]) -> None:
    assert {who for who, actor in ACTORS.items() if may_change(actor, HERE, RANK[held])} == may


@pytest.mark.parametrize(("told", "may"), [(False, INSTRUCTORS), (True, ALL)])
def test_the_model_of_a_lab_is_seen_by_its_owner_and_by_others_once_it_is_told(*, told: bool, may: set[str]) -> None:
    may_see_model = policy_of("labs.may_see_model")
    assert {who for who, actor in ACTORS.items() if may_see_model(actor, ours, told=told)} == may  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.TRAINEE, HOSTS),
        (Role.INSTRUCTOR, HOSTS),
        (Role.HOST, {"administrator"}),
        (Role.ADMINISTRATOR, {"administrator"}),
    ],
)
def test_roles_are_given_from_above(role: Role, may: set[str]) -> None:
    assert {who for who, actor in ACTORS.items() if may_give(actor, HERE, role)} == may


@pytest.mark.parametrize("held", [Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR])
def test_who_holds_a_role_is_managed_from_above(held: Role) -> None:
    managed = Person(
        id=uuid4(),
        home_id=HERE,
        memberships=[Membership(organisation_id=HERE, role=role.value) for role in (Role.TRAINEE, held)],
    )
    above = {Role.INSTRUCTOR: HOSTS, Role.HOST: {"administrator"}, Role.ADMINISTRATOR: {"administrator"}}[held]
    may_manage, may_answer_for = policy_of("accounts.may_manage"), policy_of("personal.may_answer_for")
    assert {who for who, actor in ACTORS.items() if may_manage(actor, managed)} == above
    assert {who for who, actor in ACTORS.items() if may_answer_for(actor, managed)} == {"administrator"}
    managed.erased_at = "2026-11-25"  # type: ignore[assignment]  # any time will do
    assert not any(may_manage(actor, managed) or may_answer_for(actor, managed) for actor in ACTORS.values())


def works(*held: tuple[Any, Role]) -> Person:
    """A person of the first organisation who holds these roles."""
    return Person(
        id=uuid4(), home_id=HERE, memberships=[Membership(organisation_id=at, role=role.value) for at, role in held]
    )


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ([], {"administrator"}),
        ([(THERE, Role.TRAINEE)], {"host lent", "instructor lent"}),
        ([(THERE, Role.INSTRUCTOR)], {"instructor lent"}),
        ([(HERE, Role.TRAINEE), (THERE, Role.TRAINEE)], {"administrator", "host lent", "instructor lent"}),
        ([(HERE, Role.TRAINEE), (THERE, Role.INSTRUCTOR)], {"instructor lent"}),
        ([(HERE, Role.INSTRUCTOR), (THERE, Role.TRAINEE)], {"administrator", "host lent"}),
        ([(HERE, Role.INSTRUCTOR), (THERE, Role.INSTRUCTOR)], {"administrator"}),
        ([(HERE, Role.INSTRUCTOR), (THERE, Role.HOST)], set()),
        ([(HERE, Role.ADMINISTRATOR), (THERE, Role.ADMINISTRATOR)], {"administrator"}),
    ],
)
def test_who_works_in_two_places_is_managed_by_whom_both_leave_above(
    held: list[tuple[Any, Role]], may: set[str]
) -> None:
    may_manage = policy_of("accounts.may_manage")
    assert {who for who, actor in ACTORS.items() if may_manage(actor, works(*held))} == may


def test_only_an_administrator_of_their_own_place_answers_for_whom_nobody_gave_a_role() -> None:
    may_answer_for = policy_of("personal.may_answer_for")
    for asked in (stands_above, may_answer_for):
        assert {who for who, actor in ACTORS.items() if asked(actor, works())} == {"administrator"}


@pytest.mark.parametrize(
    ("held", "here", "there"),
    [
        ([], 0, 0),
        ([(HERE, Role.TRAINEE)], 1, 0),
        ([(HERE, Role.TRAINEE), (HERE, Role.HOST), (THERE, Role.INSTRUCTOR)], 3, 2),
        ([(HERE, Role.INSTRUCTOR), (THERE, Role.ADMINISTRATOR), (THERE, Role.TRAINEE)], 2, 4),
    ],
)
def test_the_highest_role_of_a_place_is_one_that_is_held_there(
    held: list[tuple[Any, Role]], here: int, there: int
) -> None:
    assert (highest(works(*held), HERE), highest(works(*held), THERE)) == (here, there)


def test_only_who_teaches_or_hosts_where_they_work_now_prepares_machines_without_a_limit() -> None:
    assert {who for who, actor in ACTORS.items() if is_staff(actor)} == STAFF | OTHERS
