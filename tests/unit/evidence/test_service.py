import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import PACK, Clock
from tests.unit.forge.test_additions import write_addition
from tests.unit.forge.test_pack import noise, write_base, write_delta
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Damaged, NotThere, Refused
from training.evidence import service
from training.forge import pack
from training.settings import Settings
from training.store import Store


def damage(settings: Settings, sha256: str) -> Path:
    """Change one byte of the unpacked image, in a copy of its own, as a bad disk would."""
    image = service.folder_of(settings.instance, sha256) / "image.raw"
    copy = image.with_suffix(".copy")
    shutil.copyfile(image, copy)
    with copy.open("r+b") as file:
        file.seek(4_000_000)
        byte = file.read(1)[0]
        file.seek(4_000_000)
        file.write(bytes([byte ^ 1]))
    copy.replace(image)
    return image


def test_the_pack_of_the_repository_is_registered_once_with_its_custody(
    settings: Settings, store: Store, exhibit: str, clock: Clock
) -> None:
    assert service.register(store, settings.instance, PACK, clock()) == exhibit
    with store.reading() as session:
        found = service.by_name(session, "finance-workstation-a")
        assert found.sha256 == exhibit
        assert found.banner.startswith("Linux version 6.")
        assert [one.act for one in service.custody(session, exhibit)] == ["captured", "registered"]
        assert [one.name for one in service.every(session)] == ["finance-workstation-a"]
        assert audit.check(session).fault is None
        told = session.scalars(select(Event).where(Event.subject == f"exhibit:{exhibit}")).all()
        assert [(one.act, one.details["name"]) for one in told] == [("exhibit.registered", "finance-workstation-a")]
        assert any(exhibit in line for line in service.record(settings.instance, found))
        assert service.truth(settings.instance, found)


def test_the_vault_hands_out_what_was_hashed(settings: Settings, store: Store, exhibit: str, clock: Clock) -> None:
    vault = service.Vault(store, settings.instance, settings.labs / "exhibits", clock)
    files = vault.open(exhibit)
    assert files.image.stat().st_mode & 0o222 == 0
    assert files.sha256 == exhibit
    assert len(list((files.symbols / "linux").glob("*.json.xz"))) == 1
    vault.open(exhibit)
    with store.reading() as session:
        acts = [one.act for one in service.custody(session, exhibit)]
    assert acts == ["captured", "registered", "verified"]  # hashed once, not twice


def test_a_damaged_image_is_found_with_both_digests_and_not_handed_out(
    settings: Settings, store: Store, exhibit: str, clock: Clock
) -> None:
    vault = service.Vault(store, settings.instance, settings.labs / "exhibits", clock)
    vault.open(exhibit)
    damage(settings, exhibit)
    with pytest.raises(Damaged, match=rf"damaged and was not used.*expected SHA-256 {exhibit}, found [0-9a-f]{{64}}"):
        vault.open(exhibit)
    with store.reading() as session:
        assert service.custody(session, exhibit)[-1].act == "damaged"


def test_a_missing_image_and_a_changed_symbol_file_are_found(
    settings: Settings, store: Store, exhibit: str, clock: Clock
) -> None:
    folder = service.folder_of(settings.instance, exhibit)
    symbols = next((folder / "symbols" / "linux").glob("*.json.xz"))
    with store.reading() as session:
        row = service.get(session, exhibit)
    content = symbols.read_bytes()
    symbols.unlink()
    symbols.write_bytes(content[:-1] + b"x")
    assert "expected SHA-256" in (service.verify(store, settings.instance, row, clock()).fault or "")
    (symbols.parent / "other.json.xz").touch()
    assert "holds 2 symbol files" in (service.verify(store, settings.instance, row, clock()).fault or "")
    (symbols.parent / "other.json.xz").unlink()
    symbols.unlink()
    assert "holds 0 symbol files" in (service.verify(store, settings.instance, row, clock()).fault or "")
    os.unlink(folder / "image.raw")  # noqa: PTH108
    assert "can" in (service.verify(store, settings.instance, row, clock()).fault or "")


