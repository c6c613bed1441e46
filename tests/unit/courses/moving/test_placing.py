"""Questions from elsewhere beside a module: new files, and all that an author needs to finish them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.courses.moving.conftest import SAMPLES
from training.authoring import outline, paths
from training.content import source
from training.courses.moving import exporting, gift, placing
from training.courses.moving.asked import Item, of_course
from training.errors import NotThere, Refused
from training.settings import ROOT

HARBOUR = outline.read(SAMPLES / "harbour")


def read(made: dict[str, bytes]) -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    """Fences and keys as YAML reads them."""
    text, keys = (next(data.decode() for path, data in made.items() if path.endswith(end)) for end in (".md", ".yaml"))
    fences = re.findall(r"^```quiz\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    return [source.load(one, "")[0] for one in fences], source.load(keys, "")[0]


def test_the_catalogue_comes_back_as_files_that_the_course_reader_takes(tmp_path: Path) -> None:
    """All of a module goes out, comes back under new ids, and takes the place of what was there."""
    folder = ROOT / "courses" / "memory-analysis"
    items = [one for one in of_course(folder) if one.folder == "01-foundations"]
    brought = exporting.questions(gift.write(items)[0].encode(), "bank.txt")
    present = outline.read(folder)
    made = placing.files(present, "01-foundations", brought.items, "bank.txt")
    assert all(paths.path(path) and path not in present for path in made)
    assert [paths.secret("course", path) for path in sorted(made)] == [False, True]
    fences, keys = read(made)
    first = max(int(one.name.rpartition("q")[2]) for one in items) + 1
    assert [one["id"] for one in fences] == [f"m3-1-q{first + n}" for n in range(len(items))] == list(keys)
    sent = {one.name: one for one in brought.items}
    for fence, item in zip(fences, sent.values(), strict=True):
        key = keys[str(fence["id"])]
        assert (fence["type"], fence["stem"], key["explanation"]) == (item.type, item.stem, item.explanation)
        assert (key["mark"], key["source"], fence["objective"]) == (item.mark, item.source, item.objective)


def test_nothing_is_overwritten_and_ids_go_on(tmp_path: Path) -> None:
    items = [Item("One", "short", "What?", "this")]
    once = placing.files(HARBOUR, "01-quay", items, "a.gift")
    twice = placing.files({**HARBOUR, **once}, "01-quay", items, "a.gift")
    assert not once.keys() & twice.keys()
    assert read(once)[1].keys().isdisjoint(read(twice)[1].keys())
    with pytest.raises(NotThere, match="01-quay, 02-crane"):
        placing.files(HARBOUR, "../elsewhere", items, "a.gift")
    with pytest.raises(Refused, match="at most 99"):
        placing.files(HARBOUR, "01-quay", items * 99, "a.gift")


STRANGE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(
    lambda text: re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]", "", text)
)


@given(STRANGE, STRANGE, STRANGE, st.floats(-1e12, 1e12), st.floats(0, 1))
def test_any_text_can_be_written(stem: str, name: str, said: str, value: float, tolerance: float) -> None:
    items = [
        Item(name, "choice", stem, "b", (("a", said), ("b", stem)), feedback={"a": said}, explanation=said),
        Item(name, "number", stem, value, tolerance=tolerance, source=name),
        Item(name, "short", stem, said, accept=(stem,)),
    ]
    made = placing.files(HARBOUR, "01-quay", items, name)
    fences, keys = read(made)
    assert [one["stem"] for one in fences] == [stem] * 3
    choice, number, short = keys.values()
    assert choice["feedback"] == {"a": said}
    assert (number["answer"], number["tolerance"]) == (value, tolerance)
    assert (short["answer"], short["accept"]) == (said, [stem])


def test_what_an_author_has_to_write_is_said() -> None:
    said = [str(one) for one in placing.report([Item("One", "short", "What?", "this", line=3)], [])]
    assert said == [
        "line 3, One: mark and source: write what its key rests on",
        "line 3, One: an explanation: write it",
    ]
