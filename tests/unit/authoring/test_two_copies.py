"""Two working copies and two organisations: what is written in one of them stays there."""

from datetime import UTC, datetime

import pytest

from tests.conftest import People
from training.authoring import notes, service
from training.authoring.service import Copy
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
