"""The truth is the plan's, in the words of the keys."""

from datetime import UTC
from pathlib import Path

import pytest

from tests.unit.forge.windows.stories import changed, drawn, everything, example
from training.forge.materials import Filler, Image, MaterialMistakes, write
from training.forge.record import write_windows
from training.forge.windows.planning import story
from training.forge.windows.planning.moments import moment
from training.forge.windows.telling import tell
from training.forge.windows_truth import WindowsPlanted, WindowsTruth

IMAGE = Image("image.raw", 96 << 20, "ab" * 32)


def planted(truth: WindowsTruth, name: str) -> WindowsPlanted:
    found = truth.planted[name]
    assert isinstance(found, WindowsPlanted)
    return found


def test_the_truth_comes_back_from_its_json() -> None:
    truth = tell(everything())
    assert WindowsTruth.model_validate_json(truth.model_dump_json()) == truth


def test_every_process_of_the_plan_is_told_once() -> None:
    told = everything()
    truth = tell(told)
    assert [each.pid for each in truth.processes] == [each.pid for each in told.plan.processes]
    for one, each in zip(truth.processes, told.plan.processes, strict=True):
        assert one.started == moment(each.created)
        assert one.started.tzinfo is UTC
        assert one.threads == tuple(thread.tid for thread in each.threads)
        assert (one.ended is None) is one.alive is (not each.exited)
        assert one.device == (f"\\Device\\HarddiskVolume3{each.path[2:]}" if each.path else "")
        assert one.integrity


def test_what_the_story_names_is_planted(tmp_path: Path) -> None:
    wanted = drawn(example(), tmp_path)
    truth = tell(story(wanted))
    assert set(truth.planted) == {each.name for each in wanted.processes} | set(wanted.planted)
    host, document, hidden = (planted(truth, name) for name in ("host", "document", "hidden"))
    assert host.ppid == document.pid
    assert host.ancestors[0] == document.pid
    assert {host.pid, hidden.pid} & {each.pid for each in truth.processes}
    assert hidden.pid in host.children
    assert not hidden.listed
    assert hidden.alive
    assert hidden.user == "BIRCHADAIR\\m.roth"
    assert hidden.integrity == "medium"
    posing = planted(truth, "posing")
    assert posing.creator == host.pid
    assert posing.ppid == planted(truth, "shell").pid
    tools = truth.planted["tools"]
    assert isinstance(tools, tuple)
    assert [each.file for each in tools] == [f"{each}.exe" for each in str(wanted.drawn["tools"]).split()[:2]]


def test_the_connection_of_the_story_has_its_name_and_its_ends(tmp_path: Path) -> None:
    wanted = drawn(example(), tmp_path)
    truth = tell(story(wanted))
    conn = next(each for each in truth.windows.endpoints if each.name == "conn")
    assert conn.remote == f"{wanted.drawn['peer']}:{wanted.drawn['port']}"
    assert conn in planted(truth, "hidden").connections
    assert conn in truth.sockets
    assert conn.created.replace(microsecond=0) == wanted.endpoints[0].created


def test_values_say_when_their_key_was_written(tmp_path: Path) -> None:
    wanted = drawn(example(), tmp_path)
    truth = tell(story(wanted))
    found = [each for each in truth.windows.values if each.planted]
    assert [each.name for each in found] == ["Viewer"]
    assert found[0].time.replace(microsecond=0) == wanted.registry[0].time
    assert found[0].hive == "\\??\\C:\\Users\\m.roth\\ntuser.dat"
    beside = next(each for each in truth.windows.values if each.name == "OneDrive")
    assert not beside.planted
    assert beside.time == found[0].time, "a key has one time"


def test_all_that_a_scenario_can_leave_is_told() -> None:
    told = everything()
    windows, wanted = tell(told).windows, told.scenario
    counts = {
        "services": wanted.services,
        "tasks": wanted.tasks,
        "accounts": wanted.accounts,
        "files": wanted.mft,
        "counted": wanted.userassist,
        "known": wanted.amcache,
        "shimmed": wanted.shimcache,
        "callbacks": wanted.callbacks,
    }
    for name, parts in counts.items():
        assert sum(each.planted for each in getattr(windows, name)) == len(parts), name
        assert parts, f"the scenario of the bench has no {name}"
    assert len(windows.secrets) == len(wanted.secrets)
    assert len(windows.hooks) == len(wanted.hooks)
    assert len(windows.cached) == len(wanted.cached)
    assert sum(each.planted for each in windows.regions) == sum(len(each.areas) for each in wanted.processes)
    assert {each.kind for each in windows.handles if each.planted} >= {"Process", "Thread", "File", "Key", "Mutant"}
    assert windows.readings


def test_a_hash_of_nothing_is_that_of_an_empty_password() -> None:
    accounts = {each.name: each for each in tell(everything()).windows.accounts}
    assert accounts["Guest"].nthash == "31d6cfe0d16ae931b73c59d7e0c089c0"
    assert not accounts["Guest"].stored
    assert any(each.stored and each.nthash != accounts["Guest"].nthash for each in accounts.values())


def test_the_record_says_what_a_responder_would_have_noted_and_that_it_was_written(tmp_path: Path) -> None:
    wanted = drawn(example(), tmp_path)
    truth = tell(story(wanted))
    lines = write_windows(wanted, truth, IMAGE).splitlines()
    assert all(len(each) <= 110 for each in lines)
    text = " ".join(each[5:] for each in lines)
    assert "no Windows machine was captured" in text
    assert IMAGE.sha256 in text
    assert f"{truth.frozen:%Y-%m-%d %H:%M:%S} UTC by the machine's clock" in text
    assert "Clock reading, machine:" in text
    ahead = "ahead of" if truth.clock_offset > 0 else "behind"
    assert f"{abs(truth.clock_offset)} seconds {ahead} the reference clock" in text


def test_materials_are_filled_from_the_truth(tmp_path: Path) -> None:
    plan = drawn(example(), tmp_path)
    log = {
        "file": "firewall.csv",
        "text": "start,process\n{= truth.planted.hidden.started },{= truth.planted.hidden.pid }\n",
    }
    wanted = changed(plan, materials=[log])
    truth = tell(story(wanted))
    made = write(wanted, truth, IMAGE, {})["firewall.csv"].decode()
    hidden = planted(truth, "hidden")
    assert made == f"start,process\n{hidden.started:%Y-%m-%dT%H:%M:%SZ},{hidden.pid}\n"
    filler = Filler(truth, IMAGE)
    assert filler.fill("{= truth.windows.role }", "x") == "workstation"
    wrong = changed(plan, record={**plan.record.model_dump(), "lines": ["{= truth.planted.nobody.pid }"]})
    with pytest.raises(MaterialMistakes):
        write_windows(wrong, truth, IMAGE)
