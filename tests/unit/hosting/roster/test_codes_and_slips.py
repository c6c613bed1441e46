"""Join codes and paper slips: read in any way, good for whom and when they should be, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Failure, Person
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused, TooMany
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import JoinCode, SignInSlip
from training.hosting.roster.service import codes, joining, slips
from training.hosting.roster.service.codes import Terms
from training.hosting.roster.words import WORDS
from training.hosting.service import people as members
from training.hosting.service.record import Faulty
from training.store import Store

HERE = "192.0.2.7"


def make_code(
    store: Store, people: People, clock: Clock, key: UUID, before: UUID | None = None, **terms: object
) -> str:
    given = {"opens_at": clock(), "closes_at": clock() + timedelta(hours=8), "most": 5, "walk_ins": False, **terms}
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, key, with_for_update=True)
        return codes.make(session, instructor(people), teaching, Terms(**given), before, clock()).code  # type: ignore[arg-type]


def make_slip(store: Store, people: People, clock: Clock, key: UUID, who: str = "trainee", seed: str = "") -> str:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, key, with_for_update=True)
        start = seed or slips.seed()
        return slips.make(session, instructor(people), teaching, [people[who]], start, clock())[0].code


def standing(store: Store, key: UUID) -> JoinCode | None:
    with store.reading() as session:
        return codes.current(session, session.get_one(TeachingSession, key))


def test_words_are_many_short_and_never_taken_for_each_other() -> None:
    assert len(WORDS) >= 512
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)
    assert len({codes.key(word) for word in WORDS}) == len(WORDS)


@pytest.mark.parametrize(
    "typed",
    [
        "olive 4821",
        "OLIVE4821",
        " Olive-48 21 ",
        "0l1ve 4821",
        "oIive 482l",
        "olive ٤٨٢١",
        "ölive 4821",
        "olive\u00a04821\u200f",
    ],
)
def test_codes_are_read_as_they_are_heard(typed: str) -> None:
    assert codes.key(typed) == codes.key("olive 4821")
    assert codes.looks_like_one(typed)
    assert not codes.looks_like_one("olive")


def test_a_code_opens_and_closes_by_time(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    later = clock() + timedelta(hours=1)
    code = make_code(store, people, clock, teaching, opens_at=later, closes_at=later + timedelta(hours=1))
    for forward, good in ((0, False), (60, True), (59, True), (1, False)):
        clock.forward(minutes=forward)
        with store.reading() as session:
            assert (codes.find(session, code, clock()) is not None) == good


def test_a_code_is_replaced_with_one_press_and_the_second_who_presses_is_told(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    first = make_code(store, people, clock, teaching)
    seen = standing(store, teaching)
    assert seen
    second = make_code(store, people, clock, teaching, before=seen.id)
    with store.reading() as session:
        assert codes.find(session, first, clock()) is None
        assert codes.find(session, second, clock())
    with pytest.raises(Conflict, match="meanwhile"):
        make_code(store, people, clock, teaching, before=seen.id)


def test_terms_that_make_no_sense_are_refused_all_at_once(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with pytest.raises(Faulty) as bad:
        make_code(store, people, clock, teaching, closes_at=clock(), most=0)
    assert set(bad.value.fields) == {"closes_at", "most"}


def test_a_code_closes_by_count_however_many_come_at_once(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    code = make_code(store, people, clock, teaching, most=3, walk_ins=True)

    def come(n: int) -> bool:
        try:
            joining.walk_in(store, code, f"Guest {n}", "correct horse battery", clock())
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(come, range(6))) == 3
    found = standing(store, teaching)
    assert found
    assert found.used == 3


def test_someone_new_becomes_a_trainee_of_the_host_and_nothing_more(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    code = make_code(store, people, clock, teaching, walk_ins=True)
    token, where, login = joining.walk_in(store, code, "Awa  Diop", "correct horse battery", clock())
    assert (where, login) == (teaching, "awa.diop")
    assert token
    with store.reading() as session:
        person = accounts.by_login(session, login)
        assert [(held.organisation_id, held.role) for held in person.memberships] == [(people.home, "trainee")]
        member = session.get_one(SessionMember, (teaching, person.id))
        assert (member.role, member.joined_at) == ("trainee", clock())
    with pytest.raises(Refused, match="on the list"):
        joining.walk_in(store, code, "AWA DIOP", "correct horse battery", clock())


def test_a_code_for_people_of_the_session_makes_no_accounts(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    code = make_code(store, people, clock, teaching)
    with pytest.raises(Refused, match="people on the list"):
        joining.walk_in(store, code, "Awa Diop", "correct horse battery", clock())
    with store.reading() as session:
        assert session.scalars(select(Person).where(Person.name == "Awa Diop")).first() is None


@pytest.mark.parametrize(("password", "why"), [("short", "10 characters"), ("", "10 characters")])
def test_a_refused_newcomer_uses_nothing_up(
    password: str, why: str, store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    code = make_code(store, people, clock, teaching, walk_ins=True)
    with pytest.raises(Refused, match=why):
        joining.walk_in(store, code, "Awa Diop", password, clock())
    found = standing(store, teaching)
    assert found
    assert found.used == 0


def test_a_full_session_lets_nobody_in_and_uses_nothing_up(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with store.writing() as session:
        session.get_one(TeachingSession, teaching).seats = 1
    code = make_code(store, people, clock, teaching, walk_ins=True)
    with pytest.raises(Refused, match="seats"):
        joining.walk_in(store, code, "Awa Diop", "correct horse battery", clock())
    found = standing(store, teaching)
    assert found
    assert found.used == 0


def test_a_slip_signs_its_owner_in_once(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    code = make_slip(store, people, clock, teaching)
    assert len(code) == 12
    token, where, lacks = joining.use_slip(store, f" {slips.spelled(code).upper()} ", clock())
    assert (where, lacks) == (teaching, False)
    assert token
    with pytest.raises(NotThere):
        joining.use_slip(store, code, clock())
    with store.reading() as session:
        assert session.get_one(SessionMember, (teaching, people["trainee"])).joined_at == clock()


def test_of_two_who_use_a_slip_at_once_one_gets_in(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    code = make_slip(store, people, clock, teaching)

    def use(_n: int) -> bool:
        try:
            joining.use_slip(store, code, clock())
        except NotThere:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_a_lost_slip_is_dead_once_another_is_made(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    lost, found = make_slip(store, people, clock, teaching), make_slip(store, people, clock, teaching)
    with pytest.raises(NotThere):
        joining.use_slip(store, lost, clock())
    joining.use_slip(store, found, clock())


def test_the_same_form_makes_the_same_slips_and_never_revives_one(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    seed = slips.seed()
    code = make_slip(store, people, clock, teaching, seed=seed)
    assert make_slip(store, people, clock, teaching, seed=seed) == code
    joining.use_slip(store, code, clock())
    assert make_slip(store, people, clock, teaching, seed=seed) == ""
    with pytest.raises(NotThere):
        joining.use_slip(store, code, clock())
    with pytest.raises(Refused, match="lost its key"):
        make_slip(store, people, clock, teaching, seed="guess")


def test_codes_of_slips_are_nowhere_in_the_database(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    code = make_slip(store, people, clock, teaching)
    with store.reading() as session:
        slip = session.scalars(select(SignInSlip)).one()
        acts = [str(one.details) for one in session.scalars(select(Event))]
    assert slip.code_hash == slips.digest(code)
    assert not [one for one in acts if code in one]


def test_slips_end_with_the_session_the_account_and_time(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    code = make_slip(store, people, clock, teaching)
    with store.reading() as session:
        assert slips.find(session, code, clock())
        assert slips.find(session, code, clock() + timedelta(days=30)) is None
    with store.writing() as session:
        session.get_one(TeachingSession, teaching).opened_at = clock()
        session.get_one(TeachingSession, teaching).closed_at = clock()
    with store.writing() as session:
        assert slips.find(session, code, clock()) is None
        session.get_one(TeachingSession, teaching).closed_at = None
        session.get_one(Person, people["trainee"]).disabled_at = clock()
    with store.writing() as session:
        assert slips.find(session, code, clock()) is None
        session.get_one(Person, people["trainee"]).disabled_at = None
        members.withdraw(
            session, instructor(people), session.get_one(TeachingSession, teaching), people["trainee"], clock()
        )
    with store.reading() as session:
        assert slips.find(session, code, clock()) is None


def test_nobody_makes_slips_for_accounts_out_of_reach(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    """Whoever makes one can act as its owner: not for one's equals, nor for a trainee who is a host elsewhere."""
    with pytest.raises(Refused, match="nobody to make a slip for"):
        make_slip(store, people, clock, teaching, who="instructor")
    with store.writing() as session:
        person = accounts.find(session, people["trainee"])
        assert person
        accounts.give_role(session, person, people.elsewhere, Role.HOST, actor=None, now=clock())
    with pytest.raises(Refused, match="nobody to make a slip for"):
        make_slip(store, people, clock, teaching)
    with store.reading() as session:
        held = session.get_one(TeachingSession, teaching)
        assert slips.reachable(session, somebody(people, "host", Role.HOST), held, clock()) == {people["instructor"]}


