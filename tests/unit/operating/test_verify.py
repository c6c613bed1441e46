"""`verify` on an installation with real content: no fault of a whole one, and each planted damage by its place."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import SECRET, Clock
from tests.sealed import demand_seals
from tests.unit.personal import conftest as personal
from tests.unit.personal.conftest import Held
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.audit import service as audit
from training.cli import main
from training.operating import backup
from training.operating.verify import records
from training.reporting.models import ReportFiled
from training.store import Store
from training.store.migrate import upgrade

pytestmark = pytest.mark.any_database  # damage is planted into a file of SQLite
answered, desk_of, kept, held = personal.answered, personal.desk_of, personal.kept, personal.held  # fixtures
PAGE = 4096


@dataclass
class Place:
    """An installation that nobody has open, and what it holds."""

    instance: Path
    capsys: pytest.CaptureFixture[str]

    def verify(self) -> tuple[int, str]:
        """Exit code and output of the command."""
        self.capsys.readouterr()
        code: Any = 0
        try:
            main(["verify"])
        except SystemExit as left:
            code = left.code
        said = self.capsys.readouterr().out
        return (1, f"{said}{code}") if isinstance(code, str) else (int(code or 0), said)

    def sql(self, *statements: str) -> None:
        """What somebody does with sqlite3, triggers and all."""
        with closing(sqlite3.connect(self.instance / "engram.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def value(self, query: str, *values: str) -> Any:
        with closing(sqlite3.connect(self.instance / "engram.db")) as connection:
            return connection.execute(query, values).fetchone()[0]

    def own(self, path: Path) -> Path:
        """The same file as this installation's alone, and writable."""
        copy = path.with_name(f"{path.name}.copy")
        shutil.copyfile(path, copy)
        copy.replace(path)
        path.chmod(0o600)
        return path

    def flip(self, path: Path, at: int) -> None:
        data = bytearray(self.own(path).read_bytes())
        data[at] ^= 0x01
        path.write_bytes(data)

    def result(self) -> Path:
        return min((self.instance / "results").glob("*.db"))

    def release(self) -> Path:
        """The files of a release, as this installation's alone."""
        folder = min((self.instance / "releases/lab").glob("*/*"))
        if folder.is_symlink():
            target = folder.resolve()
            folder.unlink()
            shutil.copytree(target, folder)
        return folder

    def exhibit(self, name: str) -> Path:
        return next((self.instance / "exhibits").glob(f"*/{name}"))


