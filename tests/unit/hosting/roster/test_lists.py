"""Lists against a session: what they would do, applying them once, and nobody ever lost."""
# ruff: noqa: RUF001

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.callers import from_
from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.errors import Conflict, NotThere, Refused
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import RosterImport, RosterNote
from training.hosting.roster.reading.table import Choices
from training.hosting.roster.service import export, imports
from training.hosting.roster.service.compare import Difference, Entry, difference
from training.hosting.roster.service.logins import login_of
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.labs.service import circles
from training.store import Store

CLASS = "Number,Name,Seat,Group,Extra time,Language\n00101,Awa Diop,02,Unit 3,25,fr\n00102,محمد الأمين,03,,,ar\n"


class Desk:
    """A host with a session, who sends lists."""

    def __init__(self, store: Store, people: People, clock: Clock, teaching: UUID) -> None:
        self.store, self.people, self.clock, self.teaching = store, people, clock, teaching
        self.actor: Actor = instructor(people)

    def send(self, text: str | bytes, name: str = "class.csv") -> UUID:
        data = text if isinstance(text, bytes) else text.encode()
        with self.store.writing() as session:
            return imports.keep(session, self.actor, self._of(session), data, name, self.clock()).id

    def see(self, key: UUID) -> Difference:
        with self.store.reading() as session:
            teaching = self._of(session)
            table = imports.table_of(imports.get(session, teaching, key))
            return difference(session, self.actor, teaching, table)

    def apply(self, key: UUID, mark: str | None = None) -> dict[str, int]:
        mark = self.see(key).mark if mark is None else mark
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.teaching, with_for_update=True)
            return imports.apply(session, self.actor, teaching, key, mark, self.clock())

    def take(self, text: str | bytes) -> dict[str, int]:
        return self.apply(self.send(text))

    def seen(self, text: str | bytes) -> Difference:
        return self.see(self.send(text))

    def listed(self) -> dict[str, SessionMember]:
        with self.store.reading() as session:
            return {one.name: one.member for one in members.of(session, self._of(session), withdrawn=True)}

    def login(self, name: str) -> str:
        with self.store.reading() as session:
            return session.scalars(select(Person.login).where(Person.name == name)).one()

    def exported(self) -> str:
        with self.store.reading() as session:
            return export.as_csv(session, self._of(session))

    def _of(self, session: object) -> TeachingSession:
        return session.get_one(TeachingSession, self.teaching)  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def desk(store: Store, people: People, clock: Clock, teaching: UUID) -> Desk:
    return Desk(store, people, clock, teaching)


def kinds(found: Difference) -> list[str]:
    return [one.kind for one in found.entries]


def told(one: Entry) -> str:
    return " ".join(f"{wrong.column}: {wrong.told}" for wrong in one.mistakes)


def test_a_dry_run_changes_nothing_and_applying_does_what_it_showed(desk: Desk) -> None:
    key = desk.send(CLASS)
    before = desk.listed()
    found = desk.see(key)
    assert kinds(found) == ["added", "added"]
    assert [one.login for one in found.entries] == ["awa.diop", "t00102"]
    assert [name for name, _ in found.kept] == ["Instructor", "Trainee"]
    assert desk.listed().keys() == before.keys()
    assert desk.apply(key) == {"added": 2, "changed": 0, "unchanged": 0, "refused": 0, "kept": 2}
    awa = desk.listed()["Awa Diop"]
    assert (awa.seat, awa.number, awa.extra_percent, awa.role) == ("02", "00101", 25, "trainee")
    assert desk.listed()["محمد الأمين"].seat == "03"
    with desk.store.reading() as session:
        assert session.scalars(select(RosterNote.note)).all() == ["Unit 3"]
        assert session.scalars(select(Person.language).where(Person.name == "Awa Diop")).one() == "fr"


