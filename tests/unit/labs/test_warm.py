"""Runs made ahead of time, on the real lab."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.labs.conftest import LAB
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.errors import NotThere
from training.evidence import service as evidence
from training.forge import pack
from training.labs import warm as warming
from training.labs.cli import warm as command
from training.labs.warm import Warmed
from training.operating.serve import held
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database

Warm = Callable[..., Warmed]


@pytest.fixture
def settings(settings: Settings, labs: Path) -> Settings:
    """Labs of which there is one, on the exhibit that the tests have."""
    return settings.model_copy(update={"labs": labs})


@pytest.fixture
def seen() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture
def warm(settings: Settings, store: Store, exhibit: str, seen: list[tuple[str, int, int]]) -> Warm:
    """Warm labs in the test's installation, where the exhibit is registered."""

    def made(*labs: str, settings: Settings = settings) -> Warmed:
        def see(names: str, done: int, total: int) -> None:
            seen.append((names, done, total))

        return warming.warm(settings, store, labs, lambda: datetime.now(UTC), held, see, lambda *_: None)

    return made


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Only some of the lab's runs, the quick ones."""
    kept = ["linux.pslist", "linux.pstree", "linux.boottime"]
    every = warming.commands

    def some(settings: Settings, lab: str) -> list[Command]:
        return [one for one in every(settings, lab) if one.text in kept]

    monkeypatch.setattr(warming, "commands", some)
    return kept


def runs(store: Store) -> list[Run]:
    with store.reading() as session:
        return list(session.query(Run))


def test_the_runs_of_the_real_lab_are_those_of_its_keys_and_of_what_may_be_cited(settings: Settings) -> None:
    found = [one.text for one in warming.commands(settings, LAB)]
    assert len(found) == len(set(found))
    assert {"linux.pslist", "linux.psaux", "linux.bash", "linux.sockstat"} <= set(found)
    assert len(found) >= 10


def test_what_is_missing_is_made_and_what_is_there_stays(
    warm: Warm, few: list[str], store: Store, seen: list[tuple[str, int, int]]
) -> None:
    first = warm(LAB)
    made = runs(store)
    assert {run.state for run in made} == {State.COMPLETE}
    assert {run.asker for run in made} == {None}
    assert (first.there, first.made, first.incomplete, first.queued) == (0, len(made), (), 0)
    assert 1 <= len(made) <= len(few)
    assert first.summary.startswith(f"warm: {len(made)} runs, {len(made)} made, 0 were there, 0 not complete, ")
    assert seen[0] == (LAB, 0, len(made))
    assert seen[-1] == (LAB, len(made), len(made))
    again = warm(LAB)
    assert (again.there, again.made) == (len(made), 0)
    assert {run.id for run in runs(store)} == {run.id for run in made}


def test_a_server_that_runs_is_left_to_make_them(warm: Warm, few: list[str], store: Store, settings: Settings) -> None:
    with held(settings.instance):
        done = warm(LAB)
    waiting = runs(store)
    assert {run.state for run in waiting} == {State.QUEUED}
    assert (done.made, done.queued) == (0, len(waiting))
    assert f"0 not complete, {len(waiting)} left to the running server, " in done.summary
    assert warm(LAB).made == len(waiting)


def test_what_does_not_complete_is_said(warm: Warm, few: list[str], settings: Settings, exhibit: str) -> None:
    symbols = next((evidence.folder_of(settings.instance, exhibit) / "symbols" / "linux").iterdir())
    symbols.unlink()  # a link; the file that the tests share stays
    done = warm(LAB)
    assert done.made == 0
    assert len(done.incomplete) >= 1
    assert all(": failed: " in sentence for sentence in done.incomplete)


def test_a_run_that_failed_is_tried_again(
    warm: Warm, few: list[str], settings: Settings, store: Store, exhibit: str
) -> None:
    folder = evidence.folder_of(settings.instance, exhibit) / "symbols" / "linux"
    [symbols] = folder.iterdir()
    aside = settings.instance / symbols.name
    symbols.rename(aside)
    failed = warm(LAB)
    aside.rename(symbols)
    again = warm(LAB)
    assert (again.made, again.incomplete) == (len(failed.incomplete), ())
    assert {run.try_no for run in runs(store) if run.state is State.COMPLETE} == {2}


def test_a_lab_that_is_not_there(warm: Warm, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="there is no lab nowhere"):
        warm("nowhere")


def test_a_pack_that_is_not_there(warm: Warm, few: list[str], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / LAB).symlink_to(settings.labs / LAB)
    with pytest.raises(NotThere, match="the pack finance-workstation-a is not in"):
        warm(LAB, settings=settings.model_copy(update={"labs": tmp_path / "bare"}))


def test_the_command(settings: Settings, exhibit: str, few: list[str], store: Store) -> None:
    done = CliRunner().invoke(command, [LAB], obj=settings)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].startswith("warm: ")
    assert "runs" in done.stderr.splitlines()[-1]
    everything = CliRunner().invoke(command, ["--all"], obj=settings)
    assert " 0 made, " in everything.stdout
    for words in ([], [LAB, "--all"]):
        wrong = CliRunner().invoke(command, words, obj=settings)
        assert wrong.exit_code == 2
        assert "Name one lab" in wrong.output


def test_the_command_says_what_did_not_complete(settings: Settings, exhibit: str, few: list[str]) -> None:
    next((evidence.folder_of(settings.instance, exhibit) / "symbols" / "linux").iterdir()).unlink()
    done = CliRunner().invoke(command, [LAB], obj=settings)
    assert done.exit_code == 1
    assert ": failed: " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("warm: ")


def test_room_for_what_is_to_be_unpacked_is_asked_for_before_anything_is_begun(
    warm: Warm, few: list[str], settings: Settings, store: Store, exhibit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 128 << 20
    usage = shutil.disk_usage(settings.instance)._replace(free=size - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    image = evidence.folder_of(settings.instance, exhibit) / pack.IMAGE
    image.rename(image.with_name("elsewhere"))
    with pytest.raises(pack.NoRoom, match=f"1 exhibits are still to be unpacked and need {size} bytes, {size - 1} are"):
        warm(LAB)
    assert runs(store) == []
    image.with_name("elsewhere").rename(image)
    assert warm(LAB).made >= 1
