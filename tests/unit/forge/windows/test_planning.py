"""From a scenario to a plan: what the story says is in it, and nothing of it depends on chance from run to run."""

import hashlib
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.forge.windows.stories import EVERY, ROOT, SERVER, changed, drawn, everything, example
from training.forge import scenario
from training.forge.scenario import WindowsScenario
from training.forge.windows.plan import Plan, Process
from training.forge.windows.planning import plan
from training.forge.windows.planning.moments import SECOND, filetime, moment
from training.forge.windows.planning.people import service_sid


def of(made: Plan, name: str) -> Process:
    return next(each for each in made.processes if name in each.labels)


def test_the_story_is_in_the_plan(tmp_path: Path) -> None:
    wanted = drawn(example(), tmp_path)
    made = plan(wanted)
    for program in wanted.processes:
        one = of(made, program.name)
        assert one.path == program.program
        assert one.name == program.kept_name
        assert moment(one.created).replace(microsecond=0) == program.started
        assert bool(one.exited) is (program.ended is not None)
    assert of(made, "host").ppid == of(made, "document").pid
    assert of(made, "document").ppid == of(made, "explorer").pid
    assert not of(made, "hidden").listed
    assert of(made, "tool_1").exited
    assert not of(made, "tool_1").listed


def test_a_forged_parent_leaves_the_creator_with_handles(tmp_path: Path) -> None:
    made = plan(drawn(example(), tmp_path))
    posing, host = of(made, "posing"), of(made, "host")
    assert posing.ppid == of(made, "explorer").pid
    kinds = {(each.kind, each.access) for each in host.handles if each.pid == posing.pid}
    assert kinds == {("Process", 0x1FFFFF), ("Thread", 0x1FFFFF)}


def test_a_handle_that_the_story_gives_to_whom_it_started_is_not_given_twice(tmp_path: Path) -> None:
    text = example().replace(
        'started: "{opened} +{gap}s"', 'started: "{opened} +{gap}s"\n    handles: [{process: posing}]'
    )
    made = plan(drawn(text, tmp_path))
    posing = of(made, "posing").pid
    assert [each.kind for each in of(made, "host").handles if each.pid == posing].count("Process") == 1


def test_the_same_variant_gives_the_same_plan_in_another_process() -> None:
    wanted = scenario.load_any(EVERY).draw(1, 2)
    assert isinstance(wanted, WindowsScenario)
    here = hashlib.sha256(repr(plan(wanted)).encode()).hexdigest()
    script = (
        "import hashlib, sys\nfrom pathlib import Path\nfrom training.forge import scenario\n"
        "from training.forge.windows.planning import plan\n"
        f"made = plan(scenario.load_any(Path({str(EVERY)!r})).draw(1, 2))\n"
        "print(hashlib.sha256(repr(made).encode()).hexdigest())"
    )
    there = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7"},
    )
    assert there.stdout.strip() == here