def test_applying_twice_is_applying_once_and_forgets_the_bytes(desk: Desk) -> None:
    key = desk.send(CLASS)
    mark = desk.see(key).mark
    assert desk.apply(key, mark) == desk.apply(key, mark) == desk.apply(key, "anything")
    assert len(desk.listed()) == 4
    with desk.store.reading() as session:
        row = session.get_one(RosterImport, key)
        assert (row.source, len(row.digest)) == (None, 64)


def test_the_export_sent_back_changes_nothing(desk: Desk) -> None:
    desk.take(CLASS + '00103,"Diop, Mariama",04,,,\n00104,\'-Ali,05,"=1+1 unit",,\n'.replace('"=1+1 unit"', "'=1+1"))
    with desk.store.writing() as session:
        accounts.rename(session, desk.people["trainee"], "Family, Given", now=desk.clock())
    table = desk.exported()
    assert table.startswith("\ufeffNumber,Name")
    assert "'-Ali" in table
    assert "'=1+1" in table
    for data in (
        table.encode(),
        table.encode("utf-16"),
        table.replace(",", ";").replace("Family; Given", "Family, Given"),
    ):
        found = desk.seen(data)
        assert [told(one) for one in found.entries if one.mistakes] == []
        assert found.counts == {"added": 0, "changed": 0, "unchanged": 6, "refused": 0, "kept": 0}


def test_nobody_who_is_not_in_the_list_is_touched(desk: Desk) -> None:
    desk.take(CLASS)
    found = desk.seen("Number,Name\n00102,محمد الأمين\n")
    assert kinds(found) == ["unchanged"]
    assert {name for name, _ in found.kept} == {"Instructor", "Trainee", "Awa Diop"}
    desk.take("Number,Name,Seat\n00102,محمد الأمين,09\n")
    assert all(one.active for one in desk.listed().values())


def test_what_changes_is_shown_old_and_new(desk: Desk) -> None:
    desk.take(CLASS)
    found = desk.seen("Number,Name,Seat,Extra time,Group\n00101,Awa Diop-Sall,08,50,-\n")
    assert [(one.field, one.before, one.after) for one in found.entries[0].changes] == [
        ("name", "Awa Diop", "Awa Diop-Sall"),
        ("seat", "02", "08"),
        ("extra", "25", "50"),
        ("note", "Unit 3", ""),
    ]
    desk.take("Number,Name,Seat,Extra time,Group\n00101,Awa Diop-Sall,08,50,-\n")
    assert desk.listed()["Awa Diop-Sall"].seat == "08"
    with desk.store.reading() as session:
        assert session.scalars(select(RosterNote)).all() == []


def test_the_number_counts_before_the_sign_in_name_and_names_never(desk: Desk) -> None:
    desk.take(CLASS)
    assert kinds(desk.seen("Number,Name\n٠٠١٠١,AWA\n")) == ["changed"]
    found = desk.seen("Number,Name,Login\n00101,Awa Diop,trainee\n")
    assert "the number is that of another account, awa.diop" in told(found.entries[0]).lower()
    found = desk.seen("Number,Name,Login\n999,Awa Diop,awa.diop\n")
    assert "has the number 00101" in told(found.entries[0])
    found = desk.seen("Name\nawa diop\n")
    assert "Somebody of this name is in the session, as awa.diop" in told(found.entries[0])
    found = desk.seen("Number,Name\n00999,Awa Diop\n")
    assert kinds(found) == ["added"]
    assert "means another" in found.entries[0].doubts[0].told
    assert found.entries[0].login == "awa.diop2"


def test_a_number_of_an_earlier_session_brings_the_same_account(desk: Desk) -> None:
    desk.take(CLASS)
    with desk.store.writing() as session:
        desk.teaching = make_teaching(session, desk.people, desk.clock(), trainees=()).id
    found = desk.seen("Number,Name\n00101,Awa Diop\n")
    assert (kinds(found), found.entries[0].login) == (["added"], "awa.diop")
    assert found.entries[0].person


