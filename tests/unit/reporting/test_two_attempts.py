"""Two attempts at one lab: what is written, drawn, filed and answered in one of them is not in the other."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer
from training.errors import Conflict, NotThere, Refused, TooMany
from training.labs.models import Attempt
from training.reporting.models import ReportFiled
from training.reporting.parts import BY_NAME
from training.reporting.service import drill, figures, filing, projection, writing
from training.reporting.service.writing import Wish

answered, desk_of = at_work.answered, at_work.desk_of  # fixtures
Pair = tuple[Desk, Desk]


@pytest.fixture
def pair(desk_of: Callable[[str], Desk]) -> Pair:
    """A trainee and a colleague at work on the same exhibit, each with a finding."""
    made = desk_of("trainee"), desk_of("colleague")
    for one in made:
        one.submit("q1", answer(one, "q1"))
    return made


def write(session: Session, desk: Desk, text: str, seen: int = 0, part: str = "summary") -> None:
    writing.write(session, desk.case(session, lock=True), part, text, seen, desk.rooms.clock())


def choose(session: Session, desk: Desk, claim: str = "", finding: UUID | None = None, seen: int = 0) -> None:
    wish = Wish("q1", kept=True, finding_id=finding, claim=claim, alternatives="", version=seen)
    writing.choose(session, desk.case(session, lock=True), wish, desk.rooms.clock())


def test_parts_and_claims_are_those_of_each(pair: Pair) -> None:
    mine, theirs = pair
    part = next(iter(BY_NAME))
    with mine.rooms.store.writing() as session:
        write(session, mine, "Mine", part=part)
        write(session, theirs, "Theirs", part=part)
        choose(session, mine, "The shell was the parent.")
        seen = [projection.writing(session, one.case(session)) for one in pair]
        assert [{name: row.text for name, row in one.parts.items()} for one in seen] == [
            {part: "Mine"},
            {part: "Theirs"},
        ]
        assert [[row.claim for row in one.choices.values()] for one in seen] == [["The shell was the parent."], []]
        assert [len(one.tries["q1"]) for one in seen] == [1, 1]


def test_a_finding_of_another_attempt_is_not_taken(pair: Pair) -> None:
    mine, theirs = pair
    with mine.rooms.store.writing() as session:
        other = projection.writing(session, theirs.case(session)).tries["q1"][0].id
        with pytest.raises(NotThere):
            choose(session, mine, finding=other)


def test_a_text_that_was_changed_elsewhere_is_not_written_over(pair: Pair) -> None:
    mine, _ = pair
    part = next(iter(BY_NAME))
    with mine.rooms.store.writing() as session:
        write(session, mine, "First", part=part)
        write(session, mine, "Second", 1, part=part)
        with pytest.raises(Conflict):
            write(session, mine, "From an older page", 1, part=part)
        write(session, mine, "Second", 1, part=part)  # the same words are in nobody's way
        choose(session, mine, "One")
        with pytest.raises(Conflict):
            choose(session, mine, "Two")
        choose(session, mine, "Two", seen=1)


@pytest.mark.parametrize(("length", "taken"), [(writing.LONGEST_CLAIM, True), (writing.LONGEST_CLAIM + 1, False)])
def test_a_claim_has_so_many_characters(pair: Pair, length: int, *, taken: bool) -> None:
    with pair[0].rooms.store.writing() as session:
        if taken:
            choose(session, pair[0], "x" * length)
        else:
            with pytest.raises(Refused):
                choose(session, pair[0], "x" * length)


def test_figures_are_those_of_each(pair: Pair) -> None:
    mine, _ = pair
    with mine.rooms.store.writing() as session:
        wish = figures.Wish("tree", kept=True, given={}, caption="Who began whom", version=0)
        figures.choose(session, mine.case(session, lock=True), wish, mine.rooms.clock())
        assert [[*figures.chosen(session, one.case(session))] for one in pair] == [["tree"], []]
        with pytest.raises(Conflict):
            other = figures.Wish("tree", kept=True, given={}, caption="Otherwise", version=0)
            figures.choose(session, mine.case(session, lock=True), other, mine.rooms.clock())


def file(session: Session, desk: Desk) -> ReportFiled:
    return filing.file(session, desk.case(session, lock=True), desk.rooms.engine.result, "en", desk.rooms.clock())


def test_reports_are_filed_and_numbered_in_each(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = pair
    monkeypatch.setattr(filing, "MOST", 2)
    with mine.rooms.store.writing() as session:
        first = file(session, mine)
        assert file(session, mine) is first, "word for word the same is not filed again"
        assert file(session, theirs).number == 1
        attempts = [session.get_one(Attempt, one.attempt_id) for one in pair]
        assert [[one.attempt_id for one in filing.listed(session, each)] for each in attempts] == [
            [mine.attempt_id],
            [theirs.attempt_id],
        ]
        assert filing.get(session, attempts[0], 1) is first
        choose(session, mine, "Another claim.")
        assert file(session, mine).number == 2
        with pytest.raises(NotThere):
            filing.get(session, attempts[1], 2)
        choose(session, mine, "A third claim.", seen=1)
        with pytest.raises(TooMany):
            file(session, mine)


def test_a_drill_is_answered_and_shared_in_each(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, _ = pair
    monkeypatch.setattr(drill, "VERSIONS", 2)
    with mine.rooms.store.writing() as session:
        cases = [one.case(session, lock=True) for one in pair]
        documents = [
            projection.draft(session, case, mine.rooms.engine.result, "en", mine.rooms.clock()) for case in cases
        ]
        asked = drill.of(session, cases[0], documents[0], mine.rooms.clock()).questions[0]

        def say(text: str, seen: int) -> None:
            drill.answer(session, cases[0], documents[0], {"q": asked.key, "text": text}, seen, mine.rooms.clock())

        say("Because of row 12.", 0)
        with pytest.raises(Conflict):
            say("From an older page.", 0)
        say("Because of rows 12 and 13.", 1)
        with pytest.raises(TooMany):
            say("Once more.", 2)
        assert [
            sum(len(one.answers) for one in drill.of(session, case, document, mine.rooms.clock()).questions)
            for case, document in zip(cases, documents, strict=True)
        ] == [2, 0]
        attempts = [session.get_one(Attempt, one.attempt_id) for one in pair]
        for one in attempts:
            with pytest.raises(NotThere):
                drill.shared(session, one)
        drill.share(session, cases[0], shared=True, now=mine.rooms.clock())
        assert len(drill.shared(session, attempts[0])) == 1
        with pytest.raises(NotThere):
            drill.shared(session, attempts[1])
        drill.share(session, cases[0], shared=False, now=mine.rooms.clock())
        with pytest.raises(NotThere):
            drill.shared(session, attempts[0])
