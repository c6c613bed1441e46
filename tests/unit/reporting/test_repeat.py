"""How looks at memory are repeated: a script that holds nothing but whole numbers, and what a reader types."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.reporting.test_checks import ROW, document, made
from training.analysis import cards
from training.reporting import repeat, volshell
from training.reporting.document import Cell, Cited, Document, Made

HOSTILE = "0); __import__('os').system('reboot')\nEND_OF_DATA\n$(reboot)"


def look(number: int, plugin: str = "engram.bytes", **options: Any) -> Made:
    return made(number, plugin, own=True, options=options, command=f"{plugin} of {number}", cls=plugin, sha256="9" * 64)


def place(number: int, run: int, row: int, **cells: Any) -> Cited:
    cut = tuple(Cell(name=name.replace("_", " "), value=value) for name, value in cells.items())
    return ROW.model_copy(update={"number": number, "run": run, "row": row, "cells": cut})


def expected(script: str) -> dict[str, Any]:
    """The line of data."""
    found: dict[str, Any] = json.loads(next(line for line in script.split("\n") if line.startswith('{"image"')))
    return found


def memory(script: str) -> str:
    """The program for volshell that a script holds."""
    return script.partition("volshell.py\" <<'END_OF_DATA'\n")[2].partition("\nEND_OF_DATA\n")[0]


def test_every_assembly_of_ours_is_repeated_as_its_card_is() -> None:
    own = {one.name: one for one in cards.load() if one.own}
    assert set(own) == {"engram.timeline", *volshell.NAMES}, "say how rows of the new one are repeated"
    for name in volshell.NAMES:
        columns = {one.name for one in own[name].columns}
        assert set(volshell.WORDS[name]) < columns
        assert all(f'"{one}"' in volshell.PROGRAM for one in columns - set(volshell.WORDS[name])), name
    length = own["engram.bytes"].option("length")
    assert length is not None
    assert length.default == volshell.USUAL
    assert volshell.MARK in volshell.PROGRAM
    ast.parse(volshell.PROGRAM)


def test_the_script_repeats_looks_at_memory_with_one_start_of_volshell() -> None:
    runs = (
        made(1, "linux.pslist"),
        look(2, pid=7, address=0x400001, length=32),
        look(3, address=16, physical=True),
        look(4, "engram.walk", pid=7, address=2**64 - 1),
        made(5, "engram.timeline", own=True),
    )
    text = repeat.script(document(runs=runs, citations=(place(1, 2, 0, Hex="90"), place(2, 4, 1, Flags="present"))))
    assert text.count('"$VOLSHELL" -q') == 1
    assert '"$VOLSHELL" -q --offline -l -s "$SYMBOLS" -f "$IMAGE" --script "$OUT/volshell.py"' in text
    assert "VOLSHELL=${VOLSHELL:-volshell}" in text
    regions, walks = (ast.literal_eval(line.partition(" = ")[2]) for line in memory(text).split("\n")[:2])
    assert regions == [(2, 7, 0x400001, 32, False), (3, None, 16, 256, True)]
    assert walks == [(4, 7, 2**64 - 1)]
    data = {one["number"]: one for one in expected(text)["runs"]}
    assert [(one, data[one]["volshell"], data[one]["words"]) for one in data] == [
        (1, False, []), (2, True, []), (3, True, []), (4, True, ["Flags", "Note"]),
    ]  # fmt: skip
    assert [bool(data[one]["sha256"]) for one in data] == [False, True, True, False], "words are not made anew"
    assert "# Run 5:" in text, "it is told, and not repeated"
    assert "$VOLSHELL" not in repeat.script(document()), "it is not needed"


def test_the_system_is_that_of_the_exhibit_and_physical_addresses_need_none() -> None:
    windows = document().exhibit.model_copy(update={"os": "windows"})
    runs = (look(2, pid=4, address=1),)
    assert "--offline -w -s" in repeat.script(document(runs=runs, exhibit=windows))
    assert "--offline -s" in repeat.script(document(runs=(look(2, address=1, physical=True),)))


def test_no_option_breaks_out() -> None:
    run = look(2, pid=HOSTILE, address=HOSTILE, length=[HOSTILE], physical=HOSTILE)
    walk = look(3, "engram.walk", pid={HOSTILE: 1}, address=HOSTILE)
    named = run.model_copy(update={"command": HOSTILE})
    cited = place(1, 3, 0, Entry_address=HOSTILE, Bits=HOSTILE)
    of = document(runs=(named, walk), citations=(cited, place(2, 2, 0, Hex=HOSTILE)))
    text = repeat.script(of)
    assert memory(text).split("\n")[:2] == ["REGIONS = [(2, 0, 0, 0, True)]", "WALKS = [(3, 0, 0)]"]
    assert (
        memory(text).partition("\n\n")[2]
        == memory(repeat.script(document(runs=(look(2, address=5),)))).partition("\n\n")[2]
    )
    assert text.split("\n").count("END_OF_DATA") == 3
    assert "$(reboot)" not in {line.strip() for line in text.split("\n")}
    for each in of.runs:
        assert "reboot" not in " ".join(repeat.way(of, each).lines)


def lines(run: Made, *cited: Cited, os: str = "linux") -> tuple[str, ...]:
    of = document(runs=(run,), citations=cited)
    return repeat.way(of.model_copy(update={"exhibit": of.exhibit.model_copy(update={"os": os})}), run).lines


def test_what_a_reader_types() -> None:
    start = "volshell -q --offline -l -s SYMBOLS -f IMAGE"
    run = look(2, pid=7, address=0x400007, length=40)
    rows = (place(3, 2, 2), place(1, 2, 0), place(2, 2, 0), place(4, 9, 1))
    assert lines(run, *rows) == (start, "cp(pid=7)", "db(0x400007, 9)", "db(0x400020, 15)")
    of = document(runs=(run,), citations=rows)
    assert repeat.way(of, run, rows[0]).lines == (start, "cp(pid=7)", "db(0x400020, 15)"), "one place alone"
    assert lines(look(2, address=0x10), place(1, 2, 1), os="windows") == (start.replace("-l", "-w"), "db(0x20, 16)")
    physical = lines(look(2, address=0x10, physical=True), place(1, 2, 0))
    assert physical == (start.replace(" -l", ""), f"db(0x10, 16, {volshell.PHYSICAL})")
    walk = look(2, "engram.walk", address=0x400123)
    level, small = (
        place(1, 2, 0, Bits="47-39", Entry_address=0x1008),
        place(1, 2, 0, Bits="31-22", Entry_address=0x1004),
    )
    end = place(2, 2, 4, Bits="11-0", Entry_address=None)
    assert lines(walk, end, level)[1:] == (
        f"dq(0x1008, 8, {volshell.PHYSICAL})",
        "hex(self.context.layers[self.current_layer].translate(0x400123)[0])",
    )
    assert lines(walk, small)[1] == f"dd(0x1004, 4, {volshell.PHYSICAL})"


def test_each_run_says_how_it_is_repeated() -> None:
    plain, timeline = made(1), made(2, "engram.timeline", own=True)
    process, kernel = look(3, pid=1, address=1), look(4, address=1)
    of = document(runs=(plain, timeline, process, kernel))
    assert repeat.way(of, plain) == repeat.Way((), (repeat.command(plain),))
    assert repeat.way(of, timeline) == repeat.Way((repeat.NAMED,), ())
    assert repeat.way(of, process).says == (repeat.LOOKED, repeat.SOUGHT)
    assert repeat.way(of, kernel).says == (repeat.LOOKED,)


def compared(text: str, folder: Path, told: str) -> list[str]:
    """What the comparing part says of what volshell told: the script's own text, run by itself."""
    (folder / "image").write_bytes(b"")
    (folder / "expected.json").write_text(json.dumps(expected(text)), "utf-8")
    (folder / "volshell.txt").write_text(told, "utf-8")
    part = text.rpartition("<<'END_OF_DATA'\n")[2].rpartition("END_OF_DATA")[0]
    done = subprocess.run(
        [sys.executable, "-", str(folder), str(folder / "image")],
        input=part,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, ""), "the image is another one"
    return done.stdout.splitlines()[1:]


