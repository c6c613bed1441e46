"""Two rounds, and two organisations at one release: what is graded again in one is not in the other."""

import math
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.unit.marking import rounds
from tests.unit.marking.rounds import FULL, Office
from training.accounts.actor import Actor
from training.accounts.models import Person
from training.content.models import Release
from training.errors import NotThere, Refused, TooMany
from training.labs.models import Attempt, Finding, GradingVersion
from training.marking.models.rounds import Round, Task
from training.marking.service import judgements, releases, scope
from training.marking.service.rounds import desk, examples, giving, listing, opening
from training.marking.service.rounds.examples import Written
from training.marking.service.rounds.giving import Typed

office, six = rounds.office, rounds.six  # fixtures


def example(session: Session, six: Office, held: Round, text: str) -> None:
    examples.add(session, held, Written(text, FULL, "All of it."), six.people["instructor"], six.rooms.clock())


def test_pieces_and_examples_are_those_of_each_round(six: Office) -> None:
    six.submit("trainee", "/bin/odd", "q2")
    first, second = six.open(), six.open(about="q2")
    with six.rooms.store.writing() as session:
        both = [session.get_one(Round, one) for one in (first, second)]
        assert [len(desk.pieces_of(session, one)) for one in both] == [6, 1]
        assert [len(desk.entries(session, one, six.people["second"])) for one in both] == [6, 1]
        example(session, six, both[0], "An answer.")
        assert [len(examples.listed(session, one)) for one in both] == [1, 0]
        assert [examples.following(session, one, six.people["second"]) is None for one in both] == [False, True]
    with six.rooms.store.reading() as session:
        lines = listing.listed(session, six.actor("second"), six.rooms.settings.instance)
        assert [(one.held.question, one.given, one.done) for one in lines] == [("q2", 1, 0), ("q1", 6, 0)]


