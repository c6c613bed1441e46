"""Exhibits of somebody's own: whose they are, what is sealed with them, and when their files go."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import BASE, PACK, Clock, People
from training.accounts.models import Person
from training.content.models import Release
from training.errors import Conflict, Damaged
from training.evidence import own, own_packs
from training.evidence import service as evidence
from training.evidence.models import Exhibit, OwnExhibit
from training.evidence.own import Acquired, Whose
from training.evidence.service import own_pack
from training.forge.scenario import Scenario
from training.settings import Settings
from training.store import Store, new_id

IMAGE, TYPED = b"memory", b"#1 $ ps\n"
SHA256, SEALED = hashlib.sha256(IMAGE).hexdigest(), hashlib.sha256(TYPED).hexdigest()
TOLD = {"name": "console", "file": "console.txt"}


def whose(people: People, release: Release, name: str = "trainee") -> Whose:
    return Whose(people[name], people.home, release.id, None, new_id(), 1)


@pytest.fixture
def release(store: Store, clock: Clock) -> Release:
    """Of the lab in which an image is acquired."""
    made = Release(
        id=new_id(), kind="lab", name="first-look", sha256="1" * 64, published_at=clock(), current=True, number=1
    )
    with store.writing() as session:
        session.add(made)
    return made


@pytest.fixture
def acquired(settings: Settings, store: Store, people: People, release: Release, clock: Clock) -> Path:
    """The folder of an image that the trainee acquired."""
    folder = evidence.folder_of(settings.instance, SHA256)
    folder.mkdir(parents=True)
    (folder / "image.raw").write_bytes(IMAGE)
    is_of = whose(people, release)
    with store.writing() as session:
        session.add(
            Exhibit(
                sha256=SHA256, name="own-a", title="Own", os="linux", size=len(IMAGE), symbols_sha256="2" * 64,
                record_sha256="3" * 64, truth_sha256="4" * 64, banner="", origin="", captured_at=clock(),
                registered_at=clock(),
            )
        )  # fmt: skip
        session.flush()
        session.add(
            OwnExhibit(
                sha256=SHA256, person_id=is_of.person_id, organisation_id=is_of.organisation_id, release_id=release.id,
                assignment_id=None, response_id=is_of.response_id, number=1, variant="a", way="inside", base=BASE.name,
                truth=False, materials=[], conduct=None, dropped_at=None,
            )
        )  # fmt: skip
    return folder


def test_the_very_image_of_somebody_is_nobody_elses(
    acquired: Path, settings: Settings, store: Store, people: People, release: Release, clock: Clock, tmp_path: Path
) -> None:
    image = tmp_path / "arrived.raw"
    image.write_bytes(IMAGE)
    now, plan = clock(), Scenario.model_validate_json((PACK / "plan.json").read_bytes())

    def register(of: Whose | None) -> str:
        told = Acquired(of, plan, BASE, "inside", "", None, now, now, now)
        return own.acquired(store, settings.instance, image, told, now)

    assert register(whose(people, release)) == SHA256
    for other in (whose(people, release, "colleague"), None):
        with pytest.raises(Conflict, match="somebody else's exhibit"):
            register(other)
    with store.reading() as session:
        assert own.demand(session, SHA256).person_id == people["trainee"]
        assert evidence.every(session) == []
        assert [one.sha256 for one in evidence.every(session, own=True)] == [SHA256]


def test_what_is_handed_over_is_sealed_once(acquired: Path, settings: Settings, store: Store, clock: Clock) -> None:
    def lay(content: bytes) -> OwnExhibit:
        with store.writing() as session:
            return own.lay_beside(session, settings.instance, SHA256, [(TOLD, content)], clock())

    assert lay(TYPED).materials == lay(TYPED).materials == [{**TOLD, "sha256": SEALED, "size": len(TYPED)}]
    with pytest.raises(Conflict, match="sealed already"):
        lay(TYPED.upper())
    file = own.path_of(settings.instance, SHA256, {**TOLD, "sha256": SEALED})
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (TYPED, 0o444)
    with store.reading() as session:
        assert [one.text for one in evidence.custody(session, SHA256)] == [f"Sealed with it: console, SHA-256 {SEALED}"]


def test_a_material_is_read_as_it_was_sealed_and_not_otherwise(acquired: Path, settings: Settings) -> None:
    told = {**TOLD, "sha256": SEALED}
    (acquired / own.MATERIALS).mkdir()
    (acquired / own.MATERIALS / "console.txt").write_bytes(TYPED)
    assert own.path_of(settings.instance, SHA256, told).read_bytes() == TYPED
    (acquired / own.MATERIALS / "console.txt").write_bytes(TYPED.upper())
    with pytest.raises(Damaged, match=f"expected SHA-256 {SEALED}, found "):
        own.path_of(settings.instance, SHA256, told)
    (acquired / own.MATERIALS / "console.txt").unlink()
    with pytest.raises(Damaged, match="can't be read"):
        own.path_of(settings.instance, SHA256, told)


@pytest.mark.parametrize("name", ["../truth.json", "{there}/truth.json"])
def test_the_name_of_a_material_never_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    there = evidence.folder_of(tmp_path, SHA256)
    (there / own.MATERIALS).mkdir(parents=True)
    (there / "truth.json").write_bytes(TYPED)
    with pytest.raises(Damaged):
        own.path_of(tmp_path, SHA256, {"file": name.format(there=there), "sha256": SEALED})


@pytest.mark.parametrize(
    ("is_open", "days", "erased", "left"),
    [
        (True, 30, False, ["image.raw", "pack"]),
        (False, 30, False, ["pack"]),
        (None, 7, False, ["image.raw", "pack"]),
        (None, 8, False, None),
        (True, 0, True, None),
    ],
)
def test_files_go_when_nobody_works_on_them_and_all_of_them_with_their_person(  # noqa: PLR0913 - fixtures
    acquired: Path, settings: Settings, store: Store, people: People, clock: Clock,
    *, is_open: bool | None, days: int, erased: bool, left: list[str] | None,
) -> None:  # fmt: skip
    with store.writing() as session:
        own_pack(settings.instance, evidence.get(session, SHA256)).mkdir(parents=True)
        session.get_one(Person, people["trainee"]).erased_at = clock() if erased else None
    clock.forward(days=days)
    own_packs.sweep(store, settings, lambda _session, _sha256: is_open, clock())
    assert (sorted(one.name for one in acquired.iterdir()) if acquired.exists() else None) == left
    with store.reading() as session:
        dropped: datetime | None = session.scalars(select(OwnExhibit.dropped_at)).one()
        told = [one.text for one in evidence.custody(session, SHA256)]
    assert dropped == (None if left else clock())
    assert told == ([] if left else ["Its files were removed by the rules for images that trainees acquired"])


def test_an_image_stays_where_no_pack_holds_it(acquired: Path, settings: Settings, store: Store, clock: Clock) -> None:
    assert own_packs.sweep(store, settings, lambda *_: False, clock() + timedelta(days=30)) == 0
    assert (acquired / "image.raw").is_file()
