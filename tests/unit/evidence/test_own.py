"""What lies beside an exhibit of somebody's own is found by its name alone, and as it was sealed."""

import hashlib
from pathlib import Path

import pytest

from training.errors import Damaged
from training.evidence import own
from training.evidence import service as evidence

SHA256 = "ab" * 32
TYPED = b"#1 $ ps\n"
SEALED = hashlib.sha256(TYPED).hexdigest()


@pytest.fixture
def materials(tmp_path: Path) -> Path:
    """The folder of what was handed over with an exhibit."""
    folder = evidence.folder_of(tmp_path, SHA256) / own.MATERIALS
    folder.mkdir(parents=True)
    (folder / "console.txt").write_bytes(TYPED)
    return folder


def test_a_material_is_read_as_it_was_sealed_and_not_otherwise(tmp_path: Path, materials: Path) -> None:
    told = {"file": "console.txt", "sha256": SEALED}
    assert own.path_of(tmp_path, SHA256, told).read_bytes() == TYPED
    (materials / "console.txt").write_bytes(TYPED.upper())
    with pytest.raises(Damaged, match=f"expected SHA-256 {SEALED}, found "):
        own.path_of(tmp_path, SHA256, told)
    (materials / "console.txt").unlink()
    with pytest.raises(Damaged, match="can't be read"):
        own.path_of(tmp_path, SHA256, told)


@pytest.mark.parametrize("name", ["../truth.json", "{there}/truth.json"])
def test_the_name_of_a_material_never_leads_out_of_its_folder(tmp_path: Path, materials: Path, name: str) -> None:
    truth = materials.parent / "truth.json"
    truth.write_bytes(TYPED)
    with pytest.raises(Damaged):
        own.path_of(tmp_path, SHA256, {"file": name.format(there=materials.parent), "sha256": SEALED})