@pytest.fixture
def cited() -> Document:
    row = {"Address": 16, "Physical": None, "Hex": None, "Text": None}
    walk = {"Level": "PT", "Entry_address": 8, "Entry": 99, "Flags": "present", "Note": "next table"}
    runs = (look(2, address=16, length=16).model_copy(update={"sha256": ""}), look(3, "engram.walk", address=16))
    return document(runs=runs, citations=(place(1, 2, 0, **row), place(2, 3, 0, **walk)))


def test_what_volshell_told_is_compared(cited: Document, tmp_path: Path) -> None:
    text = repeat.script(cited)
    row: dict[str, Any] = {"Address": 16, "Physical": None, "Hex": None, "Text": None, "__children": []}
    level: dict[str, Any] = {"Level": "PT", "Entry address": 8, "Entry": 99, "__children": []}

    def told(*results: dict[str, Any]) -> list[str]:
        said = (f"\n(layer) >>> {volshell.MARK}[]\n{volshell.MARK}{json.dumps(one)}\n" for one in results)
        return compared(text, tmp_path, "".join(said))

    same = ["C1: run 2, row 0: as in the report", "C2: run 3, row 0: as in the report (Flags and Note aside)"]
    assert told({"run": 2, "rows": [row]}, {"run": 3, "rows": [level]}) == same
    assert told({"run": 2, "rows": [{**row, "Hex": "00"}]}, {"run": 3, "rows": [{**level, "Entry": None}]}) == [
        "C1: run 2, row 0: DIFFERS in Hex",
        "C2: run 3, row 0: DIFFERS in Entry",
    ]
    assert told({"run": 2, "rows": []}, {"run": 3, "why": "there is no process 7"}) == [
        "C1: run 2, row 0: DIFFERS there are 0 rows",
        "C2: run 3, row 0: DIFFERS there is no process 7",
    ]
    timeline = place(3, 4, 2, Plugin="linux.\u202epslist")
    runs = (*cited.runs, made(4, "engram.timeline", own=True))
    text = repeat.script(cited.model_copy(update={"runs": runs, "citations": (*cited.citations, timeline)}))
    assert told({"run": 2, "rows": [row]}, {"run": 3, "rows": [level]}) == [
        *same, "C3: run 4, row 2: not compared, repeat it with linux.\u2039U+202E\u203apslist",
    ]  # fmt: skip
    text = repeat.script(cited)
    assert told() == [f"C{n}: run {n + 1}, row 0: DIFFERS volshell told nothing of it" for n in (1, 2)]


def test_a_volshell_that_fails_leaves_the_rest_compared(cited: Document, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"")
    (tmp_path / "repeat.sh").write_text(repeat.script(cited), "utf-8")
    done = subprocess.run(
        ["/bin/sh", "repeat.sh", "image", "symbols"],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "VOLSHELL": "/bin/false", "PYTHON": sys.executable},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "volshell ended with an error\n")
    assert done.stdout.count("DIFFERS volshell told nothing of it") == 2
    assert done.stdout.startswith("Image: DIFFERS it has SHA-256 e3b0c442")
