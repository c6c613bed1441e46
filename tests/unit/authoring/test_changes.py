"""What learners on one release would see change in another."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.authoring import changes, outline
from training.authoring.changes import Changes
from training.settings import ROOT

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
INDEX = "01-quay/index.md"
Compare = Callable[..., Changes]


@pytest.fixture
def compare() -> Compare:
    """The sample with some texts replaced, compared with the sample."""

    def changed(*edits: tuple[str, str, str], drop: tuple[str, ...] = (), **more: bytes) -> Changes:
        before = outline.read(SAMPLE)
        after = {name: data for name, data in before.items() if not name.startswith(drop or ("\0",))} | more
        for file, old, new in edits:
            assert old.encode() in after[file]
            after[file] = after[file].replace(old.encode(), new.encode())
        return changes.between(outline.of(before), outline.of(after))

    return changed


def told(found: Changes) -> list[str]:
    return [line.strip() for line in changes.told(found)]


def test_the_same_files_show_no_change(compare: Compare) -> None:
    assert not compare()


def test_a_changed_word_is_shown_in_its_section_and_the_text_before_the_first_has_a_name(compare: Compare) -> None:
    found = compare((INDEX, "A short text with a", "A long text with a"))
    assert told(found) == [
        "changed: module m1-1 The quay",
        "changed: introduction, before the first section",
        "A [-short-]{+long+} text with a **bold** word and a [link to the memory area](#g-memory-area).[^1]",
    ]


def test_modules_that_came_went_and_were_renamed(compare: Compare) -> None:
    assert told(compare((INDEX, "title: The quay", "title: The pier")))[:2] == [
        "changed: module m1-1 The pier",
        "title was: The quay",
    ]
    gone = compare(("course.yaml", "modules: [01-quay, 02-crane]", "modules: [01-quay]"), drop=("02-crane",))
    assert told(gone) == ["gone: module m1-2 The crane"]
    added = outline.read(SAMPLE)[INDEX].replace(b"m1-1", b"m1-3")
    assert told(compare(**{"03-new/index.md": added})) == ["new: module m1-3 The quay"]


def test_modules_in_another_order_are_said_to_have_moved(compare: Compare) -> None:
    found = compare(("course.yaml", "[01-quay, 02-crane]", "[02-crane, 01-quay]"))
    assert [line for line in told(found) if "place" in line] == ["at another place in the course"]


def test_a_section_with_a_new_name_and_the_old_text_is_the_old_section(compare: Compare) -> None:
    found = compare((INDEX, "## First things & last things", "## All things"))
    assert "changed: section All things (was: First things & last things)" in told(found)


def test_a_changed_key_is_named_and_its_answer_is_not_shown(compare: Compare) -> None:
    found = compare(("keys.yaml", "answer: 4396", "answer: 777001"))
    assert "its key changed" in told(found)
    assert "4396" not in str(found.modules[0].questions)
    assert "777001" not in str(found.modules[0].questions)
    said = compare(("keys.yaml", "FEEDBACK-ONE-B", "SECRET-ONE-B"))
    assert told(said)[-1] == "what is said about answers changed"
    assert "SECRET" not in str(said.modules[0].questions)


def test_questions_that_came_went_and_changed(compare: Compare) -> None:
    found = compare((INDEX, 'text: "At a free page of memory"', 'text: "At a used page of memory"'))
    assert told(found)[-1] == "option: At a [-free-]{+used+} page of memory"
    found = compare((INDEX, "id: m1-1-q5", "id: m1-1-q9"))
    kinds = {one.id: one.kind for one in found.modules[0].questions}
    assert kinds == {"m1-1-q9": "new", "m1-1-q5": "gone"}


def test_an_objective_that_changed_is_shown_by_its_words(compare: Compare) -> None:
    found = compare((INDEX, "State where a list plugin begins", "State where a list plugin ends"))
    assert told(found)[1:] == ["changed: objective o1", "State where a list plugin [-begins-]{+ends+}"]


def test_rows_that_a_block_shows_are_compared(compare: Compare) -> None:
    (stored,) = [name for name in outline.read(SAMPLE) if "/output/" in name]
    row = outline.of(outline.read(SAMPLE)).texts[0].outputs[0].rows[0]
    found = compare((stored, f'"{row.split()[-1]}"', '"changed-here"'))
    (rows,) = found.modules[0].outputs
    assert rows.gone[0] == row
    assert rows.come


def test_a_figure_that_was_drawn_anew_is_named(compare: Compare) -> None:
    found = compare(("01-quay/media/shapes.svg", "<svg", "<svg "))
    assert told(found)[-1] == "changed: figure shapes.svg"


def test_another_language_is_compared_by_itself(compare: Compare) -> None:
    french = b"---\ntitle: Le quai\nobjectives: {o1: Dire}\n---\n\nTexte.\n"
    assert told(compare(**{"01-quay/index.fr.md": french})) == ["new: module m1-1 (fr) Le quai"]


@pytest.mark.parametrize("rows", [b"[" * 50_000, b'{"rows": ' + b"[" * 900 + b"]" * 900 + b"}", b"9" * 5_000, b"{}"])
def test_rows_that_can_not_be_read_are_none(rows: bytes) -> None:
    files = outline.read(SAMPLE)
    stored = [path for path in files if "/output/" in path]
    assert stored
    found = outline.of({**files, **dict.fromkeys(stored, rows)})
    assert [one.rows for text in found.texts for one in text.outputs if len(one.rows) > 1] == []


@given(
    st.dictionaries(
        st.sampled_from([INDEX, "course.yaml", "keys.yaml", "x/index.md", "02-crane/index.fr.md"]),
        st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)),
    )
)
def test_no_bytes_make_a_comparison_fail(files: dict[str, bytes]) -> None:
    before = outline.of(outline.read(SAMPLE))
    for found in (changes.between(before, outline.of(files)), changes.between(outline.of(files), before)):
        assert all(isinstance(line, str) for line in changes.told(found))


@pytest.fixture
def broken() -> dict[str, bytes]:
    return {name: data[: len(data) // 2] for name, data in outline.read(SAMPLE).items()}


def test_files_with_mistakes_can_be_compared_too(broken: dict[str, bytes]) -> None:
    assert changes.between(outline.of(broken), outline.of(outline.read(SAMPLE)))


def test_a_folder_that_is_gone_has_no_files(tmp_path: Path) -> None:
    assert outline.read(tmp_path / "nothing") == {}
