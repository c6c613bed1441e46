"""Mistakes of those who change, recognised where they were made, and not on their innocent look-alikes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.grading.conduct.sound import (
    HAPPENED,
    LOST,
    at,
    codes,
    decided,
    judged,
    only,
    silent,
    typed,
    with_traces,
)
from training.grading.conduct.happened import (
    Act,
    Cause,
    Ended,
    Event,
    LinkChange,
    Power,
    Started,
    Touched,
)
from training.grading.conduct.record import (
    Decision,
)
from training.grading.conduct.verdict import Code, Part, Where

# C-WRITE


def test_a_file_on_the_machines_own_disk() -> None:
    written = (Touched(700, "/root/ps.txt", Act.CREATED, at(180.2)),)
    one = only(judged(typed("./collect"), with_traces(touched=written)), Code.WRITE)
    assert (one.place.name, one.part, one.cost) == ("90", Part.FOOTPRINT, 0)


def test_a_removed_file_counts_as_well_and_needs_no_entry() -> None:
    gone = (Touched(700, "/home/m/x", Act.REMOVED, at(210)),)
    one = only(judged(happened=with_traces(touched=gone)), Code.WRITE)
    assert (one.place.kind, one.place.name) == (Where.EVENT, "/home/m/x")


def test_without_an_account_the_line_says_it() -> None:
    assert codes(judged(typed("ps > /root/ps.txt"), silent())) == [Code.WRITE]


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/mnt/evid/ps.txt", Act.CREATED),
        ("/root/.bash_history", Act.WRITTEN),
        ("/proc/self/oom_adj", Act.WRITTEN),
        ("/dev/null", Act.WRITTEN),
        ("/etc/passwd", Act.READ),
    ],
)
def test_nothing_was_written_on_the_machine(path: str, act: Act) -> None:
    assert codes(judged(happened=with_traces(touched=(Touched(601, path, act, at(160.2)),)))) == []


def test_the_value_of_an_option_is_no_file_that_was_written() -> None:
    for line in ("truncate -s 0 /root/x", "mkdir -m 700 /root/x"):
        verdict = judged(typed(line), silent())
        assert codes(verdict) == [Code.WRITE]
        assert {one.id: one.yours for one in verdict.footprint.dimensions}["written"] == 1
        assert codes(judged(typed(line.replace("root", "mnt/evid")), silent())) == []


@pytest.mark.parametrize("line", ["ps > /root/ps.txt", "touch /etc/x"])
def test_the_account_outranks_the_line(line: str) -> None:
    assert Code.WRITE not in codes(judged(typed(line)))


def test_a_line_that_failed_wrote_nothing() -> None:
    assert codes(judged(typed("cp /mnt/evid/a /root/a", code=1), silent())) == []


def test_what_was_typed_after_the_account_is_read_from_the_line() -> None:
    assert codes(judged(typed("touch /etc/x", seconds=485))) == [Code.WRITE]


# C-LINK


def test_the_link_cut_without_a_decision() -> None:
    cut = replace(HAPPENED, links=(LinkChange(at(80), "cut"),))
    one = only(judged(happened=cut), Code.LINK)
    assert (one.part, one.cost, one.place.name) == (Part.DECISIONS, 0, "link")


def test_the_link_cut_by_a_command_before_the_decision() -> None:
    one = only(judged(typed("ip link set eth0 down", seconds=80)), Code.LINK)
    assert one.place.name == "90"


@pytest.mark.parametrize(
    "decisions",
    [(), (Decision("link", "leave", "  ok  ", at(90)),), (Decision("link", "burn", "a reason that is long", at(90)),)],
)
def test_the_link_left_without_a_reason(decisions: tuple[Decision, ...]) -> None:
    one = next(one for one in judged(decided(*decisions)).mistakes if one.code is Code.LINK)
    assert (one.place.kind, one.place.name) == (Where.FORM, "decision: link")


@pytest.mark.parametrize("cause", [Cause.TIME, Cause.INSTRUCTOR])
def test_a_link_that_others_changed(cause: Cause) -> None:
    assert codes(judged(happened=replace(HAPPENED, links=(LinkChange(at(80), "cut", cause),)))) == []


def test_a_link_that_was_cut_after_the_decision() -> None:
    assert codes(judged(happened=replace(HAPPENED, links=(LinkChange(at(95), "cut"),)))) == []


@pytest.mark.parametrize("line", ["ip link show", "ip link set eth0 down"])
def test_a_link_that_was_only_looked_at_or_could_not_be_changed(line: str) -> None:
    assert Code.LINK not in codes(judged(typed(line, seconds=80, code=2 if "set" in line else 0)))


# C-KILL


def test_a_process_of_the_machine_ended_by_hand() -> None:
    gone = with_traces(ended=(Ended(312, at(180.5), "beacon"),))
    for line in ("kill $(pidof beacon)", "pidof beacon | xargs kill -9"):
        one = only(judged(typed(line), gone), Code.KILL)
        assert (one.place.name, one.part) == ("90", Part.CARE)


def test_without_an_account_the_line_and_its_exit_say_it() -> None:
    assert codes(judged(typed("kill -9 312"), silent())) == [Code.KILL]
    assert codes(judged(typed("kill -9 312", code=1), silent())) == []


@pytest.mark.parametrize("line", ["killall5 -9", "kill -9 -1", "kill -- -1", "time -p kill 312", "pkill -n sshd"])
def test_whoever_ends_all_processes_is_charged_with_it(line: str) -> None:
    assert only(judged(typed(line), silent()), Code.KILL).place.name == "90"
    gone = with_traces(ended=(Ended(312, at(180.5), "beacon"),))
    assert only(judged(typed(line), gone), Code.KILL).place.name == "90"


def test_the_account_names_the_responder() -> None:
    gone = with_traces(ended=(Ended(312, at(215), "beacon", Cause.RESPONDER),))
    assert only(judged(happened=gone), Code.KILL).place.name == "PID 312"


@pytest.mark.parametrize("line", ["kill -0 312", "kill -STOP 312", "kill %1", "kill -l", "echo kill 312", "ps"])
def test_nothing_was_ended(line: str) -> None:
    assert Code.KILL not in codes(judged(typed(line), silent()))


def test_an_own_process_or_one_that_ended_by_itself() -> None:
    own = with_traces(started=(Started(700, 90, at(175), None, "tail"),))
    for line in ("kill 700", "kill -9 -700", "pkill tail"):
        assert codes(judged(typed(line, seconds=485), own)) == []
    assert codes(judged(typed("kill 312"))) == []  # by the account nothing ended
    assert codes(judged(typed("/mnt/kit/bin/ps"), with_traces(ended=(Ended(312, at(180.5)),)))) == []


# C-SHUT


def test_the_machine_sent_down() -> None:
    down = replace(HAPPENED, powers=(Power(at(486), "shutdown"),))
    one = only(judged(typed("poweroff", seconds=485, code=None), down), Code.SHUT)
    assert (one.place.name, one.cost) == ("90", 1)
    known = replace(HAPPENED, powers=(Power(at(486), "shutdown", Cause.RESPONDER),))
    assert only(judged(happened=known), Code.SHUT).place.kind is Where.EVENT


def test_a_machine_that_went_down_otherwise() -> None:
    battery = replace(HAPPENED, powers=(Power(at(486), "shutdown", Cause.TIME),))
    after = replace(HAPPENED, powers=(Power(at(505), "shutdown", Cause.RESPONDER),))
    assert codes(judged(happened=battery)) == []
    assert codes(judged(happened=after)) == []
    assert codes(judged(typed("poweroff", seconds=300, code=None), battery)) == []  # minutes before
    assert codes(judged(typed("poweroff", seconds=485, code=1), battery)) == []
    assert codes(judged(typed("poweroff", code=1))) == []


# C-LATE


def test_something_was_lost_by_delay() -> None:
    one = only(judged(happened=replace(HAPPENED, events=LOST)), Code.LATE)
    assert (one.place.name, one.place.at, one.part) == ("cleared", at(200), Part.CARE)
    assert "10:03:20Z" in one.says
    assert "the archive in /dev/shm" in one.says


@pytest.mark.parametrize(
    "event",
    [
        Event("cleared", at(300), loses=("archive",)),  # after the image was begun
        Event("cleared", at(200), loses=("archive",), cause=Cause.ANSWER),
        Event("cleared", at(200), loses=("archive",), cause=Cause.INSTRUCTOR),
        Event("reconnected", at(200)),
        Event("cleared", at(-5), loses=("archive",)),
    ],
)
def test_nothing_was_lost_by_delay(event: Event) -> None:
    assert codes(judged(happened=replace(HAPPENED, events=(event,)))) == []


def test_a_copy_in_time_saves_it() -> None:
    saved = replace(HAPPENED, events=LOST)
    assert Code.LATE not in codes(judged(typed("cp -a /dev/shm /mnt/evid/x", seconds=170), saved))
    assert Code.LATE in codes(judged(typed("cp -a /dev/shm /mnt/evid/x", seconds=170, code=1), saved))
    assert Code.LATE in codes(judged(typed("ls /dev/shm", seconds=170), saved))
