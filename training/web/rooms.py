"""What the program runs on, as one value that tests replace, and how a view reaches it."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g

from training.accounts.actor import ANONYMOUS, Actor
from training.analysis.access import Access
from training.analysis.models import Run
from training.analysis.results import Result
from training.evidence.service import Vault
from training.settings import Settings
from training.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the program runs on; tests hand in others."""

    settings: Settings
    store: Store
    executor: Executor
    engine: Access
    vault: Vault
    clock: Clock

    def shown(self, run: Run) -> Result:
        """The result of a run for people's eyes: secrets in it are masked. See `Access.veiled`."""
        return self.engine.veiled(run, self.settings.signing_key)

    def shown_like(self, exhibit: str) -> Callable[[Run], Result]:
        """The same under the marks of one exhibit, so that those of two can be compared."""
        return lambda run: self.engine.veiled(run, self.settings.signing_key, like=exhibit)


def rooms() -> Rooms:
    """The rooms of the running application."""
    return cast("Rooms", current_app.extensions["rooms"])


def store() -> Store:
    """The database."""
    return rooms().store


def clock() -> datetime:
    """Now, in UTC."""
    return rooms().clock()


def actor() -> Actor:
    """Who asks: set for each request by the sign-in, anonymous without one."""
    return cast("Actor", g.get("actor", ANONYMOUS))
