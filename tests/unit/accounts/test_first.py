"""First passwords: on a terminal, or in a file that only its owner reads and that goes as they are used."""

from datetime import UTC, datetime

import pytest

from training.accounts import first
from training.accounts.actor import Role
from training.accounts.service import Credential
from training.operating import startup
from training.settings import Settings
from training.store import Store

MADE = [
    Credential("admin", Role.ADMINISTRATOR, "abcd-efgh-jkmn-pqrs"),
    Credential("trainee", Role.TRAINEE, "tuvw-xyz2-3456-789a"),
]


def test_a_line_goes_when_its_account_signs_in_and_the_file_with_the_last(settings: Settings) -> None:
    file = first.write(settings.instance, MADE)
    assert file.stat().st_mode & 0o777 == 0o600
    first.used(settings.instance, "nobody")
    assert first.read(settings.instance) == {one.login: one.password for one in MADE}
    first.used(settings.instance, "admin")
    assert first.read(settings.instance) == {"trainee": MADE[1].password}
    first.used(settings.instance, "trainee")
    assert not file.exists()
    first.used(settings.instance, "trainee")


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_said_holds_passwords_on_a_terminal_alone(settings: Settings, store: Store, *, terminal: bool) -> None:
    said: list[str] = []
    startup.first_accounts(settings, store, datetime.now(UTC), said.append, terminal=terminal)
    kept = first.read(settings.instance)
    text = "\n".join(said)
    assert len(kept) == (0 if terminal else 3)
    assert not any(password in text for password in kept.values())
    assert ("shown this once" in text) is terminal
    assert (str(first.place(settings.instance)) in text) is not terminal
