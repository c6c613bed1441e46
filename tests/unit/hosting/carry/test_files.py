"""Files of a bundle are put where they belong only if they are those of the rows that name them."""

import stat
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Clock
from training.content import service as content
from training.errors import Refused
from training.evidence import service as evidence
from training.evidence.models import PAPERS
from training.forge import pack
from training.hosting.carry import files
from training.settings import ROOT, Settings
from training.store import Store

pytestmark = pytest.mark.any_database
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"


def place(store: Store, settings: Settings, clock: Clock, folder: Path, **added: list[dict[str, object]]) -> None:
    with store.writing() as session:
        files.place(session, settings, folder, added, clock())
        session.rollback()


def test_a_release_is_what_its_digest_says_and_open_for_reading_alone(
    store: Store, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "index.md").write_text("Some text", "utf-8")
    digest = content.digest_of(tmp_path / "one")
    row: dict[str, object] = {"kind": "course", "name": "one", "sha256": digest}
    came = tmp_path / "releases" / "course" / "one" / digest
    came.parent.mkdir(parents=True)
    (tmp_path / "one").rename(came)
    (came / "index.md").write_text("Another text", "utf-8")
    with pytest.raises(Refused, match="not those of its release"):
        place(store, settings, clock, tmp_path, release=[row])
    assert not (settings.instance / "releases" / "course" / "one" / digest).exists()
    (came / "index.md").write_text("Some text", "utf-8")
    place(store, settings, clock, tmp_path, release=[row])
    (kept,) = (settings.instance / "releases" / "course" / "one" / digest).iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o444


def test_the_papers_of_an_exercise_are_what_their_digest_says(
    store: Store, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    digest = sha256(b"The papers").hexdigest()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / digest).write_bytes(b"Other papers")
    with pytest.raises(Refused, match="not those of its exhibit"):
        place(store, settings, clock, tmp_path, exhibit=[{"os": PAPERS, "name": "papers", "sha256": digest}])
    assert not (evidence.folder_of(settings.instance, digest) / pack.RECORD).exists()


@pytest.mark.parametrize("other", ["symbols_sha256", "record_sha256", "truth_sha256"])
def test_a_pack_is_that_of_the_exhibit_that_its_row_names(
    store: Store, settings: Settings, clock: Clock, tmp_path: Path, other: str
) -> None:
    manifest = pack.read(PACK)
    row: dict[str, object] = {
        "os": "linux",
        "name": manifest.name,
        "sha256": manifest.sha256,
        "symbols_sha256": pack.symbols_sha256(PACK),
        "record_sha256": manifest.files[pack.Role.RECORD].lies,
        "truth_sha256": manifest.files[pack.Role.TRUTH].lies,
    }
    with pytest.raises(Refused, match="not those of its exhibit"):
        place(store, settings, clock, tmp_path, exhibit=[{**row, other: "0" * 64}])
    assert not (evidence.folder_of(settings.instance, manifest.sha256) / pack.RECORD).exists()


def test_the_rows_of_a_run_are_open_to_the_server_alone(
    store: Store, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "an-id.db").write_bytes(b"rows")
    place(store, settings, clock, tmp_path, run=[{"id": "an-id", "key": "5" * 64, "try_no": 1}])
    kept = settings.instance / "results" / f"{'5' * 64}-1.db"
    assert (kept.read_bytes(), stat.S_IMODE(kept.stat().st_mode)) == (b"rows", 0o600)
