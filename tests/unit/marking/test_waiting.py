"""What waits for an instructor is counted: in their own organisations, without work of their own."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update

from tests.unit.labs.conftest import PACK
from tests.unit.marking import rounds
from tests.unit.marking.rounds import FULL, Office, finish
from training.analysis import cards
from training.content import service as content
from training.labs import drift, reader
from training.labs.models import Finding
from training.marking.models.appeals import Appeal
from training.marking.models.rounds import Round
from training.marking.models.signs import SignAttempt, SignCase
from training.marking.service import waiting
from training.marking.service.rounds import opening
from training.marking.service.waiting import Waiting
from training.personal.models import Erasing
from training.store import new_id

office, six = rounds.office, rounds.six  # fixtures
PACKS = PACK.parent


def waits(office: Office, who: str = "instructor") -> Waiting:
    with office.rooms.store.reading() as session:
        return waiting.of(session, office.actor(who), office.rooms.settings.instance, PACKS)


def appeal(office: Office, who: str, decided: datetime | None = None) -> None:
    attempt = office.attempt(who)
    finding = office.submit(who, "4")
    with office.rooms.store.writing() as session:
        made = Appeal(attempt_id=attempt, finding_id=finding, kind="question", reason="Why is it not right?")
        made.against, made.request_key, made.made_at = 0, str(finding), office.rooms.clock()
        if decided:
            made.outcome, made.note, made.decided_at, made.decided_by = (
                "answered",
                "It is.",
                decided,
                office.people["second"],
            )
        session.add(made)


def sign(office: Office, who: str, state: str = "open") -> None:
    attempt, now = office.attempt(who), office.rooms.clock()
    with office.rooms.store.writing() as session:
        made = SignCase(organisation_id=office.people.home, release_id=office.release, key=who, signs=[], state=state)
        made.opened_by, made.opened_at, made.attempts = office.people["second"], now, [SignAttempt(attempt_id=attempt)]
        if state != "open":
            made.note, made.decided_at, made.decided_by = "It means nothing.", now, office.people["second"]
        session.add(made)


def test_nothing_waits_at_first_and_nothing_for_trainees(six: Office) -> None:
    assert waits(six) == Waiting(texts=6)
    six.open()
    assert waits(six, "deputy") == Waiting(), "a round is open for them"
    assert not waits(six, "trainee").anything


def test_open_appeals_and_cases_are_counted_without_ones_own(office: Office) -> None:
    for who in ("trainee", "colleague", "instructor"):
        appeal(office, who)
        sign(office, who)
    appeal(office, "amal", office.rooms.clock())
    sign(office, "amal", "dismissed")
    assert (waits(office).appeals, waits(office).cases) == (2, 2)
    assert (waits(office, "second").appeals, waits(office, "second").cases) == (3, 3)
    assert not waits(office, "other_instructor").anything, "another organisation"


def test_an_appeal_waits_only_for_those_who_may_decide_it(six: Office) -> None:
    held = six.open(owner="deputy")
    finish(six, held)
    six.release_round(held, "deputy")
    attempt = six.attempt("trainee")
    with six.rooms.store.writing() as session:
        finding = session.scalars(select(Finding).filter_by(attempt_id=attempt)).one()
        made = Appeal(attempt_id=finding.attempt_id, finding_id=finding.id, kind="question", reason="Why is it not?")
        made.against, made.request_key, made.made_at = 1, str(finding.id), six.rooms.clock()
        session.add(made)
    found = [waits(six, who).appeals for who in ("instructor", "second", "deputy")]
    assert found == [0, 0, 1], "the two marked the piece, and the owner only released it"


def test_texts_count_as_the_page_of_rounds_lists_them(six: Office) -> None:
    six.submit("trainee", "once more")
    six.submit("amal", "judged meanwhile", judged=True)
    six.write("boris", "The account typed them.")
    with six.rooms.store.reading() as session:
        listed = opening.waiting(session, six.actor("instructor"), six.rooms.settings.instance)
    assert sum(one.pieces for one in listed) == 6
    assert waits(six).texts == 6
    held = six.open()
    assert waits(six).texts == 1
    finish(six, held)
    six.release_round(held)
    assert (waits(six).texts, waits(six).anything) == (1, True)
    assert waits(six, "other_instructor").texts == 0


def test_what_was_erased_waits_for_nobody(six: Office) -> None:
    attempt = six.attempt("trainee")
    with six.rooms.store.writing() as session:
        session.add(gate := Erasing(id=new_id()))
        session.flush()
        gone = update(Finding).where(Finding.attempt_id == attempt)
        session.execute(gone.values(value="", understood=""))
        session.delete(gate)
    with six.rooms.store.reading() as session:
        (listed,) = opening.waiting(session, six.actor("instructor"), six.rooms.settings.instance)
        assert (listed.pieces, len(opening.candidates(session, six.about()))) == (5, 5)
    assert waits(six).texts == 5


def test_pieces_count_until_they_are_marked_or_the_round_ends(six: Office) -> None:
    held = six.open()
    given = six.pieces(held, "instructor")
    assert (waits(six).pieces, waits(six).rounds) == (len(given), 1)
    six.give(given[0], "instructor", FULL, "Well tied to the rows.", finish=False)
    assert waits(six).pieces == len(given), "a draft is no mark"
    six.give(given[0], "instructor", FULL, "Well tied to the rows.")
    assert waits(six).pieces == len(given) - 1
    assert waits(six, "deputy").pieces == 0
    with six.rooms.store.writing() as session:
        session.execute(update(Round).values(closed_at=six.rooms.clock(), outcome="withdrawn"))
    assert (waits(six).pieces, waits(six).rounds) == (0, 0)


def test_a_finished_round_waits_for_nobody(six: Office) -> None:
    finish(six, six.open())
    assert not waits(six).anything


def test_keys_count_once_versions_changed_until_they_are_proved_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waits(office).keys == ()
    changed = replace(cards.load(), volatility="9.9.9", island=99)
    monkeypatch.setattr(cards, "load", lambda: changed)
    ((lab, count),) = waits(office).keys
    standing, *others = _standing(office)
    doubted = [sum(one.judged for one in each.questions) for each in (standing, *others)]
    assert (lab, count) == ("finance-workstation", sum(doubted))
    digests = {one.question: None for one in standing.questions[:1]}
    rest = {one.question: "other" for one in standing.questions[1:2]}
    report = drift.Report(
        lab=lab,
        pack=standing.pack,
        exhibit=standing.exhibit,
        at=office.rooms.clock(),
        volatility=standing.running.volatility,
        island=standing.running.island,
        symbols=standing.running.symbols,
        digests=digests | rest,
        problems={},
    )
    drift.save(office.rooms.settings.instance, report)
    assert waits(office).keys == ((lab, 2 + sum(doubted[1:])),), "one disagrees and one is not proved on this exhibit"


def _standing(office: Office) -> tuple[drift.Standing, ...]:
    with office.rooms.store.reading() as session:
        release = content.get(session, "lab", "finance-workstation")
    lab = reader.load(content.folder_of(office.rooms.settings.instance, release))
    return drift.standing(lab, office.rooms.settings.instance, PACKS)