def test_e_mail_addresses_are_sign_in_names_of_those_who_have_no_other(desk: Desk) -> None:
    text = "Name,E-mail\nAwa Diop,Awa@Example.org\n"
    assert desk.take(text)["added"] == 1
    assert desk.login("Awa Diop") == "Awa@Example.org"
    assert kinds(desk.seen(text.lower())) == ["changed"]  # the case of a name is a change, that of an address is none


def test_sign_in_names_that_look_like_others_are_doubtful_and_taken_only_on_purpose(desk: Desk) -> None:
    desk.take("Login,Name\nanna,Anna Petrova\n\u043e\u043b\u0435\u0433,Oleg Orlov\n")
    found = desk.seen(
        "Login,Name\n\u0430nna,Another One\n\u0440\u043e\u0441\u0430,Third Other\npoca,Fourth Other\n"
        "\u0438\u0432\u0430\u043d,Fifth Other\nanna2,Sixth Other\nanna,Anna Petrova\n"
    )
    assert kinds(found) == ["added", "added", "added", "added", "added", "unchanged"]
    said = [[one.told for one in each.doubts] for each in found.entries]
    assert said[0] == [
        "\u0430nna looks like the sign-in name anna, which is that of another account. Whose is it?",
        "It mixes letters of several scripts that look alike: Latin, Cyrillic. Type it anew.",
    ]
    assert said[2] == ["poca looks like a sign-in name in row 3, and is another."]
    assert said[1] == said[3] == said[4] == said[5] == []
    assert found.doubtful


def test_the_same_person_twice_is_told_by_row(desk: Desk) -> None:
    found = desk.seen("Name,Login\nAwa,awa.d\nLi,li\nAWA,AWA.D\n")
    assert kinds(found) == ["added", "added", "refused"]
    assert "row 2" in told(found.entries[2])
    found = desk.seen("Name\nDiop Awa\ndiop awa\n")
    assert kinds(found) == ["added", "refused"]
    assert "nothing tells the two apart" in told(found.entries[1])


def test_of_two_rows_with_one_sign_in_name_the_name_is_blamed_and_not_the_number(desk: Desk) -> None:
    found = desk.seen("Number,Name,Sign-in name\n1001,Awa,awa.d\n1002,Li,awa.d\n1001,Ben,ben\n")
    assert kinds(found) == ["added", "refused", "refused"]
    blamed = [(one.column, one.cell) for entry in found.entries[1:] for one in entry.mistakes]
    assert blamed == [("Sign-in name", "awa.d"), ("Number", "1001")]


def test_composed_and_decomposed_names_are_the_same(desk: Desk) -> None:
    desk.take("Number,Name\n1,Zoe\u0308 Noe\u0308l\n")
    assert kinds(desk.seen("Number,Name\n1,Zoë Noël\n")) == ["unchanged"]


def test_accounts_elsewhere_and_disabled_ones_are_refused(desk: Desk) -> None:
    found = desk.seen("Name,Login\nStranger,stranger\n")
    assert "not of your organisation" in told(found.entries[0])
    with desk.store.writing() as session:
        person = accounts.find(session, desk.people["colleague"])
        assert person
        accounts.disable(session, person, actor=None, now=desk.clock())
    assert "disabled" in told(desk.seen("Name,Login\nColleague,colleague\n").entries[0])


def test_a_list_never_gives_anybody_a_role_that_staff_gives(desk: Desk) -> None:
    text = "Name,Login,Role\nColleague,colleague,instructor\nNew Teacher,teach,instructor\n"
    found = desk.seen(text)
    assert kinds(found) == ["refused", "refused"]
    desk.actor = somebody(desk.people, "host", Role.HOST)
    assert kinds(desk.seen(text)) == ["refused", "added"]
    assert desk.take(text)["added"] == 1
    with desk.store.reading() as session:
        person = accounts.by_login(session, "teach")
        assert [held.role for held in person.memberships] == ["instructor"]


