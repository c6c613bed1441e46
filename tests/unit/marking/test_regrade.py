"""Regrades on the real lab: what applying writes and what it leaves alone."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.unit.marking import regrades
from tests.unit.marking.regrades import SECRET, WHY, DeskOf, Office, proof, submit
from training.audit import service as audit
from training.audit.models import Event
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.grading.amend import Accept, Void, Worth
from training.labs.models import Finding, GradingVersion, Judgement
from training.labs.service import attempts
from training.marking.service import regrade, releases, scope, signing
from training.marking.service.preview import Preview, preview
from training.marking.service.regrade import Applied

office = regrades.office  # fixture


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


def test_the_log_says_how_many_pass_and_fail_by_a_regrade(desk: Desk, office: Office) -> None:
    submit(desk, "q1", "3")
    for amendments in ((Void(question="q1", reason="Two processes fit."), Worth(question="q1", points=(1_000,))), ()):
        office.apply(office.look(*amendments))
    with office.store.reading() as session:
        events = session.scalars(select(Event).filter_by(act="regrade.applied").order_by(Event.seq)).all()
    told = [[one.details[name] for name in ("gain", "lose", "pass", "fail", "people")] for one in events]
    assert told == [[1, 0, 1, 0, 1], [0, 1, 0, 1, 1]]


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
    seal = regrade.seal(fresh, SECRET)
    with office.store.writing() as session, pytest.raises(Conflict, match="1 finding was submitted"):
        regrade.apply(session, fresh, seal, SECRET, WHY, office.clock())


def test_what_comes_in_while_a_preview_is_worked_out_is_found(
    desk: Desk, office: Office, desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(desk, "q1", "3")
    shown, other = office.look(Void(question="q1", reason="Two processes fit.")), desk_of("colleague")
    gather = scope.gather

    def gathered(session: Session, *about: Any) -> scope.Scope:
        found = gather(session, *about)
        submit(other, "q1", "4")
        return found

    monkeypatch.setattr(scope, "gather", gathered)
    engine = create_engine(office.store.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)  # no unit around it
    with Session(engine, autoflush=False) as session:
        home, draft, by = office.people.home, shown.draft, office.people["instructor"]
        fresh = preview(session, session.get_one(Release, office.release), home, draft, office.sources, by)
    monkeypatch.undo()
    seal = regrade.seal(shown, SECRET)
    with office.store.writing() as session, pytest.raises(Conflict, match="1 finding was submitted"):
        regrade.apply(session, fresh, seal, SECRET, WHY, office.clock())


def test_an_instructors_own_findings_are_left_to_another(desk: Desk, desk_of: DeskOf, office: Office) -> None:
    mine = desk_of("instructor")
    own, other = submit(mine, "q1", "3"), submit(desk, "q1", "4")
    held = submit(mine, "q1", "77")
    office.override(mine, held.id, 0.25, by=office.people["host"])
    void = Void(question="q1", reason="Two processes fit.")
    seen = office.look(void, ticked=[held.id])
    assert [one.id for _, one in seen.own] == [own.id]
    assert ([one.finding.id for one in seen.moved], seen.held, seen.draft.ticked) == ([other.id], (), frozenset())
    assert office.apply(seen).judgements == 1
    assert office.credits() == {own.id: (True, 0.0), other.id: (True, 1.0), held.id: (True, 0.25)}
    again = office.look(void)
    assert (again.empty, [one.id for _, one in again.own]) == (True, [own.id])
    host = office.people["host"]
    later = office.look(void, by=host)
    assert (later.empty, later.own, [one.finding.id for one in later.moved]) == (False, (), [own.id])
    done = office.apply(later, by=host)
    assert done.version is not None
    assert (done.version.number, done.judgements) == (2, 1)
    assert office.credits()[own.id] == (True, 1.0)
    assert office.look(void).empty


def test_a_preview_of_another_instructor_does_not_judge_ones_own_work(desk_of: DeskOf, people: People) -> None:
    desk = desk_of("instructor")
    office = Office(desk, people)
    submit(desk, "q1", "3")
    shown = office.look(Void(question="q1", reason="Two processes fit."), by=people["host"])
    with pytest.raises(Conflict, match="what the preview showed"):
        office.apply(shown, by=people["instructor"])
    assert [credit for _, credit in office.credits().values()] == [0.0]
    assert office.apply(shown, by=people["host"]).judgements == 1


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