def test_a_damaged_pack_registers_nothing(settings: Settings, store: Store, clock: Clock, tmp_path: Path) -> None:
    copy = tmp_path / "packs" / PACK.name
    shutil.copytree(PACK, copy)
    if base := pack.read(PACK).base:
        copy.with_name(base.name).symlink_to(PACK.with_name(base.name))
    manifest = json.loads((copy / "exhibit.json").read_text("utf-8"))
    image = copy / manifest["files"]["image"]["name"]
    content = bytearray(image.read_bytes())
    content[len(content) // 2] ^= 1
    image.unlink()
    image.write_bytes(content)
    with pytest.raises(Damaged, match=r"expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}"):
        service.register(store, settings.instance, copy, clock())
    with store.reading() as session, pytest.raises(NotThere, match="exhibit register"):
        service.by_name(session, PACK.name)
    assert not (settings.instance / "exhibits" / manifest["sha256"] / "image.raw").exists()


def test_what_is_not_registered_is_not_there(store: Store) -> None:
    with store.reading() as session, pytest.raises(NotThere, match="no exhibit"):
        service.get(session, "0" * 64)


@pytest.mark.parametrize("name", ["record.txt", "truth.json"])
def test_an_altered_record_or_truth_is_found_and_not_read(
    settings: Settings, store: Store, exhibit: str, clock: Clock, name: str
) -> None:
    path = service.folder_of(settings.instance, exhibit) / name
    content = path.read_text("utf-8")
    path.unlink()
    path.write_text(content.replace("2026", "2025", 1), "utf-8")
    with store.reading() as session:
        row = service.get(session, exhibit)
    fault = service.verify(store, settings.instance, row, clock()).fault or ""
    assert re.search(rf"finance-workstation-a, {name}: expected SHA-256 [0-9a-f]{{64}}, found [0-9a-f]{{64}}", fault)
    assert str(settings.instance) not in fault
    with pytest.raises(Damaged, match="expected SHA-256"):
        (service.record if name == "record.txt" else service.truth)(settings.instance, row)


def test_files_that_lie_there_are_hashed_before_they_are_registered(
    settings: Settings, store: Store, clock: Clock, unpacked: Path
) -> None:
    sha256 = pack.read(PACK).sha256
    shutil.copytree(unpacked, service.folder_of(settings.instance, sha256), copy_function=os.link)
    damage(settings, sha256)
    with pytest.raises(Damaged, match=f"expected SHA-256 {sha256}, found"):
        service.register(store, settings.instance, PACK, clock())
    with store.reading() as session, pytest.raises(NotThere):
        service.get(session, sha256)


def test_custody_can_t_be_rewritten(store: Store, exhibit: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as session:
        session.execute(text("UPDATE custody SET text = 'nothing happened'"))
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as session:
        session.execute(text("DELETE FROM custody"))
    with store.reading() as session:
        assert len(service.custody(session, exhibit)) == 2


def installed(tmp_path: Path) -> Path:
    """A folder of labs with a base, an addition, a delta against the base, and a pack whose manifest is no manifest."""
    idle = noise(1, 100_000)
    packs = tmp_path / "labs" / "exhibits"
    write_delta(packs / "lab-a", idle + b"an intruder", write_base(packs / "debian-5.0", idle))
    write_addition(packs / "debian-5.0-store", b"070701", packs / "debian-5.0")
    (packs / "broken").mkdir()
    (packs / "broken" / pack.MANIFEST).write_text("{")
    return packs


def test_bases_are_no_exhibits_and_are_never_registered(
    settings: Settings, store: Store, clock: Clock, tmp_path: Path
) -> None:
    packs = installed(tmp_path)
    assert [each.name for each in service.packs_in(packs.parent)] == ["broken", "lab-a"]
    assert [each.name for each in service.bases_in(packs.parent)] == ["debian-5.0", "debian-5.0-store"]
    for name in ("debian-5.0", "debian-5.0-store"):
        with pytest.raises(Refused, match="is a base of exhibits, and no exhibit"):
            service.register(store, settings.instance, packs / name, clock())
    with store.reading() as session:
        assert service.every(session) == []


def test_no_pack_with_another_image_stands_for_an_exhibit(
    settings: Settings, store: Store, clock: Clock, tmp_path: Path
) -> None:
    packs = installed(tmp_path)
    write_delta(packs / "lab-b", noise(1, 100_000) + b"another intruder", packs / "debian-5.0")
    sha256 = service.register(store, settings.instance, packs / "lab-a", clock())
    with store.reading() as session:
        found = service.get(session, sha256)
    for packed in (packs / "lab-b", packs / "gone"):
        with pytest.raises(Damaged, match="no pack holds it"):
            service.unpack(settings.instance, found, packed)
    told = service.decode(found, packs / "lab-b", pack.References(), clock())
    assert told.fault == "lab-b holds another image than the one that is registered"
    assert service.decode(found, packs / "lab-a", pack.References(), clock()).fault is None


def test_the_truth_of_a_delta_is_known_by_what_lies_unpacked(
    settings: Settings, store: Store, clock: Clock, tmp_path: Path
) -> None:
    packs = installed(tmp_path)
    sha256 = service.register(store, settings.instance, packs / "lab-a", clock())
    truth = service.folder_of(settings.instance, sha256) / "truth.json"
    assert truth.read_bytes() == b"lab-a truth"
    with store.reading() as session:
        found = service.get(session, sha256)
    assert found.truth_sha256 == hashlib.sha256(b"lab-a truth").hexdigest()
    assert found.symbols_sha256 == pack.locate(packs / "lab-a", pack.Role.SYMBOLS)[1].sha256
    assert not service.is_unpacked(settings.instance, found)
    service.unpack(settings.instance, found, packs / "lab-a")
    assert service.verify(store, settings.instance, found, clock()).fault is None
    before = truth.stat().st_ino
    assert service.register(store, settings.instance, packs / "lab-a", clock()) == sha256
    assert truth.stat().st_ino == before, "what lies there whole is not unpacked again"