def test_variants_differ_in_numbers_and_times(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(example(), "utf-8")
    plans = [plan(each) for each in scenario.load_any(path).variants(1, 4) if isinstance(each, WindowsScenario)]
    for name in ("hidden", "host", "tool_1", "posing"):
        assert len({of(each, name).pid for each in plans}) == 4, name
    for name in ("hidden", "host", "lsass", "explorer"):
        assert len({of(each, name).created for each in plans}) == 4, name


def test_one_more_process_moves_nothing_of_the_others_but_later_numbers(tmp_path: Path) -> None:
    before = drawn(example(), tmp_path)
    last = before.processes[-1].model_copy(update={"name": "added", "creator": None, "parent": "explorer"})
    after = changed(before, processes=[each.model_dump(mode="json") for each in (*before.processes, last)])
    one, other = plan(before), plan(after)
    for each in one.processes:
        twin = of(other, each.labels[0])
        assert (twin.created, twin.exited, twin.path, twin.command_line) == (
            each.created,
            each.exited,
            each.path,
            each.command_line,
        )
        assert [part.path for part in twin.libraries] == [part.path for part in each.libraries]
        assert [part.loaded for part in twin.libraries] == [part.loaded for part in each.libraries]
    assert [(each.name, each.time) for each in one.services] == [(each.name, each.time) for each in other.services]


def test_numbers_ascend_with_time_but_for_those_that_are_used_again() -> None:
    made = everything().plan
    ordered = sorted((each for each in made.processes if each.pid > 150), key=lambda each: each.created)
    rising = sum(one.pid < other.pid for one, other in itertools.pairwise(ordered))
    assert rising > 0.7 * len(ordered)
    numbers = [each.pid for each in made.processes if not each.exited]
    numbers += [thread.tid for each in made.processes for thread in each.threads]
    assert len(numbers) == len(set(numbers))
    assert all(number % 4 == 0 for number in numbers)


def test_a_number_that_is_given_is_kept(tmp_path: Path) -> None:
    text = example().replace("name: posing,", "name: posing, pid: 6660,")
    made = plan(drawn(text, tmp_path))
    assert of(made, "posing").pid == 6660
    assert [each.pid for each in made.processes].count(6660) == 1


def test_every_reference_of_a_plan_leads_somewhere() -> None:
    made = everything().plan
    living = {each.pid: each for each in made.processes}
    paths = {path.lower() for path in made.images}
    for each in made.processes:
        assert not each.path or each.path.lower() in paths
        images = {one.path.rpartition("\\")[2].lower() for one in (*each.libraries, *each.wow64)} | {
            each.path.rpartition("\\")[2].lower()
        }
        labels = {area.label for area in each.areas if area.label}
        modules = {one.path.rpartition("\\")[2].lower() for one in made.modules}
        for library in (*each.libraries, *each.wow64):
            assert library.path.lower() in paths
            assert library.loaded >= each.created
        for thread in each.threads:
            assert thread.start.image in labels | images | (modules if each.minimal else set()), (
                each.name,
                thread.start,
            )
            assert each.created < thread.created < made.host.frozen
        for handle in each.handles:
            if handle.kind in ("Process", "Thread"):
                assert handle.pid in living
            if handle.kind == "Thread":
                assert handle.tid in {one.tid for one in living[handle.pid].threads}
    devices = {device.name for module in made.modules for device in module.devices}
    assert {one.device for each in made.processes for one in each.handles if one.kind == "File"} <= devices


def test_a_console_has_its_host() -> None:
    made = everything().plan
    hosts = [each for each in made.processes if each.console]
    assert hosts
    for each in hosts:
        client = next(one for one in made.processes if one.pid == each.ppid)
        assert each.console
        assert each.console.client == client.pid
        assert 0 < each.created - client.created < SECOND
        assert each.name == "conhost.exe"
    assert any(each.console and len(each.console.commands) > 2 for each in hosts)


def test_a_server_has_a_session_for_each_remote_desktop(tmp_path: Path) -> None:
    made = plan(drawn(SERVER, tmp_path))
    for session, user in ((2, "n.haddad"), (3, "o.adair")):
        names = [each.name for each in made.processes if each.session == session]
        assert {"csrss.exe", "winlogon.exe", "dwm.exe", "explorer.exe", "rdpclip.exe"} <= set(names)
        explorer = next(each for each in made.processes if each.session == session and each.name == "explorer.exe")
        assert dict(explorer.environment)["USERNAME"] == user
    desks = [each for each in made.endpoints if each.local[1] == 3389 and each.state == "ESTABLISHED"]
    assert {each.remote for each in desks} == {("192.0.2.61", 51312), ("192.0.2.62", 50217)}
    assert {"explorer", "explorer_owen"} <= {label for each in made.processes for label in each.labels}


@pytest.mark.parametrize("part", ["browser", "onedrive", "search", "security"])
def test_parts_of_the_clean_machine_can_be_left_out(tmp_path: Path, part: str) -> None:
    text = example().replace("  addresses:", f"  without: [{part}]\n  addresses:")
    made = plan(drawn(text, tmp_path))
    gone = {"browser": "msedge.exe", "onedrive": "OneDrive.exe", "search": "SearchApp.exe", "security": "MsMpEng.exe"}[
        part
    ]
    assert gone not in {each.name for each in made.processes}


def test_the_sid_of_a_service_is_that_of_windows() -> None:
    """The one of TrustedInstaller stands in every file's list of rights."""
    wanted = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
    assert service_sid("TrustedInstaller") == wanted


def test_times_are_read_and_written_alike() -> None:
    made = everything()
    for time in (made.plan.host.booted, made.plan.host.frozen):
        assert abs(filetime(moment(time)) - time) < 10
