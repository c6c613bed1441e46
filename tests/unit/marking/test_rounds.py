"""Marking rounds: who marks what, blind; how two and a third come to one mark; how it counts, once."""

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import SEALED, Clock, People
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.audit.models import Event
from training.content import service as content
from training.content.models import Release
from training.content.source import Mistake
from training.errors import Conflict, NotThere, Refused, TooMany
from training.grading.question import Question
from training.grading.rubric import Criterion
from training.labs import reader
from training.labs.models import Attempt, Citation, Finding, Judgement
from training.labs.service import attempts, findings, materials
from training.labs.service.findings import Claimed
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.service import judgements
from training.marking.service.rounds import desk, ending, examples, giving, opening
from training.marking.service.rounds.ending import Ended
from training.marking.service.rounds.examples import Written
from training.marking.service.rounds.giving import Typed
from training.marking.service.rounds.opening import About, Plan
from training.marking.service.rounds.outcome import Given, State, outcome
from training.settings import ROOT
from training.store import new_id
from training.web.rooms import Rooms

LAB = ROOT / "labs" / "finance-workstation"
RUBRIC = (
    Criterion(id="claim", text="Claim and rows", levels=("not supported", "overstated", "one missing", "all of it")),
    Criterion(id="words", text="Plain words", levels=("no", "partly", "yes"), weight=0.5),
)
FULL = {"claim": 3, "words": 2}


