"""What a citation says of its row where the whole of it has no room, over rows of real runs."""

import pytest

from tests.unit.labs.conftest import Answered, Desk
from training.analysis import cards
from training.analysis.results import Result
from training.labs.service import notebook
from training.labs.telling import IDENTIFYING, MOST, telling


def told(desk: Desk, plugin: str, row: int, column: str = "") -> notebook.Place:
    desk.cite(plugin, row, column)
    with desk.rooms.store.reading() as session:
        made = notebook.every(session, desk.case(session).attempt)[-1:]
        return notebook.places(session, made, desk.rooms.engine.result, [])[0]


DECIDING = {
    "linux.malware.process_spoofing": ("PID", "Exe_Path", "Cmdline_Basename", "Comm", "Exe_Deleted"),
    "linux.sockstat": ("Process Name", "PID", "Source Addr", "Source Port", "Destination Addr", "State"),
    "linux.pslist": ("PID", "PPID", "COMM", "CREATION TIME"),
    "linux.proc.Maps": ("PID", "Process", "Start", "Flags", "File Path"),
    "linux.pagecache.Files": ("FilePath", "ModificationTime"),
}
"""Columns that a row of the plugin is cited for."""


@pytest.mark.parametrize("plugin", DECIDING)
def test_a_citation_says_what_its_row_is_cited_for_and_nothing_that_is_empty(
    desk: Desk, answered: Answered, plugin: str
) -> None:
    there = {"linux.sockstat": {"State": "LISTEN"}, "linux.proc.Maps": {"Flags": "r-x"}}.get(plugin, {})
    place = told(desk, plugin, answered.find(plugin, **there))
    names = [name for name, _ in place.telling]
    assert set(DECIDING[plugin]) - place.constant <= set(names), place.shown
    assert names == [name for name, _ in place.shown if name in names], "in the order of the plugin"
    assert len(names) <= MOST
    assert "File output" not in names
    assert not {text for _, text in place.telling} & {"", "-", "Disabled", "not available", "not applicable"}
    assert place.key == ", ".join(f"{name} {text[:40]}" for name, text in place.telling)


def test_the_user_is_said_once(desk: Desk, answered: Answered) -> None:
    place = told(desk, "linux.pslist", answered.find("linux.pslist", PID=1))
    assert dict(place.shown)["EGID"] == "0"
    assert [name for name, text in place.telling if text == "0"] == ["PPID", "UID"]


def test_the_cell_that_is_pointed_at_comes_even_where_it_is_empty(desk: Desk, answered: Answered) -> None:
    place = told(desk, "linux.pslist", answered.find("linux.pslist", PID=1), "File output")
    assert ("File output", "Disabled") in place.telling
    assert place.key == "File output Disabled"


def test_a_column_that_says_the_same_in_every_row_is_left_out(desk: Desk, answered: Answered) -> None:
    desk.run("linux.sockstat")
    results = desk.rooms.settings.instance / "results"
    for made in desk.answered.runs:
        with Result.open(results / f"{made['key']}-{made['try_no']}.db") as result:
            rows = result.all()
            alike = {one.name for one in result.columns if len({str(row[one.name]) for row in rows[:5000]}) == 1}
            assert result.constant == (alike if len(rows) > 1 else set()), made["plugin"]
    shown = (("PID", "1"), ("Family", "AF_INET"), ("FD", "3"))
    assert telling(shown, "", {"PID", "Family"}) == (("PID", "1"), ("FD", "3")), "who it is comes all the same"
    assert telling(shown, "Family", {"PID", "Family"}) == shown


def test_each_identifying_column_is_one_of_a_plugin() -> None:
    known = {"".join(filter(str.isalnum, one.name)).casefold() for card in cards.load() for one in card.columns}
    assert known >= IDENTIFYING
