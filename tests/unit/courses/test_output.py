from dataclasses import replace
from pathlib import Path

import pytest

from training.analysis.cards import Column
from training.analysis.results import ResultRow
from training.content.markdown import Block
from training.content.source import ContentError
from training.courses.generate import generate
from training.courses.manuscript import output
from training.courses.manuscript.output import Listing
from training.errors import Refused

TEXT = """plugin: linux.pslist
exhibit: finance-workstation-a
columns: [COMM, PID]
where: 'PPID = 2 and PID < 20'
limit: 2
caption: Threads of the kernel.
"""
COLUMNS = (Column("PID", "int"), Column("PPID", "int"), Column("COMM", "str"))


def row(n: int, pid: int, ppid: int, name: str) -> ResultRow:
    return ResultRow(n, 0, None, (pid, ppid, name), {})


LISTING = Listing(
    "cd" * 32,
    "2.28.2",
    COLUMNS,
    (
        row(0, 2, 0, "kthreadd"),
        row(1, 9, 2, "<b>\x1b[0m"),
        row(2, 10, 2, "rcu_sched"),
        row(3, 11, 2, "migration"),
        row(4, 90, 2, "kworker"),
    ),
)


def run(exhibit: str, text: str) -> Listing:
    assert (exhibit, text) == ("finance-workstation-a", "linux.pslist")
    return LISTING


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as raised:
        output.read(Block("output", 5, text), "x.md")
    return [(mistake.line, mistake.message) for mistake in raised.value.mistakes]


def test_a_block_keeps_the_rows_that_meet_its_condition() -> None:
    stored = output.make(output.read(Block("output", 5, TEXT), "x.md").value, run)
    assert stored.rows == (("<b>␛[0m", "9"), ("rcu_sched", "10"))
    assert (stored.found, stored.total) == (3, 5)
    assert stored.columns == (("COMM", "str"), ("PID", "int"))


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("linux.pslist", "linux.pslits", 5, "linux.pslist"),
        ("linux.pslist", "linux.pslist --symbol-dirs /etc", 5, "--symbol-dirs"),
        ("[COMM, PID]", "[COMM, Pid]", 7, "no column Pid; it has"),
        ("PPID = 2 and", "PPDI = 2 and", 8, "no column PPDI"),
        ("PPID = 2 and", "PPID = and", 8, "where:"),
        ("limit: 2", "limit: 500", 9, "limit"),
        ("limit: 2", "limits: 2", 9, "limits: not a known field"),
        ("caption: Threads of the kernel.", "", 5, "caption: missing"),
    ],
)
def test_mistakes_in_a_block_have_their_line(old: str, new: str, line: int, part: str) -> None:
    found = faults(TEXT.replace(old, new))
    assert found[0][0] == line
    assert part in found[0][1]


def test_a_condition_that_can_not_hold_is_explained() -> None:
    block = output.read(Block("output", 5, TEXT.replace("PID < 20", "COMM = 7")), "x.md").value
    with pytest.raises(Refused, match=r"gave no row to show; where: .*compared"):
        output.make(block, run)


def test_rows_that_were_never_made_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"x\.md:5: .*app.py check --write"):
        output.draw(tmp_path, Block("output", 5, TEXT), "x.md")


def test_a_changed_block_has_no_rows(tmp_path: Path) -> None:
    output.write(tmp_path, TEXT, output.make(output.read(Block("output", 5, TEXT), "x.md").value, run))
    assert "rcu_sched" in output.draw(tmp_path, Block("output", 5, TEXT), "x.md")
    with pytest.raises(ContentError, match="not generated"):
        output.draw(tmp_path, Block("output", 5, TEXT.replace("limit: 2", "limit: 3")), "x.md")


def test_rows_of_another_image_are_a_mistake(tmp_path: Path) -> None:
    block = Block("output", 5, TEXT)
    output.write(tmp_path, TEXT, output.make(output.read(block, "x.md").value, run))
    assert "rcu_sched" in output.draw(tmp_path, block, "x.md", {"finance-workstation-a": "cd" * 32})
    with pytest.raises(ContentError, match="another image"):
        output.draw(tmp_path, block, "x.md", {"finance-workstation-a": "ef" * 32})
    with pytest.raises(ContentError, match="no exhibit finance-workstation-a"):
        output.draw(tmp_path, block, "x.md", {})