@dataclass
class Office:
    """An organisation with three instructors, trainees who submitted, and rounds over what they submitted."""

    rooms: Rooms
    people: People
    release: UUID
    exhibit: str

    def attempt(self, who: str) -> UUID:
        """An attempt of somebody, the same at each call."""
        with self.rooms.store.writing() as session:
            found = session.scalars(select(Attempt).filter_by(person_id=self.people[who])).first()
            if found is None:
                place = {"organisation_id": self.people.home, "release_id": self.release, "exhibit": self.exhibit}
                now = self.rooms.clock()
                found = Attempt(person_id=self.people[who], **place, opened_at=now, closed_at=None)
                session.add(found)
                session.flush()
            return found.id

    def submit(self, who: str, value: str, question: str = "q1", *, judged: bool = False, cite: bool = False) -> UUID:
        """A finding as grading keeps it where there is no key; citing line 1 of the record if wanted."""
        attempt = self.attempt(who)
        with self.rooms.store.writing() as session:
            before = len(session.scalars(select(Finding).filter_by(attempt_id=attempt, question=question)).all())
            cited = [str(self._line(session, attempt))] if cite else []
            state = "judged" if judged else "unjudged"
            verdict = {"state": state, "understood": value, "points": 0.0, "worth": 10.0, "tries_left": 5}
            made = Finding(
                attempt_id=attempt,
                question=question,
                try_no=before + 1,
                step=before + 1,
                value=value,
                confidence="probable",
                citations=cited,
                request_key=str(new_id()),
                understood=value,
                verdict=verdict,
                judged=judged,
                credit=0.0,
                points=0.0,
                at=self.rooms.clock(),
            )
            session.add(made)
            session.flush()
            return made.id

    def _line(self, session: Session, attempt: UUID) -> UUID:
        made = Citation(attempt_id=attempt, number=1, material="record", line=1, made_at=self.rooms.clock())
        session.add(made)
        session.flush()
        return made.id

    def actor(self, who: str) -> Actor:
        with self.rooms.store.reading() as session:
            person = accounts.find(session, self.people[who])
        assert person
        return accounts.actor_of(person)

    def about(self, question: str = "q1") -> About:
        return About(self.people.home, self.release, question)

    def question(self, name: str = "q1", rubric: tuple[Criterion, ...] | None = RUBRIC) -> Question:
        """A question of the lab; with this rubric, or its own where that is None."""
        with self.rooms.store.reading() as session:
            lab = reader.load(content.folder_of(self.rooms.settings.instance, session.get_one(Release, self.release)))
        found = attempts.question_of(lab, name)
        return found if rubric is None else found.model_copy(update={"rubric": rubric})

    def open(
        self,
        markers: Sequence[str] = ("instructor", "second"),
        per_piece: int = 2,
        *,
        about: str = "q1",
        rubric: tuple[Criterion, ...] | None = RUBRIC,
        seed: int | None = 7,
        owner: str = "instructor",
    ) -> UUID:
        """Open a round over what waits for a question."""
        plan = Plan(tuple(self.people[one] for one in markers), per_piece, seed)
        question, actor = self.question(about, rubric), self.actor(owner)
        with self.rooms.store.reading() as session:
            result = self.rooms.engine.result
            given = opening.supports(session, self.rooms.settings.instance, self.about(about), result)
        with self.rooms.store.writing() as session:
            now = self.rooms.clock()
            return opening.open_round(session, self.about(about), question, plan, given, actor, now).id

    def write(self, who: str, text: str) -> bool:
        """Submit an answer to the written question as a trainee does; whether it was judged."""
        attempt = self.attempt(who)
        with self.rooms.store.writing() as session:
            held = session.get_one(Attempt, attempt, with_for_update=True)
            case, now = attempts.case(session, self.rooms.settings.instance, held), self.rooms.clock()
            sources = (self.rooms.engine.result, materials.of(case))
            question, typed = attempts.question_of(case.lab, "court"), Claimed(text, "certain", bare=True)
            done = findings.submit(session, case, question, typed, str(new_id()), sources, now)
            assert done.finding
            return done.finding.judged

    def pieces(self, held: UUID, who: str) -> list[UUID]:
        """Somebody's pieces, in their order."""
        with self.rooms.store.reading() as session:
            round_ = session.get_one(Round, held)
            return [one.piece.id for one in desk.entries(session, round_, self.people[who])]

    def give(self, piece: UUID, who: str, levels: dict[str, int], comment: str = "", *, finish: bool = True) -> str:
        with self.rooms.store.writing() as session:
            found, now = desk.hold(session, session.get_one(Piece, piece)), self.rooms.clock()
            return giving.give(session, found, self.people[who], Typed(levels, comment), now, finish=finish)

    def state(self, piece: UUID) -> tuple[State, dict[str, int] | None]:
        with self.rooms.store.reading() as session:
            found = desk.outcome_of(session.get_one(Piece, piece))
        return found.state, None if found.levels is None else dict(found.levels)

    def release_round(self, held: UUID, who: str = "instructor") -> Ended:
        with self.rooms.store.writing() as session:
            round_ = session.get_one(Round, held, with_for_update=True)
            instance, now = self.rooms.settings.instance, self.rooms.clock()
            return ending.release(session, round_, instance, self.people[who], now)

    def third_of(self, piece: UUID) -> list[str]:
        with self.rooms.store.reading() as session:
            ids = [one.marker_id for one in session.get_one(Piece, piece).tasks if one.third]
        return [name for name, person in self.people.ids.items() if person in ids]


WRITTEN = """
  - id: court
    type: written
    text: Could somebody else have typed these lines?
    points: [10, 5]
    rubric:
      - id: claim
        text: Claim and rows
        levels: [not supported, overstated, one missing, all of it]
      - {id: words, text: Plain words, weight: 0.5, levels: ["no", partly, "yes"]}
"""


@pytest.fixture
def office(rooms: Rooms, exhibit: str, people: People, clock: Clock, tmp_path: Path) -> Office:
    """The lab with a written question published, two more instructors and four more trainees in the organisation."""
    folder = Path(shutil.copytree(LAB, tmp_path / "labs" / LAB.name))
    lab = (folder / "lab.yaml").read_text("utf-8")
    assert lab.count("\nprocedure:") == 1
    (folder / "lab.yaml").write_text(lab.replace("\nprocedure:", f"{WRITTEN}\nprocedure:"), "utf-8")
    more = {"second": Role.INSTRUCTOR, "deputy": Role.INSTRUCTOR}
    more |= dict.fromkeys(("amal", "boris", "chen", "dina"), Role.TRAINEE)
    with rooms.store.writing() as session:
        unchecked = list[Mistake]  # no key is used here
        release = content.publish(session, rooms.settings.instance, "lab", folder, lambda _: unchecked(), clock())
        for login, role in more.items():
            made = accounts.make_person(
                session, login=login, name=login.title(), sealed=SEALED, home=people.home, role=role, now=clock()
            )
            cast("dict[str, UUID]", people.ids)[login] = made.id
    return Office(rooms, people, release.id, exhibit)


