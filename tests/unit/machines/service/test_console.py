"""The console: what is typed is written down first, and closed by the marks that the shell prints."""

import hashlib

import pytest

from tests.machines_place import AHEAD
from tests.unit.machines.service.conftest import Scene
from training.errors import Conflict, Refused, TooMany
from training.machines.models import Entry, Response
from training.machines.service import console, responses
from training.store import new_id


def test_a_command_is_closed_by_its_mark_with_exit_duration_and_digest(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.answers["ps -ef"] = (b"  PID\r\n    1\r\n", 3)
    scene.type(response, "ps -ef")
    (found,) = scene.entries(response)
    assert (found.number, found.line, found.kind, found.exit) == (1, "ps -ef", "command", 3)
    assert found.sha256 == hashlib.sha256(b"  PID\r\n    1\r\n").hexdigest()
    assert found.seconds == 0
    assert console.printed(scene.here, scene.response(response), found.start, 14) == b"  PID\r\n    1\r\n"


def test_a_duration_is_that_of_the_machines_own_clock(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.answers["sleep 7"] = None
    scene.type(response, "sleep 7")
    assert [one.finished for one in scene.entries(response)] == [False]
    scene.clock.forward(seconds=7.25)
    scene.guest(response).ends()
    scene.clock.forward(seconds=60)  # nobody looks for a while
    scene.settle(response)
    (found,) = scene.entries(response)
    assert (found.seconds, found.exit) == (7.25, 0)


def test_nothing_is_typed_before_the_authority_is_confirmed(scene: Scene) -> None:
    response = scene.begin(arrive=False)
    with pytest.raises(Conflict, match="Read the authority"):
        scene.type(response, "ps")
    assert scene.entries(response) == []
    assert b"ps" not in scene.guest(response).console(0, 9999)


def test_the_same_request_types_once(scene: Scene) -> None:
    response = scene.begin()
    key = str(new_id())
    assert scene.type(response, "date", key) is not None
    assert scene.type(response, "date", key) is None
    assert [one.line for one in scene.entries(response)] == ["date"]
    assert scene.guest(response).console(0, 9999).count(b"date") == 1


def test_what_is_typed_while_a_command_runs_goes_to_it(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.answers |= {"cat": None, "hello": None}
    scene.type(response, "cat")
    scene.type(response, "hello")
    scene.guest(response).prints(b"hello\r\n")
    scene.guest(response).ends()
    scene.settle(response)
    first, second = scene.entries(response)
    assert (first.kind, first.exit, second.kind, second.exit) == ("command", 0, "input", None)
    assert first.sha256 == hashlib.sha256(b"hello\r\n").hexdigest()
    assert second.finished
    scene.type(response, "date")
    assert scene.entries(response)[-1].kind == "command"


def test_a_key_interrupts(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.answers["yes"] = None
    scene.type(response, "yes")
    scene.guest(response).prints(b"y\r\n" * 1000)
    with scene.store.writing() as session:
        pressed = console.press(
            session, scene.here, responses.get(session, response), "c", str(new_id()), scene.clock()
        )
    assert pressed is not None
    console.send(scene.here, pressed)
    scene.settle(response)
    command, key = scene.entries(response)
    assert (command.exit, key.line, key.finished) == (130, "^C", True)


def test_marks_are_found_wherever_a_piece_of_the_console_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    response = scene.begin()
    monkeypatch.setattr(console, "PIECE", 7)
    for number in range(12):
        scene.machines.answers[f"echo {number}"] = (b"\x1b[0m\x1b" + b"x" * number + b"\r\n", number)
        scene.type(response, f"echo {number}")
    found = scene.entries(response)
    assert [one.exit for one in found] == list(range(12))
    assert [one.stop - one.start for one in found if one.stop] == [7 + number for number in range(12)]


def test_a_mark_that_is_half_there_is_waited_for(scene: Scene) -> None:
    response = scene.begin()
    scene.machines.answers["ls"] = None
    scene.type(response, "ls")
    clock = scene.clock().timestamp() + AHEAD
    mark = f"\x1b]133;D;0;{clock:.6f}\x07".encode()
    for at in range(1, len(mark)):
        scene.guest(response).prints(mark[at - 1 : at])
        scene.settle(response)
        assert not scene.entries(response)[0].finished
    scene.guest(response).prints(mark[-1:])
    scene.settle(response)
    assert scene.entries(response)[0].finished


@pytest.mark.parametrize("output", [bytes(range(256)) * 40, b"x" * (1 << 20), b"\x1b]133;D;9;1.5\x07", b"\xff\xfe\x00"])
def test_hostile_output_spoils_nothing_but_the_own_line(scene: Scene, output: bytes) -> None:
    response = scene.begin()
    scene.machines.answers["cat it"] = (output, 0)
    scene.type(response, "cat it")
    scene.machines.answers["true"] = (b"", 0)
    scene.type(response, "true")
    first, second = scene.entries(response)
    assert first.finished
    assert (second.exit, second.sha256) == (0, hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize("line", ["a\nb", "a\x03", "\x1b[2J", "x" * 4001, "é" * 2001])
def test_a_line_that_no_terminal_takes_is_refused(scene: Scene, line: str) -> None:
    response = scene.begin()
    with pytest.raises(Refused):
        scene.type(response, line)
    assert scene.entries(response) == []


def test_nobody_types_so_fast(scene: Scene) -> None:
    response = scene.begin()
    for _ in range(console.BURST):
        scene.type(response, "true")
    with pytest.raises(TooMany):
        scene.type(response, "true")
    scene.clock.forward(seconds=11)
    scene.type(response, "true")


def test_a_machine_that_is_gone_closes_its_response_and_keeps_its_console(scene: Scene) -> None:
    response = scene.begin()
    scene.type(response, "date")
    scene.guest(response).prints(b"last words\r\n")
    scene.guest(response).stop()
    scene.settle(response)
    scene.settle(response)
    found = scene.response(response)
    assert (found.state, found.ended_at) == ("ended", scene.clock())
    assert "switched off from inside" in found.why
    assert b"last words" in console.printed(scene.here, found, 0, 9999)
    with pytest.raises(Conflict, match="let go"):
        scene.type(response, "date")


def test_a_line_that_was_written_down_and_never_sent_is_closed_by_the_next_prompt(scene: Scene) -> None:
    response = scene.begin()
    with scene.store.writing() as session:  # the server is killed before it types it
        console.write(session, scene.here, responses.get(session, response), "date", str(new_id()), scene.clock())
    with scene.store.writing() as session:
        pressed = console.press(
            session, scene.here, responses.get(session, response), "c", str(new_id()), scene.clock()
        )
    assert pressed is not None
    console.send(scene.here, pressed)
    scene.settle(response)
    assert [one.finished for one in scene.entries(response)] == [True, True]


def test_two_who_look_at_once_close_a_line_once(scene: Scene) -> None:
    response = scene.begin()
    with scene.store.writing() as session:
        entry = console.write(
            session, scene.here, responses.get(session, response), "date", str(new_id()), scene.clock()
        )
    assert isinstance(entry, Entry)
    console.send(scene.here, entry)
    scene.settle(response)
    before = scene.response(response)
    scene.settle(response)
    after = scene.response(response)
    assert isinstance(after, Response)
    assert (before.acts, before.settled) == (after.acts, after.settled)
