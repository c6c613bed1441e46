"""The truth of a machine at whose console somebody worked: taken as it is, whatever of the plan is left."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.forge import told
from tests.unit.forge.told import START, Said, changed, process, without
from training.forge.linux import witness
from training.forge.linux.witness import NotAsPlanned
from training.forge.truth import Planted, Truth

LIVE = {
    "steps": [
        {"pause": 5, "shell": "mira", "type": "who", "as": "looked"},
        {"pause": 9, "run": "true", "as": "cleared"},
    ]
}


def lived(at: Said | None = None) -> Said:
    """The account of a machine in which somebody arrived at second 45, and what was done there."""
    done = [
        {"kind": "arrival", "seconds": START + 45.5},
        {"kind": "started", "pid": 40, "ppid": 39, "uid": 0, "comm": "ps", "exe": "/usr/bin/ps", "args": "ps\0ax\0",
         "begin": START + 46.25, "end": START + 46.5, "status": 0},
        {"kind": "started", "pid": 41, "ppid": 39, "uid": 0, "comm": "cat", "exe": "/mnt/kit/bin/cat", "args": "",
         "begin": START + 47},
        {"kind": "ended", "pid": 25, "comm": "kworker/3:7", "status": 9, "seconds": START + 48},
        {"kind": "typed", "terminal": "tty1", "text": "who", "seconds": START + 50},
        {"kind": "event", "name": "looked", "seconds": START + 50.5},
        {"kind": "event", "name": "sign_1_session", "seconds": START + 51},
    ]  # fmt: skip
    *before, end = at or told.said()
    return [*before, *done, end]


def found(first: Said | None = None, second: Said | None = None, **other: Any) -> Truth:
    account = lived(first)
    before, details, after = (map(json.dumps, each) for each in (account, told.maps(), second or account))
    return witness.as_found(before, details, after, told.plan(live=LIVE, **other))


def test_what_was_done_at_the_console_and_what_happened_stand_in_the_truth() -> None:
    truth = found()
    live = truth.live
    assert live
    assert live.arrival == datetime.fromtimestamp(START + 45.5, UTC)
    assert [(each.pid, each.args, each.ended is None) for each in live.started] == [
        (40, ("ps", "ax"), False),
        (41, (), True),
    ]
    assert [(each.pid, each.signal) for each in live.ended] == [(25, 9)]
    assert [each.name for each in live.happened] == ["looked", "sign_1_session"]
    assert truth.events["looked"] == START + 50.5
    assert truth.commands["looked"].seconds == START + 50
    assert truth.commands["start"].text == "./run &"
    assert Truth.model_validate_json(truth.model_dump_json()) == truth


def test_lines_of_the_footprint_before_the_account_change_nothing() -> None:
    footprint = [each for each in lived() if each["kind"] in {"arrival", "started", "ended"}]
    again = [*footprint, *lived()]
    before, details, after = (map(json.dumps, each) for each in (again, told.maps(), lived()))
    assert witness.as_found(before, details, after, told.plan(live=LIVE)).live == found().live


def test_what_was_planted_and_is_gone_is_not_in_it() -> None:
    gone = without(without(kind="process", pid=25), kind="process", pid=16)
    truth = found([each for each in gone if each.get("pid") not in {25, 16}])
    assert set(truth.planted) == set()
    both = found([each for each in told.said() if each.get("pid") != 25])
    assert set(both.planted) == {"web", "workers"}
    with pytest.raises(NotAsPlanned, match="planted actor: expected one process"):
        told.collected([each for each in told.said() if each.get("pid") != 25])


def test_of_several_that_fit_the_one_that_was_there_first_is_meant() -> None:
    copy = process(90, 24, "mine", exe="/memfd:quil (deleted)")
    account = told.said()
    account.insert(-1, copy)
    actor = found(account).planted["actor"]
    assert isinstance(actor, Planted)
    assert actor.pid == 25


def test_what_changes_while_it_is_written_down_is_told_and_no_mistake() -> None:
    moved = found(second=lived(changed(25, comm="other")))
    assert moved.moved == ("process 25 (kworker/3:7): comm was kworker/3:7 and became other",)
    with pytest.raises(NotAsPlanned, match="moved after the freeze"):
        told.collected(second=changed(25, comm="other"))


def test_a_machine_whose_typed_lines_and_files_are_others_is_taken_too() -> None:
    rest = [each for each in told.said() if each["kind"] not in {"file", "sysfs", "listed"}]
    truth = found(without(rest, terminal="tty1"))
    assert truth.files == ()
    assert truth.modules == ()
    with pytest.raises(NotAsPlanned, match="typed line 2"):
        told.collected(without(terminal="tty1", kind="typed"))


def test_half_an_account_is_refused() -> None:
    with pytest.raises(NotAsPlanned, match="the first account: expected the end as its last line"):
        witness.as_found(map(json.dumps, told.said()[:-1]), [], [], told.plan(live=LIVE))


def test_the_truth_of_an_exhibit_says_nothing_of_a_console() -> None:
    truth = told.collected()
    assert truth.live is None
    assert "live" not in truth.model_dump()
