"""Two working copies and two organisations: what is written in one of them stays there."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from training.audit.models import Event
from training.authoring import notes, proofs, service
from training.authoring.models import RUNNING, SOUND, LabProof
from training.authoring.service import Copy
from training.content import ownership
from training.content import service as content
from training.errors import Conflict, NotThere, Refused
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ONE, OTHER, LAB = Copy("course", "one"), Copy("course", "other"), Copy("lab", "one")
FILE = "01-quay/index.md"
NOTE = {"jurisdiction": "Norvala", "article": "Act 1, article 2", "dated": "2026-01-01", "checked_by": "A. Judge"}


@pytest.fixture
def begun(store: Store) -> Store:
    """Three copies with a file of the same name."""
    with store.writing() as session:
        for copy in (ONE, OTHER, LAB):
            service.begin(session, copy, {FILE: f"{copy.kind} {copy.name}".encode()}, None, NOW)
    return store


def test_each_copy_holds_its_own_files(begun: Store) -> None:
    with begun.writing() as session:
        service.add(session, OTHER, "02-crane/index.md", b"Only here", None, NOW)
        service.save(session, OTHER, FILE, "Changed", 1, None, NOW)
        service.remove(session, OTHER, "02-crane/index.md", None, NOW)
    with begun.reading() as session:
        assert [service.contents(session, copy) for copy in (ONE, OTHER, LAB)] == [
            {FILE: b"course one"},
            {FILE: b"Changed"},
            {FILE: b"lab one"},
        ]
        assert [[one.path for one in service.entries(session, copy)] for copy in (ONE, OTHER, LAB)] == [[FILE]] * 3
        assert [service.removed(session, copy) for copy in (ONE, OTHER, LAB)] == [[], ["02-crane/index.md"], []]
        assert [len(service.history(session, service.find(session, copy, FILE))) for copy in (ONE, OTHER)] == [1, 2]
        assert (service.names(session, "course"), service.names(session, "lab")) == (["one", "other"], ["one"])
        assert not service.begun(session, Copy("lab", "other"))
        found = [service.find(session, copy, FILE) for copy in (ONE, OTHER, LAB)]
        assert [(one.kind, one.name) for one in found] == [("course", "one"), ("course", "other"), ("lab", "one")]
        with pytest.raises(NotThere):
            service.find(session, ONE, "02-crane/index.md")


def test_files_are_counted_in_each_copy(begun: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "FILES", 2)
    with begun.writing() as session:
        service.add(session, ONE, "02-crane/index.md", b"Another one", None, NOW)
        with pytest.raises(Refused, match="at most 2 files"):
            service.add(session, ONE, "03-boat/index.md", b"One more", None, NOW)
        service.add(session, OTHER, "02-crane/index.md", b"Another one", None, NOW)


def test_what_somebody_has_not_seen_is_neither_restored_over_nor_removed(begun: Store) -> None:
    with begun.writing() as session:
        service.save(session, ONE, FILE, "Second", 1, None, NOW)
        with pytest.raises(Conflict, match="Somebody saved revision 2"):
            service.remove(session, ONE, FILE, None, NOW, seen=1)
        with pytest.raises(Conflict, match="Somebody saved revision 2"):
            service.restore(session, ONE, FILE, 1, None, NOW, seen=1)
        assert service.contents(session, ONE)[FILE] == b"Second"
        service.remove(session, ONE, FILE, None, NOW, seen=2)


def test_notes_are_those_of_an_organisation_and_the_latest_counts(store: Store, people: People) -> None:
    with store.writing() as session:
        first = notes.write(session, people.home, "search", {**NOTE, "text": "As it was."}, people["host"], NOW)
        session.flush()
        given = {**NOTE, "text": "As it is.", "base": str(first.id)}
        notes.write(session, people.home, "search", given, people["host"], NOW)
        notes.write(session, people.elsewhere, "search", {**NOTE, "text": "Over there."}, people["stranger"], NOW)
        notes.write(session, people.home, "seizure", {**NOTE, "text": "Another."}, people["host"], NOW)
        session.flush()
        found = notes.local_notes(session, people.home)
        assert {key: one.text for key, one in found.items()} == {"search": "As it is.", "seizure": "Another."}
        assert [one.text for one in notes.local_notes(session, people.elsewhere).values()] == ["Over there."]
        assert notes.local_notes(session, None) == {}
        assert [one.text for one in notes.earlier(session, people.home, "search")] == ["As it is.", "As it was."]
        with pytest.raises(Conflict):
            notes.write(session, people.home, "search", given, people["host"], NOW)


def test_a_note_that_was_taken_back_is_shown_no_more(store: Store, people: People) -> None:
    with store.writing() as session:
        made = notes.write(session, people.home, "search", {**NOTE, "text": "A text."}, people["host"], NOW)
        session.flush()
        notes.write(session, people.home, "search", {"text": "", "base": str(made.id)}, people["host"], NOW)
        session.flush()
        assert notes.local_notes(session, people.home) == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"jurisdiction": ""}, "jurisdiction"),
        ({"article": " "}, "article"),
        ({"dated": ""}, "dated"),
        ({"checked_by": ""}, "checked_by"),
        ({"text": "x" * 5_001}, "text"),
        ({"article": "x" * 201}, "article"),
        ({"text": "# A heading"}, "text"),
    ],
)
def test_a_note_says_whose_law_it_is_and_stays_within_its_limits(
    store: Store, people: People, changed: dict[str, str], field: str
) -> None:
    with store.writing() as session, pytest.raises(Refused) as refused:
        notes.write(session, people.home, "search", {**NOTE, "text": "A text.", **changed}, people["host"], NOW)
    assert refused.value.field == field


def test_a_text_that_was_sent_twice_is_found_again_among_those_of_its_author_alone(
    begun: Store, people: People
) -> None:
    """Of the same file, from the same revision, put aside: whatever differs in one of these is a text of its own."""
    one, other = people["instructor"], people["other_instructor"]

    def mine(text: str, base: int, by: UUID, copy: Copy = ONE) -> int:
        with begun.writing() as session:
            done = service.save(session, copy, FILE, text, base, by, NOW)
            assert done.outcome == "clash"
            return done.mine

    with begun.writing() as session:
        for copy in (ONE, OTHER):
            service.save(session, copy, FILE, "Second", 1, one, NOW)
            service.save(session, copy, FILE, "Third", 2, one, NOW)
    sent = [
        mine("Mine", 1, one),
        mine("Mine", 1, one),
        mine("Mine", 1, other),
        mine("Mine", 2, one),
        mine("My", 1, one),
    ]
    assert sent == [4, 4, 5, 6, 7]
    assert mine("Mine", 1, other, OTHER) == 4
    assert mine("Second", 1, one) == 8, "what the file held once is no text that was put aside"
    with begun.reading() as session:
        rows = [(row.number, row.base, row.by_id) for row in service.history(session, service.find(session, ONE, FILE))]
    assert rows[:5] == [(8, 1, one), (7, 1, one), (6, 2, one), (5, 1, other), (4, 1, one)]


def test_the_last_proof_of_a_lab_on_each_exhibit_is_none_of_another_lab(store: Store) -> None:
    hour = timedelta(hours=1)
    with store.writing() as session:
        for lab, pack, at, sha256 in (
            *(("one", "a", NOW, "later"), ("one", "a", NOW - hour, "earlier"), ("one", "b", NOW - hour, "other pack")),
            *(("other", "a", NOW + hour, "other lab"), ("other", "c", NOW, "other lab")),
        ):
            made = LabProof(lab=lab, pack=pack, sha256=sha256, state=SOUND, outcome={}, at=at, done_at=at)
            session.add(made)
    with store.reading() as session:
        found = {pack: row.sha256 for pack, row in proofs.latest(session, "one").items()}
    assert found == {"a": "later", "b": "other pack"}


def test_a_proof_is_lost_when_it_still_runs_after_half_an_hour() -> None:
    running, done = (LabProof(lab="one", pack="a", state=state, at=NOW) for state in (RUNNING, SOUND))
    late = NOW + timedelta(minutes=30)
    assert not proofs.lost(running, late)
    assert proofs.lost(running, late + timedelta(seconds=1))
    assert not proofs.lost(done, late + timedelta(seconds=1))


def test_a_text_a_message_and_a_name_of_the_greatest_length_are_kept(begun: Store) -> None:
    with begun.writing() as session:
        text = "x" * service.TEXT
        assert service.save(session, ONE, FILE, text, 1, None, NOW, "m" * 250).outcome == "saved"
        row = service.revision(session, service.find(session, ONE, FILE), 2)
        assert (len(row.content or b""), row.message) == (200_000, "m" * 200)
        long = "/".join(["a" * 49, "b" * 49, "c" * 49, "d" * 47 + ".md"])
        assert len(long) == 200
        service.add(session, ONE, long, b"x", None, NOW)
        for bad in (f"{long[:-3]}d.md", "a/b/c/d/e.md", f"{'a' * 78}.md"):
            with pytest.raises(Refused, match="can't be the name"):
                service.add(session, ONE, bad, b"x", None, NOW)


def test_a_copy_that_is_begun_belongs_to_its_owner_and_holds_back_shipped_files(store: Store, people: People) -> None:
    with store.writing() as session:
        service.begin(session, ONE, {FILE: b"x"}, people["other_instructor"], NOW, owner=people.elsewhere)
        service.begin(session, LAB, {FILE: b"x"}, people["instructor"], NOW)
        owners = [ownership.of(session, copy.kind, copy.name).owner for copy in (ONE, OTHER, LAB)]
        assert owners == [people.elsewhere, people.home, people.home]
        held = content.hold(session, "course", "one")
        assert held
        assert (held.edited, held.by_id) == (True, people["other_instructor"])
        with pytest.raises(Conflict, match="working copy of one"):
            service.begin(session, ONE, {"02-crane/index.md": b"x"}, people["instructor"], NOW)
    with store.reading() as session:
        told = session.scalars(select(Event).where(Event.act == "draft.begun").order_by(Event.seq)).all()
    assert [(row.subject, row.actor) for row in told] == [
        ("course:one", people["other_instructor"]),
        ("lab:one", people["instructor"]),
    ]


@pytest.mark.parametrize("text", ["![Map](map.svg)", "# Heading", "<script>alert(1)</script>", "[Here](javascript:x)"])
def test_a_note_that_cant_be_shown_is_not_kept(store: Store, people: People, text: str) -> None:
    with store.writing() as session:
        with pytest.raises(Refused) as refused:
            notes.write(session, people.home, "search-warrant", {**NOTE, "text": text}, people["instructor"], NOW)
        assert refused.value.field == "text"
        assert notes.earlier(session, people.home, "search-warrant") == []
