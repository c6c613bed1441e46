"""`python app.py session`: a session from the command line, from its making to its close."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from tests.conftest import People
from training.cli import commands
from training.settings import Settings

pytestmark = pytest.mark.any_database

Run = Callable[..., Result]
FIRST = datetime.now(UTC).date() + timedelta(days=30)  # commands go by the clock of the machine
MAKE = ("make", "one-week", "--organisation", "academy of port selby", "--title", "Spring week")


@pytest.fixture
def run(settings: Settings, people: People, published: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as from a shell; a refusal comes back as the exception."""
    monkeypatch.setattr(Settings, "load", classmethod(lambda _cls, *_args, **_values: settings))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["session", *arguments], standalone_mode=False)

    return call


def made(run: Run, *more: str) -> str:
    done = run(*MAKE, "--starts", f"{FIRST}", "--zone", "Africa/Dakar", *more)
    assert done.exception is None, done.output
    found = re.fullmatch(rf"session: made ([0-9a-f-]{{36}}), 67 slots from {FIRST} on", done.output.strip())
    assert found, done.output
    return found[1]


def test_a_session_is_made_shown_opened_listed_and_closed(run: Run) -> None:
    key = made(run, "--by", "instructor", "--room", "Hall 3")
    shown = run("show", key[:13]).output.strip().splitlines()
    assert shown[0] == f"Spring week: planned, from {FIRST} on, 5 days, Africa/Dakar"
    assert f"  half-day 6: {FIRST + timedelta(days=2)} 13:30, 210 minutes, examination A" in shown
    assert any("R3 The encrypted laptop" in line for line in shown)
    assert shown[-1] == "session: 1 people, 33.5 hours of contact time, 3 missing"
    assert "Nothing that 'Examination A' works on is installed here" in str(run("open", key, "--by", "host").exception)
    opened = run("open", key, "--by", "host", "--without-lab")
    assert opened.output.splitlines()[-1].startswith(f"session: {key} is open, ")
    assert str(run("open", key, "--by", "host").exception).startswith("This session is open already. Host did it at")
    assert run("list").output.splitlines()[-1] == "session: 1 in all, 1 open"
    closed = run("close", key, "--by", "instructor")
    assert closed.output.splitlines()[-1] == f"session: {key} is closed, 1 people are free of its releases"
    assert run("list", "--organisation", "University of Norvala").output == "session: 0 in all, 0 open\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*MAKE, "--starts", "soon"), "soon is no day such as 2027-03-01."),
        (("make", "no-plan", *MAKE[2:], "--starts", "2027-03-01"), "There is no plan no-plan."),
        ((*MAKE, "--starts", "2027-03-01", "--zone", "Mars"), "Mars is no time zone."),
        ((*MAKE, "--starts", "2027-03-01", "--by", "stranger"), "stranger can't host in Academy of Port Selby."),
        (("show", "1234"), "1234 is no id of a session."),
        (("show", "12345678"), "No session has an id that begins with 12345678."),
        (("list", "--organisation", "Nobody"), "There is no organisation called Nobody"),
    ],
)
def test_what_cant_be_done_is_told_and_ends_with_an_error(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in str(done.exception)


def test_only_who_may_run_a_session_opens_it_by_command(run: Run) -> None:
    key = made(run)
    for login in ("trainee", "stranger", "instructor"):
        assert str(run("open", key, "--by", login).exception) == f"{login} can't run this session."
    assert "Nobody teaches in this session yet" in str(run("open", key, "--by", "host").exception)


def test_an_examination_without_a_lab_is_opened_only_when_that_is_said(run: Run) -> None:
    place = ("--organisation", "academy of port selby", "--title", "Refresher")
    done = run("make", "one-day", *place, "--starts", f"{FIRST}", "--zone", "Africa/Dakar", "--by", "instructor")
    key = done.output.split()[2].rstrip(",")
    assert "'Assigned lab, unseen variant' has no lab yet." in str(run("open", key, "--by", "instructor").exception)
    assert run("list").output.splitlines()[-1] == "session: 1 in all, 0 open"
    assert run("open", key, "--by", "instructor", "--without-lab").exception is None
    assert run("list").output.splitlines()[-1] == "session: 1 in all, 1 open"
