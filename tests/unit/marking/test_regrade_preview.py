"""Previews of regrades on the real lab: what they show, of whom, and what they can't read."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs.conftest import FOLDER, LAB, Desk
from tests.unit.marking import regrades
from tests.unit.marking.regrades import DeskOf, Office, answer, proof, submit
from training.content import service as content
from training.content.models import Release
from training.errors import NotThere, Refused
from training.grading.amend import Accept, Rules, Void, Worth
from training.labs import reader
from training.labs.models import Finding
from training.labs.service import findings, progress, results
from training.labs.service.findings import submission
from training.marking.service import preview, releases
from training.marking.service.preview import Draft
from training.marking.service.scope import Sources

office = regrades.office  # fixture


def test_a_value_that_is_accepted_raises_credit_points_and_pass_of_those_who_gave_it(
    desk: Desk, office: Office, desk_of: DeskOf
) -> None:
    cited = proof(desk)
    wrong = submit(desk, "q1", "3", cited)
    right = submit(desk_of("colleague"), "q1", answer(desk, "q1"))
    seen = office.look(Accept(question="q1", value="3", credit=0.5, say="The parent was meant, too."))
    assert [one.finding.id for one in seen.moved] == [wrong.id]
    assert [person.attempt.id for person in seen.changed] == [desk.attempt_id]
    assert len(seen.people) == 2
    line = seen.changed[0].lines[0]
    assert (line.question, line.old.best, line.old.points) == ("q1", 0, 0)
    assert line.new.best > 0
    assert line.new.points == line.new.best * desk.question("q1").points[0]
    assert (seen.changed[0].old.passed, seen.changed[0].new.passed) == (False, False)
    assert office.credits() == {wrong.id: (True, 0.0), right.id: (True, 0.0)}


def test_a_void_question_gives_full_credit_to_everybody_who_submitted_something(desk: Desk, office: Office) -> None:
    first, second = submit(desk, "q1", "3"), submit(desk, "q1", "4")
    done = office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    assert done.judgements == 2
    assert office.credits() == {first.id: (True, 1.0), second.id: (True, 1.0)}
    with office.store.reading() as session:
        stands = progress.progress_of_all(session, desk.case(session))["q1"].standing
    assert (stands.points, stands.best) == (desk.question("q1").points[0], 1.0)


def test_each_finding_is_judged_on_top_of_the_new_credits_before_it(desk: Desk, office: Office) -> None:
    cited = proof(desk)
    submit(desk, "q1", "3", cited)
    second = submit(desk, "q1", answer(desk, "q1"), cited)
    assert second.verdict["gained"] == desk.question("q1").points[1]
    office.apply(office.look(Accept(question="q1", value="3")))
    with office.store.reading() as session:
        first_now, second_now = (
            one.current.verdict for one in session.scalars(select(Finding).order_by(Finding.try_no)).all()
        )
    assert first_now["credit"] > 0
    expected = (1 - first_now["credit"]) * desk.question("q1").points[1]
    assert second_now["gained"] == pytest.approx(expected)
    assert second_now["points"] == pytest.approx(first_now["points"] + expected)


def test_hints_and_lateness_count_as_they_did_when_the_finding_was_received(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hint(desk)
    with monkeypatch.context() as late:
        late.setattr(submission, "admit", lambda _case, _now: 0.5)
        submit(desk, "q1", "3", proof(desk))
    hint(desk)
    assert office.look(Accept(question="q1", value="77")).moved == ()
    line = office.look(Void(question="q1", reason="Two processes fit.")).changed[0].lines[0]
    before = 10 * 0.5 - 10 * desk.question("q1").hints[0].price
    assert line.new.points == before == 3
    assert line.moved[0].new.points == before


def hint(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        case, question = desk.case(session, lock=True), desk.question("q1")
        number = len(progress.progress(session, case, question).hints) + 1
        findings.take_hint(session, case, question, number, desk.rooms.clock())


def test_other_points_change_totals_and_pass_but_no_credit(desk: Desk, office: Office) -> None:
    submit(desk, "q1", answer(desk, "q1"), proof(desk))
    names = [one.id for one in desk.lab.questions if one.id != "q1"]
    seen = office.look(*(Worth(question=name, points=(0.5, 0.1)) for name in names))
    person = seen.changed[0]
    assert person.old.points == person.new.points == 10
    assert (person.old.total, person.new.total) == (105, 10 + 0.5 * len(names))
    assert (person.old.passed, person.new.passed) == (False, True)
    assert seen.moved == ()
    assert (seen.earned, seen.only_total) == ((), (person,)), "nobody earns more or less"


def test_points_of_a_question_that_was_answered_are_no_change_of_the_total_alone(desk: Desk, office: Office) -> None:
    submit(desk, "q1", answer(desk, "q1"), proof(desk))
    seen = office.look(Worth(question="q1", points=(5, 1)))
    assert (len(seen.earned), seen.only_total) == (1, ())


def test_certificates_that_rest_on_changed_points_are_named(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    with office.store.reading() as session:
        release = session.get_one(Release, office.release)
        draft = Draft((Void(question="q1", reason="Two processes fit."),))
        named, home, by = {desk.attempt_id: ("Certificate 7",)}, office.people.home, office.people["instructor"]
        seen = preview.preview(session, release, home, draft, office.sources, by, lambda _session, _ids: named)
    assert [person.certificates for person in seen.touched] == [("Certificate 7",)]
    assert office.look(*draft.amendments).touched == ()


def test_every_result_file_is_opened_once_for_three_hundred_findings(
    desk: Desk, office: Office, desk_of: DeskOf
) -> None:
    desks = [desk, *map(desk_of, ("colleague", "instructor", "host"))]
    firsts = [submit(one, "q1", "3", proof(one)) for one in desks]
    with office.store.writing() as session:
        session.add_all(copy_of(one, number) for one in firsts for number in range(2, 76))
    opened: list[str] = []

    def opening(run: Any) -> Any:
        opened.append(run.plugin)
        return office.rooms.engine.result(run)

    office.sources = Sources(office.rooms.settings.instance, opening)
    seen = office.look(Accept(question="q1", value="3"), by=office.people["administrator"])
    assert len(seen.moved) == 300
    assert sorted(opened) == ["linux.proc.Maps", "linux.psaux"]


def copy_of(one: Finding, number: int) -> Finding:
    kept = {column.key: getattr(one, column.key) for column in Finding.__table__.columns if column.key != "id"}
    return Finding(**kept | {"try_no": number, "step": number, "request_key": f"copy-of-{number:04d}"})


def test_another_organisation_is_not_touched_and_not_seen(
    desk: Desk, office: Office, desk_of: DeskOf, people: People
) -> None:
    mine, theirs = submit(desk, "q1", "3"), submit(desk_of("stranger"), "q1", "3")
    office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    assert office.credits() == {mine.id: (True, 1.0), theirs.id: (True, 0.0)}
    assert [one.finding.id for one in office.look(Void(question="q1", reason="-"), place=people.elsewhere).moved] == [
        theirs.id
    ]


def test_a_release_that_nobody_of_the_organisation_has_begun_is_not_there(desk_of: DeskOf, people: People) -> None:
    office = Office(desk_of("stranger"), people)
    with pytest.raises(NotThere):
        office.look()
    with office.store.reading() as session, pytest.raises(NotThere):
        releases.release_of(session, office.release, people.home)


def test_an_amendment_that_does_not_fit_is_refused_by_name(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    with pytest.raises(Refused, match="q99"):
        office.look(Void(question="q99", reason="There is none."))


def test_rules_and_keys_of_another_release_are_taken(desk: Desk, office: Office, tmp_path: Path) -> None:
    finding = submit(desk, "q1", answer(desk, "q1"), proof(desk))
    other = another_release(office, tmp_path, "points: [10, 8, 6, 4, 2]", "points: [4, 3, 2, 1, 1]")
    amendment = Rules(release=other.sha256)
    seen = office.look(amendment)
    assert [one.finding.id for one in seen.moved] == [finding.id]
    assert (seen.changed[0].old.points, seen.changed[0].new.points) == (10, 4)
    office.apply(seen)
    assert office.credits() == {finding.id: (True, 1.0)}
    with office.store.reading() as session:
        known = releases.others(session, session.get_one(Release, office.release))
    assert [(number, one.sha256) for number, one in known] == [(2, other.sha256)]
    with pytest.raises(Refused, match="release"):
        office.look(Rules(release="0" * 64))


def another_release(office: Office, folder: Path, old: str, new: str) -> Release:
    """The same lab with other files, published later."""
    copied = folder / "labs" / LAB
    shutil.copytree(FOLDER, copied)
    text = (copied / "lab.yaml").read_text("utf-8")
    assert old in text
    (copied / "lab.yaml").write_text(text.replace(old, new, 1), "utf-8")
    with office.store.writing() as session:
        return content.publish(session, office.rooms.settings.instance, "lab", copied, reader.check, office.clock())


def test_a_finding_whose_rows_can_not_be_read_stays_as_it_is(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", answer(desk, "q1"), proof(desk))
    bare = submit(desk, "q2", "/nothing")
    for file in (office.rooms.settings.instance / "results").iterdir():
        file.unlink()
    seen = office.look(Accept(question="q1", value="77"), Accept(question="q2", value="/nothing"))
    assert (seen.unread, [one.finding.id for one in seen.moved]) == (1, [bare.id])
    assert office.credits() == {finding.id: (True, 1.0), bare.id: (True, 0.0)}
    void = office.look(Void(question="q1", reason="Two processes fit."))
    assert void.unread == 0


def test_a_preview_passes_whom_the_sheet_of_results_passes(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    others = [one.id for one in desk.lab.questions if one.id != "q1"]
    amendments = (Worth(question="q1", points=(100.0,)), *(Worth(question=one, points=(0.0,)) for one in others))
    office.apply(office.look(*amendments))
    with office.store.reading() as session:
        seen = len(session.get_one(Finding, finding.id).judgements)
    office.override(desk, finding.id, 0.59996, seen)
    with office.store.reading() as session:
        stands = progress.progress_of_all(session, desk.case(session))
    points, total = progress.score(stands), progress.total(stands)
    score = office.look(*amendments).people[0].old
    assert (score.points, score.total) == (points, total)
    assert (points, total) == pytest.approx((59.996, 100))
    assert score.passed is results.passed(points, total, 60) is True


def test_a_page_lists_whose_pass_changes_and_then_who_loses_most(
    desk: Desk, office: Office, desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(desk, "q1", answer(desk, "q1"), proof(desk))
    other = desk_of("colleague")
    submit(other, "q1", "3")
    amendments = (
        Worth(question="q1", points=(6.0,)),
        Accept(question="q1", value="3"),
        Void(question="q2", reason="-"),
    )
    monkeypatch.setattr(preview, "MOST_LINES", 1)
    seen = office.look(*amendments)
    assert [person.attempt.id for person in seen.listed] == [desk.attempt_id]
    assert seen.changed[0].gain == -4