def test_guessing_is_slowed_down_for_each_address(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    code = make_code(store, people, clock, teaching)
    slip = make_slip(store, people, clock, teaching)
    for n in range(joining.FREE):
        with pytest.raises(NotThere):
            joining.find(store, f"olive {n:04}", HERE, clock())
    with pytest.raises(TooMany, match="2 seconds"):
        joining.find(store, code, HERE, clock())
    assert joining.find(store, slip, HERE, clock()).slip, "nobody guesses a slip"
    assert joining.find(store, code, "192.0.2.8", clock()).code
    clock.forward(seconds=2)
    assert joining.find(store, code, HERE, clock()).code
    with store.reading() as session:
        assert len(session.scalars(select(Failure)).all()) == joining.FREE


def test_a_thousand_guesses_at_once_are_not_looked_at(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    make_code(store, people, clock, teaching)

    def guess(n: int) -> type[Exception]:
        try:
            joining.find(store, f"olive {n:04}", HERE, clock())
        except (NotThere, TooMany) as bad:
            return type(bad)
        raise AssertionError(n)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(joining.FREE + 200)))
    assert told.count(NotThere) == joining.FREE


def test_a_code_is_good_from_its_opening_until_its_end_and_a_year_at_most(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    opens, closes = clock() + timedelta(hours=1), clock() + timedelta(hours=2)
    code = make_code(store, people, clock, teaching, opens_at=opens, closes_at=closes, most=codes.MOST)
    second = timedelta(seconds=1)
    with store.reading() as session:
        found = [codes.find(session, code, at) is not None for at in (opens - second, opens, closes - second, closes)]
    assert found == [False, True, True, False]
    seen = standing(store, teaching)
    assert seen
    year = clock() + timedelta(days=366)
    for wrong in ({"closes_at": year + second}, {"most": codes.MOST + 1}, {"most": 0}):
        with pytest.raises(Faulty):
            make_code(store, people, clock, teaching, before=seen.id, **wrong)
    make_code(store, people, clock, teaching, before=seen.id, closes_at=year)


def test_a_slip_is_good_until_its_last_moment_and_for_a_day_at_least(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with store.writing() as session:
        session.get_one(TeachingSession, teaching).starts_on -= timedelta(days=30)
    code = make_slip(store, people, clock, teaching)
    with store.reading() as session:
        until = session.scalars(select(SignInSlip.expires_at)).one()
        assert until == clock() + slips.SHORTEST
        assert slips.find(session, code, until - timedelta(seconds=1)) is not None
        assert slips.find(session, code, until) is None


def test_codes_and_slips_of_one_session_and_person_leave_those_of_others_alone(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with store.writing() as session:
        beside = make_teaching(session, people, clock(), trainees=("trainee", "colleague")).id
    first = make_code(store, people, clock, beside)
    slip = make_slip(store, people, clock, beside, who="colleague")
    assert standing(store, teaching) is None
    second = make_code(store, people, clock, teaching)
    make_slip(store, people, clock, beside)
    with store.writing() as session:
        codes.close(session, instructor(people), session.get_one(TeachingSession, teaching), clock())
    with store.reading() as session:
        assert codes.find(session, second, clock()) is None
        found = codes.find(session, first, clock())
        assert found is not None
        assert found.session_id == beside
        assert slips.find(session, slip, clock()) is not None
        held = session.get_one(TeachingSession, teaching)
        assert slips.standing(session, held, clock()) == set()
