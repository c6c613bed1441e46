"""A course in which much is wrong at once: each mistake is found, at its line, and nothing else is said.

`broken/planted.tsv` lists what was planted: kind, file, line, how that line begins, a part of the message.
"""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from training.content.source import Mistake
from training.courses.manuscript import glossary, reader
from training.courses.manuscript.known import Installed

BROKEN = Path(__file__).parent / "broken"
TODAY = date(2026, 11, 26)
LABS = {"finance-workstation": Installed(("q1", "q2")), "the-order": Installed(("q1",), "exercise")}


class Planted(NamedTuple):
    kind: str
    file: str
    line: str
    begins: str
    said: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.file}:{self.line}"


PLANTED = [Planted(*line.split("\t")) for line in (BROKEN / "planted.tsv").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def found() -> dict[str, list[Mistake]]:
    mistakes, warnings = reader.examine(BROKEN / "wreck", TODAY, LABS)
    return {"error": mistakes, "warning": warnings, "glossary": glossary.check(glossary.shipped(BROKEN))}


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_each_planted_mistake_is_found_at_its_line(planted: Planted, found: dict[str, list[Mistake]]) -> None:
    path = BROKEN / planted.file
    if path.exists():
        assert path.read_text("utf-8").split("\n")[int(planted.line) - 1].strip().startswith(planted.begins)
    here = [
        one.message
        for one in found[planted.kind]
        if (one.file, one.line) == (f"courses/{planted.file}", int(planted.line))
    ]
    assert any(planted.said in message for message in here), here


def test_nothing_else_is_said(found: dict[str, list[Mistake]]) -> None:
    planted = {kind: sum(one.kind == kind for one in PLANTED) for kind in found}
    assert planted == {kind: len(said) for kind, said in found.items()}
    assert planted["error"] >= 155


def test_terms_that_are_in_order_are_known_beside_those_that_are_not() -> None:
    assert set(glossary.known(glossary.shipped(BROKEN))) == {"exhibit", "Chain of custody"}
