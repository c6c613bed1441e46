import re
from datetime import UTC, datetime
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import People
from training.accounts import service
from training.accounts.cli import user
from training.accounts.models import Organisation, Person, SignIn
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database


def _run(settings: Settings, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(user, list(arguments), obj=settings, input=typed)


def _good(settings: Settings, *arguments: str, typed: str | None = None) -> list[str]:
    result = _run(settings, *arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output.strip().splitlines()


def _bad(settings: Settings, *arguments: str) -> str:
    result = _run(settings, *arguments)
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    return result.output


def _enters(store: Store, login: str, password: str) -> bool:
    return bool(service.sign_in(store, login, password, caller=from_("192.0.2.7"), now=datetime.now(UTC)))


def test_every_command_explains_itself() -> None:
    assert set(user.commands) >= {"add", "password", "role", "disable", "list", "invite"}  # other rooms add theirs
    for name, command in user.commands.items():
        assert command.help is not None
        assert command.help.endswith(".")
        for option in command.params:
            assert isinstance(option, click.Argument) or getattr(option, "help", None), f"{name} {option.name}"


def test_add_prints_a_password_that_works(settings: Settings, store: Store, people: People) -> None:
    lines = _good(settings, "add", "amara", "--name", "Amara Diallo", "--role", "host", "--organisation",
                  "academy of port selby")  # fmt: skip
    assert lines[-1] == "user add: 1 added, amara, host in Academy of Port Selby"
    assert _enters(store, "amara", lines[0].rpartition(" ")[2])


def test_add_can_make_the_organisation_and_ask_for_the_password(settings: Settings, store: Store) -> None:
    word = "typed by hand 1"
    lines = _good(
        settings, "add", "amara", "--organisation", "Port Selby Police", "--new", "agency", "--ask",
        typed=f"{word}\n{word}\n",
    )  # fmt: skip
    assert lines[-1] == "user add: 1 added, amara, trainee in Port Selby Police"
    assert word not in "".join(lines)
    assert _enters(store, "amara", word)


def test_add_says_which_organisations_there_are(settings: Settings, people: People) -> None:
    for arguments in (("add", "amara"), ("add", "amara", "--organisation", "Acadmy")):
        said = _bad(settings, *arguments)
        assert "'Academy of Port Selby', 'University of Norvala'" in said
    assert "There is no organisation called 'Acadmy'" in said


def test_a_taken_login_is_one_clear_sentence(settings: Settings, people: People) -> None:
    said = _bad(settings, "add", "TRAINEE", "--organisation", "Academy of Port Selby")
    assert said == "Error: The sign-in name TRAINEE is taken. Choose another one.\n"


def test_password_ends_sign_ins_and_can_remove_the_second_factor(
    settings: Settings, store: Store, people: People
) -> None:
    with store.writing() as session:
        service.start(session, people["host"], now=datetime.now(UTC))
        session.get_one(Person, people["host"]).totp_secret = pyotp.random_base32()
    lines = _good(settings, "password", "host", "--remove-second-factor")
    assert lines[-1] == "user password: 1 set, for host and removed the second factor; all sign-ins have ended"
    with store.reading() as session:
        assert session.get_one(Person, people["host"]).totp_secret is None
        assert session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all() == []
    assert _enters(store, "host", lines[0].rpartition(" ")[2])


def test_password_of_nobody(settings: Settings, people: People) -> None:
    assert _bad(settings, "password", "nobody") == "Error: There is no account called nobody.\n"


def test_role_gives_and_takes(settings: Settings, people: People) -> None:
    assert (
        _good(settings, "role", "trainee", "instructor")[-1]
        == "user role: 1 changed, trainee is now instructor in Academy of Port Selby"
    )
    assert _good(settings, "role", "trainee", "instructor")[-1].startswith(
        "user role: 0 changed, trainee was already instructor"
    )
    elsewhere = _good(settings, "role", "trainee", "host", "--organisation", "University of Norvala")
    assert elsewhere[-1] == "user role: 1 changed, trainee is now host in University of Norvala"
    taken = _good(settings, "role", "trainee", "instructor", "--take")
    assert taken[-1] == "user role: 1 changed, trainee is no longer instructor in Academy of Port Selby"
    assert "does not hold" in _bad(settings, "role", "trainee", "instructor", "--take")
    assert "'king' is not one of" in _bad(settings, "role", "trainee", "king")


def test_disable_and_undo(settings: Settings, store: Store, people: People) -> None:
    assert _good(settings, "disable", "trainee") == ["user disable: 1 closed, trainee; all sign-ins have ended"]
    assert "trainee: Trainee (trainee; disabled)" in "\n".join(_good(settings, "list"))
    assert _good(settings, "disable", "trainee", "--undo") == ["user disable: 1 opened, trainee can sign in again"]
    assert _enters(store, "trainee", "a long password of tests")


def test_list_counts_at_the_end(settings: Settings, people: People) -> None:
    assert _good(settings, "list")[-1] == "user list: 7 people in 2 organisations"
    some = _good(settings, "list", "--organisation", "University of Norvala")
    assert some[0] == "University of Norvala (university)"
    assert some[-1] == "user list: 2 people in 1 organisation"


def test_invite_prints_a_link_that_works(settings: Settings, store: Store, people: People) -> None:
    lines = _good(settings, "invite", "--role", "instructor", "--organisation", "University of Norvala", "--days", "1")
    assert lines[-1] == "user invite: 1 link, instructor in University of Norvala, good once within 1 day"
    link = re.fullmatch(r"http://127\.0\.0\.1:8000/invitation/([\w-]{43})", lines[0])
    assert link
    with store.reading() as session:
        assert service.look_up(session, link[1], datetime.now(UTC)).organisation_id == people.elsewhere


def test_without_a_database_it_says_what_to_do(tmp_path: Path) -> None:
    for instance in (tmp_path, tmp_path / "nowhere"):
        said = _bad(Settings.load({}, instance=instance), "list")
        assert "Start the server once" in said


def test_an_organisation_needs_a_name(settings: Settings, store: Store) -> None:
    assert "Give a name" in _bad(settings, "add", "amara", "--new", "agency")
    with store.reading() as session:
        assert session.scalars(select(Organisation)).all() == []