TRAINEES = ("trainee", "colleague", "amal", "boris", "chen", "dina")


@pytest.fixture
def six(office: Office) -> Office:
    """Six trainees have submitted."""
    for who in TRAINEES:
        office.submit(who, f"the words of {who}")
    return office


# opening


def test_the_last_unjudged_finding_of_each_attempt_enters(office: Office) -> None:
    office.submit("trainee", "1")
    last = office.submit("trainee", "2")
    office.submit("colleague", "3", judged=True)
    other = office.submit("amal", "4")
    office.submit("amal", "5", "q2")
    office.submit("boris", "6")
    office.submit("boris", "7", judged=True)
    with office.rooms.store.reading() as session:
        found = opening.waiting(session, office.actor("instructor"), office.rooms.settings.instance)
        assert {(one.about.question, one.pieces) for one in found} == {("q1", 2), ("q2", 1)}
        assert {one.id for one in opening.candidates(session, office.about())} == {last, other}
        assert opening.waiting(session, office.actor("other_instructor"), office.rooms.settings.instance) == []
        assert opening.waiting(session, office.actor("trainee"), office.rooms.settings.instance) == []
    office.open()
    with office.rooms.store.reading() as session:
        left = opening.waiting(session, office.actor("instructor"), office.rooms.settings.instance)
    assert [one.about.question for one in left] == ["q2"], "what is being marked waits no more"
    with pytest.raises(Conflict, match="open already"):
        office.open()


def test_every_piece_has_its_two_markers_and_all_carry_the_same_load(six: Office) -> None:
    held = six.open(("instructor", "second", "deputy"))
    with six.rooms.store.reading() as session:
        pieces = desk.pieces_of(session, session.get_one(Round, held))
        assert [one.number for one in pieces] == [1, 2, 3, 4, 5, 6]
        assert all(len(one.tasks) == 2 for one in pieces)
    assert {len(six.pieces(held, who)) for who in ("instructor", "second", "deputy")} == {4}


def test_each_marker_has_a_random_order_of_their_own_and_keeps_it(six: Office) -> None:
    held = six.open()
    mine, yours = six.pieces(held, "instructor"), six.pieces(held, "second")
    assert set(mine) == set(yours)
    assert mine != yours
    assert mine == six.pieces(held, "instructor")
    with six.rooms.store.reading() as session:
        order = [session.get_one(Piece, one).number for one in mine]
    assert order != sorted(order)


def test_the_same_seed_draws_the_same_numbers_and_markers_and_another_seed_others(six: Office) -> None:
    drawn = []
    for seed in (7, 7, 8):
        held = six.open(("instructor", "second", "deputy"), seed=seed)
        with six.rooms.store.writing() as session:
            found = session.get_one(Round, held)
            pieces = desk.pieces_of(session, found)
            drawn.append({one.finding_id: (one.number, {task.marker_id for task in one.tasks}) for one in pieces})
            ending.withdraw(session, found, six.people["instructor"], six.rooms.clock())
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_finding_whose_support_is_not_known_opens_no_round(office: Office) -> None:
    office.submit("trainee", "145")
    plan, actor, question = Plan((office.people["second"],), 1), office.actor("instructor"), office.question(rubric=())
    with pytest.raises(Conflict, match="came in while"), office.rooms.store.writing() as session:
        opening.open_round(session, office.about(), question, plan, {}, actor, office.rooms.clock())


def test_the_id_of_a_piece_tells_no_time(six: Office) -> None:
    held = six.open()
    assert {one.version for one in six.pieces(held, "instructor")} == {4}


