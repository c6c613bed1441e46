"""Symbols of Windows fit an image that names the very build: the same PDB by GUID and by age."""

import struct
import uuid
from pathlib import Path

import pytest

from tests.own_content import symbols
from training.errors import Refused
from training.evidence import fitting

GUID, AGE = "8F10A27E0188AB7FF22904488D8CB2A0", 3


def named(guid: str = GUID, age: int = AGE) -> bytes:
    """How an image names a PDB."""
    return b"RSDS" + uuid.UUID(hex=guid).bytes_le + struct.pack("<I", age) + b"ntkrnlmp.pdb\0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exhibit that is laid out, with symbols of one build."""
    (tmp_path / "symbols" / "windows").mkdir(parents=True)
    pdb = {"GUID": GUID, "age": AGE, "database": "ntkrnlmp.pdb"}
    file = symbols(metadata={"windows": {"pdb": pdb}})
    (tmp_path / "symbols" / "windows" / "ntkrnlmp.json.xz").write_bytes(file)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (named(), ""),
        (named("1" * 32) + named(), ""),
        (named(age=AGE + 1), "Windows of another build"),
        (named("1" * 32), "Windows of another build"),
        (b"nothing of it", "no trace of Windows"),
    ],
    ids=["the build", "it beside another", "another age", "another build", "no Windows"],
)
def test_an_image_has_to_name_the_build_of_its_symbols(folder: Path, content: bytes, said: str) -> None:
    image = folder / "image.raw"
    image.write_bytes(bytes(5000) + content + bytes(5000))
    if not said:
        fitting.check(folder, image, "windows", "")
        return
    with pytest.raises(Refused, match=said):
        fitting.check(folder, image, "windows", "")


@pytest.mark.parametrize(
    ("metadata", "said"),
    [({"linux": {}}, "symbols of linux"), ({"mac": {}}, "symbols of mac"), ({}, "no symbols of Windows")],
)
def test_symbols_of_another_system_are_refused(folder: Path, metadata: dict[str, object], said: str) -> None:
    image = folder / "image.raw"
    image.write_bytes(named())
    (folder / "symbols" / "windows" / "ntkrnlmp.json.xz").write_bytes(symbols(metadata=metadata))
    with pytest.raises(Refused, match=f"holds {said}"):
        fitting.check(folder, image, "windows", "")


def test_an_exhibit_without_symbols_is_refused(folder: Path) -> None:
    image = folder / "image.raw"
    image.write_bytes(named())
    with pytest.raises(Refused, match=r"doesn't end in \.json\.xz"):
        fitting.check(folder, image, "linux", "")
