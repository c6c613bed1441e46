"""Bring an installation up to date: schema, exhibits, releases, first accounts."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from training.accounts import first
from training.accounts import service as accounts
from training.accounts.service import at_rest
from training.audit import service as audit
from training.content import service as content
from training.content.source import Mistake
from training.courses.manuscript import glossary
from training.courses.manuscript import reader as courses
from training.errors import UNREADABLE, describe
from training.evidence import leftovers, registry
from training.evidence import service as evidence
from training.labs import drift
from training.labs import reader as labs
from training.search import service as search
from training.settings import Settings
from training.store import Store
from training.store.migrate import SQLITE, standing, upgrade
from training.web.rooms import Rooms

Say = Callable[[str], None]


def migrate(settings: Settings, now: datetime, say: Say) -> None:
    """Run the migrations that are missing."""
    if settings.database.startswith(SQLITE):
        Path(settings.database.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    before = standing(settings.database)
    if not before.current:
        after = upgrade(settings.database, now=now)
        say(f"Database brought to schema {after.database}.")
    if settings.database.startswith(SQLITE):
        Path(settings.database.removeprefix(SQLITE)).chmod(0o600)


def register(store: Store, settings: Settings, now: datetime, say: Say, progress: evidence.Progress) -> None:
    """Register the packs beside the labs, and say of each that can't be taken why."""
    for folder in evidence.packs_in(settings.labs):
        try:
            registry.take_in(store, settings, folder, now, progress, again=False)
        except UNREADABLE as bad:
            say(f"Not registered: exhibit {folder.name}: {describe(bad)}")


def publish(store: Store, settings: Settings, now: datetime, say: Say) -> list[Mistake]:
    """Freeze the courses and labs that changed; say every mistake of those that can't be taken."""
    terms = glossary.beside(glossary.offered(settings.courses, settings.instance))
    with store.writing() as session:
        done = [
            content.publish_all(
                session, settings.instance, "course", settings.courses, courses.check, now, beside=terms
            ),
            content.publish_all(session, settings.instance, "lab", settings.labs, labs.check, now),
        ]
    mistakes = [mistake for each in done for mistake in each.mistakes]
    for mistake in mistakes:
        say(f"Not published: {mistake}")
    for name in [name for each in done for name in each.new]:
        say(f"Published {name}.")
    for name in [name for each in done for name in each.changed]:
        say(f"{name} is edited here, and its shipped files have changed: python app.py course releases {name}")
    return mistakes


def first_accounts(settings: Settings, store: Store, now: datetime, say: Say, *, terminal: bool) -> None:
    """Make the accounts of a new installation. Their passwords are shown this once on a terminal; anywhere else what is
    said is kept in a log, so that they go into a file for its owner alone.
    """
    with store.writing() as session:
        made = accounts.found(session, now)
    if not made:
        return
    if not terminal:
        file = first.write(settings.instance, made)
        say(f"Accounts of this new installation: their passwords are in {file}, for you alone. Each goes from there")
        say("when its account signs in.")
        return
    say("Accounts of this new installation; the passwords are shown this once:")
    for one in made:
        say(f"  {one.login:<14} {one.password}")


def prepare(settings: Settings, store: Store, now: datetime, say: Say, progress: evidence.Progress) -> None:
    """Everything before the first answer. Raises Conflict with one sentence.

    What is damaged is said, and ends nothing: the exhibits, labs and courses that are whole can be worked with.
    """
    migrate(settings, now, say)
    with store.writing() as session:
        audit.begin_seals(session, now)
    leftovers.remove(settings.instance)
    register(store, settings, now, say, progress)
    publish(store, settings, now, say)
    search.keep(store, settings)
    with store.writing() as session:
        at_rest.seal_all(session, settings.signing_key())
    first_accounts(settings, store, now, say, terminal=sys.stdout.isatty())


def tell_of_drift(store: Store, settings: Settings, say: Say) -> None:
    """Say of which published labs the keys were sealed with other versions, and which releases can't be read.

    Every lab is read for it, which takes a second: the first answer does not wait for that.
    """
    with store.reading() as session:
        for sentence in drift.warnings(session, settings.instance, settings.labs / "exhibits"):
            say(sentence)


def open_all(rooms: Rooms, say: Say) -> None:
    """Hash every exhibit that is unpacked before the first answer, and say of each that is damaged both digests.

    Nothing runs on a damaged one: whoever asks is told. Everything else is answered.
    """
    with rooms.store.reading() as session:
        exhibits = evidence.every(session)
    for exhibit in exhibits:
        try:
            if evidence.is_unpacked(rooms.settings.instance, exhibit):
                rooms.vault.open(exhibit.sha256)
        except UNREADABLE as bad:
            say(f"Damaged: exhibit {exhibit.name}: {describe(bad)}")