def test_nobody_marks_their_own_work(office: Office) -> None:
    for who in ("trainee", "instructor", "amal"):
        office.submit(who, who)
    with pytest.raises(Refused, match="Choose one marker more"):
        office.open(("instructor", "second"))
    held = office.open(("instructor", "second", "deputy"))
    with office.rooms.store.reading() as session:
        for piece in desk.pieces_of(session, session.get_one(Round, held)):
            assert desk.task_of(piece, desk.author_of(session, piece)) is None
    assert len(office.pieces(held, "instructor")) == 2


@pytest.mark.parametrize(
    ("markers", "per_piece", "seed", "message"),
    [
        (("instructor",), 2, 1, "Choose 2 to 20 markers"),
        ((), 1, 1, "Choose 1 to 20 markers"),
        (("instructor", "trainee"), 2, 1, "Only instructors of this organisation"),
        (("instructor", "other_instructor"), 2, 1, "Only instructors of this organisation"),
        (("instructor", "second"), 3, 1, "by one person or by two"),
        (("instructor", "second"), 2, -1, "A seed is"),
        (("instructor", "second"), 2, 2**31, "A seed is"),
    ],
)
def test_a_plan_that_can_not_work_is_refused(
    six: Office, markers: tuple[str, ...], per_piece: int, seed: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        six.open(markers, per_piece, seed=seed)
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Round)) == 0


# giving


