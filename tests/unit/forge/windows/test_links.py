from collections.abc import Callable

import pytest

from tests.unit.forge.windows.stock import Stock, moment
from tests.unit.forge.windows.wired import JOBS, LINKS
from training.forge.windows.builds.load import NAMES

BUILDS = pytest.mark.parametrize("build", NAMES)


@BUILDS
def test_symlinkscan_shows_the_links(stock: Callable[[str], Stock], build: str) -> None:
    rows = stock(build).rows("windows.symlinkscan")
    shown = {(row["From Name"], row["To Name"], row["CreateTime"]) for row in rows}
    assert shown == {(link.name, link.target, moment(link.created)) for link in LINKS}
    assert len(rows) == len(LINKS)


def test_a_drive_knows_its_letter(stock: Callable[[str], Stock]) -> None:
    machine = stock("19041").machine
    rows = {row["From Name"]: row["Offset"] | 0xFFFF << 48 for row in stock("19041").rows("windows.symlinkscan")}
    drives = {name: machine.struct("_OBJECT_SYMBOLIC_LINK", at).get("DosDeviceDriveIndex") for name, at in rows.items()}
    assert drives == {"C:": 3, "PIPE": 0, "GLOBALROOT": 0, "Global": 0}


@BUILDS
def test_joblinks_shows_each_process_of_a_job_with_all_that_live(stock: Callable[[str], Stock], build: str) -> None:
    plan = stock(build).machine.plan
    members = {pid: numbers for numbers in JOBS for pid in numbers}
    rows = stock(build).rows("windows.joblinks")
    expected: list[tuple[object, ...]] = []
    for process in plan.processes:
        if process.pid not in members or not process.listed:
            continue
        job = [plan.process(pid) for pid in members[process.pid]]
        living = [each for each in job if not each.exited]
        counts = (len(job), len(living), len(job) - len(living))
        expected.append((process.name, process.pid, counts, None, "(Original Process)"))
        expected += [(each.name, each.pid, (0, 0, 0), "Yes", each.path) for each in living]
    shown: list[tuple[object, ...]] = [
        (row["Name"], row["PID"], (row["Total"], row["Active"], row["Term"]), row["JobLink"], row["Process"])
        for row in rows
    ]
    assert shown == expected
