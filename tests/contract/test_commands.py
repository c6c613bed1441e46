"""Every command of `app.py`, asked for what it has to refuse: it says so, ends non-zero, and writes nothing."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.conftest import ROLES, SEALED, Clock, People
from tests.contract.writes import watched
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.cli import Table
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database

NOBODY, NO_SESSION, NO_LAB = "nobody-of-that-name", "00000000", "no-such-lab"
NOT_THERE = "not/there"

REFUSED: dict[str, list[str]] = {
    "serve": ["surplus"],
    "tour": ["--url http://127.0.0.1:9/ --login trainee --password-file not/there", "--kill surplus"],
    "check": [NO_LAB],
    "verify": [NOT_THERE],
    "backup": ["", "a b"],
    "restore": [NOT_THERE],
    "bench": ["no-such-bench", ""],
    "prove": [NO_LAB, "", "finance-workstation --variant z"],
    "warm": [NO_LAB, ""],
    "forge lab": [NO_LAB],
    "forge addition": ["no-such-addition"],
    "forge base": ["--windows 1", "--kernel not/there"],
    "forge check": [NOT_THERE],
    "forge kit": ["surplus"],
    "forge symbols": ["--kernel not/there"],
    "exhibit export": ["no-such-pack into", NOT_THERE],
    "exhibit list": ["surplus"],
    "exhibit register": [NOT_THERE],
    "exhibit replace": ["", NOT_THERE],
    "exhibit unregister": ["", "no-such-exhibit"],
    "user add": ["trainee --new", "", "somebody --role emperor --organisation Nowhere", f"x --organisation {NOBODY}"],
    "user disable": [NOBODY],
    "user due": ["surplus"],
    "user erase": [NOBODY, "trainee --withdraw"],
    "user export": [f"{NOBODY} out.zip", "trainee not/there/out.zip"],
    "user invite": ["--role emperor", "--role host --organisation Nowhere", "--days 0"],
    "user list": ["--organisation Nowhere"],
    "user password": [NOBODY],
    "user role": [f"{NOBODY} host", "trainee emperor", "trainee host --organisation Nowhere"],
    "course diff": [f"{NO_LAB} 1 2", "memory-analysis 1 99"],
    "course export": [f"{NO_LAB} --format gift into", "memory-analysis --format parchment into"],
    "course import": [NOT_THERE],
    "course keep": [NO_LAB],
    "course list": ["surplus"],
    "course owner": [NO_LAB, f"{NO_LAB} --lab --organisation Nowhere", "memory-analysis --organisation Nowhere"],
    "course pack": [f"{NO_LAB} into"],
    "course publish": [NO_LAB],
    "course questions": [f"{NOT_THERE} --into memory-analysis"],
    "course releases": [NO_LAB],
    "course rollback": ["memory-analysis 99", f"{NO_LAB} 1"],
    "course take": [NO_LAB],
    "course withdraw": [NO_LAB],
    "course write": ["--lab"],
    "session check": [NO_SESSION],
    "session close": [f"{NO_SESSION} --by host"],
    "session dossier": [f"{NO_SESSION} --to out"],
    "session export": [f"{NO_SESSION} --to out"],
    "session import": [NOT_THERE],
    "session list": ["--organisation Nowhere"],
    "session make": ["one-week --organisation Nowhere --title Week --starts 2027-03-01"],
    "session manifest": ["", "--to not/there/out"],
    "session merge": [f"{NOT_THERE} --to out"],
    "session open": [f"{NO_SESSION} --by host"],
    "session prepare": [NO_SESSION],
    "session show": [NO_SESSION, "zz"],
    "machines list": ["surplus"],
    "machines prepare": [NO_LAB, "finance-workstation"],
    "machines stop": ["", NO_SESSION],
    "certificate check": [NOT_THERE],
    "certificate list": [NO_SESSION],
    "assessment clear": ["surplus"],
}
"""What each command has to refuse, by its name; besides an option that it does not have."""
MAY_HOST = {"host", "administrator", "instructor"}
"""Who may make, open and close the session of the tests with `--by`."""


def leaves(command: click.Command, name: str = "") -> Iterator[str]:
    """The names of all commands that do something."""
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for each in command.list_commands(context):
        below = command.get_command(context, each)
        assert below is not None
        yield from leaves(below, f"{name} {each}".strip())


def run(settings: Settings, words: str) -> Result:
    return CliRunner().invoke(Table("app"), shlex.split(words), obj=settings)


def sentence_of(done: Result) -> str:
    """What the person at the command line reads."""
    return f"{done.output}{done.exception if not isinstance(done.exception, SystemExit) else ''}".strip()


def test_every_command_is_in_the_table() -> None:
    assert {name.replace("forge LAB", "forge lab").lower() for name in leaves(Table("app"))} == set(REFUSED)


def test_a_command_that_refuses_says_so_ends_non_zero_and_writes_nothing(
    settings: Settings, published: str, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    names = {name.lower(): name for name in leaves(Table("app"))}
    wrong = []
    with watched(settings.instance) as watch:
        for command, refusals in REFUSED.items():
            for words in ("--no-such-option", *refusals):
                before = watch.state()
                done = run(settings, f"{names[command]} {words}")
                if done.exit_code == 0 or not sentence_of(done):
                    wrong.append(f"{command} {words}: ended with {done.exit_code}: {sentence_of(done)[-200:]}")
                if isinstance(done.exception, (AssertionError, KeyError, TypeError, AttributeError, ValueError)):
                    wrong.append(f"{command} {words}: {done.exception!r}")
                if watch.state() != before or list(place.iterdir()):
                    wrong.append(f"{command} {words}: something was written: {list(place.iterdir())}")
    assert wrong == []


def test_a_session_is_made_opened_and_closed_only_in_the_name_of_somebody_who_may(
    settings: Settings, store: Store, published: str, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        closed = accounts.make_person(
            session, login="closed", name="Closed", sealed=SEALED, home=people.home, role=Role.HOST, now=clock()
        )
        accounts.disable(session, closed, actor=None, now=clock())
    day = datetime.now(UTC).date() + timedelta(days=30)  # commands go by the clock of the machine
    make = f"session make one-week --organisation 'Academy of Port Selby' --title Week --starts {day}"
    made = {login: run(settings, f"{make} --by {login}") for login in sorted(MAY_HOST)}
    assert {login: done.exit_code for login, done in made.items()} == dict.fromkeys(sorted(MAY_HOST), 0)
    key = made["instructor"].output.split()[2].rstrip(",")
    wrong = []
    with watched(settings.instance) as watch:
        for login in sorted({*ROLES, "closed", NOBODY} - MAY_HOST):
            for words in (f"session open {key} --without-lab", f"session close {key}", make):
                before = watch.state()
                done = run(settings, f"{words} --by {login}")
                if done.exit_code == 0 or not sentence_of(done) or watch.state() != before:
                    wrong.append(f"{words} --by {login}: {done.exit_code}: {sentence_of(done)[-200:]}")
    assert wrong == []
    assert run(settings, f"session open {key} --without-lab --by host").exit_code == 0
    assert run(settings, f"session close {key} --by instructor").exit_code == 0
