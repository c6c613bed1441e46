"""The end of a marking round: it counts, once, or is withdrawn."""

import pytest
from sqlalchemy import func, select

from tests.unit.marking import rounds
from tests.unit.marking.rounds import FULL, RUBRIC, Office, at_once, finish
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict
from training.labs.models import Attempt, Finding, Judgement
from training.labs.service import attempts, findings
from training.marking.models.rounds import Piece, Round
from training.marking.service import judgements
from training.marking.service.rounds import desk, ending, opening
from training.marking.service.rounds.ending import Ended
from training.sentence import unpacked

office, six = rounds.office, rounds.six  # fixtures


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
        notes = [unpacked(one) for one in made[0].verdict["notes"]]
        assert notes == ["Claim and rows: level 2 of 3, one missing", "Plain words: level 2 of 2, yes"]
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


def test_the_markers_of_a_mark_are_those_of_the_round_that_was_released(six: Office) -> None:
    held = six.open()
    finish(six, held)
    with six.rooms.store.writing() as session:
        ending.withdraw(session, session.get_one(Round, held), six.people["instructor"], six.rooms.clock())
    six.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    held = six.open(("second", "deputy"), 1)
    pieces = {who: six.pieces(held, who) for who in ("second", "deputy")}
    for who, each in pieces.items():
        for piece in each:
            six.give(piece, who, FULL)
    six.release_round(held)
    with six.rooms.store.reading() as session:
        for who, each in pieces.items():
            finding = session.get_one(Finding, session.get_one(Piece, each[0]).finding_id)
            assert list(judgements.markers(session, [finding]).values()) == [[six.people[who]]]


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


def test_many_releases_at_once_are_one(six: Office) -> None:
    held = six.open()
    finish(six, held)
    done: list[Ended] = []
    failed = at_once(*[lambda: done.append(six.release_round(held)) for _ in range(6)])
    assert failed == []
    assert sorted(one.judged for one in done) == [0, 0, 0, 0, 0, 6]
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 6
