"""Where claims are weak: each weakness is found where it is, and in no sound report; order, questions, court view."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.reporting.test_checks import LINE, NOW, OTHER, ROW, TEXTS, document, found, made
from training.analysis import cards
from training.reporting import court, points, weakness
from training.reporting.document import Asked, Cell, Document
from training.reporting.references import named

HELD = {"method": "Runs 1 and 2 were repeated by a second examiner.", "limits": "The offset of the clock was 2 s."}
CHECKED = ROW.model_copy(
    update={"number": 2, "run": 2, "plugin": "linux.malware.process_spoofing", "structure": "memory map"}
)
SECOND = made(2, "linux.malware.process_spoofing")
ARGUMENTS = {"findings": (found(citations=(1,)),)}


def sound(**more: Any) -> Document:
    """A report whose only claim has no weakness; `more` is changed."""
    values: dict[str, Any] = {"parts": {**TEXTS, **HELD}, "citations": (ROW, CHECKED, LINE)}
    return document(**{**values, "runs": (made(), SECOND), **more})


def codes(report: Document) -> list[str]:
    (claim,) = weakness.of(report, cards.load())
    return [one.code for one in claim.weaknesses]


def parts(**more: str) -> dict[str, Any]:
    return {"parts": {**TEXTS, **HELD, **more}}


def claim(**more: Any) -> dict[str, Any]:
    return {"findings": (found(**more),)}


def test_a_sound_claim_has_none() -> None:
    assert codes(sound()) == []


FAULT = {"citations": (ROW.model_copy(update={"fault": "The result is gone."}), CHECKED)}
DATED = ROW.model_copy(
    update={
        "column": "CREATION TIME",
        "cells": (Cell(name="CREATION TIME", type="datetime", value="2026-03-11T09:14:33"),),
    }
)
LSOF = Asked(number=4, command="linux.lsof", plugin="linux.lsof", state="partial", reason="Time", rows=1)
SPOOFING = LSOF.model_copy(update={"plugin": "linux.malware.process_spoofing", "state": "complete"})
PSSCAN = SPOOFING.model_copy(update={"number": 5, "plugin": "linux.psscan"})
SAME = ROW.model_copy(update={"number": 2, "row": 2})
FOUND: list[tuple[str, dict[str, Any]]] = [
    ("uncited", claim(citations=())),
    ("unfinished", FAULT),
    ("unfinished", {"citations": (ROW, CHECKED.model_copy(update={"fault": "The result is gone."}))}),
    ("unfinished", parts(interpretation="F1 is what run 4 shows.\n\nRun 4 has F1 twice.")),
    ("unfinished", {**FAULT, **parts(interpretation="F1 is what run 4 shows.")}),
    ("overstated", claim(citations=(1,))),  # certain on one source
    ("overstated", claim(confidence="probable", claim="This proves that process 331 has the label.")),
    ("overstated", {**claim(confidence="possible"), **parts(opinion="F1 shows beyond doubt what ran.")}),
    ("overstated", {**claim(confidence="probable"), **parts(opinion="F1 est certainement un programme caché.")}),
    ("overstated", {**claim(confidence="probable"), **parts(opinion="F1 يثبت ذلك.")}),
    ("defeated", claim(citations=(1,))),  # another finding could rest on C2, which would see it
    ("defeated", {**claim(citations=(1,)), "citations": (ROW,), "others": (LSOF, SPOOFING)}),
    ("defeated", {"citations": (ROW, OTHER), "others": (SPOOFING, PSSCAN)}),  # both of its plugins
    ("one-structure", {"citations": (ROW, SAME), "runs": (made(),)}),
    ("one-source", claim(citations=(1,))),
    ("no-alternative", {**claim(alternatives=""), **parts(alternatives="")}),
    ("clock", claim(claim="It began at 09:14:33.")),
    ("clock", claim(alternatives="A kernel thread that began at 09:14:33.")),
    ("clock", parts(interpretation="F1 was at 9:14.")),
    ("clock", {**claim(claim="It began at 09:14:33."), **parts(limits="None.")}),  # no zone, and no offset
    ("clock", {**claim(value="2026-03-11 09:14:33"), **parts(limits="None.")}),
    ("clock", {"citations": (DATED, CHECKED), **parts(limits="None.")}),
    ("unchecked", {**claim(citations=(1,)), "citations": (ROW,)}),
    ("not-repeated", parts(method="In order.")),
    ("not-repeated", parts(method="In order.", question="Which program ran again?")),
    ("not-repeated", {**claim(citations=(3, 1)), **parts(method="In order.")}),  # a line first, then a row
]


@pytest.mark.parametrize(("code", "change"), FOUND)
def test_each_weakness_is_found_where_it_is(code: str, change: dict[str, Any]) -> None:
    assert codes(sound(**change)).count(code) == 1


def test_every_weakness_is_tried_and_has_its_words() -> None:
    assert {code for code, _ in FOUND} == set(weakness.WEIGHTS) == set(points.TITLES) == set(points.POINTS)
    assert list(weakness.WEIGHTS.values()) == sorted(weakness.WEIGHTS.values(), reverse=True)
    assert all(len(each) >= 3 for each in points.POINTS.values())


def test_what_is_no_weakness() -> None:
    assert "clock" not in codes(sound(**claim(claim="It began at 09:14:33Z.")))
    assert "clock" not in codes(sound(**claim(claim="It began at 09:14:33, machine's clock.")))
    assert "clock" not in codes(sound(**claim(value="2026-03-11 09:14:33")))
    told = claim(claim="It began at 09:14:33, machine's clock, which was 2 s ahead.")
    assert "clock" not in codes(sound(**told, **parts(limits="None.")))
    dated = (Cell(name="PID", type="int", value=331), *DATED.cells)
    beside = sound(
        citations=(ROW.model_copy(update={"column": "PID", "cells": dated}), CHECKED), **parts(limits="None.")
    )
    assert "clock" not in codes(beside), "the row has a time, in a column that the claim does not cite"
    assert "overstated" not in codes(sound(**claim(claim="This proves it.")))  # certain, on two sources
    assert "overstated" not in codes(sound(**claim(citations=(), claim="This proves it.")))
    assert "no-alternative" not in codes(sound(**claim(alternatives="")))  # part 7 speaks of F1
    assert "unfinished" not in codes(sound(**parts(interpretation="F1 is what run 2 shows.")))
    assert "unfinished" not in codes(sound(**parts(limits="Run 4 did not finish.")))
    assert "unfinished" not in codes(sound(**parts(interpretation="F2 is what run 4 shows.")))
    assert "unfinished" not in codes(sound(others=(SPOOFING,), **parts(interpretation="F1 is what run 4 shows.")))
    flows = LINE.model_copy(update={"number": 4, "material": "flows", "structure": "flows"})
    lines = sound(citations=(LINE, flows), **claim(citations=(3, 4)))
    assert codes(lines) == [], "papers have no plugin and nothing to repeat"
    assert "defeated" not in codes(sound(others=(LSOF,), citations=(ROW, OTHER)))
    partial = SPOOFING.model_copy(update={"state": "partial"})
    assert "defeated" not in codes(sound(**claim(citations=(1,)), citations=(ROW,), others=(partial,)))
    old = [one.model_copy(update={"plugin": "linux.no-such-card"}) for one in (ROW, OTHER)]
    assert codes(sound(citations=old)) == [], "a plugin that has no card any more"


def test_the_weakest_claim_stands_first_and_its_heaviest_weakness() -> None:
    three = (
        found(number=1, question="q1"),
        found(number=2, question="q2", citations=()),
        found(number=3, question="q3", citations=(1,)),
    )
    claims = weakness.of(sound(findings=three), cards.load())
    assert [one.found.number for one in claims] == [3, 2, 1], "three weaknesses together outweigh the heaviest"
    assert [one.weight for one in claims] == sorted((one.weight for one in claims), reverse=True)
    for one in claims:
        order = [list(weakness.WEIGHTS).index(weak.code) for weak in one.weaknesses]
        assert order == sorted(order)
    twice = weakness.of(sound(findings=(found(number=2), found(number=1))), cards.load())
    assert [one.found.number for one in twice] == [1, 2], "of equal ones the lower number first"


def test_questions_quote_the_claim_and_the_row() -> None:
    evil = "Process 331\u202e has <b>it</b> " + "x" * 500
    (claim_,) = weakness.of(sound(**claim(citations=(1,), claim=evil)), cards.load())
    asked = claim_.weakness("one-source")
    assert asked is not None
    assert asked.cited == 1
    for words in ("C1 (linux.psaux, run 1, row 1)", "PID 331, ARGS [kworker]", "Process 331"):
        assert words in asked.question
    assert len(asked.question) < 1_000
    (both,) = weakness.of(sound(citations=(ROW, OTHER)), cards.load())
    assert [one.cited for one in both.weaknesses] == [1], "the first of two places whose plugins can be deceived"
    (bare,) = weakness.of(sound(**claim(citations=(1,), claim="")), cards.load())
    assert "The value is 331" in bare.weaknesses[0].question
    marked = ROW.model_copy(update={"column": "ARGS"})
    assert weakness.row(marked, found()) == "ARGS [kworker]"
    many = (*(Cell(name=f"N{n}", value=f"a{n}") for n in range(7)), Cell(name="PID", type="int", value=331))
    long = weakness.row(ROW.model_copy(update={"cells": many}), found(value="331"))
    assert long == "N0 a0, N1 a1, N2 a2, N3 a3, PID 331", "what the claim is about is among what is read out"
    cells = (*(Cell(name=f"N{n}", value=f"a{n}") for n in range(5)), Cell(name="CPU", type="int", value=3))
    short = weakness.row(ROW.model_copy(update={"cells": cells}), found(value="331"))
    assert short == "N0 a0, N1 a1, N2 a2, N3 a3, N4 a4", "a single digit stands in any number"
    cells = (Cell(name="ARGS"), Cell(name="COMM", value=""), Cell(name="PID", type="int", value=331))
    assert weakness.row(ROW.model_copy(update={"cells": cells}), found()) == "PID 331", "empty cells are not read out"
    assert [weakness.start("abcd", most) for most in (4, 3)] == ["abcd", "ab…"]
    assert weakness.place(LINE) == "C3 (record, line 4)"
    assert claim_.weakness("uncited") is None


def test_the_court_view_has_support_limits_rivals_steps_and_words() -> None:
    report = sound(number=2, at=NOW + timedelta(hours=1), **parts(alternatives="F1: an update, C2.\n\nF9: no."))
    page = court.page(report, report.findings[0], cards.load(), {}, "en")
    assert [one.cited.number for one in page.supports] == [1, 2]
    first = page.supports[0]
    assert first.made is not None
    assert first.card is not None
    assert [cell.means != "" for cell in first.cells] == [True, True], "each column is explained"
    assert [name for name, _ in page.unproven] == ["linux.psaux", "linux.malware.process_spoofing"]
    assert len(page.rivals) == 2
    assert all(named(one, "F") in ([], [1]) for one in page.rivals)
    assert [one.at for one in page.steps] == sorted(one.at for one in page.steps)
    said = " ".join(one.what for one in page.steps)
    for words in ("memory was copied", "worked out anew", "Run 1, linux.psaux", "Recorded the finding", "Filed the"):
        assert words in said
    names = [name for name, _ in page.terms]
    assert names[:4] == ["A run", "A row", "A plugin", "A source"]
    assert "PID, PPID" in names
    bare = court.page(sound(**claim(citations=())), found(citations=()), cards.load(), {}, "en")
    assert (bare.supports, bare.unproven) == ((), ())
