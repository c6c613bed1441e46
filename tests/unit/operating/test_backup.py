import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.conftest import Clock, People
from training.accounts.models import Person
from training.errors import Conflict, Damaged, Refused
from training.operating import backup
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.own_database


@pytest.fixture
def done(settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path) -> backup.Done:
    for name in ("releases/lab/demo/x", "results"):
        (settings.instance / name).mkdir(parents=True)
    (settings.instance / "releases/lab/demo/x/lab.yaml").write_text("id: demo", "utf-8")
    (settings.instance / "results/one.db").write_bytes(b"rows")
    settings.signing_key()
    return backup.back_up(settings, tmp_path / "backups", clock())


def logins(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.scalars(select(Person.login)))


def test_what_was_backed_up_comes_back(done: backup.Done, settings: Settings, store: Store, clock: Clock) -> None:
    before = logins(store)
    with store.writing() as session:
        session.execute(text("UPDATE person SET login = 'changed', login_key = 'changed' WHERE login = 'trainee'"))
    (settings.instance / "results/one.db").write_bytes(b"changed")
    assert logins(store) != before
    store.close()
    backup.restore(settings, done.folder, clock())
    assert logins(store) == before
    assert (settings.instance / "results/one.db").read_bytes() == b"rows"
    kept = next((settings.instance / "before-restore").iterdir())
    assert (kept / "results/one.db").read_bytes() == b"changed"


def test_a_backup_is_for_its_owner_alone(done: backup.Done) -> None:
    modes = {path.stat().st_mode & 0o077 for path in [done.folder, *done.folder.rglob("*")]}
    assert modes == {0}
    assert done.files == sum(1 for path in done.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("act", ["alter", "remove", "add"])
def test_an_altered_backup_is_refused_before_anything_is_touched(
    done: backup.Done, settings: Settings, clock: Clock, act: str
) -> None:
    file = done.folder / "results/one.db"
    if act == "alter":
        file.chmod(0o600)
        file.write_bytes(b"other")
    elif act == "remove":
        file.unlink()
    else:
        (done.folder / "more").write_text("x", "utf-8")
    with pytest.raises(Damaged, match="nothing was restored"):
        backup.restore(settings, done.folder, clock())
    assert (settings.instance / "results/one.db").read_bytes() == b"rows"


def test_a_backup_of_a_newer_version_is_refused(done: backup.Done, settings: Settings, clock: Clock) -> None:
    file = done.folder / "backup.json"
    manifest = json.loads(file.read_text("utf-8")) | {"schema": "from_tomorrow"}
    file.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(Conflict, match="newer version"):
        backup.restore(settings, done.folder, clock())


def test_a_folder_that_is_no_backup_is_refused(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a backup"):
        backup.restore(settings, tmp_path, clock())
    (tmp_path / "backup.json").write_text("{", "utf-8")
    with pytest.raises(Damaged, match="can't be read"):
        backup.restore(settings, tmp_path, clock())


def test_a_backup_that_fails_leaves_nothing_behind(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    broken = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/nowhere/engram.db"})
    with pytest.raises(Exception, match=r".+"):
        backup.back_up(broken, tmp_path / "backups", clock())
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_move_that_fails_is_undone(
    done: backup.Done, settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    (settings.instance / "results/one.db").write_bytes(b"mine")
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name == "results" and ".restore-" in str(self):
            raise OSError(28, "No space left on device", str(self))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="No space left"):
        backup.restore(settings, done.folder, clock())
    assert (settings.instance / "results/one.db").read_bytes() == b"mine"
    assert (settings.instance / "secret").is_file() or settings.secret
    assert not list(settings.instance.glob(".restore-*"))


NEEDED = {
    "secret": "signs cookies and masks",
    "pack-key": "signs certificates, packs and bundles",
    "engram.toml": 'language = "fr"\n',
    "releases/lab/quay/0123/lab.yaml": "id: quay",
    "results/01/run.db": "rows that findings cite",
    "trusted/friend.pem": "a key",
    "glossary/glossary.yaml": "terms",
    "carried/session/bundle": "what was taken",
    "responses/r1/console": "what was typed",
}
"""What an installation can't do without, beside its database and its exhibits."""


def test_a_backup_holds_everything_that_an_installation_can_not_do_without(
    settings: Settings, store: Store, tmp_path: Path, clock: Clock
) -> None:
    for name, content in NEEDED.items():
        file = settings.instance / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    made = backup.back_up(settings, tmp_path / "backups", clock()).folder
    assert {name: (made / name).read_text("utf-8") for name in NEEDED} == NEEDED
    assert {(made / name).stat().st_mode & 0o777 for name in NEEDED} == {0o600}
    if store.is_sqlite:
        fresh = Settings.load({}, instance=tmp_path / "fresh", secret="only for tests: 0123456789abcdef")
        backup.restore(fresh, made, clock())
        assert {name: (fresh.instance / name).read_text("utf-8") for name in NEEDED} == NEEDED