def test_names_of_accounts_out_of_reach_are_left(desk: Desk) -> None:
    found = desk.seen("Name,Login,Role\nSomebody Else,instructor,lead\n")
    assert kinds(found) == ["unchanged"]
    assert "can't change that account" in found.entries[0].doubts[0].told


def test_seats_can_be_exchanged_and_taken_ones_are_refused(desk: Desk) -> None:
    desk.take(CLASS)
    assert desk.take("Number,Name,Seat\n00101,Awa Diop,03\n00102,محمد الأمين,02\n")["changed"] == 2
    assert (desk.listed()["Awa Diop"].seat, desk.listed()["محمد الأمين"].seat) == ("03", "02")
    found = desk.seen("Number,Name,Seat\n00101,Awa Diop,01\n9,New,07\n10,Newer,07\n11,Third,2\n")
    assert kinds(found) == ["refused", "added", "refused", "added"]
    assert "Seat 01 is that of Trainee" in told(found.entries[0])
    assert "Seat 07 is that of New" in told(found.entries[2])
    assert "calls it 02" in found.entries[3].doubts[0].told


def test_a_row_that_is_refused_keeps_its_seat_from_the_others(desk: Desk) -> None:
    desk.take(CLASS)
    found = desk.seen("Number,Name,Seat\n00101,Awa Diop,01\n00102,محمد الأمين,02\n")
    assert kinds(found) == ["refused", "refused"]


def test_a_list_that_does_not_fit_the_room_is_refused_as_a_whole(desk: Desk) -> None:
    key = desk.send("Name\n" + "".join(f"Person {n}x\n" for n in range(40)))
    assert "30 seats" in desk.see(key).blocked
    with pytest.raises(Refused, match="Give it more seats"):
        desk.apply(key)
    assert len(desk.listed()) == 2
    with pytest.raises(Refused, match="1,000 rows"):
        desk.send("Name\n" + "".join(f"Person {n}x\n" for n in range(5000)))


def test_a_session_that_changed_meanwhile_is_shown_again(desk: Desk) -> None:
    key = desk.send(CLASS)
    mark = desk.see(key).mark
    with desk.store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.teaching)
        place = Place(seat="02")
        members.add(session, desk.actor, teaching, desk.people["colleague"], place, desk.clock())
    with pytest.raises(Conflict, match="changed since"):
        desk.apply(key, mark)
    assert kinds(desk.see(key)) == ["refused", "added"]
    assert desk.apply(key)["added"] == 1


def test_choices_that_changed_meanwhile_are_seen_too(desk: Desk) -> None:
    key = desk.send("00101;Awa;x\n00102;Li;y\n")
    with desk.store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.teaching)
        imports.choose(session, teaching, key, Choices(columns={0: "number", 1: "name"}))
    mark = desk.see(key).mark
    with desk.store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.teaching)
        imports.choose(session, teaching, key, Choices(columns={0: "number", 2: "name"}))
    with pytest.raises(Conflict):
        desk.apply(key, mark)
    assert [one.name for one in desk.see(key).entries] == ["x", "y"]


def test_two_hosts_who_apply_at_once_apply_once(desk: Desk) -> None:
    key = desk.send(CLASS)
    mark = desk.see(key).mark
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: desk.apply(key, mark), range(8)))
    assert done == [done[0]] * 8
    with desk.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person).where(Person.name == "Awa Diop")) == 1


def test_two_hosts_with_two_lists_make_no_account_twice(desk: Desk) -> None:
    keys = [desk.send(CLASS), desk.send(CLASS)]
    marks = [desk.see(key).mark for key in keys]

    def act(at: int) -> str:
        try:
            return str(desk.apply(keys[at], marks[at])["added"])
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, range(2))) == ["2", "conflict"]
    assert kinds(desk.see(keys[0]) if desk_open(desk, keys[0]) else desk.see(keys[1])) == ["unchanged", "unchanged"]


