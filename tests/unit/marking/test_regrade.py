"""Regrades on the real lab: what a preview shows, what applying writes and what it leaves alone."""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs.conftest import FOLDER, LAB, Desk
from training.audit import service as audit
from training.audit.models import Event
from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.grading.amend import Accept, Amendment, Rules, Void, Worth
from training.grading.values.reading import kind_of
from training.labs import reader
from training.labs.models import Attempt, Finding, GradingVersion, Judgement
from training.labs.service import attempts, findings, progress
from training.marking.service import overrides, preview, regrade, releases, scope, signing
from training.marking.service.preview import Draft, Preview
from training.marking.service.regrade import Applied, Seal
from training.marking.service.scope import Sources
from training.schema import metadata

SECRET = b"only for tests: 0123456789abcdef"
WHY = "The key named the wrong process."
DeskOf = Callable[[str], Desk]


class Office:
    """An instructor who regrades the attempts of the home organisation."""

    def __init__(self, desk: Desk, people: People) -> None:
        self.rooms, self.people = desk.rooms, people
        self.store, self.clock = desk.rooms.store, desk.rooms.clock
        with self.store.reading() as session:
            self.release = session.get_one(Attempt, desk.attempt_id).release_id
        self.sources = Sources(self.rooms.settings.instance, self.rooms.engine.result)

    def look(self, *amendments: Amendment, ticked: Sequence[UUID] = (), place: UUID | None = None) -> Preview:
        with self.store.reading() as session:
            release = session.get_one(Release, self.release)
            draft = Draft(amendments, frozenset(ticked))
            return preview.preview(session, release, place or self.people.home, draft, self.sources)

    def apply(self, shown: Preview, seal: Seal | None = None, reason: str = WHY) -> Applied:
        seal = seal or regrade.seal(shown, SECRET)
        fresh = self.look(*shown.draft.amendments, ticked=list(shown.draft.ticked))
        with self.store.writing() as session:
            return regrade.apply(session, fresh, seal, SECRET, reason, self.people["instructor"], self.clock())

    def override(self, desk: Desk, finding: UUID, credit: float, seen: int = 0) -> Judgement:
        with self.store.writing() as session:
            here = session.get_one(Finding, finding)
            case, by = desk.case(session), self.people["instructor"]
            return overrides.override(session, case, here, credit, "It is what the row shows.", seen, by, self.clock())

    def credits(self) -> dict[UUID, tuple[bool, float]]:
        with self.store.reading() as session:
            found = session.scalars(select(Finding)).all()
            return {one.id: (one.current.judged, one.current.credit) for one in found}

    def dump(self, *without: str) -> Mapping[str, list[Any]]:
        """Every row of every table, but for some tables."""
        with self.store.reading() as session:
            return {
                table.name: sorted(map(repr, session.execute(select(table)).all()))
                for table in metadata().sorted_tables
                if table.name not in without
            }


@pytest.fixture
def office(desk: Desk, people: People) -> Office:
    return Office(desk, people)


def answer(desk: Desk, name: str) -> str:
    key = next(iter(desk.lab.seals.values())).sealed.keys[name]
    return kind_of(desk.question(name).spec).write(key.answer, desk.question(name).spec)


def submit(desk: Desk, name: str, value: str, cited: Sequence[int] = ()) -> Finding:
    done = desk.submit(name, value, cited)
    assert done.finding is not None
    return done.finding


def proof(desk: Desk) -> list[int]:
    pid = int(answer(desk, "q1"))
    return [desk.cite(plugin, desk.answered.find(plugin, PID=pid)) for plugin in ("linux.psaux", "linux.proc.Maps")]


# the preview


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