def test_a_stored_file_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    block = Block("output", 5, TEXT)
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / f"{output.digest(TEXT)}.json").write_text('{"rows": []}', "utf-8")
    with pytest.raises(ContentError, match="can't be read"):
        output.draw(tmp_path, block, "x.md")


def test_cells_are_escaped_and_hidden_characters_shown(tmp_path: Path) -> None:
    made = output.make(output.read(Block("output", 5, TEXT), "x.md").value, run)
    hostile = made.model_copy(update={"rows": (("<script>\u202e\x00", "1"), ("y" * 500, "2"))})
    output.write(tmp_path, TEXT, hostile)
    html = output.draw(tmp_path, Block("output", 5, TEXT), "x.md")
    assert '<bdi dir="ltr">&lt;script&gt;\u2039U+202E\u203a␀</bdi>' in html
    assert "y" * 400 + "…</bdi>" in html
    assert "2 of the 3 rows where <code>PPID = 2 and PID &lt; 20</code>, of 5 in all" in html
    assert "Volatility 3 2.28.2" in html


def test_generate_writes_what_is_asked_and_removes_the_rest(tmp_path: Path) -> None:
    module = tmp_path / "01-a"
    module.mkdir()
    (module / "index.md").write_text(f"---\nid: m1-1\n---\n\ntext\n\n```output\n{TEXT}```\n", "utf-8")
    (module / "output").mkdir()
    stale = module / "output" / ("0" * 64 + ".json")
    stale.write_text("{}", "utf-8")
    assert generate(tmp_path, run) == []
    assert [file.name for file in (module / "output").iterdir()] == [f"{output.digest(TEXT)}.json"]


def test_a_run_that_fails_keeps_the_old_rows_and_says_where(tmp_path: Path) -> None:
    module = tmp_path / "01-a"
    module.mkdir()
    (module / "index.md").write_text(f"---\nid: m1-1\n---\n\ntext\n\n```output\n{TEXT}```\n", "utf-8")
    assert generate(tmp_path, run) == []

    def fails(_exhibit: str, _text: str) -> Listing:
        raise Refused("linux.pslist ended as killed")

    def empty(_exhibit: str, _text: str) -> Listing:
        return replace(LISTING, rows=())

    assert [(one.line, one.message) for one in generate(tmp_path, fails)] == [(8, "linux.pslist ended as killed")]
    assert "no row" in generate(tmp_path, empty)[0].message
    assert "rcu_sched" in output.draw(module, Block("output", 8, TEXT), "x.md")


@pytest.mark.parametrize(
    ("where", "unmet"),
    [
        ('COMM = "migration" or COMM = "gone"', ['COMM = "gone"']),
        ('COMM = "gone" or COMM = "migration"', ['COMM = "gone"']),
        ('PPID = 2 and (PID = 11 or PID = 99 or COMM = "lost")', ["PID = 99", 'COMM = "lost"']),
        ("(PID = 9 or PID = 2) and PPID = 2", ["PID = 2"]),
        ("PID = 9 or PID = 10", []),
        ("not (PID = 9 or PID = 99)", []),
        ("PPID = 2", []),
    ],
)
def test_each_alternative_of_a_condition_has_a_row(tmp_path: Path, where: str, unmet: list[str]) -> None:
    block = Block("output", 5, TEXT.replace("'PPID = 2 and PID < 20'", f"'{where}'"))
    made = output.make(output.read(block, "x.md").value, run)
    assert list(made.unmet) == unmet
    output.write(tmp_path, block.text, made)
    if unmet:
        with pytest.raises(ContentError) as raised:
            output.draw(tmp_path, block, "x.md")
        assert [(one.line, one.message) for one in raised.value.mistakes] == sorted(
            (8, f"where: no row has {part}") for part in unmet
        )
    else:
        assert "<figure" in output.draw(tmp_path, block, "x.md")