def desk_open(desk: Desk, key: UUID) -> bool:
    with desk.store.reading() as session:
        return session.get_one(RosterImport, key).source is not None


def test_whoever_was_taken_out_comes_back_by_the_list(desk: Desk) -> None:
    desk.take(CLASS)
    with desk.store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.teaching)
        awa = desk.listed()["Awa Diop"].person_id
        members.withdraw(session, desk.actor, teaching, awa, desk.clock())
    assert kinds(desk.seen(CLASS)) == ["added", "unchanged"]
    desk.take(CLASS)
    assert desk.listed()["Awa Diop"].person_id == awa
    assert desk.listed()["Awa Diop"].active


def test_a_closed_session_takes_no_list(desk: Desk) -> None:
    key = desk.send(CLASS)
    mark = desk.see(key).mark
    with desk.store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.teaching)
        teaching.opened_at = teaching.closed_at = desk.clock()
    with pytest.raises(Conflict, match="closed"):
        desk.apply(key, mark)
    with pytest.raises(Conflict, match="closed"):
        desk.send(CLASS)


def test_a_list_of_another_session_is_not_there(desk: Desk) -> None:
    key = desk.send(CLASS)
    with desk.store.writing() as session:
        beside = make_teaching(session, desk.people, desk.clock(), trainees=())
        assert imports.of(session, beside) == []
        desk.teaching = beside.id
    with pytest.raises(NotThere):
        desk.see(key)


def test_accounts_of_a_list_can_not_be_signed_in_to_by_any_password(desk: Desk) -> None:
    desk.take(CLASS)
    for password in ("", "awa.diop", "password12", "a long password of tests"):
        with pytest.raises(Refused):
            accounts.sign_in(desk.store, "awa.diop", password, caller=from_("192.0.2.1"), now=desk.clock())


def test_more_time_reaches_an_examination_that_has_begun(desk: Desk, opened: UUID) -> None:
    desk.teaching = opened
    desk.take("Name,Login,Extra time\nTrainee,trainee,25\n")
    with desk.store.reading() as session:
        assert circles.of(session, opened)
    assert desk.listed()["Trainee"].extra_percent == 25


def test_bytes_of_lists_that_nobody_applied_are_forgotten(desk: Desk) -> None:
    key = desk.send(CLASS)
    desk.clock.forward(days=15)
    desk.send("Name\nLi\n")
    with pytest.raises(Conflict, match="too old"):
        desk.see(key)


@pytest.mark.parametrize(
    ("name", "number", "made"),
    [
        ("Awa Diop", "", "awa.diop"),
        ("José María Nuñez-Ødegård", "7", "jose.maria.nunez.odegard"),
        ("Straße", "", "strasse"),
        ("O'Brien", "", "obrien"),
        ("محمد", "٠٠١٢٣", "t00123"),
        ("محمد", "", "t1"),
        ("Иванов", "A-7", "t1"),
        ("Li", "", "li"),
        ("X", "9", "t9"),
        ("Sukarno", "", "sukarno"),
    ],
)
def test_sign_in_names_can_be_typed_on_any_keyboard(name: str, number: str, made: str) -> None:
    assert login_of(name, number, lambda _: False) == made
    assert login_of(name, number, lambda login: login == made) != made


def test_five_hundred_people_are_applied_while_others_wait_only_briefly(desk: Desk) -> None:
    with desk.store.writing() as session:
        session.get_one(TeachingSession, desk.teaching).seats = 500
    rows = [f"{n:05},Person {n * 7919 % 10**6} {n},{n + 2:03}" for n in range(498)]
    begun = time.process_time()
    assert desk.take("Number,Name,Seat\n" + "\n".join(rows))["added"] == 498
    assert time.process_time() - begun < 30
