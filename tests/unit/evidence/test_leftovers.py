"""What killed processes leave among the exhibits goes at the next start; what is whole or being made stays."""

from pathlib import Path

from training.evidence import leftovers
from training.evidence.leftovers import UNFINISHED, unfinished


def test_what_is_left_half_written_goes_and_what_another_program_is_writing_stays(tmp_path: Path) -> None:
    exhibits, kept = tmp_path / "exhibits", tmp_path / "kept"
    whole = exhibits / ("ab" * 32)
    for folder in (exhibits / f"{UNFINISHED}1" / "inside", whole / "pack" / f"{UNFINISHED}2", kept):
        folder.mkdir(parents=True)
    for file in (whole / "image.raw", kept / "file"):
        file.write_bytes(b"whole")
    (exhibits / f"{UNFINISHED}3").symlink_to(kept)
    with unfinished(exhibits) as space:
        (space / "image.raw").write_bytes(b"half")
        assert leftovers.remove(tmp_path) == 2
        assert (space / "image.raw").read_bytes() == b"half"
    assert not space.exists()
    assert (whole / "image.raw").read_bytes() == (kept / "file").read_bytes() == b"whole"
    assert list((whole / "pack").iterdir()) == []
    assert not (exhibits / f"{UNFINISHED}1").exists()
