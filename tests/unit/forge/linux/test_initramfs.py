import gzip
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from training.forge.linux import initramfs
from training.forge.linux.initramfs import Entry

ENTRIES = [
    initramfs.folder("/etc", 1_700_000_000),
    initramfs.file("/etc/hostname", 1_700_000_001, b"ws\n"),
    initramfs.file("/etc/secret", 1_700_000_002, b"abcde", 0o600, 1001),
    initramfs.link("/bin", 1_700_000_003, "usr/bin"),
    initramfs.folder("/usr", 1_700_000_004),
    initramfs.folder("/usr/bin", 1_700_000_004),
]


def test_same_entries_give_the_same_bytes_in_any_order() -> None:
    shuffled = ENTRIES.copy()
    shuffled.reverse()
    assert shuffled != ENTRIES
    assert initramfs.pack(shuffled) == initramfs.pack(ENTRIES)


def test_a_changed_date_changes_the_bytes() -> None:
    changed = [*ENTRIES[1:], initramfs.folder("/etc", 1_700_000_009)]
    assert initramfs.pack(changed) != initramfs.pack(ENTRIES)


def test_the_gzip_header_holds_no_time() -> None:
    assert initramfs.pack(ENTRIES)[4:8] == bytes(4)


@pytest.mark.skipif(shutil.which("busybox") is None, reason="busybox, the outside reader, is not installed")
def test_another_reader_finds_the_files_with_their_dates_and_modes(tmp_path: Path) -> None:
    archive = gzip.decompress(initramfs.pack(ENTRIES))
    subprocess.run(["busybox", "cpio", "-idm", "--quiet"], input=archive, cwd=tmp_path, check=True)
    secret = (tmp_path / "etc" / "secret").stat()
    assert (tmp_path / "etc" / "secret").read_bytes() == b"abcde"
    assert stat.S_IMODE(secret.st_mode) == 0o600
    assert secret.st_mtime == 1_700_000_002
    assert (tmp_path / "bin").readlink() == Path("usr/bin")
    assert (tmp_path / "etc" / "hostname").read_text() == "ws\n"


def test_a_path_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="/etc is there twice"):
        initramfs.pack([*ENTRIES, initramfs.folder("/etc", 0)])


def test_a_file_without_its_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="/srv/file has no folder /srv"):
        initramfs.pack([Entry("/srv/file", stat.S_IFREG | 0o644, 0)])