def test_hints_and_lateness_count_as_they_did_when_the_finding_was_received(desk: Desk, office: Office) -> None:
    hint(desk)
    late = submit(desk, "q1", "3", proof(desk))
    hint(desk)
    assert office.look(Accept(question="q1", value="77")).moved == ()
    with office.store.writing() as session:
        session.get_one(Finding, late.id).share = 0.5
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
    assert (person.old.total, person.new.total) == (95, 10 + 0.5 * len(names))
    assert (person.old.passed, person.new.passed) == (False, True)
    assert seen.moved == ()


def test_certificates_that_rest_on_changed_points_are_named(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    with office.store.reading() as session:
        release = session.get_one(Release, office.release)
        draft = Draft((Void(question="q1", reason="Two processes fit."),))
        named = {desk.attempt_id: ("Certificate 7",)}
        seen = preview.preview(
            session, release, office.people.home, draft, office.sources, lambda _session, _ids: named
        )
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
    seen = office.look(Accept(question="q1", value="3"))
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


# applying


def test_applying_writes_a_version_and_judgements_and_tells_the_audit_log(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    same = submit(desk, "q2", "/nothing")
    done = office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    assert done.version is not None
    assert (done.version.number, done.version.reason, done.version.made_by) == (1, WHY, office.people["instructor"])
    with office.store.reading() as session:
        event = session.scalars(select(Event).filter_by(act="regrade.applied")).one()
        judged = session.scalars(select(Judgement)).all()
        kept = session.get_one(Finding, same.id)
        whole = audit.check(session).fault
    assert [(one.origin, one.seq, one.version_id, one.by) for one in judged] == [("regrade", 1, done.version.id, None)]
    assert kept.current is kept
    assert (event.details["judgements"], event.details["gain"], event.details["lose"]) == (1, 1, 0)
    assert event.details["preview"] == done.version.preview
    assert WHY not in str(event.details)
    assert whole is None


def test_applying_twice_gives_the_same_version_and_a_second_regrade_nothing(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    shown = office.look(Void(question="q1", reason="Two processes fit."))
    seal = regrade.seal(shown, SECRET)
    first = office.apply(shown, seal)
    with office.store.reading() as session:
        home, by = office.people.home, office.people["instructor"]
        again = regrade.repeated(session, office.release, home, seal, by)
        other = regrade.repeated(session, office.release, home, seal, office.people["host"])
    assert again is not None
    assert again.version is not None
    assert first.version is not None
    assert (again.version.id, again.repeated, other) == (first.version.id, True, None)
    before = office.dump()
    assert office.apply(shown, seal).repeated
    assert office.apply(office.look(*shown.draft.amendments)) == Applied(None)
    assert office.dump() == before


def test_what_moved_since_the_preview_is_named_and_nothing_is_applied(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    shown = office.look(Void(question="q1", reason="Two processes fit."))
    seal = regrade.seal(shown, SECRET)
    submit(desk, "q2", "/nothing")
    office.override(desk, finding.id, 0.5)
    before = office.dump()
    with pytest.raises(Conflict, match=r"1 finding was submitted, 1 judgement was made"):
        office.apply(shown, seal)
    assert office.dump() == before
    other = office.look(Void(question="q2", reason="No process fits."))
    office.apply(other)
    with pytest.raises(Conflict, match="grading version 1 was applied"):
        office.apply(shown, seal)


def test_something_that_moves_between_the_second_look_and_the_writing_is_found(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    fresh = office.look(Void(question="q1", reason="Two processes fit."))
    submit(desk, "q2", "/nothing")
    seal, by = regrade.seal(fresh, SECRET), office.people["instructor"]
    with office.store.writing() as session, pytest.raises(Conflict, match="1 finding was submitted"):
        regrade.apply(session, fresh, seal, SECRET, WHY, by, office.clock())


@pytest.mark.parametrize("what", ["signature", "secret", "amendments", "ticks"])
def test_a_preview_that_was_altered_is_not_applied(desk: Desk, office: Office, what: str) -> None:
    submit(desk, "q1", "4")
    by_hand = submit(desk, "q1", "3")
    office.override(desk, by_hand.id, 0.25)
    void, before = Void(question="q1", reason="Two processes fit."), office.credits()
    shown = office.look(void)
    seal = regrade.seal(shown, b"another secret" if what == "secret" else SECRET)
    if what == "signature":
        seal = seal.model_copy(update={"signature": "0" * 64})
    if what == "amendments":
        shown = office.look(Void(question="q1", reason="Another reason."))
    if what == "ticks":
        shown = office.look(void, ticked=[by_hand.id])
    with pytest.raises(Conflict, match="preview"):
        office.apply(shown, seal)
    assert office.credits() == before


def test_a_tick_that_changes_nothing_stays_on_the_page_and_one_of_nothing_by_hand_does_not(
    desk: Desk, office: Office
) -> None:
    plain, by_hand = submit(desk, "q1", "3"), submit(desk, "q2", "/nothing")
    office.override(desk, by_hand.id, 0.25)
    seen = office.look(ticked=[plain.id, by_hand.id])
    assert seen.draft.ticked == {by_hand.id}
    assert [one.id for _, _, one in seen.held] == [by_hand.id]
    assert [one.finding.id for one in seen.moved] == [by_hand.id]
    office.apply(seen)
    assert office.look(ticked=[by_hand.id]).draft.ticked == frozenset()


def test_a_reason_is_needed(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    with pytest.raises(Refused, match="at least 10 characters"):
        office.apply(office.look(Void(question="q1", reason="Two processes fit.")), reason="  because ")


def test_the_signature_belongs_to_its_purpose_and_its_content() -> None:
    content = {"release": "a", "findings": [["x", 0, 0.5, "d"]]}
    mine = signing.sign(SECRET, content)
    assert signing.signed(SECRET, {"findings": [["x", 0, 0.5, "d"]], "release": "a"}, mine)
    assert not signing.signed(SECRET, content | {"release": "b"}, mine)
    assert not signing.signed(b"other", content, mine)
    assert not signing.signed(SECRET, content, "not hexadecimal é")


def test_two_who_apply_at_once_make_one_version(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    shown = [office.look(Void(question="q1", reason=why)) for why in ("Two processes fit.", "No process fits.")]
    ended: list[str] = []

    def press(one: Preview) -> None:
        try:
            office.apply(one)
        except Conflict:
            ended.append("refused")
        else:
            ended.append("applied")

    threads = [threading.Thread(target=press, args=(one,)) for one in shown]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["applied", "refused"]
    with office.store.reading() as session:
        assert session.scalars(select(GradingVersion.number)).all() == [1]
        assert [one.seq for one in session.scalars(select(Judgement))] == [1]


def test_whatever_is_submitted_meanwhile_ends_up_under_the_version_in_force(
    desk: Desk, office: Office, desk_of: DeskOf
) -> None:
    desks = [desk, desk_of("colleague"), desk_of("host")]
    cited = [proof(one) for one in desks]
    rules = (Accept(question="q1", value="3", credit=0.5), Worth(question="q1", points=(8.0, 6.0, 4.0, 2.0)))

    def work(one: Desk, rows: Sequence[int]) -> None:
        for value in ("3", "4", "5", "3"):
            one.submit("q1", value, rows)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(desks, cited, strict=True)]
    for thread in threads:
        thread.start()
    applied = 0
    while not applied or any(thread.is_alive() for thread in threads):
        try:
            applied += office.apply(office.look(*rules)).version is not None
        except Conflict:
            continue
    for thread in threads:
        thread.join()
    with office.store.reading() as session:
        found = session.scalars(select(Finding)).all()
        numbers = session.scalars(select(GradingVersion.number)).all()
    assert len(found) == 12
    accepted = {one.current.credit for one in found if one.value == "3"}
    assert (len(accepted), 0.0 in accepted) == (1, False)
    assert {one.current.credit for one in found if one.value != "3"} == {0.0}
    assert list(numbers) == list(range(1, applied + 1))
    assert office.look(*rules).empty


# judged by hand


def test_what_was_judged_by_hand_stays_unless_it_is_ticked(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.override(desk, finding.id, 0.25)
    void = Void(question="q1", reason="Two processes fit.")
    seen = office.look(void)
    assert [one.id for _, _, one in seen.held] == [finding.id]
    assert seen.moved == ()
    office.apply(seen)
    assert office.credits() == {finding.id: (True, 0.25)}
    ticked = office.look(void, ticked=[finding.id])
    assert [one.id for _, _, one in ticked.held] == [finding.id]
    office.apply(ticked)
    assert office.credits() == {finding.id: (True, 1.0)}
    assert office.look(void).held == ()


# what holds for any amendments

PIDS = st.sampled_from(["1", "3", "4", "77"])
AMENDMENT: st.SearchStrategy[Amendment] = st.one_of(
    st.builds(Accept, question=st.just("q1"), value=PIDS, credit=st.sampled_from([0.25, 0.5, 1.0])),
    st.builds(Void, question=st.sampled_from(["q1", "q2", "q5"]), reason=st.just("It does not hold.")),
    st.builds(Worth, question=st.sampled_from(["q1", "q2"]), points=st.sampled_from([(3.0, 1.0), (20.0, 10.0, 5.0)])),
)


def test_a_regrade_is_idempotent_and_can_be_taken_back_and_touches_nothing_else(
    desk: Desk, office: Office, desk_of: DeskOf
) -> None:
    cited = proof(desk)
    for name, value in (("q1", "3"), ("q1", answer(desk, "q1")), ("q2", "/nothing"), ("q5", "id")):
        submit(desk, name, value, cited)
    other = desk_of("colleague")
    for value in ("1", "4", "77"):
        submit(other, "q1", value, proof(other)[:1])
    fixed = submit(other, "q2", "/var/a")
    office.override(other, fixed.id, 0.4)
    written = ("grading_version", "judgement", "event")
    original, rest = office.credits(), office.dump(*written)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(AMENDMENT, max_size=4))
    def any_amendments(amendments: list[Amendment]) -> None:
        office.apply(office.look(*amendments))
        amended, rows = office.credits(), office.dump()
        again = office.look(*amendments)
        assert again.moved == ()
        assert again.empty
        office.apply(again)
        assert office.dump() == rows
        office.apply(office.look())
        assert office.credits() == original
        assert office.dump(*written) == rest
        office.apply(office.look(*amendments))
        assert office.credits() == amended

    any_amendments()


# versions


def test_every_version_stays_readable_with_what_it_changed(desk: Desk, office: Office) -> None:
    finding = submit(desk, "q1", "3")
    office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    office.apply(office.look(), reason="The key was right after all.")
    with office.store.reading() as session:
        listed = scope.versions(session, office.release, office.people.home)
        counts = releases.counts(session, listed)
        turned = [(one.old, one.made.credit) for each in listed for one in releases.rejudged(session, each)]
        worked = releases.worked(session, {office.people.home})
        with pytest.raises(NotThere):
            releases.version_of(session, office.release, office.people.home, 3)
    assert [(one.number, len(one.amendments), counts[one.id]) for one in listed] == [(2, 0, 1), (1, 1, 1)]
    assert turned == [(1.0, 0.0), (0.0, 1.0)]
    assert [(one.attempts, one.version and one.version.number) for one in worked] == [(1, 2)]
    assert finding.credit == 0


def test_a_new_finding_is_judged_by_the_version_in_force(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    office.apply(office.look(Accept(question="q1", value="77")))
    later = submit(desk, "q1", "77", proof(desk))
    assert later.credit > 0
    assert office.look(Accept(question="q1", value="77")).empty
    with office.store.reading() as session:
        number = session.scalar(select(GradingVersion.number))
        assert attempts.case(session, office.rooms.settings.instance, desk.case(session).attempt).version is not None
    assert number == 1
