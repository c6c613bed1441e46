"""Working copies: nothing that was acknowledged is ever lost, whoever saves when."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.conftest import People
from tests.examples import try_examples
from training.authoring import outline, paths, service
from training.authoring.service import Copy
from training.content import service as content
from training.errors import Conflict, NotThere, Refused
from training.settings import ROOT
from training.store import Store

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
HARBOUR = Copy("course", "harbour")
INDEX = "01-quay/index.md"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
Save = Callable[..., service.Saved]


@pytest.fixture
def begun(store: Store) -> Store:
    with store.writing() as session:
        service.take(session, HARBOUR, SAMPLE, None, NOW)
    return store


@pytest.fixture
def save(begun: Store) -> Save:
    def saved(content: str, base: int, by: UUID | None = None, path: str = INDEX) -> service.Saved:
        with begun.writing() as session:
            return service.save(session, HARBOUR, path, content, base, by, NOW)

    return saved


def now_in(store: Store, path: str = INDEX) -> str:
    with store.reading() as session:
        return service.contents(session, HARBOUR)[path].decode()


def revisions(store: Store, path: str = INDEX) -> list[tuple[int, int, bool, str]]:
    with store.reading() as session:
        found = service.history(session, service.find(session, HARBOUR, path))
        return [(one.number, one.base, one.aside, service.text_of(one)) for one in reversed(found)]


def test_a_working_copy_begins_with_the_shipped_files(begun: Store) -> None:
    with begun.reading() as session:
        assert service.contents(session, HARBOUR) == outline.read(SAMPLE)
        assert {one.version for one in service.entries(session, HARBOUR)} == {1}
        held = content.hold(session, "course", "harbour")
        assert held
        assert (held.edited, held.sha256) == (True, content.digest_of(SAMPLE))
        assert service.names(session, "course") == ["harbour"]
        assert service.names(session, "lab") == []


def test_a_save_is_a_revision_and_the_old_text_stays(begun: Store, save: Save) -> None:
    old = now_in(begun)
    done = save(old + "More.\n", 1)
    assert (done.outcome, done.version, done.mine) == ("saved", 2, 2)
    assert [one[3] for one in revisions(begun)] == [old, old + "More.\n"]


def test_lines_of_a_form_end_as_they_do_in_files(begun: Store, save: Save) -> None:
    old = now_in(begun)
    assert save(old.replace("\n", "\r\n"), 1).outcome == "same"
    assert len(revisions(begun)) == 1


def test_the_same_text_sent_twice_is_kept_once(begun: Store, save: Save) -> None:
    new = now_in(begun) + "More.\n"
    assert save(new, 1).version == 2
    again = save(new, 1)
    assert (again.outcome, again.version) == ("same", 2)
    assert len(revisions(begun)) == 2


def test_two_authors_who_write_in_different_places_get_both(begun: Store, save: Save, people: People) -> None:
    old = now_in(begun)
    first, second = old.replace("A short text", "A brief text"), old + "The end.\n"
    save(first, 1, people["instructor"])
    done = save(second, 1, people["other_instructor"])
    assert (done.outcome, done.version, done.mine) == ("merged", 4, 3)
    assert now_in(begun) == first + "The end.\n" == done.text
    assert [(number, base, aside) for number, base, aside, _ in revisions(begun)] == [
        (1, 0, False),
        (2, 1, False),
        (3, 1, True),
        (4, 2, False),
    ]


def test_whoever_types_on_after_a_merge_goes_on_from_what_was_sent(begun: Store, save: Save) -> None:
    old = now_in(begun)
    save(old.replace("A short text", "A brief text"), 1)
    done = save(old + "One.\n", 1)
    later = save(old + "One.\nTwo.\n", done.mine)
    assert later.outcome == "merged"
    assert now_in(begun) == old.replace("A short text", "A brief text") + "One.\nTwo.\n"


def test_two_authors_who_change_one_line_keep_both_texts(begun: Store, save: Save) -> None:
    old = now_in(begun)
    first, second = old.replace("A short text", "A brief text"), old.replace("A short text", "A long text")
    save(first, 1)
    done = save(second, 1)
    assert (done.outcome, done.version, done.mine, done.text) == ("clash", 2, 3, first)
    assert now_in(begun) == first
    assert [one[3] for one in revisions(begun)] == [old, first, second]
    assert save(second, 1).mine == 3  # sent again, it is not kept again
    resolved = save(old.replace("A short text", "A text"), 2)
    assert (resolved.outcome, resolved.version) == ("saved", 4)


def test_a_text_for_a_file_that_was_removed_meanwhile_is_kept(begun: Store, save: Save) -> None:
    with begun.writing() as session:
        service.remove(session, HARBOUR, INDEX, None, NOW)
    done = save("My text\n", 1)
    assert done.outcome == "clash"
    assert revisions(begun)[-1][3] == "My text\n"


def test_a_restored_revision_is_a_new_one(begun: Store, save: Save) -> None:
    old = now_in(begun)
    save("Other\n", 1)
    with begun.writing() as session:
        assert service.restore(session, HARBOUR, INDEX, 1, None, NOW) == 3
    assert now_in(begun) == old
    assert len(revisions(begun)) == 3


def test_a_file_can_be_removed_and_had_again(begun: Store) -> None:
    with begun.writing() as session:
        service.remove(session, HARBOUR, INDEX, None, NOW)
        assert INDEX not in service.contents(session, HARBOUR)
        with pytest.raises(Refused, match="removed"):
            service.restore(session, HARBOUR, INDEX, 2, None, NOW)
        service.restore(session, HARBOUR, INDEX, 1, None, NOW)
        assert INDEX in service.contents(session, HARBOUR)


def test_a_file_is_made_once(begun: Store) -> None:
    with begun.writing() as session:
        assert service.add(session, HARBOUR, "01-quay/index.fr.md", b"x", None, NOW) == 1
        with pytest.raises(Conflict, match="already"):
            service.add(session, HARBOUR, "01-quay/index.fr.md", b"y", None, NOW)


def test_what_is_too_long_is_refused_and_nothing_is_kept(begun: Store, save: Save) -> None:
    with pytest.raises(Refused, match="200,001 bytes"):
        save("x" * 200_001, 1)
    with pytest.raises(Refused, match="half a character"):
        save("\ud800", 1)
    assert len(revisions(begun)) == 1


def test_rows_of_plugins_are_not_written_by_hand(begun: Store, save: Save) -> None:
    with begun.reading() as session:
        stored = next(one.path for one in service.entries(session, HARBOUR) if one.path.endswith(".json"))
    with pytest.raises(Refused, match="made by the program"):
        save("{}", 1, None, stored)


def test_what_is_not_there_is_said_to_be_absent(begun: Store, save: Save) -> None:
    for path, base in (("02-crane/none.md", 1), (INDEX, 99)):
        with pytest.raises(NotThere):
            save("x", base, None, path)
    with begun.reading() as session, pytest.raises(NotThere):
        service.entries(session, Copy("course", "none"))


def test_revisions_refuse_to_be_changed_in_the_database_itself(begun: Store) -> None:
    for act in ("UPDATE draft_revision SET message = 'x'", "DELETE FROM draft_revision"):
        with pytest.raises(DBAPIError, match="append-only"), begun.writing() as session:
            session.execute(text(act))


def test_shipped_files_that_changed_are_news_until_somebody_decides(begun: Store, save: Save, tmp_path: Path) -> None:
    shipped = tmp_path / "harbour"
    for path, data in outline.read(SAMPLE).items():
        (shipped / path).parent.mkdir(parents=True, exist_ok=True)
        (shipped / path).write_bytes(data)
    save("My own text\n", 1)
    (shipped / INDEX).write_bytes(b"Shipped anew\n")
    (shipped / "keys.yaml").unlink()
    with begun.writing() as session:
        assert service.shipped_news(session, HARBOUR, shipped)
        service.keep(session, HARBOUR, shipped, None, NOW)
        assert not service.shipped_news(session, HARBOUR, shipped)
    assert now_in(begun) == "My own text\n"
    with begun.writing() as session:
        service.take(session, HARBOUR, shipped, None, NOW)
        assert service.contents(session, HARBOUR) == outline.read(shipped)
    assert [one[3] for one in revisions(begun)][1:] == ["My own text\n", "Shipped anew\n"]


def test_a_lab_that_is_edited_here_does_not_hold_back_its_shipped_files(store: Store) -> None:
    lab = Copy("lab", "finance-workstation")
    with store.writing() as session:
        service.take(session, lab, ROOT / "labs" / lab.name, None, NOW)
        assert content.hold(session, "lab", lab.name) is None
        assert not service.shipped_news(session, lab, ROOT / "labs" / lab.name)


@pytest.mark.parametrize(
    "path",
    [
        "../keys.yaml",
        "/etc/passwd",
        "a/../b.md",
        ".git/config.md",
        "a/.b.md",
        "a\0.md",
        "a//b.md",
        "a/b/c/d/e.md",
        "",
        "x",
        "a.py",
        "a.html",
        "index.md/",
        "con trol.md",
        "a\n.md",
        "ä.md",
        f"{'a' * 200}.md",
    ],
)
def test_names_that_lead_elsewhere_are_refused(begun: Store, path: str) -> None:
    with begun.writing() as session, pytest.raises(Refused, match="can't be the name"):
        service.add(session, HARBOUR, path, b"x", None, NOW)


@given(st.text(max_size=80))
def test_no_file_name_makes_an_unsafe_one(sent: str) -> None:
    name = paths.figure(sent)
    assert paths.FIGURE.fullmatch(name)
    assert paths.path(f"01-quay/media/{name}")


def test_keys_and_labs_are_secret_and_texts_are_not() -> None:
    assert paths.secret("course", "keys.yaml")
    assert paths.secret("course", "keys.fr.yaml")
    assert not paths.secret("course", INDEX)
    assert paths.secret("lab", "lab.yaml")
    assert not paths.secret("lab", "brief.md")


def test_authors_who_save_at_the_same_moment_lose_nothing(begun: Store, people: People) -> None:
    base = now_in(begun).splitlines(keepends=True)
    barrier = threading.Barrier(6)

    def write(number: int) -> None:
        barrier.wait()
        mine = [*base]
        mine[22 + 6 * number] = f"Line of author {number}\n"
        with begun.writing() as session:
            service.save(session, HARBOUR, INDEX, "".join(mine), 1, people["instructor"], NOW)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    kept = "".join(content for *_, content in revisions(begun))
    assert all(f"Line of author {number}" in kept for number in range(6))
    assert all(f"Line of author {number}" in now_in(begun) for number in range(6))


EDIT = st.tuples(st.sampled_from("ab"), st.integers(0, 7), st.sampled_from(["change", "insert", "delete", "read"]))


def test_in_any_order_of_saves_each_text_that_was_sent_can_be_had_again(begun: Store) -> None:
    @given(st.lists(EDIT, max_size=12))
    @try_examples(60)
    def check(edits: list[tuple[str, int, str]]) -> None:
        path = f"01-quay/{uuid4().hex}.md"
        start = "".join(f"line {n}\n" for n in range(8))
        with begun.writing() as session:
            service.add(session, HARBOUR, path, start.encode(), None, NOW)
        seen = dict.fromkeys("ab", (start, 1))
        sent = []
        for count, (who, place, what) in enumerate(edits):
            with begun.writing() as session:
                file = service.find(session, HARBOUR, path)
                if what == "read":
                    seen[who] = (service.text_of(service.revision(session, file, file.version)), file.version)
                    continue
                held, base = seen[who]
                mine = _edited(held, place, what, f"{who} {count}\n")
                sent.append(mine)
                done = service.save(session, HARBOUR, path, mine, base, None, NOW)
                assert done.outcome in {"saved", "same", "merged", "clash"}
                seen[who] = (mine, done.mine) if done.outcome != "clash" else (done.text, done.version)
                if done.outcome == "merged" and what != "delete":
                    assert f"{who} {count}\n" in done.text
        kept = {content for *_, content in revisions(begun, path)}
        assert [one for one in sent if one not in kept] == []

    check()


def _edited(held: str, place: int, what: str, line: str) -> str:
    rows = held.splitlines(keepends=True)
    at = min(place, len(rows))
    if what == "insert":
        return "".join([*rows[:at], line, *rows[at:]])
    return "".join([*rows[:at], *([line] if what == "change" else []), *rows[at + 1 :]])
