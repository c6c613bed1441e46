"""Files that nothing but their name or row vouches for: each is held against the digest that it has there."""

import hashlib
from pathlib import Path

import pytest

from training.operating.verify.files import check_results
from training.store import Store

pytestmark = pytest.mark.any_database


def test_a_dumped_file_is_what_its_name_says(store: Store, tmp_path: Path) -> None:
    content = b"a program out of memory"
    name = hashlib.sha256(content).hexdigest()
    whole, other = (tmp_path / "dumps" / where / name for where in (name[:2], "ff"))
    for file in (whole, other):
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    with store.reading() as session:
        part = check_results(session, tmp_path)
        assert (part.faults, part.summary.endswith("2 dumped files")) == ([], True)
    other.write_bytes(content[::-1])
    with store.reading() as session:
        assert check_results(session, tmp_path).faults == [f"dumped file {name}: its content is not what its name says"]
