"""`python app.py session check` and `python app.py warm SESSION`."""

from collections.abc import Callable
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from training.errors import NotThere
from training.evidence import service as evidence
from training.hosting.preparation.cli import called, check, warm
from training.hosting.preparation.service import warming
from training.hosting.preparation.service.warming import Wanted
from training.hosting.preparation.service.works import Work
from training.operating.serve import held
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database

Run = Callable[..., Result]
QUICK = ["linux.pslist", "linux.pstree", "linux.boottime"]


@pytest.fixture
def run(settings: Settings) -> Run:
    return lambda command, *words: CliRunner().invoke(command, words, obj=settings)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, opened: UUID) -> None:  # after the exhibit was registered
    """Only the quick runs, and nothing is registered beside the exhibit of the tests."""
    every = warming.wanted

    def some(found: list[Work]) -> list[Wanted]:
        return [one for one in every(found) if one[1].text in QUICK]

    monkeypatch.setattr(warming, "wanted", some)
    monkeypatch.setattr(evidence, "register", lambda *_: "")


def test_the_machine_is_looked_at_from_the_command_line(run: Run, opened: UUID) -> None:
    done = run(check, str(opened), "--clock", "10:00")
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert any(one.startswith("bad  Address for the seats: The server listens on 127.0.0.1:8000") for one in lines)
    assert any(one.startswith("good Disk: ") for one in lines)
    assert lines[-1].startswith("session check: 12 looked at, ")


@pytest.mark.usefixtures("few")
def test_the_runs_of_a_session_are_made_by_its_title_and_stay(run: Run, opened: UUID) -> None:
    done = run(warm, "autumn WEEK")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].startswith("warm: 2 runs, 2 made, 0 were there, 0 not complete, ")
    assert done.stderr.splitlines()[-1] == "autumn WEEK: 2 of 2 runs"
    assert "2 runs, 0 made, 2 were there" in run(warm, opened.hex[:12]).stdout


@pytest.mark.usefixtures("few")
def test_a_server_that_runs_is_left_to_make_them(run: Run, opened: UUID, settings: Settings) -> None:
    with held(settings.instance):
        done = run(warm, str(opened))
    assert done.exit_code == 0, done.output
    assert "0 made, 0 were there, 0 not complete, 2 left to the running server" in done.stdout


@pytest.mark.usefixtures("few")
def test_what_does_not_complete_is_said_and_ends_with_an_error(
    run: Run, opened: UUID, settings: Settings, exhibit: str
) -> None:
    next((evidence.folder_of(settings.instance, exhibit) / "symbols" / "linux").iterdir()).unlink()
    done = run(warm, str(opened))
    assert done.exit_code == 1
    assert ": failed: " in done.stdout
    assert "2 not complete" in done.stdout.splitlines()[-1]


def test_a_session_is_called_by_title_or_by_the_beginning_of_its_id(store: Store, opened: UUID) -> None:
    with store.reading() as session:
        for which in ("Autumn week", " autumn week ", str(opened), opened.hex[:8], str(opened)[:13].upper()):
            assert called(session, which).id == opened
        for which in ("Winter week", opened.hex[:7], "", "0" * 32):
            with pytest.raises(NotThere, match="No session has this title or id"):
                called(session, which)


def test_what_is_neither_a_lab_nor_a_session_is_told_with_both(run: Run, opened: UUID) -> None:
    done = run(warm, "nothing")
    assert isinstance(done.exception, NotThere)
    assert "There is no lab nothing in" in done.exception.message
    assert "python app.py session list" in done.exception.message


def test_labs_are_warmed_as_ever(run: Run) -> None:
    for words in ([], ["finance-workstation", "--all"]):
        wrong = run(warm, *words)
        assert (wrong.exit_code, "Name one lab" in wrong.output) == (2, True)