def test_a_round_takes_so_many_examples(six: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MOST", 1)
    held = six.open()
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        example(session, six, round_, "An answer.")
        example(session, six, round_, "An answer.")  # the same once more is one
        with pytest.raises(TooMany):
            example(session, six, round_, "Another answer.")


def test_rounds_are_listed_to_those_who_own_or_mark_them_and_instruct_there(six: Office) -> None:
    six.open(("second", "deputy"))
    instance = six.rooms.settings.instance
    with six.rooms.store.reading() as session:

        def listed(actor: Actor) -> int:
            return len(listing.listed(session, actor, instance))

        assert [listed(six.actor(name)) for name in ("instructor", "second", "deputy")] == [1, 1, 1]
        assert listed(six.actor("host")) == 0
        left = six.actor("second")
        assert listed(Actor(left.id, left.name, six.people.elsewhere, frozenset())) == 0


def test_only_instructors_who_can_sign_in_are_markers(six: Office) -> None:
    with six.rooms.store.writing() as session:
        found = {one.id for one in opening.instructors(session, six.people.home)}
        assert found == {six.people[name] for name in ("instructor", "second", "deputy")}
        session.execute(update(Person).where(Person.id == six.people["deputy"]).values(disabled_at=six.rooms.clock()))
        session.expire_all()
        found = {one.id for one in opening.instructors(session, six.people.home)}
        assert found == {six.people[name] for name in ("instructor", "second")}
    for markers in (("instructor", "deputy"), ("instructor", "host"), ("instructor", "trainee")):
        with pytest.raises(Refused) as refused:
            six.open(markers)
        assert refused.value.field == "marker"


@pytest.mark.parametrize(("per_piece", "seed"), [(0, 7), (3, 7), (2, -1), (2, opening.SEEDS)])
def test_a_plan_beyond_its_limits_is_refused(six: Office, per_piece: int, seed: int) -> None:
    with pytest.raises(Refused):
        six.open(("instructor", "second", "deputy"), per_piece, seed=seed)


def test_a_round_takes_so_many_pieces(six: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_PIECES", 4)
    with six.rooms.store.reading() as session:
        assert len(opening.candidates(session, six.about())) == 4
    held = six.open()
    with six.rooms.store.reading() as session:
        assert len(desk.pieces_of(session, session.get_one(Round, held))) == 4


def test_nobody_is_handed_the_own_work(six: Office) -> None:
    six.submit("deputy", "the words of the deputy")
    held = six.open()
    with six.rooms.store.writing() as session:
        people, round_ = six.people, session.get_one(Round, held)
        moved = giving.hand_over(
            session, round_, people["second"], people["deputy"], people["instructor"], six.rooms.clock()
        )
        assert moved == (6, 1)
        for piece in desk.pieces_of(session, round_):
            author = desk.author_of(session, piece)
            assert author not in {one.marker_id for one in piece.tasks}
            able = {one.id for one in giving.choices(session, piece, opening.instructors(session, people.home))}
            assert not able & {author, *(one.marker_id for one in piece.tasks if not one.third)}
        own = next(one for one in desk.pieces_of(session, round_) if desk.author_of(session, one) == people["deputy"])
        own.tasks.append(Task(marker_id=people["deputy"], third=False))
        with pytest.raises(NotThere):
            giving.give(session, own, people["deputy"], Typed(FULL), six.rooms.clock(), finish=True)


def test_a_list_counts_the_marks_that_the_reader_has_finished(six: Office) -> None:
    held = six.open()
    first, other = six.pieces(held, "second")[:2]
    six.give(first, "second", FULL, finish=False)
    six.give(other, "instructor", FULL)

    def counted(who: str) -> tuple[int, int]:
        with six.rooms.store.reading() as session:
            (line,) = listing.listed(session, six.actor(who), six.rooms.settings.instance)
            return line.given, line.done

    assert [counted(who) for who in ("second", "instructor")] == [(6, 0), (6, 1)]
    six.give(first, "second", FULL)
    assert counted("second") == (6, 1)


def test_pieces_are_those_of_one_release_and_one_organisation(six: Office) -> None:
    people, now = six.people, six.rooms.clock()
    mine = six.attempt("trainee")
    with six.rooms.store.writing() as session:
        of = session.get_one(Release, six.release)
        other = Release(
            kind="lab", name=of.name, sha256="0" * 64, published_at=now, current=False, number=of.number + 1
        )
        session.add(other)
        session.flush()
        of_mine = session.scalars(select(Finding).filter_by(attempt_id=mine)).one()
        for who, place, release in (("stranger", people.elsewhere, of), ("trainee", people.home, other)):
            made = Attempt(person_id=people[who], organisation_id=place, release_id=release.id, exhibit=six.exhibit)
            made.opened_at = now
            session.add(made)
            session.flush()
            kept = ("question", "try_no", "step", "value", "confidence", "citations", "understood", "verdict")
            told = {name: getattr(of_mine, name) for name in (*kept, "judged", "credit", "points", "at")}
            session.add(Finding(attempt_id=made.id, request_key="another", **told))
        session.flush()
        assert len(opening.candidates(session, six.about())) == 6
        assert [len(opening.candidates(session, replace(six.about(), release=one))) for one in (of.id, other.id)] == [
            6,
            1,
        ]
        assert len(opening.candidates(session, replace(six.about(), organisation=people.elsewhere))) == 1
        assert releases.titles(session, [session.get_one(Attempt, mine)]) == {}, "one attempt on each release"


def test_a_grading_version_is_that_of_one_organisation(six: Office) -> None:
    people, release = six.people, six.release
    told: dict[str, Any] = {"reason": "The key was wrong.", "amendments": [], "rules": "1", "grader": "1"}
    told |= {"keys": "0" * 64, "preview": "0" * 64, "made_by": people["stranger"], "made_at": six.rooms.clock()}
    with six.rooms.store.writing() as session:
        made = GradingVersion(release_id=release, organisation_id=people.elsewhere, number=1, **told)
        session.add(made)
        session.flush()
        places = (people.home, people.elsewhere)
        assert [scope.newest(session, release, one) for one in places] == [None, made]
        assert releases.version_of(session, release, people.elsewhere, 1) is made
        with pytest.raises(NotThere):
            releases.version_of(session, release, people.home, 1)
        assert [one.organisation for one in releases.worked(session, set(places))] == [people.home]
        assert releases.release_of(session, release, people.home).id == release
        with pytest.raises(NotThere):
            releases.release_of(session, release, people.elsewhere)


@pytest.mark.parametrize("credit", [math.nan, math.inf, -math.inf, -0.001, 1.001])
def test_a_credit_lies_between_nothing_and_all(credit: float) -> None:
    assert [judgements.share_of(one) for one in (0.0, 1.0)] == [0.0, 1.0]
    with pytest.raises(Refused):
        judgements.share_of(credit)


def test_a_reason_says_something_and_not_too_much() -> None:
    least, most = judgements.SHORTEST, judgements.LONGEST
    assert judgements.reason_of(f"  {'x' * least}\r\n") == "x" * least
    assert len(judgements.reason_of("x" * most)) == most
    for wrong in ("x" * (least - 1), f"{'x' * (least - 1)}   ", "x" * (most + 1)):
        with pytest.raises(Refused):
            judgements.reason_of(wrong)