def test_a_draft_is_kept_and_a_mark_that_lacks_a_level_stays_one(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    assert six.give(piece, "instructor", {"claim": 2}, "so far", finish=False) == ""
    assert six.give(piece, "instructor", {"claim": 1}, "more") == "A level is missing for 'Plain words'."
    with six.rooms.store.reading() as session:
        mark = session.get_one(Mark, (piece, six.people["instructor"]))
        assert (mark.levels, mark.comment, mark.done_at, mark.alone) == ({"claim": 1}, "more", None, {})
    assert six.give(piece, "instructor", FULL, "more") == ""
    assert six.state(piece) == (State.WAITING, None)
    with pytest.raises(Refused, match="stands as it was"):
        six.give(piece, "instructor", {"claim": 1})
    with pytest.raises(Conflict, match="no draft any more"):
        six.give(piece, "instructor", {"claim": 1, "words": 1}, finish=False)


@pytest.mark.parametrize(
    ("levels", "comment", "message"),
    [
        ({"claim": 4}, "", "has levels 0 to 3"),
        ({"other": 1}, "", "no criterion 'other'"),
        (FULL, "x" * 4_001, "at most 4,000"),
    ],
)
def test_a_form_beyond_the_limits_is_refused(six: Office, levels: dict[str, int], comment: str, message: str) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    with pytest.raises(Refused, match=message):
        six.give(piece, "instructor", levels, comment)


def test_who_was_not_given_a_piece_can_not_mark_it(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    with pytest.raises(NotThere):
        six.give(piece, "deputy", FULL)


def test_the_other_mark_is_seen_only_after_ones_own(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    six.give(piece, "second", {"claim": 3, "words": 1}, "theirs")

    def seen() -> list[str]:
        with six.rooms.store.reading() as session:
            return [one.comment for one in desk.others(session.get_one(Piece, piece), six.people["instructor"])]

    assert seen() == []
    six.give(piece, "instructor", {"claim": 3}, finish=False)
    assert seen() == [], "a draft is no mark"
    six.give(piece, "instructor", FULL)
    assert seen() == ["theirs"]


def test_agreement_counts_what_was_given_before_the_other_was_seen(six: Office) -> None:
    held = six.open()
    piece = six.pieces(held, "instructor")[0]
    six.give(piece, "instructor", {"claim": 1, "words": 2})
    six.give(piece, "instructor", {"claim": 2, "words": 2})
    six.give(piece, "second", FULL)
    six.give(piece, "instructor", FULL)
    assert six.state(piece) == (State.AGREED, FULL)
    with six.rooms.store.reading() as session:
        claim, words = ending.agreements(session, session.get_one(Round, held))
        alone = session.get_one(Mark, (piece, six.people["instructor"])).alone
    assert alone == {"claim": 2, "words": 2}
    assert (claim[1].differences.one, claim[1].differences.equal, words[1].differences.equal) == (1, 0, 1)
    assert claim[1].alpha is None, "one piece says nothing"


# the third


def test_one_level_apart_is_settled_by_taking_the_other_level_over(six: Office) -> None:
    piece = six.pieces(six.open(), "instructor")[0]
    six.give(piece, "instructor", {"claim": 2, "words": 2})
    six.give(piece, "second", FULL)
    assert six.state(piece) == (State.NEAR, None)

    def take(who: str, criterion: str = "claim") -> None:
        with six.rooms.store.writing() as session:
            giving.take_over(session, session.get_one(Piece, piece), six.people[who], criterion, six.rooms.clock())

    take("instructor")
    assert six.state(piece) == (State.AGREED, FULL)
    take("second")
    take("instructor")
    assert six.state(piece) == (State.AGREED, FULL), "both clicked: nothing goes back and forth"
    with pytest.raises(NotThere):
        take("deputy")
    with pytest.raises(NotThere):
        take("second", "nothing")


def test_two_levels_apart_go_to_the_owner_who_did_not_mark_and_can_not_be_settled(six: Office) -> None:
    held = six.open(("second", "deputy"), owner="instructor")
    piece = six.pieces(held, "second")[0]
    six.give(piece, "second", {"claim": 0, "words": 2})
    six.give(piece, "deputy", {"claim": 2, "words": 2})
    assert six.state(piece) == (State.THIRD, None)
    assert six.third_of(piece) == ["instructor"]
    with pytest.raises(Conflict, match="a third marker decides"), six.rooms.store.writing() as session:
        giving.take_over(session, session.get_one(Piece, piece), six.people["second"], "claim", six.rooms.clock())
    six.give(piece, "second", {"claim": 2, "words": 2})
    assert six.state(piece) == (State.THIRD, None), "who has seen the other mark can't unsay the distance"
    six.give(piece, "instructor", {"claim": 1, "words": 0})
    assert six.state(piece) == (State.DECIDED, {"claim": 1, "words": 2}), "what the two agreed on stands"


def test_where_the_owner_marked_a_third_is_named_from_the_other_instructors(six: Office) -> None:
    held = six.open()
    piece = six.pieces(held, "instructor")[0]
    six.give(piece, "instructor", {"claim": 0, "words": 2})
    six.give(piece, "second", {"claim": 3, "words": 2})
    assert six.third_of(piece) == []

    def name(who: str) -> None:
        with six.rooms.store.writing() as session:
            found, now = session.get_one(Piece, piece), six.rooms.clock()
            giving.assign_third(session, found, six.people[who], six.people["instructor"], now)

    for who in ("second", "trainee", "other_instructor"):
        with pytest.raises(Refused, match="can't decide about this piece"):
            name(who)
    name("deputy")
    name("deputy")
    assert six.third_of(piece) == ["deputy"]
    assert six.pieces(held, "deputy") == [piece]
    six.give(piece, "deputy", {"claim": 2, "words": 1})
    assert six.state(piece) == (State.DECIDED, {"claim": 2, "words": 2})
    with pytest.raises(Conflict, match="needs no third marker"):
        name("instructor")


def test_nobody_decides_about_their_own_work(six: Office) -> None:
    six.submit("deputy", "an instructor who practised")
    held = six.open()
    with six.rooms.store.reading() as session:
        pieces = desk.pieces_of(session, session.get_one(Round, held))
        own = next(one.id for one in pieces if desk.author_of(session, one) == six.people["deputy"])
    six.give(own, "instructor", {"claim": 0, "words": 2})
    six.give(own, "second", {"claim": 3, "words": 2})
    with pytest.raises(Refused, match="can't decide"), six.rooms.store.writing() as session:
        found, now = session.get_one(Piece, own), six.rooms.clock()
        giving.assign_third(session, found, six.people["deputy"], six.people["instructor"], now)


def test_two_can_leave_a_level_to_a_third(six: Office) -> None:
    held = six.open(("second", "deputy"))
    piece = six.pieces(held, "second")[0]
    six.give(piece, "second", {"claim": 2, "words": 2})
    with pytest.raises(NotThere), six.rooms.store.writing() as session:
        giving.leave_to_third(session, session.get_one(Piece, piece), six.people["second"], six.rooms.clock())
    six.give(piece, "deputy", FULL)
    for _ in range(2):
        with six.rooms.store.writing() as session:
            giving.leave_to_third(session, session.get_one(Piece, piece), six.people["second"], six.rooms.clock())
    assert six.state(piece) == (State.THIRD, None)
    assert six.third_of(piece) == ["instructor"]
    with pytest.raises(Conflict), six.rooms.store.writing() as session:
        giving.take_over(session, session.get_one(Piece, piece), six.people["deputy"], "claim", six.rooms.clock())


@pytest.mark.parametrize(
    ("one", "other", "third", "state", "levels"),
    [
        ((2, 2), (2, 2), None, State.AGREED, (2, 2)),
        ((2, 2), (3, 2), None, State.NEAR, None),
        ((2, 2), (3, 1), None, State.NEAR, None),
        ((0, 2), (2, 2), None, State.THIRD, None),
        ((0, 2), (2, 2), (1, 0), State.DECIDED, (1, 2)),
        ((0, 2), (2, 1), (3, 0), State.DECIDED, (3, 0)),
    ],
)
def test_the_rule_of_two_and_a_third(
    one: tuple[int, int],
    other: tuple[int, int],
    third: tuple[int, int] | None,
    state: State,
    levels: tuple[int, int] | None,
) -> None:
    firsts = [Given(named(pair), named(pair)) for pair in (one, other)]
    found = outcome(firsts, 2, Given(named(third), named(third)) if third else None, asked=False)
    assert found.state is state
    assert (found.levels and tuple(found.levels.values())) == levels


PAIR = st.tuples(st.integers(0, 4), st.integers(0, 4))
MARK = st.tuples(PAIR, PAIR)  # as it is now, as it was given alone


@hypothesis(max_examples=200, deadline=None)
@given(MARK, MARK, st.none() | PAIR, st.booleans())
def test_no_level_stands_that_nobody_gave_and_the_order_of_markers_is_nothing(
    one: tuple[tuple[int, int], tuple[int, int]],
    other: tuple[tuple[int, int], tuple[int, int]],
    third: tuple[int, int] | None,
    asked: bool,  # noqa: FBT001 - drawn
) -> None:
    firsts = [Given(named(now), named(alone)) for now, alone in (one, other)]
    decider = Given(named(third), named(third)) if third else None
    found = outcome(firsts, 2, decider, asked=asked)
    turned = outcome(firsts[::-1], 2, decider, asked=asked)
    assert (found.state, found.levels) == (turned.state, turned.levels)
    apart = max(abs(a - b) for mine, yours in zip(one, other, strict=True) for a, b in zip(mine, yours, strict=True))
    if found.levels is None:
        assert third is None or (apart == 1 and not asked)
        return
    for place, name in enumerate(("claim", "words")):
        given_by_two = one[0][place] == other[0][place] == found.levels[name]
        assert given_by_two or (third is not None and found.levels[name] == third[place])
    if apart > 1 or asked:
        assert found.state is State.DECIDED


def named(pair: tuple[int, int]) -> dict[str, int]:
    return dict(zip(("claim", "words"), pair, strict=True))


def test_open_pieces_go_to_another_marker_and_finished_ones_stay(six: Office) -> None:
    held = six.open()
    first = six.pieces(held, "second")[0]
    six.give(first, "second", FULL)
    with six.rooms.store.writing() as session:
        people, now = six.people, six.rooms.clock()
        round_ = session.get_one(Round, held)
        moved = giving.hand_over(session, round_, people["second"], people["deputy"], people["instructor"], now)
    assert moved == (5, 0)
    assert six.pieces(held, "second") == [first]
    assert len(six.pieces(held, "deputy")) == 5
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        left = giving.hand_over(session, round_, people["deputy"], people["instructor"], people["instructor"], now)
    assert left == (0, 5), "the instructor marks them already"


# examples


def test_examples_come_first_and_show_the_agreed_mark_afterwards(six: Office) -> None:
    held = six.open()
    person, now = six.people["second"], six.rooms.clock()
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        for _ in range(2):
            examples.add(session, round_, Written("An answer.", FULL, "All of it."), six.people["instructor"], now)
        with pytest.raises(Refused, match="needs its text"):
            examples.add(session, round_, Written("  ", FULL, "x"), six.people["instructor"], now)
        with pytest.raises(Refused, match="A level is missing"):
            examples.add(session, round_, Written("x", {"claim": 1}, "x"), six.people["instructor"], now)
    piece = six.pieces(held, "second")[0]
    with pytest.raises(Conflict, match="The example pieces come first"):
        six.give(piece, "second", FULL)
    with six.rooms.store.writing() as session:
        example = examples.following(session, session.get_one(Round, held), person)
        assert example
        assert len(examples.listed(session, example.round)) == 1, "the same example twice is one"
        examples.give(session, example, person, {"claim": 1, "words": 2}, now)
        examples.give(session, example, person, {"claim": 1, "words": 2}, now)
        with pytest.raises(Conflict, match="your first levels stand"):
            examples.give(session, example, person, FULL, now)
    assert six.give(piece, "second", FULL) == ""


def test_a_round_has_at_most_ten_examples(six: Office) -> None:
    held = six.open()
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        for number in range(10):
            examples.add(session, round_, Written(f"{number}", FULL, "x"), six.people["instructor"], six.rooms.clock())
        with pytest.raises(TooMany):
            examples.add(session, round_, Written("11", FULL, "x"), six.people["instructor"], six.rooms.clock())


# the end


def finish(office: Office, held: UUID, levels: dict[str, int] | None = None) -> None:
    for who in ("instructor", "second"):
        for piece in office.pieces(held, who):
            office.give(piece, who, levels or FULL, "Well tied to the rows.")


def test_nothing_is_released_while_a_mark_is_missing(six: Office) -> None:
    held = six.open()
    six.give(six.pieces(held, "instructor")[0], "instructor", FULL)
    with pytest.raises(Conflict, match="6 of 6 pieces have no final mark yet"):
        six.release_round(held)
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 0


def test_a_release_counts_once_and_spends_the_try(six: Office) -> None:
    held = six.open()
    finish(six, held, {"claim": 2, "words": 2})
    assert six.release_round(held) == Ended(6, 0)
    assert six.release_round(held) == Ended(0, 0), "again changes nothing"
    credit = (1 * 2 / 3 + 0.5) / 1.5
    attempt = six.attempt("amal")
    with six.rooms.store.reading() as session:
        made = session.scalars(select(Judgement)).all()
        assert [(one.origin, one.seq, one.judged) for one in made] == [("mark", 1, True)] * 6
        assert [one.credit for one in made] == pytest.approx([credit] * 6)
        assert made[0].verdict["shows"] == "Well tied to the rows."
        assert made[0].verdict["notes"] == ["Claim and rows: one missing", "Plain words: yes"]
        case = attempts.case(session, six.rooms.settings.instance, session.get_one(Attempt, attempt))
        stands = findings.progress_of_all(session, case)["q1"].standing
        assert stands.tries == 1
        assert stands.points == pytest.approx(10 * credit)
        acts = session.scalars(select(Event.act).where(Event.act.like("marking-round.%")).order_by(Event.seq)).all()
        assert acts == ["marking-round.opened", "marking-round.released"]
        assert audit.check(session).fault is None
    piece = six.pieces(held, "instructor")[0]
    with pytest.raises(Conflict, match="was released"):
        six.give(piece, "instructor", {"claim": 0, "words": 0})


def test_what_somebody_judged_in_the_meantime_is_left_alone(six: Office) -> None:
    held = six.open()
    finish(six, held)
    attempt, question = six.attempt("amal"), six.question()
    with six.rooms.store.writing() as session:
        finding = session.scalars(select(Finding).filter_by(attempt_id=attempt)).one()
        verdict = judgements.decided(question, finding, judgements.before(session, finding), 0.5, "because")
        judgements.write(finding, "override", verdict, "because of it", six.people["deputy"], None, six.rooms.clock())
    assert six.release_round(held) == Ended(5, 1)
    with six.rooms.store.reading() as session:
        assert session.get_one(Finding, finding.id).current.credit == 0.5


def test_a_withdrawn_round_judges_nothing_and_its_findings_wait_again(six: Office) -> None:
    held = six.open()
    finish(six, held)
    for _ in range(2):
        with six.rooms.store.writing() as session:
            ending.withdraw(session, session.get_one(Round, held), six.people["instructor"], six.rooms.clock())
    with pytest.raises(Conflict, match="was withdrawn"):
        six.release_round(held)
    assert six.open() != held
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 0


def test_a_written_answer_goes_all_the_way_from_the_trainee_to_the_points(office: Office) -> None:
    assert not office.write("trainee", "Nobody else did.\nThe history shows it.")
    assert not office.write("trainee", "The account typed them.\nWho sat there the rows don't say.")
    assert not office.write("colleague", "Mira did.")
    held = office.open(about="court", rubric=None)
    with office.rooms.store.reading() as session:
        assert desk.criteria_of(session.get_one(Round, held)) == RUBRIC
        pieces = desk.pieces_of(session, session.get_one(Round, held))
        instance, result = office.rooms.settings.instance, office.rooms.engine.result
        texts = {desk.work(session, instance, one, result).text[0].split(".")[0] for one in pieces}
        assert texts == {"The account typed them", "Mira did"}, "the last one of each"
    finish(office, held, {"claim": 3, "words": 1})
    assert office.release_round(held) == Ended(2, 0)
    attempt = office.attempt("trainee")
    with office.rooms.store.reading() as session:
        case = attempts.case(session, office.rooms.settings.instance, session.get_one(Attempt, attempt))
        stands = findings.progress_of_all(session, case)["court"].standing
        waits = opening.waiting(session, office.actor("instructor"), office.rooms.settings.instance)
    assert stands.points == pytest.approx(10 * (1 + 0.25) / 1.5), "the first finding was not judged and spent no try"
    assert stands.tries == 1
    assert waits == [], "an earlier text does not come back once a later one is marked"


def test_without_a_rubric_quarters_of_correctness_count_times_the_support(office: Office) -> None:
    office.submit("trainee", "145")
    office.submit("colleague", "145", cite=True)
    held = office.open(("second",), 1, rubric=())
    for piece in office.pieces(held, "second"):
        assert office.give(piece, "second", {"correctness": 3}).startswith("Give the reason")
        assert office.give(piece, "second", {"correctness": 3}, "Right but for the parent.") == ""
    assert office.release_round(held) == Ended(2, 0)
    with office.rooms.store.reading() as session:
        found = {one.attempt_id: one.current for one in session.scalars(select(Finding))}
        none, some = found[office.attempt("trainee")], found[office.attempt("colleague")]
    assert (none.verdict["correctness"], none.verdict["support"], none.credit) == (0.75, 0.0, 0.0)
    assert 0 < some.verdict["support"] <= 0.5, "a line of the record is cited, which does not show it"
    assert some.credit == pytest.approx(0.75 * some.verdict["support"])


# at once


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    failed: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as bad:  # noqa: BLE001 - counted by the test
            failed.append(bad)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return failed


def test_two_who_finish_at_once_were_both_blind_and_call_one_third(six: Office) -> None:
    held = six.open(("second", "deputy"))
    low, high = {"claim": 0, "words": 2}, {"claim": 3, "words": 2}
    for piece in six.pieces(held, "second"):
        twice = partial(six.give, piece, "second", low)
        failed = at_once(twice, partial(six.give, piece, "deputy", high), twice)
        assert failed == []
        assert six.state(piece) == (State.THIRD, None)
        assert six.third_of(piece) == ["instructor"]
        with six.rooms.store.reading() as session:
            marks = session.get_one(Piece, piece).marks
            assert sorted(one.alone["claim"] for one in marks) == [0, 3]


def test_many_releases_at_once_are_one(six: Office) -> None:
    held = six.open()
    finish(six, held)
    done: list[Ended] = []
    failed = at_once(*[lambda: done.append(six.release_round(held)) for _ in range(6)])
    assert failed == []
    assert sorted(one.judged for one in done) == [0, 0, 0, 0, 0, 6]
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 6
