from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.content import service
from training.content.source import ContentError, Mistake
from training.errors import NotThere
from training.store import Store

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def course(parent: Path, text: str = "one") -> Path:
    folder = parent / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text("id: demo\n", "utf-8")
    (folder / "text.md").write_text(text, "utf-8")
    return folder


def no_mistakes(_folder: Path) -> list[Mistake]:
    return []


def test_the_same_files_give_the_same_release(store: Store, tmp_path: Path) -> None:
    folder = course(tmp_path / "courses")
    with store.writing() as session:
        first = service.publish(session, tmp_path, "course", folder, no_mistakes, NOW)
        again = service.publish(session, tmp_path, "course", folder, no_mistakes, NOW)
        assert first.id == again.id
    frozen = service.folder_of(tmp_path, first)
    assert (frozen / "text.md").read_text("utf-8") == "one"
    assert (frozen / "text.md").stat().st_mode & 0o222 == 0


def test_a_change_makes_a_new_release_and_keeps_the_old(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        first = service.publish(session, tmp_path, "course", course(tmp_path / "courses"), no_mistakes, NOW)
        second = service.publish(session, tmp_path, "course", course(tmp_path / "courses", "two"), no_mistakes, NOW)
        assert (first.current, second.current) == (False, True)
        back = service.publish(session, tmp_path, "course", course(tmp_path / "courses", "one"), no_mistakes, NOW)
        assert (back.id, back.current, second.current) == (first.id, True, False)
    assert (service.folder_of(tmp_path, second) / "text.md").read_text("utf-8") == "two"


def test_a_mistake_publishes_nothing_and_the_last_good_release_stays(store: Store, tmp_path: Path) -> None:
    parent = tmp_path / "courses"
    course(parent)
    with store.writing() as session:
        done = service.publish_all(session, tmp_path, "course", parent, no_mistakes, NOW)
    assert (done.new, done.kept, done.mistakes) == (["demo"], [], [])
    course(parent, "broken")

    def mistaken(folder: Path) -> list[Mistake]:
        return [Mistake(f"{folder.name}/text.md", 1, "broken")]

    with store.writing() as session:
        done = service.publish_all(session, tmp_path, "course", parent, mistaken, NOW)
        assert [str(one) for one in done.mistakes] == ["demo/text.md:1: broken"]
        release = service.get(session, "course", "demo")
    assert (service.folder_of(tmp_path, release) / "text.md").read_text("utf-8") == "one"


def test_links_and_hidden_files_are_no_part_of_a_release(tmp_path: Path) -> None:
    folder = course(tmp_path / "courses")
    before = service.digest_of(folder)
    (folder / ".secret").write_text("x", "utf-8")
    (folder / "passwd").symlink_to("/etc/passwd")
    assert service.digest_of(folder) == before
    assert [path.as_posix() for path in service.files_of(folder)] == ["course.yaml", "text.md"]


def test_a_digest_is_over_names_and_contents_and_where_each_ends(tmp_path: Path) -> None:
    kinds = ({"a": "x", "b": "y"}, {"a": "xy", "b": ""}, {"a": "x", "c": "y"}, {"a": "y", "b": "x"}, {"a": "x"})
    digests = []
    for number, files in enumerate(kinds):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content, "utf-8")
        digests.append(service.digest_of(folder))
    assert len(set(digests)) == len(kinds)
    assert service.digest_of(tmp_path / "4", {"b": b"y"}) == digests[0]
    assert service.digest_of(tmp_path / "1", {"a": b"x", "b": b"y"}) == digests[0], "what is frozen with it counts"


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = course(tmp_path / "courses")
    monkeypatch.setattr(service, "FILES", 1)
    with pytest.raises(ContentError, match="at most 1"):
        service.files_of(folder)


def test_what_was_never_published_is_not_there(store: Store) -> None:
    with store.reading() as session, pytest.raises(NotThere, match="no course nothing"):
        service.get(session, "course", "nothing")
