"""Two rounds beside each other: what belongs to one of them is neither seen nor deleted with the other. And limits."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.assessment_place import ABOUT, SEED, host_of, make_round, respond, token_for
from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.assessment.models import Answer, Code, Contact, Respondent, Round
from training.assessment.service import answering, closing, contacts, links, notes, reading, report, retention, rounds
from training.assessment.service.contacts import Details
from training.assessment.service.rounds import Choice
from training.errors import Conflict, NotThere, Refused, TooMany
from training.settings import Settings
from training.store import Store

Pair = tuple[uuid.UUID, uuid.UUID]
WORDS = ("Something of the first", "Something of the second")


@pytest.fixture
def host(people: People) -> Actor:
    return host_of(people.home, people["host"])


@pytest.fixture
def pair(store: Store, settings: Settings, host: Actor, clock: Clock) -> Pair:
    """Two open rounds, of two and of three respondents; in each there are texts, a contact, notes and a free link."""
    with store.writing() as session:
        made = []
        for name, count, words in zip("ab", (2, 3), WORDS, strict=True):
            held = make_round(session, host, clock())
            rounds.open_round(session, held, host, clock())
            for n in range(count):
                one = respond(session, held, f"{name}{n}", "S", {"D4.1": "3d"})
                answering.keep(session, held, one, {"S20": {"text": words}})
            contacts.keep(session, held, settings.instance, uuid.uuid4(), Details(words, words))
            notes.write(session, held, "summary", "D4", {"text": words}, host, clock())
            notes.add_document(session, held, words, "", "", ["D4.1"], host, clock())
            links.slips(session, held, "S", count, SEED[:-1] + name, host, clock())
            made.append(held.id)
            clock.forward(seconds=1)
        return made[0], made[1]


def counted(store: Store, of: uuid.UUID) -> dict[str, int]:
    """How many rows of each kind a round has."""
    with store.reading() as session:
        found = {
            kind.__name__: session.scalar(select(func.count()).select_from(kind).where(kind.round_id == of)) or 0
            for kind in (Respondent, Code, Contact)
        }
        answers = select(func.count()).select_from(Answer).join(Respondent, Respondent.id == Answer.respondent_id)
        return found | {"Answer": session.scalar(answers.where(Respondent.round_id == of)) or 0}


def test_a_round_shows_what_is_its_own(store: Store, settings: Settings, pair: Pair) -> None:
    with store.reading() as session:
        for key, count, words in zip(pair, (2, 3), WORDS, strict=True):
            held = session.get_one(Round, key)
            assert len(answering.answers(session, held)) == count
            assert [one.texts for one in reading.texts(session, held)] == [(words,) * count]
            assert contacts.read(session, held, settings.instance) == [Details(words, words)]
            assert contacts.count(session, held) == 1
            assert links.invited(session, held) == {"S": 2 * count}
            found = notes.of(session, held)
            assert (found.summaries, [one.data["title"] for one in found.documents]) == ({"D4": words}, [words])


def test_results_of_one_round_are_none_of_the_other(store: Store, host: Actor, clock: Clock, pair: Pair) -> None:
    with store.writing() as session:
        first, second = (session.get_one(Round, key) for key in pair)
        closing.close(session, first, host, clock())
        assert [len(closing.outcomes(session, one)) for one in (first, second)] == [1, 0]


def test_a_history_is_that_of_one_organisation_and_one_subject(store: Store, people: People, clock: Clock) -> None:
    hosts = [host_of(people.home, people["host"]), host_of(people.elsewhere, people["stranger"])]
    with store.writing() as session:
        made = list[Round]()
        for actor, subject in ((hosts[0], "Norvala"), (hosts[1], "Norvala"), (hosts[0], "Ostria")):
            held = make_round(session, actor, clock(), replace(ABOUT, subject=subject))
            rounds.open_round(session, held, actor, clock())
            respond(session, held, f"h{len(made)}", "S", {"D4.1": "3d"})
            closing.close(session, held, actor, clock())
            made.append(held)
        for one in made:
            assert [each.held.id for each in report.history(session, one.organisation_id, one.subject_key)] == [one.id]


def test_what_is_cleared_of_one_round_stays_in_the_other(
    store: Store, settings: Settings, host: Actor, clock: Clock, pair: Pair
) -> None:
    late, early = pair  # the first one is still open two years later, since it was opened anew
    with store.writing() as session:
        closing.close(session, session.get_one(Round, early), host, clock())
    clock.now = clock.now.replace(year=2028)
    with store.writing() as session:
        held = session.get_one(Round, late)
        held.opened_at = clock()
    before = counted(store, late)
    with store.writing() as session:
        assert [one.id for one in retention.clear(session, settings.instance, clock())] == [early]
    assert counted(store, late) == before
    assert set(counted(store, early).values()) == {0}
    with store.reading() as session:
        assert len(contacts.read(session, session.get_one(Round, late), settings.instance)) == 1


def test_a_round_that_was_never_closed_is_cleared_by_the_day_of_its_opening(
    store: Store, settings: Settings, clock: Clock, pair: Pair
) -> None:
    clock.now = clock.now.replace(year=2028)
    with store.writing() as session:
        assert {one.id for one in retention.clear(session, settings.instance, clock())} == set(pair)


def test_deleting_contacts_or_a_round_leaves_those_of_the_other(
    store: Store, settings: Settings, host: Actor, clock: Clock, pair: Pair
) -> None:
    first, second = pair
    before = counted(store, second)
    with store.writing() as session:
        contacts.forget(session, session.get_one(Round, first), settings.instance)
        assert contacts.count(session, session.get_one(Round, first)) == 0
    with store.writing() as session:
        rounds.delete(session, session.get_one(Round, first), settings.instance, host, clock())
    assert counted(store, second) == before


def test_a_respondent_takes_back_the_own_answers_alone(store: Store, pair: Pair) -> None:
    with store.writing() as session:
        held = session.get_one(Round, pair[0])
        one = session.scalars(select(Respondent).filter_by(token_hash=links.digest(token_for("a0")))).one()
        answering.forget(session, held, one)
        assert answering.kept(session, one) == {}
        assert len(answering.answers(session, held)) == 1


def test_a_document_is_taken_off_the_list_of_its_own_round(store: Store, pair: Pair) -> None:
    with store.writing() as session:
        first, second = (session.get_one(Round, key) for key in pair)
        (paper,) = notes.of(session, second).documents
        with pytest.raises(NotThere):
            notes.drop_document(session, first, paper.id)
        notes.drop_document(session, second, paper.id)
        session.flush()
        assert (len(notes.of(session, first).documents), len(notes.of(session, second).documents)) == (1, 0)


def test_a_summary_is_changed_in_its_own_round(store: Store, host: Actor, clock: Clock, pair: Pair) -> None:
    with store.writing() as session:
        first, second = (session.get_one(Round, key) for key in pair)
        notes.write(session, first, "summary", "D4", {"text": "Changed."}, host, clock())
        session.flush()
        assert [notes.of(session, one).summaries["D4"] for one in (first, second)] == ["Changed.", WORDS[1]]


@pytest.mark.parametrize("number", [0, links.MOST_AT_ONCE + 1])
def test_links_are_made_within_their_limits(store: Store, host: Actor, clock: Clock, pair: Pair, number: int) -> None:
    acts: tuple[Callable[..., object], ...] = (links.slips, links.for_group)
    for act in acts:
        with store.writing() as session, pytest.raises(Refused):
            act(session, session.get_one(Round, pair[0]), "S", number, SEED, host, clock())
    for act in acts:
        with store.writing() as session:
            act(session, session.get_one(Round, pair[0]), "S", links.MOST_AT_ONCE, SEED, host, clock())


def test_a_round_has_so_many_respondents_documents_and_an_organisation_so_many_rounds(
    store: Store, host: Actor, clock: Clock, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST", 3)
    monkeypatch.setattr(notes, "MOST", 2)
    monkeypatch.setattr(rounds, "MOST", 3)
    with store.writing() as session:
        held = session.get_one(Round, pair[0])
        links.add(session, held, "S", token_for("more"))
        with pytest.raises(Conflict, match="takes no more"):
            links.add(session, held, "S", token_for("again"))
        notes.add_document(session, held, "A law", "", "", [], host, clock())
        session.flush()
        with pytest.raises(TooMany):
            notes.add_document(session, held, "Another law", "", "", [], host, clock())
        make_round(session, host, clock())
        with pytest.raises(TooMany):
            make_round(session, host, clock())


def test_the_rounds_of_an_organisation_are_listed_the_newest_first(
    store: Store, people: People, clock: Clock, pair: Pair
) -> None:
    with store.writing() as session:
        theirs = make_round(session, host_of(people.elsewhere, people["stranger"]), clock()).id
    with store.reading() as session:
        assert [one.id for one in rounds.of_organisation(session, {people.home})] == [pair[1], pair[0]]
        assert [one.id for one in rounds.of_organisation(session, {people.elsewhere})] == [theirs]


def test_texts_come_in_another_order_each_time(store: Store, host: Actor, clock: Clock) -> None:
    """An order that stays would say which texts one person wrote."""
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        for n in range(12):
            one = respond(session, held, f"c{n}", "S", {"D4.1": "3d"})
            answering.keep(session, held, one, {"S20": {"text": f"Remark {n}"}})
        orders = {reading.texts(session, held)[0].texts for _ in range(3)}
    assert len(orders) > 1


def test_a_group_that_there_is_not_gets_no_link(store: Store, host: Actor, clock: Clock, pair: Pair) -> None:
    acts: tuple[Callable[..., object], ...] = (links.slips, links.for_group)
    for act in acts:
        with store.writing() as session, pytest.raises(Refused, match="Choose a group"):
            act(session, session.get_one(Round, pair[0]), "X", 1, SEED, host, clock())


@pytest.mark.parametrize(("name", "most"), [("subject", rounds.SHORT), ("body", rounds.SHORT), ("scope", rounds.LONG)])
def test_a_description_has_so_many_characters(name: str, most: int) -> None:
    fits: dict[str, Any] = {name: "x" * most}
    rounds.checked(replace(ABOUT, **fits))
    too_long: dict[str, Any] = {name: "x" * (most + 1)}
    with pytest.raises(Refused) as refused:
        rounds.checked(replace(ABOUT, **too_long))
    assert refused.value.field == name


@pytest.mark.parametrize("groups", [("S",), ("S", "S"), ("S", "X"), ("S", "P", "I")])
def test_only_two_different_groups_are_merged(
    store: Store, host: Actor, clock: Clock, pair: Pair, groups: tuple[str, ...]
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, pair[0])
        with pytest.raises(Refused):
            rounds.merge(session, held, groups, host, clock())
        rounds.merge(session, held, ("P", "S"), host, clock())
        assert held.pair == ["S", "P"]
        rounds.merge(session, held, (), host, clock())
        assert held.pair == []


@pytest.mark.parametrize(
    "choice",
    [
        Choice(0, Fraction(3), Fraction(1)),
        Choice(4, Fraction(3), Fraction(1)),
        Choice(1, Fraction(9, 2), Fraction(1)),
        Choice(1, Fraction(1, 3), Fraction(1)),
        Choice(1, Fraction(3), Fraction(1, 3)),
        Choice(1, Fraction(3), Fraction(0)),
    ],
)
def test_weight_target_and_feasibility_are_those_of_the_lists(
    store: Store, host: Actor, clock: Clock, choice: Choice
) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        before = dict(held.choices)
        with pytest.raises(Refused, match="choose weight, target and feasibility"):
            rounds.choose(held, {"D4.1": choice})
        assert held.choices == before
