"""The real lab on the real exhibit: right answers, named mistakes, tries, hints, repeated requests."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.unit.labs.conftest import Desk
from training.audit.models import Event
from training.errors import Conflict, Refused, TooMany
from training.grading.parts import Mistake
from training.grading.question import Question
from training.grading.values.reading import kind_of
from training.labs.models import Draft, Finding, HintTaken
from training.labs.service import attempts, findings
from training.labs.service.findings import Claimed
from training.labs.service.notebook import OpenResult
from training.sentence import unpacked
from training.store import new_id


def answer(desk: Desk, name: str) -> str:
    """The sealed answer as a person would type it."""
    question = desk.question(name)
    key = next(iter(desk.lab.seals.values())).sealed.keys[name]
    return kind_of(question.spec).write(key.answer, question.spec)


def pid(desk: Desk, name: str = "q1") -> int:
    return int(answer(desk, name))


def prove(desk: Desk, name: str) -> list[int]:
    """Cite what proves and corroborates the right answer of a question, as a careful trainee does."""
    return [desk.cite(plugin, row) if plugin else desk.cite_line("frozen at") for plugin, row in places(desk)[name]]


def places(desk: Desk) -> dict[str, list[tuple[str, int]]]:
    """Plugins and rows that prove each question; an empty name stands for the acquisition record."""
    rows, planted = desk.answered.rows, pid(desk)

    def at(plugin: str, **cells: object) -> tuple[str, int]:
        return plugin, desk.answered.find(plugin, **cells)

    typed = at("linux.bash", Command=answer(desk, "q5"))
    packed = next(("linux.bash", int(row["n"])) for row in rows["linux.bash"] if row["Command"].startswith("tar"))
    file = at("linux.pagecache.Files", FilePath=answer(desk, "q7"))
    chain = [int(one) for one in answer(desk, "q3").split(" > ")]
    shells = [int(one) for one in answer(desk, "q4").split(", ")]
    mira = next(row["PID"] for row in rows["linux.pslist"] if (row["COMM"], row["UID"]) == ("bash", 1001))
    old = [("linux.bash", int(row["n"])) for row in rows["linux.bash"] if row["PID"] == mira][:2]
    mapped = next(int(r["n"]) for r in rows["linux.elfs"] if r["PID"] == planted and "memfd" in r["File Path"])
    return {
        "q1": [at("linux.psaux", PID=planted), at("linux.proc.Maps", PID=planted)],
        "q2": [at("linux.malware.process_spoofing", PID=planted), ("linux.elfs", mapped)],
        "q3": [at(plugin, PID=one) for plugin in ("linux.pslist", "linux.pidhashtable") for one in chain],
        "q4": [at(plugin, PID=one) for plugin in ("linux.bash", "linux.pslist") for one in shells],
        "q5": [typed, at("linux.sockstat", PID=planted)],
        "q6": [packed, file],
        "q7": [packed, file],
        "q8": [*old, at("linux.pagecache.Files", FilePath="/home/mira/.bash_history")],
        "q9": [at("linux.sockstat", PID=planted), typed],
        "q10": [typed, at("linux.pslist", PID=planted), packed, ("", 0)],
    }


NAMES = [f"q{number}" for number in range(1, 11)]


def test_the_whole_lab_answered_right_and_proven_gives_every_point_but_those_of_the_court_view(desk: Desk) -> None:
    for name in NAMES:
        done = desk.submit(name, answer(desk, name), prove(desk, name))
        assert done.finding is not None
        verdict = done.finding.verdict
        assert verdict["solved"], f"{name}: {verdict}"
        assert verdict["points"] == desk.question(name).points[0]
    with desk.rooms.store.reading() as session:
        score = findings.score(findings.progress_of_all(session, desk.case(session)))
    assert score == 95 == desk.lab.total - sum(one.points[0] for one in desk.lab.questions if one.by)


@pytest.mark.parametrize("name", NAMES)
def test_each_named_mistake_of_a_question_gets_its_feedback_and_never_the_answer(
    desk_of: Callable[[str], Desk], name: str
) -> None:
    desk = desk_of("trainee")
    question = desk.question(name)
    tried = 0
    for index, mistake in enumerate(question.mistakes):
        value = wrong_value(desk, question, index)
        if value is None:
            continue
        with desk.rooms.store.writing() as session:  # every mistake as a first try
            attempts.close(session, desk.case(session, lock=True).attempt, desk.rooms.clock())
        desk = desk_of("trainee")
        done = desk.submit(name, value)
        assert done.finding is not None, value
        verdict = done.finding.verdict
        assert verdict["mistake"] == mistake.code, f"{value}: {verdict}"
        assert mistake.say.strip() in unpacked(verdict["shows"])
        assert not verdict["solved"]
        tried += 1
    assert tried >= 2
    said = " ".join(f"{one.say} {one.next}" for one in question.mistakes)
    if question.type not in {"sequence", "count"}:
        assert answer(desk, name) not in said


def wrong_value(desk: Desk, question: Question, index: int) -> str | None:
    """A finding that makes this mistake, and none of those before it; None where the exhibit has no such value."""
    key = next(iter(desk.lab.seals.values())).sealed.keys[question.id]
    mistake: Mistake = question.mistakes[index]
    earlier = [value for values in key.mistakes[:index] for value in values]
    kind, spec = kind_of(question.spec), question.spec
    own = [value for value in key.mistakes[index] if value not in earlier]
    if not own:
        return None
    if mistake.includes is None:
        return kind.write(own[0], spec)
    right = key.answer if isinstance(key.answer, tuple) else (key.answer,)
    wrong = own[0] if isinstance(own[0], tuple) else (own[0],)
    return kind.write((*right, *wrong), spec)


def test_a_right_value_without_a_row_earns_nothing_and_is_told_what_is_missing(desk: Desk) -> None:
    done = desk.submit("q1", answer(desk, "q1"))
    assert done.finding is not None
    assert (done.finding.credit, done.finding.points) == (0, 0)
    assert "Nothing is cited" in unpacked(done.finding.verdict["shows"])


def test_a_second_view_of_the_same_structure_is_no_corroboration(desk: Desk) -> None:
    same = [desk.cite(plugin, desk.answered.find(plugin, PID=pid(desk))) for plugin in ("linux.psaux", "linux.pslist")]
    done = desk.submit("q1", answer(desk, "q1"), same)
    assert done.finding is not None
    assert done.finding.credit == 0.75
    assert "not independent" in unpacked(done.finding.verdict["shows"])


def test_a_source_that_shows_something_else_is_not_called_dependent(desk: Desk) -> None:
    both = [desk.cite(one, desk.answered.find(one, PID=pid(desk))) for one in ("linux.psaux", "linux.pidhashtable")]
    done = desk.submit("q1", answer(desk, "q1"), both)
    assert done.finding is not None
    assert done.finding.credit == 0.75
    assert unpacked(done.finding.verdict["shows"]) == "The second source does not show what this question needs."


def test_cited_evidence_that_can_not_be_read_spends_no_try_and_the_text_stays(desk: Desk) -> None:
    cited = prove(desk, "q1")
    hidden = [(file, file.rename(file.with_suffix(".away"))) for file in results_of(desk)]
    waits = desk.submit("q1", answer(desk, "q1"), cited)
    assert (waits.finding, waits.uncited) == (None, False)
    assert re.fullmatch(r"What C[12] cites can't be read now: the result .* Nothing was submitted, .*", waits.fault)
    progress = desk.progress("q1")
    assert (progress.findings, progress.tries_left) == ((), len(desk.question("q1").points))
    assert progress.draft
    assert progress.draft.value == answer(desk, "q1")
    for file, away in hidden:
        away.rename(file)
    done = desk.submit("q1", answer(desk, "q1"), cited).finding
    assert done
    assert done.credit == 1


def test_a_cited_line_that_is_not_there_any_more_spends_no_try_either(desk: Desk) -> None:
    cited = desk.cite_line("frozen at")
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        claimed = Claimed("3", None, (cited,))
        sources: tuple[OpenResult, list[str]] = (desk.rooms.engine.result, [])
        waits = findings.submit(session, case, desk.question("q1"), claimed, "one-request", sources, desk.rooms.clock())
    assert "What C1 cites can't be read now: the record has no line" in waits.fault
    assert desk.progress("q1").findings == ()


def results_of(desk: Desk) -> list[Path]:
    return [one for one in (desk.rooms.settings.instance / "results").iterdir() if one.is_file()]


def test_a_finding_without_a_citation_waits_until_it_is_meant(desk: Desk) -> None:
    waits = desk.submit("q1", "3", bare=False)
    assert (waits.finding, waits.uncited, waits.read.value is not None) == (None, True, True)
    progress = desk.progress("q1")
    assert (progress.standing.tries_left, progress.draft.value if progress.draft else "") == (5, "3")
    meant = desk.submit("q1", "3", bare=True)
    assert meant.finding is not None
    assert desk.progress("q1").standing.tries_left == 4
    cited = desk.submit("q1", "3", [desk.cite("linux.psaux", 1)], bare=False)
    assert cited.finding is not None


def test_the_same_finding_again_spends_nothing(desk: Desk) -> None:
    cited = [desk.cite("linux.psaux", 1)]
    desk.submit("q1", "3", cited)
    with pytest.raises(Conflict, match="exactly this at try 1; nothing was spent"):
        desk.submit("q1", "0x3", cited)
    assert desk.progress("q1").standing.tries == 1
    desk.submit("q1", "3", [*cited, desk.cite("linux.psaux", 2)])
    desk.submit("q1", "3", cited)
    assert desk.progress("q1").standing.tries == 3


def test_a_page_that_is_out_of_date_submits_nothing(desk: Desk) -> None:
    assert desk.submit("q1", "3", seen=0, key="first-request").finding is not None
    with pytest.raises(Conflict, match=r"has changed since you opened it \(another tab\?\); nothing was submitted"):
        desk.submit("q1", "4", seen=0)
    again = desk.submit("q1", "3", seen=0, key="first-request")
    assert again.repeated, "a double click is no old page"
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question("q1"), 1, desk.rooms.clock())
    with pytest.raises(Conflict, match="has changed"):
        desk.submit("q1", "4", seen=1)
    assert desk.submit("q1", "4", seen=2).finding is not None
    assert desk.progress("q1").step == 3


def test_the_same_request_twice_is_one_finding_and_other_content_under_its_key_is_refused(desk: Desk) -> None:
    first = desk.submit("q1", "3", key="a-request-key")
    again = desk.submit("q1", "3", key="a-request-key")
    assert first.finding is not None
    assert again.finding is not None
    assert first.finding.id == again.finding.id
    assert again.repeated
    with pytest.raises(Conflict, match="'3' was submitted"):
        desk.submit("q1", "4", key="a-request-key")
    assert desk.progress("q1").standing.tries == 1


def test_sixteen_equal_posts_at_once_make_one_finding(desk: Desk) -> None:
    found: list[object] = []

    def post() -> None:
        done = desk.submit("q1", "3", key="pressed-many-times")
        found.append(done.finding.id if done.finding else None)

    threads = [threading.Thread(target=post) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Finding)) == 1


def test_tries_are_limited_even_when_many_come_at_once(desk: Desk) -> None:
    refused: list[str] = []

    def post(value: str) -> None:
        try:
            desk.submit("q1", value)
        except TooMany as bad:
            refused.append(bad.message)

    threads = [threading.Thread(target=post, args=(str(number),)) for number in range(900, 912)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) == 7
    assert desk.progress("q1").standing.tries_left == 0
    with pytest.raises(TooMany, match="All 5 tries"):
        desk.submit("q1", "950")


def test_what_can_not_be_read_spends_no_try_and_is_kept(desk: Desk) -> None:
    done = desk.submit("q1", "the second one")
    assert done.finding is None
    assert done.read.value is None
    assert done.read.expected
    progress = desk.progress("q1")
    assert progress.standing.tries_left == 5
    assert progress.draft is not None
    assert progress.draft.value == "the second one"


def test_a_try_is_worth_less_than_the_one_before_and_nothing_earned_is_lost(desk: Desk) -> None:
    cited = prove(desk, "q1")
    desk.submit("q1", "3")
    right = desk.submit("q1", answer(desk, "q1"), cited)
    assert right.finding is not None
    assert right.finding.points == 8
    desk.submit("q1", "4")
    assert desk.progress("q1").standing.points == 8


def test_a_hint_is_charged_once_and_hints_open_in_order(desk: Desk) -> None:
    def take(number: int) -> HintTaken:
        with desk.rooms.store.writing() as session:
            case, now = desk.case(session, lock=True), desk.rooms.clock()
            return findings.take_hint(session, case, desk.question("q1"), number, now)

    with pytest.raises(Refused, match="opens after hint 1"):
        take(2)
    assert take(1).price == 0.2
    take(1)
    assert desk.progress("q1").standing.worth == 8
    take(2)
    with pytest.raises(Refused, match="no hint 3"):
        take(3)
    assert len(desk.progress("q1").hints) == 2
    done = desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert done.finding is not None
    assert done.finding.points == 6


def test_a_draft_is_kept_until_a_finding_takes_its_place(desk: Desk) -> None:
    cited = desk.cite("linux.psaux", 0)
    with desk.rooms.store.writing() as session:
        claimed = Claimed("20", "probable", (cited,))
        findings.keep_draft(session, desk.case(session), desk.question("q1"), claimed, desk.rooms.clock())
    draft = desk.progress("q1").draft
    assert draft is not None
    assert (draft.value, draft.confidence, len(draft.citations)) == ("20", "probable", 1)
    desk.submit("q1", "20")
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.parametrize(
    ("claimed", "message"),
    [
        (Claimed("x" * 2_001), "at most 2,000"),
        (Claimed("1", "sure"), "certain, probable, possible"),
        (Claimed("1", None, tuple(range(1, 42))), "at most 40"),
        (Claimed("1", reasoning="x" * 4_001), "at most 4,000"),
    ],
)
def test_a_claim_beyond_the_limits_is_refused_before_anything_is_kept(
    desk: Desk, claimed: Claimed, message: str
) -> None:
    with pytest.raises(Refused, match=message), desk.rooms.store.writing() as session:
        sources: tuple[OpenResult, list[str]] = (desk.rooms.engine.result, [])
        case, now = desk.case(session), desk.rooms.clock()
        findings.submit(session, case, desk.question("q1"), claimed, str(new_id()), sources, now)
    assert desk.progress("q1").findings == ()


def test_a_finding_on_an_image_that_the_keys_were_not_made_for_goes_to_a_marker(desk: Desk) -> None:
    seal = desk.lab.seals["finance-workstation-a"]
    assert desk.lab.key("finance-workstation-a", seal.exhibit, "q1") is not None
    assert desk.lab.key("finance-workstation-a", "0" * 64, "q1") is None
    assert desk.lab.key("finance-workstation-b", seal.exhibit, "q1") is None


def test_the_log_says_of_each_finding_what_it_was_worth_when_it_came(desk: Desk) -> None:
    done = desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert done.finding is not None
    with desk.rooms.store.reading() as session:
        event = session.scalars(select(Event).where(Event.act == "finding.submitted")).one()
        assert event.actor == desk.case(session).attempt.person_id
    assert event.subject == f"finding:{done.finding.id}"
    assert event.details["question"] == "q1"
    assert (event.details["try"], event.details["credit"], event.details["share"]) == (1, 1.0, 1.0)
