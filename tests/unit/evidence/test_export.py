"""An exported exhibit, examined with the command line of Volatility itself."""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from tests.conftest import PACK, Clock
from tests.unit.forge.test_pack import noise, write_base, write_delta
from training.cli import commands
from training.errors import Conflict, Refused
from training.evidence import service
from training.evidence.export import export
from training.forge import pack
from training.grading.keys.syntax import Query
from training.labs.prove import Desk
from training.settings import Settings

PLUGINS: dict[Literal["raw", "lime"], str] = {"raw": "linux.bash", "lime": "linux.psaux"}
"""What each form is looked at with. That all plugins give the same rows is tested beside the engine."""


def vol(folder: Path, image: str, plugin: str, cache: Path) -> list[dict[str, Any]]:
    """Rows of the program as it comes, in the exported folder, as README.txt says."""
    words = [str(Path(sys.executable).with_name("vol")), "-q", "--offline", "--cache-path", str(cache), "-r", "json"]
    words += ["-s", "symbols", "-f", image, plugin]
    done = subprocess.run(words, check=True, capture_output=True, cwd=folder, env={"HOME": str(cache)})
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def ours(settings: Settings, unpacked: Path) -> dict[str, list[dict[str, object]]]:
    """Rows of the platform's engine on the same exhibit."""
    target = service.folder_of(settings.instance, pack.read(PACK).sha256)
    if not target.exists():
        shutil.copytree(unpacked, target, copy_function=os.link)
    with Desk(settings, PACK, Clock(), None) as desk:
        rows = desk.rows(frozenset(map(Query, PLUGINS.values())))
    return {query.plugin: found for query, found in rows.items()}


def compared(row: dict[str, Any]) -> dict[str, str]:
    """A row without what the two programs add for themselves, its cells as text: times have one form."""
    cells = {name: value for name, value in row.items() if name not in {"n", "depth", "parent", "__children"}}
    return {name: str(value).replace("+00:00", "").replace("Z", "").replace(" ", "T") for name, value in cells.items()}


@pytest.mark.stock
@pytest.mark.any_database
@pytest.mark.enable_socket
def test_an_exported_exhibit_gives_the_same_rows_with_volatility_alone(
    settings: Settings, unpacked: Path, tmp_path: Path
) -> None:
    mine = ours(settings, unpacked)
    cache = tmp_path / "cache"
    cache.mkdir()
    for form, plugin in PLUGINS.items():
        image = export(PACK, tmp_path / form, form)
        theirs = vol(image.parent, image.name, plugin, cache)
        assert theirs
        assert list(map(compared, theirs)) == list(map(compared, mine[plugin])), plugin
    assert hashlib.sha256((tmp_path / "raw" / "image.raw").read_bytes()).hexdigest() == pack.read(PACK).sha256


def test_the_export_is_image_symbols_record_and_a_note_but_never_the_truth(tmp_path: Path) -> None:
    done = CliRunner().invoke(commands, ["exhibit", "export", PACK.name, str(tmp_path / "x" / "out")])
    assert done.exit_code == 0, done.output
    found = sorted(str(path.relative_to(tmp_path / "x")) for path in (tmp_path / "x").rglob("*") if path.is_file())
    symbols = pack.locate(PACK, pack.Role.SYMBOLS)[1].name
    assert found == ["out/README.txt", "out/image.raw", "out/record.txt", f"out/symbols/linux/{symbols}"]
    note = (tmp_path / "x" / "out" / "README.txt").read_text("utf-8")
    assert "vol --offline -s symbols -f image.raw linux.pslist" in note
    assert pack.read(PACK).sha256 in note
    assert all(one.source_package in note for one in pack.read(PACK).licences)


def test_a_lime_image_has_the_ranges_of_the_machine_and_the_note_both_digests(tmp_path: Path) -> None:
    folder = tmp_path / "packs" / "lab-a"
    idle = noise(1, 100_000)
    write_delta(folder, idle + b"more", write_base(folder.with_name("debian-5.0"), idle))
    ranges = ((0, 999), (4096, 99_999))
    pack.write_manifest(folder, pack.read(folder).model_copy(update={"ram": ranges}))
    image = export(folder, tmp_path / "out", "lime")
    written = image.read_bytes()
    headers = [struct.pack("<4sIQQ8x", b"EMiL", 1, *one) for one in ranges]
    assert written == headers[0] + idle[:1000] + headers[1] + idle[4096:]
    assert image.stat().st_mode & 0o777 == 0o444
    assert not image.with_suffix(".raw").exists()
    note = (tmp_path / "out" / "README.txt").read_text("utf-8")
    assert hashlib.sha256(image.read_bytes()).hexdigest() in note
    assert pack.read(folder).sha256 in note


def test_nothing_is_written_over_and_a_base_is_no_exhibit(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes").touch()
    with pytest.raises(Conflict, match="not an empty folder"):
        export(PACK, tmp_path / "there", "raw")
    base = write_base(tmp_path / "packs" / "debian-5.0", noise(1, 1_000))
    with pytest.raises(Refused, match="is a base of exhibits"):
        export(base, tmp_path / "new", "raw")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["packs", "there"]