@pytest.fixture
def place(held: Held, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    """Everything of a trainee, with a report that was filed; nobody has the database open."""
    with held.store.writing() as session:
        audit.begin_seals(session, held.clock())  # as each start of the server does
        session.add(
            ReportFiled(
                attempt_id=held.attempt, number=1, at=held.clock(), document="{}", warnings=0,
                sha256="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            )
        )  # fmt: skip
    held.store.close()
    monkeypatch.setenv("ENGRAM_INSTANCE", str(held.settings.instance))
    monkeypatch.setenv("ENGRAM_SECRET", SECRET)
    made = Place(held.settings.instance, capsys)
    made.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return made


def test_a_whole_installation_has_no_faults(place: Place) -> None:
    code, said = place.verify()
    assert (code, said.splitlines()[-1].split(", ")[-1]) == (0, "0 faults"), said
    assert "0 of before rows were recorded" in said
    assert "(0 of an earlier version, without a digest)" in said


def test_a_start_after_the_upgrade_seals_what_is_there(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    upgrade(url, "0026")
    with closing(sqlite3.connect(tmp_path / "older.db")) as connection, connection:
        connection.execute("INSERT INTO organisation (id, name, name_key, kind) VALUES ('01', 'A', 'a', 'agency')")
        for number in range(audit.BATCH + 5):
            connection.execute(
                "INSERT INTO person (id, login, login_key, name, password_hash, home_id, made_at)"
                " VALUES (?, ?, ?, 'N', 'x', '01', '2026-11-25 09:00:00')",
                (f"{number:032x}", f"p{number}", f"p{number}"),
            )
        connection.execute("UPDATE person SET home_id = ?", ("0" * 31 + "1",))
        connection.execute("UPDATE organisation SET id = ?", ("0" * 31 + "1",))
    upgrade(url)
    store = Store(url)
    with store.reading() as session:
        before = records.check(session)
    assert (before.faults, f" {audit.BATCH + 6} of before rows were recorded" in before.summary) == ([], True)
    with store.writing() as session:
        assert audit.begin_seals(session, clock()) == audit.BATCH + 6
        assert audit.begin_seals(session, clock()) == 0
    demand_seals(store)
    with store.reading() as session:
        assert audit.check(session).fault is None
    store.close()
    with closing(sqlite3.connect(tmp_path / "older.db")) as connection, connection:
        connection.execute("UPDATE person SET password_hash = 'y' WHERE login = 'p7'")
    with store.reading() as session:
        (fault,) = records.check(session).faults
    assert fault.startswith(f"person:{UUID(int=7)} was changed after event ")
    store.close()


def test_what_the_program_itself_changes_is_no_fault(place: Place, held: Held, tmp_path: Path) -> None:
    now, home = held.clock(), held.people.home
    with held.store.writing() as session:
        host = accounts.find(session, held.people["host"])
        assert host
        accounts.rename(session, host.id, "Another Name", now=now)
        accounts.give_role(session, host, home, Role.INSTRUCTOR, actor=None, now=now)
        accounts.take_role(session, host, home, Role.HOST, actor=None, now=now)
        accounts.set_password(session, host, accounts.seal("another long password"), actor=None, now=now)
        accounts.disable(session, host, actor=None, now=now)
    made = backup.back_up(held.settings, tmp_path / "backups", now)
    held.erase()
    held.store.close()
    code, said = place.verify()
    assert (code, "verify" in said) == (0, True), said
    backup.restore(held.settings, made.folder, now)
    assert place.verify()[0] == 0


def _pages_of(name: str) -> Callable[[Place], None]:
    """Random bytes in the root page of a table or index."""

    def damage(place: Place) -> None:
        page = place.value("SELECT rootpage FROM sqlite_master WHERE name = ?", name)
        with (place.instance / "engram.db").open("r+b") as file:
            file.seek((page - 1) * PAGE)
            file.write(os.urandom(PAGE))

    return damage


def _byte_in(text: str) -> Callable[[Place], None]:
    """One byte of a text, wherever the database keeps it."""

    def damage(place: Place) -> None:
        file = place.instance / "engram.db"
        data = file.read_bytes()
        assert text.encode() in data
        file.write_bytes(data.replace(text.encode(), bytes([text.encode()[0] ^ 1]) + text.encode()[1:]))

    return damage


def _sql(*statements: str) -> Callable[[Place], None]:
    return lambda place: place.sql(*statements)


def _without(*names: str) -> tuple[str, ...]:
    return tuple(f"DROP TRIGGER {name}" for name in names)


def _file(find: Callable[[Place], Path], act: str) -> Callable[[Place], None]:
    def damage(place: Place) -> None:
        path = find(place)
        if act == "flip":
            place.flip(path, path.stat().st_size // 2)
        elif act == "remove":
            path.chmod(0o600)
            path.unlink()
        elif act == "add":
            path.parent.chmod(0o700)
            path.write_text("more", "utf-8")
        else:
            os.truncate(place.own(path), path.stat().st_size // 2)

    return damage


def _lab(place: Place) -> Path:
    return place.release() / "lab.yaml"


KINDS: dict[str, tuple[Callable[[Place], None], str]] = {
    "page of the table of people": (_pages_of("person"), "table person"),
    "page of the table of findings": (_pages_of("finding"), "table finding"),
    "page of the chain": (_pages_of("event"), "table event"),
    "page of an index": (_pages_of("ix_run_state"), "database"),
    "byte of a finding": (_byte_in(personal.TYPED["finding"]), "finding:"),
    "byte of a certificate": (_byte_in("eyJ"), "certificate"),
    "index entry": (
        _sql("PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = 'CREATE INDEX ix_run_state ON run (key)'"
             " WHERE name = 'ix_run_state'"),
        "ix_run_state",
    ),
    "index gone": (_sql("DROP INDEX ix_run_state"), "the index ix_run_state is missing"),
    "table gone": (_sql("PRAGMA foreign_keys = OFF", "DROP TABLE margin_note"), "the table margin_note is missing"),
    "trigger gone": (_sql("DROP TRIGGER event_no_update"), "the trigger event_no_update is missing"),
    "trigger without effect": (
        _sql("DROP TRIGGER finding_no_delete", "CREATE TRIGGER finding_no_delete BEFORE DELETE ON finding"
             " BEGIN SELECT 1; END"),
        "the trigger finding_no_delete is not the one",
    ),
    "orphan": (
        _sql("PRAGMA foreign_keys = OFF", "DELETE FROM attempt"),
        "the row of attempt that it belongs to is missing",
    ),
    "byte of a result": (_file(Place.result, "flip"), "expected SHA-256"),
    "result gone": (_file(Place.result, "remove"), "the file is missing"),
    "result cut": (_file(Place.result, "cut"), "expected SHA-256"),
    "file of a release": (_file(_lab, "flip"), "its files are not those that were published"),
    "file of a release gone": (_file(_lab, "remove"), "its files are not those that were published"),
    "file added to a release": (
        _file(lambda place: place.release() / "more.yaml", "add"), "its files are not those that were published",
    ),
    "hidden file added to a release": (
        _file(lambda place: place.release() / ".more", "add"), ".more does not belong there",
    ),
    "folder linked into a release": (
        lambda place: (place.release() / "more").symlink_to(place.instance), "more does not belong there",
    ),
    "finding changed": (_sql(*_without("finding_no_update"), "UPDATE finding SET credit = 1"), "finding:"),
    "finding removed": (
        _sql("PRAGMA foreign_keys = OFF", *_without("finding_no_delete"), "DELETE FROM finding"),
        "is missing; it was last recorded by event",
    ),
    "judgement changed": (_sql(*_without("judgement_no_update"), "UPDATE judgement SET credit = 0.5"), "judgement:"),
    "password changed": (_sql("UPDATE person SET password_hash = 'x' WHERE login = 'host'"), "person:"),
    "name changed": (_sql("UPDATE person SET name = 'Other' WHERE login = 'host'"), "person:"),
    "role changed": (_sql("UPDATE membership SET role = 'administrator' WHERE role = 'instructor'"), "membership:"),
    "role added": (
        _sql("INSERT INTO membership SELECT person_id, organisation_id, 'administrator' FROM membership"
             " WHERE role = 'host'"),
        "is in no event",
    ),
    "attempt changed": (_sql("UPDATE attempt SET closed_at = opened_at"), "attempt:"),
    "run changed": (_sql("UPDATE run SET rows = 99"), "run:"),
    "exhibit's record changed": (_sql("UPDATE exhibit SET truth_sha256 = hex(randomblob(32))"), "exhibit:"),
    "event changed": (_sql(*_without("event_no_update"), "UPDATE event SET act = 'other' WHERE seq = 5"), "event 5"),
    "event removed": (_sql(*_without("event_no_delete"), "DELETE FROM event WHERE seq = 5"), "event 5 is missing"),
    "last event removed": (
        _sql(*_without("event_no_delete"), "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)"),
        "is in no event",
    ),
    "image": (_file(lambda place: place.exhibit("image.raw"), "flip"), "exhibit finance-workstation-a"),
    "truth": (_file(lambda place: place.exhibit("truth.json"), "flip"), "exhibit finance-workstation-a"),
    "report": (
        _sql(*_without("report_filed_no_update"), "UPDATE report_filed SET document = '[]'"), "report 1 filed",
    ),
    "certificate": (
        _sql(*_without("certificate_no_update"), "UPDATE certificate SET facts = replace(facts, 'holder', 'Holder')"),
        "certificate",
    ),
    "paper of a certificate": (
        _sql(*_without("certificate_no_update"), "UPDATE certificate SET pdf = x'00'"), "paper: expected SHA-256",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_planted_damage_is_told_by_its_place(place: Place, kind: str) -> None:
    damage, where = KINDS[kind]
    damage(place)
    with suppress(FileNotFoundError):
        (place.instance / "engram.db-wal").unlink()
    code, said = place.verify()
    faults = [line for line in said.splitlines() if line.startswith("fault: ")]
    assert (code, any(where in line for line in faults)) == (1, True), said
