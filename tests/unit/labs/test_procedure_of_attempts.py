"""How somebody worked, from the log of a real attempt on the real lab; and verifying the exhibit as an act."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from training.analysis.models import State
from training.errors import Conflict
from training.evidence.service import AGAIN, Verified
from training.grading.procedure import Score
from training.labs.service import attempts, history, procedure, runs


def verify(desk: Desk) -> str:
    desk.rooms.clock.forward(seconds=5)  # type: ignore[attr-defined] # the clock of tests
    with desk.rooms.store.reading() as session:
        exhibit = desk.case(session).attempt.exhibit
    found = desk.rooms.vault.verify(exhibit)
    with desk.rooms.store.writing() as session:
        return runs.verified(session, desk.case(session, lock=True), found, desk.rooms.clock())


def run(desk: Desk, *plugins: str) -> None:
    for plugin in plugins:
        desk.rooms.clock.forward(seconds=5)  # type: ignore[attr-defined]
        desk.run(plugin)


def submit(desk: Desk, name: str) -> None:
    cited = prove(desk, name)
    desk.rooms.clock.forward(seconds=5)  # type: ignore[attr-defined]
    desk.submit(name, answer(desk, name), cited)


def score(desk: Desk) -> Score:
    with desk.rooms.store.reading() as session:
        found = procedure.score_of(session, desk.case(session))
    assert found is not None
    return found


def test_sound_work_has_every_step_in_a_right_order(desk: Desk) -> None:
    verify(desk)
    run(desk, "linux.boottime", "linux.pslist", "linux.pidhashtable", "linux.bash", "linux.sockstat")
    submit(desk, "q1")
    submit(desk, "q10")
    found = score(desk)
    assert [(one.step.id, one.place, one.after) for one in found.done if one.place is None or one.after] == []
    assert (found.share, found.first, found.sentence) == (1, None, "")


def test_who_asks_before_the_hash_is_verified_is_told_so(desk: Desk) -> None:
    run(desk, "linux.pslist")
    verify(desk)
    run(desk, "linux.boottime", "linux.pidhashtable", "linux.bash")
    found = score(desk)
    assert found.share == pytest.approx(0.3), "five of ten steps done, one of them before what it needs"
    assert found.sentence.startswith("The hash comes before the first question to the exhibit")
    verify(desk)
    run(desk, "linux.pslist")
    assert score(desk) == found, "a step counts where it was first done"


def test_a_finding_on_an_exhibit_that_was_not_identified_comes_too_early(desk: Desk) -> None:
    verify(desk)
    run(desk, "linux.pslist")
    submit(desk, "q1")
    found = score(desk)
    assert found.sentence.startswith("A finding stands on an exhibit whose system is identified")
    by_step = {one.step.id: one for one in found.done}
    assert [one.id for one in by_step["conclude"].after] == ["identify"]
    assert by_step["corroborate"].place is not None, "the memory map was cited beside the process list"


def test_breadth_and_yield_count_runs_and_not_rows(desk: Desk) -> None:
    run(desk, "linux.pslist", "linux.bash", "linux.boottime")
    desk.cite("linux.pslist", 1)
    desk.cite("linux.pslist", 2)
    found = score(desk)
    assert (found.breadth.used, found.breadth.others) == (2, 1), "the time of boot proves nothing in this lab"
    assert found.breadth.relevant > 5
    assert (found.yielded.cited, found.yielded.runs) == (1, 3)


def test_only_what_was_done_in_the_attempt_itself_counts_and_of_its_runs_the_complete_ones(
    desk_of: Callable[[str], Desk],
) -> None:
    desk, colleague = desk_of("trainee"), desk_of("colleague")
    run(desk, "linux.pslist")
    mine = score(desk)
    verify(colleague)
    run(colleague, "linux.bash")
    colleague.cite("linux.pslist", 1)
    colleague.cite_line("frozen at")
    submit(colleague, "q1")
    assert score(desk) == mine
    assert (mine.yielded.cited, mine.yielded.runs) == (0, 1)
    with desk.rooms.store.writing() as session:
        [asked] = runs.listed(session, desk.case(session).attempt)
        asked.run.state, asked.run.reason = State.FAILED, "for the test"
    failed = score(desk)
    assert (failed.share, failed.yielded.runs) == (0, 0)
    assert [one.step.id for one in failed.done if one.place is not None] == []


def test_an_attempt_in_which_nothing_was_done_has_no_share_and_no_blame(desk: Desk) -> None:
    found = score(desk)
    assert (found.share, found.first) == (0, None)


def test_how_one_worked_is_told_when_the_attempt_is_closed(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        now = desk.rooms.clock()
        assert not procedure.may_be_told(case, now), "the steps tell what to do"
        attempts.close(session, case.attempt, now)
        assert procedure.may_be_told(case, now)


def test_verifying_stands_in_the_log_with_the_digest(desk: Desk) -> None:
    said = verify(desk)
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        [typed] = history.listed(session, case.attempt)
    assert case.attempt.exhibit in said
    assert (typed.typed, typed.number, typed.answer) == ("verify", None, said)
    assert [runs.is_verify(text) for text in ("verify", " VERIFY ", "verify linux.pslist", "")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_damaged_exhibit_is_told_and_nothing_is_noted_in_a_closed_attempt(desk: Desk) -> None:
    fault = Verified("x", "0" * 64, "expected SHA-256 1, found 2", desk.rooms.clock())
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        assert "damaged: expected SHA-256 1" in runs.verified(session, case, fault, desk.rooms.clock())
        attempts.close(session, case.attempt, desk.rooms.clock())
        with pytest.raises(Conflict, match="closed"):
            runs.verified(session, case, fault, desk.rooms.clock())


def test_a_class_that_verifies_at_once_hashes_once(desk: Desk) -> None:
    with desk.rooms.store.reading() as session:
        exhibit = desk.case(session).attempt.exhibit
    vault = desk.rooms.vault
    first = vault.verify(exhibit)
    assert vault.verify(exhibit) is first
    desk.rooms.clock.forward(seconds=AGAIN.total_seconds())  # type: ignore[attr-defined]
    later = vault.verify(exhibit)
    assert later.at - first.at == AGAIN == timedelta(minutes=10)
    assert (later.fault, later.sha256) == (None, exhibit)
