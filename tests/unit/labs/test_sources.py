"""What counts as proof and as a second source in the finance workstation, with rows of its real exhibit."""

from typing import Any

import pytest

from tests.unit.labs.conftest import PACK, Desk
from training.grading.values.reading import kind_of

pytestmark = pytest.mark.any_database

SPOOFING, MAPS = "linux.malware.process_spoofing", "linux.proc.Maps"


def key(desk: Desk, question: str) -> Any:
    return desk.lab.seals[PACK.name].sealed.keys[question].answer


def judged(desk: Desk, question: str, *rows: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The verdict on the right answer with these rows cited: each a plugin and cells that find its first row."""
    spec = desk.question(question).spec
    typed = kind_of(spec).write(key(desk, question), spec)
    cited = [desk.cite(plugin, desk.answered.find(plugin, **cells)) for plugin, cells in rows]
    done = desk.submit(question, typed, cited)
    assert done.finding is not None
    return dict(done.finding.verdict)


def test_the_row_with_label_and_program_proves_and_any_region_is_a_second_source(desk: Desk) -> None:
    pid = key(desk, "q1")
    names = (SPOOFING, {"PID": pid})
    alone = judged(desk, "q1", names)
    assert (alone["support"], alone["corroboration"], alone["places"]) == (1, 0, ["proves"])
    stack = judged(desk, "q1", names, (MAPS, {"PID": pid, "File Path": "[stack]"}))
    assert (stack["credit"], stack["places"]) == (1, ["proves", "second"])


def test_a_busybox_or_a_kernel_thread_in_the_same_plugin_proves_no_label(desk: Desk) -> None:
    rows = [row for row in desk.answered.rows[SPOOFING] if row["PID"] != key(desk, "q1")]
    assert not [row for row in rows if row["Comm"].startswith("kworker/") and row["Exe_Path"].startswith("/")]
    verdict = judged(desk, "q1", (SPOOFING, {"Exe_Path": "N/A"}))
    assert (verdict["support"], verdict["places"]) == (0.5, ["silent"])


def test_a_region_with_code_confirms_the_file_and_one_that_is_only_read_does_not(desk: Desk) -> None:
    pid, path = key(desk, "q1"), f"{key(desk, 'q2')} (deleted)"
    for flags, credit, bears in (("r--", 0.75, "elsewhere"), ("r-x", 1, "second")):
        region = (MAPS, {"PID": pid, "File Path": path, "Flags": flags})
        verdict = judged(desk, "q2", (SPOOFING, {"PID": pid}), region)
        assert (verdict["credit"], verdict["places"]) == (credit, ["proves", bears])


def test_the_memory_map_alone_does_not_tell_the_program_from_its_libraries(desk: Desk) -> None:
    verdict = judged(desk, "q2", (MAPS, {"PID": key(desk, "q1"), "File Path": f"{key(desk, 'q2')} (deleted)"}))
    assert (verdict["support"], verdict["corroboration"]) == (0.5, 0)


@pytest.mark.parametrize("plugin", ["linux.pslist", "linux.pstree", "linux.psaux"])
def test_process_1_is_shown_by_the_row_of_its_child_and_no_other_link_can_be_left_out(desk: Desk, plugin: str) -> None:
    first, *below = key(desk, "q3")
    assert first == 1
    rows = [(plugin, {"PID": pid}) for pid in below]
    scanned = ("linux.psscan", {"PID": below[-1], "EXIT_STATE": "TASK_RUNNING"})
    whole = judged(desk, "q3", *rows, scanned)
    assert (whole["support"], whole["credit"], whole["places"]) == (1, 1, [*["proves"] * len(rows), "second"])
    for left in range(1, len(rows)):
        short = judged(desk, "q3", *rows[:left], *rows[left + 1 :])
        assert short["support"] < 1, f"the row of {below[left]} is its link to {below[left - 1]}"


def test_another_child_of_process_1_shows_nothing_of_the_chain(desk: Desk) -> None:
    other = next(
        row for row in desk.answered.rows["linux.pslist"] if row["PPID"] == 1 and row["PID"] not in key(desk, "q3")
    )
    verdict = judged(desk, "q3", ("linux.pslist", {"PID": other["PID"]}))
    assert (verdict["support"], verdict["places"]) == (0.5, ["elsewhere"])
