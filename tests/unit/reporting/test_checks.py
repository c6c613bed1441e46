"""Pure parts of a report: references, the check list, lines that are offered, the script, the digest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.analysis import cards
from training.reporting import checks, offers, repeat
from training.reporting.document import (
    LONGEST_CELL,
    Account,
    Asked,
    Cell,
    Cited,
    Document,
    Found,
    Handed,
    Image,
    Made,
    cut,
    digest,
    read,
    rows_digest,
    written,
)
from training.reporting.parts import PARTS
from training.reporting.references import named, paragraphs, pieces

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
TEXTS = {
    "front": "F1 answers the question. Two limits stand in part 8.",
    "question": "Which program ran?",
    "material": "Ordered by the court on 11 March 2026.",
    "footprint": "C3 names the responder's commands.",
    "findings": "F1 is about one process.",
    "interpretation": "C1 means that the label is set by the program.",
    "opinion": "The best explanation of F1 is a program under a false label.",
    "alternatives": "An update would leave another parent; C2 shows none, and F1 stands.",
    "limits": "At 09:14:33 by the machine's clock. C1 is one structure.",
    "undone": "The disk was not given to me.",
    "declaration": "This is true.",
}


def made(number: int = 1, plugin: str = "linux.psaux", **more: Any) -> Made:
    about = {
        "command": plugin,
        "plugin": plugin,
        "version": "1.1.1",
        "volatility": "2.28.2",
        "island": 2,
        "symbols": "b" * 64,
        "key": "c" * 64,
    }
    values = {"options": {}, "rows": 3, "seconds": 0.5, "made_at": NOW, "own": False, "cls": f"{plugin}.PsAux"}
    return Made(**{"number": number, **about, **values, **more})


def found(**more: Any) -> Found:
    values = {
        "number": 1, "question": "q1", "asks": "Which process?", "try_no": 1, "value": "331", "confidence": "certain",
        "reasoning": "", "citations": (1, 2), "at": NOW, "claim": "Process 331 has the label of a kernel thread.",
        "alternatives": "A kernel thread; C2 speaks against it.",
    }  # fmt: skip
    return Found(**{**values, **more})


ROW = Cited(
    number=1,
    run=1,
    plugin="linux.psaux",
    row=1,
    cells=(Cell(name="PID", type="int", value=331), Cell(name="ARGS", value="[kworker]")),
    structure="process memory: arguments",
)
OTHER = ROW.model_copy(update={"number": 2, "run": 2, "plugin": "linux.pslist", "structure": "task list"})
LINE = Cited(number=3, material="record", line=4, text="14:02 ls", structure="record")


def document(**more: Any) -> Document:
    """A report in which nothing stands out; `more` is changed."""
    exhibit = Image(
        name="e-14", title="A workstation", os="linux", size=1, sha256="a" * 64, symbols="b" * 64, record="d" * 64,
        banner="Linux", captured_at=NOW, verified_at=NOW,
    )  # fmt: skip
    values: dict[str, Any] = {
        "at": NOW, "language": "en", "author": "Awa", "organisation": "Academy", "attempt": "0" * 8, "lab": "l",
        "title": "A lab", "release": "e" * 64, "opened_at": NOW, "closed_at": None, "on_papers": False,
        "exhibit": exhibit, "custody": (), "handed": (Handed(name="flows", title="Flows", origin="Jonas", lines=9),),
        "accounts": (Account(uid=1001, name="mira", who="Mira Castellan, bookkeeper"),),
        "runs": (made(), made(2, "linux.pslist")), "more_runs": 0, "findings": (found(),), "unanswered": ((2, "Path"),),
        "others": (Asked(number=4, command="linux.lsof", plugin="linux.lsof", state="partial", reason="Time", rows=1),),
        "citations": (ROW, OTHER, LINE), "parts": TEXTS,
    }  # fmt: skip
    return Document(**{**values, **more})


def test_nothing_stands_out_in_a_sound_report() -> None:
    assert checks.of(document()) == ()


def part(name: str, text: str) -> dict[str, Any]:
    return {"parts": {**TEXTS, name: text}}


MAY_BE_EMPTY = {"method", "findings", "alternatives"}
NO_HASH = {"exhibit": document().exhibit.model_copy(update={"verified_at": None})}
ONE_SOURCE = {"citations": (1,)}
TRIPPED: list[tuple[str, str, dict[str, Any]]] = [
    ("no-finding", "findings", {"findings": (), "parts": {**TEXTS, **dict.fromkeys(("front", "findings"), "C1.")}}),
    ("claim", "findings", {"findings": (found(claim=""),)}),
    ("uncited", "findings", {"findings": (found(citations=()),)}),
    ("one-source", "findings", {"findings": (found(**ONE_SOURCE, confidence="probable"),)}),
    ("certain-on-one", "findings", {"findings": (found(**ONE_SOURCE),)}),
    ("certain-on-one", "findings", {"citations": (ROW, ROW.model_copy(update={"number": 2, "row": 2}), LINE)}),
    (
        "no-alternative",
        "alternatives",
        {"findings": (found(alternatives=""),), **part("alternatives", "None, see C2.")},
    ),
    ("empty", "limits", part("limits", "")),
    ("empty", "undone", part("undone", "")),
    ("unknown-reference", "interpretation", part("interpretation", "C9 means something.")),
    ("unknown-reference", "interpretation", part("interpretation", "C1 and C9 agree with F1.")),
    ("unknown-reference", "findings", {"findings": (found(claim="F7 says so."),)}),
    ("unknown-reference", "findings", {"findings": (found(alternatives="C9 speaks against it."),)}),
    ("untied", "opinion", part("opinion", "See F1.\n\nIt is as it is.")),
    ("no-row", "method", {"citations": (ROW, OTHER, LINE.model_copy(update={"fault": "Gone."}))}),
    ("unfinished-run", "interpretation", part("interpretation", "C1 and run 4 agree.")),
    ("unfinished-run", "interpretation", part("interpretation", "C1 s'accorde avec l'exécution 4.")),
    ("unfinished-run", "interpretation", part("interpretation", "C1: تشغيل 4.")),
    ("hash", "material", NO_HASH),
    ("hash", "material", {**NO_HASH, "runs": ()}),
    ("clock", "interpretation", part("interpretation", "C1 is of 09:14:33.")),
    ("clock", "interpretation", part("interpretation", "C1 is of 09:14:33Z, and F1 of 09:15.")),
    ("clock", "findings", {"findings": (found(claim="It began at 9:14."),)}),
    ("person", "front", part("front", "F1 was done by Mira.")),
    ("person", "interpretation", part("interpretation", "F1 was done by Mira.")),
    ("person", "opinion", part("opinion", "F1 was done by Mira.")),
    ("person", "alternatives", part("alternatives", "F1 could have been left by Mira.")),
    ("person", "findings", {"findings": (found(claim="Castellan started process 331."),)}),
    ("for-court", "opinion", part("opinion", "F1 shows that somebody is guilty.")),
    ("for-court", "opinion", part("opinion", "Guilty, as F1 shows.")),
    ("opinion", "findings", part("findings", "F1 is probably malicious.")),
    ("opinion", "findings", {"findings": (found(claim="Process 331 est manifestement piraté."),)}),
    ("precision", "front", part("front", "Accurate to 99.9 %.")),
    ("precision", "opinion", part("opinion", "F1 is accurate to 99.9 %.")),
    ("precision", "limits", part("limits", "Accurate to 99.9 %.")),
    ("precision", "limits", part("limits", "الدقة ٩٩٪.")),
]


@pytest.mark.parametrize(("code", "where", "change"), TRIPPED)
def test_each_line_of_the_list_is_tripped_by_a_report_and_by_no_sound_one(
    code: str, where: str, change: dict[str, Any]
) -> None:
    lines = [line for line in checks.of(document(**change)) if line.code == code]
    assert [line.part for line in lines] == [where]
    assert all(line.said and line.todo for line in lines)


def test_what_is_sound_is_not_tripped() -> None:
    for name, words in (
        ("opinion", "F1 was done under the account of Mira Castellan."),
        ("opinion", "F1 : le compte de Mira Castellan."),
        ("opinion", "F1: حساب Mira Castellan."),
        ("opinion", "F1 ran in a folder called Miranda, and is probably malicious."),
        ("interpretation", "C1 is of 09:14:33Z."),
        ("interpretation", "C1 is of 10:14 +01:00, and run 1 has it."),
        ("interpretation", "C1 is of 05:14 -04:00, or \u221204:00 in print."),
        ("interpretation", "C1 est de 09:14:33 à l'horloge de la machine."),
        ("interpretation", "C1: 09:14:33 حسب ساعة الجهاز."),
        ("limits", "Run 4 is partial; nothing rests on it."),
        ("method", "Run 4 was stopped by a limit of time."),
        ("undone", "Run 4 was not repeated."),
        ("method", "50 % of the image was scanned; Mira Castellan was asked."),
    ):
        assert checks.of(document(**part(name, words))) == (), (name, words)
    codes = [(line.code, line.part) for line in checks.of(document(parts={}))]
    assert codes == [("empty", one.name) for one in PARTS if one.name not in MAY_BE_EMPTY]
    papers = document(on_papers=True, **part("footprint", ""))
    assert checks.of(papers) == ()
    finished = tuple(one.model_copy(update={"state": "complete"}) for one in document().others)
    assert checks.of(document(others=finished, **part("interpretation", "C1 and run 4 agree."))) == ()
    no_persons = (Account(uid=33, name="www-data", who="Web server"), Account(uid=0, name="root", who="Administrator"))
    served = "F1 was started by the server with the rights of an Administrator."
    assert checks.of(document(accounts=no_persons, **part("opinion", served))) == ()


def test_lines_stand_in_the_order_of_the_report_and_lead_to_the_question_of_a_claim() -> None:
    parts = {"parts": {**TEXTS, "front": "99 %.", "question": "", "alternatives": "None, see C2.", "limits": ""}}
    lines = checks.of(document(findings=(found(claim="", alternatives=""),), **parts))
    assert [(line.part, line.of) for line in lines if line.code != "unknown-reference"] == [
        ("front", ""), ("question", ""), ("findings", "q1"), ("alternatives", "q1"), ("limits", ""),
    ]  # fmt: skip
    second = found(number=2, question="q2", claim="Somebody is guilty.", alternatives="C9 is of 9:14.")
    lines = checks.of(document(findings=(found(), second)))
    assert [(line.code, line.part, line.of) for line in lines] == [
        ("unknown-reference", "findings", "q2"), ("clock", "findings", "q2"), ("for-court", "findings", "q2"),
    ]  # fmt: skip


def test_a_paragraph_is_known_again_by_its_first_characters() -> None:
    longest = "Guilty " + "x" * (checks.SHOWN - 7)
    for text, start in ((longest, longest), (f"{longest}y", f"{longest[:-1]}…")):
        (line,) = checks.of(document(findings=(found(claim=text),)))
        assert f"'{start}'" in line.said


def test_lines_are_offered_from_facts_and_cards() -> None:
    offered = offers.of(document(findings=(found(**ONE_SOURCE),)), cards.load())
    said = {part: [str(one.text) for one in offered if one.part == part] for part in (offers.LIMITS, offers.UNDONE)}
    for start in (
        "The memory was copied while", "Run 4, linux.lsof, is partial", "F1 rests on one source alone: process memory",
        "What linux.psaux (C1) can't show: The truth of it", "What defeats linux.pslist (C2)", "A name in a structure",
        "What was not found may",
    ):  # fmt: skip
        assert any(text.startswith(start) for text in said["limits"]), start
    for start in ("linux.malware.process_spoofing was not asked", "'Flows' was handed over", "Question 2 is not"):
        assert any(text.startswith(start) for text in said["undone"]), start
    assert len({one.key for one in offered}) == len(offered)
    gone = ROW.model_copy(update={"cells": (Cell(name="ARGS", absent="unreadable"),)})
    assert any(
        "C1: cells say unreadable, and" in one.text for one in offers.of(document(citations=(gone,)), cards.load())
    )
    papers = document(on_papers=True, runs=(), others=(), citations=(LINE,))
    assert not any("memory" in one.text for one in offers.of(papers, cards.load()))


@given(st.text())
def test_pieces_of_a_paragraph_give_it_back(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


def test_references() -> None:
    text = "C1, (F2) and C30; not XC1, C0, c1, C12345, C1x or AC-C_1.\r\n\r\n Next\nline F2."
    assert named(text, "C") == [1, 30]
    assert named(text, "F") == [2]
    assert paragraphs(text)[1] == "Next\nline F2."
    assert paragraphs(" \n\n \n") == []


def test_a_document_is_written_one_way_and_read_back() -> None:
    long = "x" * (LONGEST_CELL + 1)
    one = document(citations=(ROW.model_copy(update={"cells": (Cell(name="ARGS", **cut(long)),)}), OTHER, LINE))
    text = written(one)
    assert read(text) == one
    assert written(read(text)) == text
    assert digest(text) != digest(written(one.model_copy(update={"author": "Ben"})))
    cell = one.citations[0].cells[0]
    assert (len(cell.value), cell.length) == (LONGEST_CELL, LONGEST_CELL + 1)
    assert cell.text.endswith(f"… ({LONGEST_CELL + 1})")
    assert rows_digest([{"b": 1, "a": "é", "__children": []}]) == digest('[{"__children":[],"a":"\\u00e9","b":1}]\n')


def test_nothing_that_was_typed_or_found_is_a_word_of_the_script() -> None:
    rules = "rule x { strings: $a = \"';touch /tmp/owned;'\" condition: $a }\nEND_OF_DATA\n$(reboot)"
    hostile = ROW.model_copy(update={"cells": (Cell(name="ARGS", value="x\nEND_OF_DATA\nrm -rf /"),)})
    run = made(command="linux.x\nrm -rf /", options={"yara-rules": rules, "pid": [1, 2], "name": "-o$(reboot)"})
    script = repeat.script(document(runs=(run,), citations=(hostile,)))
    assert "\nrm -rf /" not in script
    assert script.split("\n").count("END_OF_DATA") == 3, "two ends of data, and the one inside of a quoted word"
    assert "--name=-o$(reboot)'" in script
    assert repeat.words(run) == ["linux.psaux.PsAux", "--name=-o$(reboot)", "--pid", "1", "2", "--yara-file", "RULES"]
    line = next(line for line in script.split("\n") if line.startswith('{"image"'))
    assert json.loads(line)["runs"][0]["cited"][0]["cells"][0]["value"] == "x\nEND_OF_DATA\nrm -rf /"
    own = made(3, "engram.timeline", own=True)
    placed = ROW.model_copy(update={"run": 3, "cells": (Cell(name="Plugin", value="linux.bash"),)})
    named = '"named": [{"what": "C1: run 3, row 1", "with": "linux.bash"}]'
    assert named in repeat.script(document(runs=(own,), citations=(placed,)))
