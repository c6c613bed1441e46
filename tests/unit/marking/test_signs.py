"""Cases: what is listed, who decides, what is kept, what the person concerned may read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.conftest import People
from tests.unit.labs.conftest import PACK, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.unit.marking.test_items import again
from training.audit.models import Event
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.grading.signs import Kind, Sign
from training.labs.models import Attempt
from training.marking.models.signs import SignAttempt, SignCase, State
from training.marking.service import pool, signs, sittings
from training.marking.service.signs import Decided, Entry
from training.marking.service.sittings import Sitting, _before
from training.personal.models import Erasing
from training.store import new_id

OF = Callable[[str], Desk]
NOTE = "We spoke: they read the listing together."


@dataclass
class Office:
    """An instructor who looks at signs of the home organisation."""

    desk: Desk
    people: People

    def entries(self, reader: str = "instructor") -> tuple[Entry, ...]:
        with self.desk.rooms.store.reading() as session:
            instance, now = self.desk.rooms.settings.instance, self.desk.rooms.clock()
            seen = signs.seen(session, instance, self._release(session), self.people.home, self.people[reader], now)
        return seen[0].entries

    def left_out(self) -> int:
        with self.desk.rooms.store.reading() as session:
            instance, release = self.desk.rooms.settings.instance, self._release(session)
            return sittings.of_release(session, instance, release, self.people.home, self.standing(session))[0].left_out

    def standing(self, session: Session) -> set[UUID]:
        return set(session.scalars(select(SignAttempt.attempt_id)))

    def found(self, key: str, reader: str = "instructor") -> tuple[tuple[Release, UUID], tuple[Sitting, Entry]]:
        """An entry with its place, as a view works it out before it writes."""
        with self.desk.rooms.store.reading() as session:
            place, now = (self._release(session), self.people.home), self.desk.rooms.clock()
            instance = self.desk.rooms.settings.instance
            return place, signs.entry(session, instance, place, key, self.people[reader], now)

    def decide(
        self, key: str, state: State, note: str = NOTE, mark: str | None = None, by: str = "instructor"
    ) -> SignCase:
        place, found = self.found(key)
        mark = found[1].mark if mark is None else mark
        with self.desk.rooms.store.writing() as session:
            now = self.desk.rooms.clock()
            return signs.decide(session, place, found, (state, note, mark), self.people[by], now)

    def told(self, desk: Desk) -> list[Decided]:
        with self.desk.rooms.store.reading() as session:
            return signs.decided_for(session, session.get_one(Attempt, desk.attempt_id), self.desk.rooms.clock())

    def _release(self, session: Session) -> Release:
        return session.get_one(Release, session.get_one(Attempt, self.desk.attempt_id).release_id)


@pytest.fixture
def office(desk: Desk, people: People) -> Office:
    """A trainee has answered at once, and asked no plugin before."""
    desk.submit("q1", answer(desk, "q1"))
    return Office(desk, people)


def test_right_at_once_and_without_any_run_is_listed(office: Office) -> None:
    (found,) = office.entries()
    assert [one.kind for one in found.signs] == [Kind.NO_RUN, Kind.FAST]
    assert found.people == (office.people["trainee"],)
    assert found.state is None
    with office.desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignCase)) == 0, "looking writes nothing"


def test_whoever_asked_a_plugin_before_is_not(desk: Desk, people: People) -> None:
    cited = prove(desk, "q1")
    desk.submit("q1", answer(desk, "q1"), cited)
    assert Office(desk, people).entries() == ()


def test_a_plugin_that_was_asked_afterwards_does_not_count(office: Office) -> None:
    office.desk.rooms.clock.forward(minutes=5)  # type: ignore[attr-defined]
    prove(office.desk, "q1")
    assert [one.kind for one in office.entries()[0].signs] == [Kind.NO_RUN, Kind.FAST]


def test_a_later_attempt_on_the_same_exhibit_shows_what_was_learnt(desk: Desk, people: People) -> None:
    from training.labs.service import attempts  # noqa: PLC0415

    instance, clock = desk.rooms.settings.instance, desk.rooms.clock
    with desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, desk.attempt_id), clock())
    clock.forward(days=1)  # type: ignore[attr-defined]
    with desk.rooms.store.writing() as session:
        desk.attempt_id = attempts.begin(session, instance, desk.actor, desk.lab.id, clock()).id
    desk.submit("q1", answer(desk, "q1"))
    assert Office(desk, people).entries() == ()


def test_attempts_of_another_organisation_are_not_looked_at(office: Office, desk_of: OF) -> None:
    stranger = desk_of("stranger")
    stranger.submit("q1", answer(stranger, "q1"))
    assert [one.people for one in office.entries()] == [(office.people["trainee"],)]


def test_of_many_people_those_are_looked_at_who_began_last_and_those_of_cases(
    office: Office, desk_of: OF, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.desk.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    later = desk_of("colleague")
    later.submit("q1", answer(later, "q1"))
    early, late = (office.people["trainee"],), (office.people["colleague"],)
    assert {one.people for one in office.entries()} == {early, late}
    monkeypatch.setattr(pool, "MOST_PEOPLE", 1)
    assert [one.people for one in office.entries()] == [late]
    assert office.left_out() == 1
    monkeypatch.undo()
    office.decide(signs.key_of([office.desk.attempt_id]), State.OPEN)
    monkeypatch.setattr(pool, "MOST_PEOPLE", 1)
    assert {one.people for one in office.entries()} == {early, late}, "an open case stays in reach"
    assert office.left_out() == 0


def with_another_exhibit(folder: Path) -> None:
    """Seal the lab for an exhibit on which another process is the answer to question 1."""
    keys = json.loads((folder / "keys" / f"{PACK.name}.json").read_text("utf-8"))
    key = keys["sealed"]["keys"]["q1"]
    keys["exhibit"], key["answer"], key["mistakes"] = "0" * 64, 64_211, [[] for _ in key["mistakes"]]
    (folder / "keys" / "finance-workstation-b.json").write_text(json.dumps(keys), "utf-8")


def test_the_answer_of_another_exhibit(desk_of: OF, people: People, tmp_path: Path) -> None:
    listed = ("exhibits: [finance-workstation-a]", "exhibits: [finance-workstation-a, finance-workstation-b]")
    again(desk_of("trainee"), tmp_path, listed, with_another_exhibit)
    desk = desk_of("colleague")
    office, clock = Office(desk, people), desk.rooms.clock
    for typed in ("64211", "7", " 0xFAD3 "):
        clock.forward(minutes=9)  # type: ignore[attr-defined]
        desk.submit("q1", typed)
        assert office.entries() == (), "one value is one sign, however often and however it is written"
    clock.forward(minutes=9)  # type: ignore[attr-defined]
    desk.submit("q2", answer(desk, "q2"))
    (found,) = office.entries()
    assert [(one.kind, one.question, one.number) for one in found.signs] == [
        (Kind.FOREIGN, "q1", 1),
        (Kind.FOREIGN, "q1", 3),
        (Kind.NO_RUN, "q2", 1),
    ]
    assert {one.value for one in found.signs[:2]} == {"64211"}


def test_open_then_explain(office: Office) -> None:
    (found,) = office.entries()
    office.decide(found.key, State.OPEN, "")
    (opened,) = office.entries()
    assert opened.state is State.OPEN
    assert office.told(office.desk) == [], "an open case is not told"
    office.decide(found.key, State.EXPLAINED)
    (decided,) = office.entries()
    assert decided.state is State.EXPLAINED
    assert decided.signs == found.signs
    (told,) = office.told(office.desk)
    assert (told.state, told.note) == (State.EXPLAINED, NOTE)
    assert [one.kind for one in told.signs] == [Kind.NO_RUN, Kind.FAST]
    with office.desk.rooms.store.reading() as session:
        events = session.scalars(select(Event).where(Event.act.like("signs.%")).order_by(Event.seq)).all()
    assert [one.act for one in events] == ["signs.opened", "signs.decided"]
    assert all(NOTE not in str(one.details) for one in events), "no personal data in the chain"


@pytest.mark.parametrize("note", ["", "  short  ", "x" * 2_001])
def test_a_decision_needs_a_note(office: Office, note: str) -> None:
    (found,) = office.entries()
    with pytest.raises(Refused) as refused:
        office.decide(found.key, State.DISMISSED, note)
    assert refused.value.field == "note"
    assert office.entries()[0].state is None


def test_the_same_decision_again_changes_nothing(office: Office) -> None:
    (found,) = office.entries()
    first = office.decide(found.key, State.UPHELD, mark="")
    office.desk.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    second = office.decide(found.key, State.UPHELD, mark="")
    assert (first.id, first.decided_at) == (second.id, second.decided_at)


def test_nothing_is_decided_over_a_decision_that_the_page_did_not_show(office: Office) -> None:
    (found,) = office.entries()
    office.decide(found.key, State.EXPLAINED)
    with pytest.raises(Conflict):
        office.decide(found.key, State.UPHELD, "Another thinks otherwise.", mark=found.mark, by="host")
    assert office.entries()[0].state is State.EXPLAINED
    office.decide(found.key, State.UPHELD, "Looked at it again.")
    assert office.entries()[0].state is State.UPHELD


@pytest.mark.parametrize("opened", [False, True])
def test_what_was_decided_while_signs_were_worked_out_is_not_written_over(office: Office, opened: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (listed,) = office.entries()
    if opened:
        office.decide(listed.key, State.OPEN, "")
    place, found = office.found(listed.key)
    office.decide(listed.key, State.EXPLAINED, by="host")
    with office.desk.rooms.store.writing() as session, pytest.raises(Conflict):
        decision = (State.UPHELD, "Another thinks otherwise.", found[1].mark)
        signs.decide(session, place, found, decision, office.people["instructor"], office.desk.rooms.clock())
    assert office.entries()[0].state is State.EXPLAINED


def test_whoever_an_entry_is_about_neither_finds_nor_opens_it(office: Office) -> None:
    (listed,) = office.entries()
    assert office.entries(reader="trainee") == ()
    with pytest.raises(NotThere):
        office.found(listed.key, reader="trainee")
    office.decide(listed.key, State.UPHELD)
    assert office.entries(reader="trainee") == (), "decided or not"


def test_nobody_decides_about_the_own_work(office: Office) -> None:
    (found,) = office.entries()
    with pytest.raises(Refused, match="own work"):
        office.decide(found.key, State.DISMISSED, by="trainee")


def test_a_decision_lapses_and_the_signs_are_not_listed_anew(office: Office) -> None:
    (found,) = office.entries()
    office.decide(found.key, State.EXPLAINED)
    clock = office.desk.rooms.clock
    clock.now += signs.EXPIRES  # type: ignore[attr-defined]
    assert len(office.entries()) == len(office.told(office.desk)) == 1
    clock.now += timedelta(seconds=1)  # type: ignore[attr-defined]
    assert office.entries() == ()
    assert office.told(office.desk) == []
    with pytest.raises(NotThere):
        office.decide(found.key, State.UPHELD)


def test_an_open_case_does_not_lapse(office: Office) -> None:
    (found,) = office.entries()
    office.decide(found.key, State.OPEN, "")
    office.desk.rooms.clock.forward(days=400)  # type: ignore[attr-defined]
    assert office.entries()[0].state is State.OPEN


def test_a_case_stays_when_its_signs_are_gone(office: Office) -> None:
    from training.labs.models import Finding, Judgement  # noqa: PLC0415

    (found,) = office.entries()
    office.decide(found.key, State.UPHELD)
    with office.desk.rooms.store.writing() as session:
        finding = session.scalars(select(Finding)).one()
        verdict = {**finding.verdict, "credit": 0.0, "correctness": 0.0}
        given = {"verdict": verdict, "judged": True, "credit": 0.0, "reason": "the key was wrong"}
        session.add(Judgement(finding_id=finding.id, seq=1, origin="override", at=office.desk.rooms.clock(), **given))
    (kept,) = office.entries()
    assert kept.signs == found.signs, "as they were when it was decided"


def test_the_other_person_of_a_pair_is_not_told(office: Office, desk_of: OF) -> None:
    colleague = desk_of("colleague")
    mine, theirs = str(office.desk.attempt_id), str(colleague.attempt_id)
    pair = [
        Sign(Kind.NEAR, theirs, "q1", 1, "4711", other=mine, seconds=20.0),
        Sign(Kind.RARE, theirs, "q2", 2, "/bin/odd", other=mine, seconds=20.0),
        Sign(Kind.NO_RUN, theirs, "q1", 1, "4711"),
    ]
    (found,) = office.entries()
    case = office.decide(found.key, State.UPHELD)
    with office.desk.rooms.store.writing() as session:
        session.get_one(SignCase, case.id).signs = signs.as_json(pair)
    assert office.told(colleague) == [], "nothing was decided about that attempt"
    (told,) = office.told(office.desk)
    assert [(one.kind, one.number, one.value) for one in told.signs] == [(Kind.NEAR, 0, ""), (Kind.RARE, 0, "/bin/odd")]
    assert theirs not in str(told)


def test_an_answer_that_was_erased_is_no_sign(office: Office) -> None:
    from training.labs.models import Finding  # noqa: PLC0415

    with office.desk.rooms.store.writing() as session:
        session.add(gate := Erasing(id=new_id()))
        session.flush()
        session.execute(update(Finding).values(value="", understood=""))
        session.delete(gate)
    assert office.entries() == ()


def test_how_fast_a_session_was_is_told_from_what_came_before_it_alone(office: Office, desk_of: OF) -> None:
    clock = office.desk.rooms.clock
    answered = clock()
    clock.forward(minutes=1)  # type: ignore[attr-defined]
    later = desk_of("colleague")
    clock.forward(seconds=30)  # type: ignore[attr-defined]
    later.submit("q1", "7")
    later.submit("q1", "8")
    with office.desk.rooms.store.reading() as session:
        made = [session.get_one(Attempt, one.attempt_id) for one in (office.desk, later)]
        works = pool.gather(session, office.desk.rooms.settings.instance, made)
        found = [_before(works, answered + timedelta(seconds=n)) for n in (0, 1, 90, 91)]
    assert [one.seconds for one in found] == [{}, {"q1": [0.0]}, {"q1": [0.0]}, {"q1": [0.0, 30.0]}]
    assert all(one.wrong == {"q1": {"7": 1, "8": 1}} for one in found), "wrong values of all sessions"
