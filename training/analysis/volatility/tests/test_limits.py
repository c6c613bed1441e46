"""What counts as inside the cache folder; that it is enforced is tested in test_island.py."""

from pathlib import Path

import pytest

from training.analysis.volatility.limits import _below

ROOT = "/var/cache/run/"


@pytest.mark.parametrize(
    "path", ["/var/cache/run/a", b"/var/cache/run/a/b", Path("/var/cache/run/x"), "/var/cache/run/a/../b"]
)
def test_inside(path: object) -> None:
    assert _below(ROOT, path)


@pytest.mark.parametrize(
    "path", ["/var/cache/run", "/var/cache/running", "/var/cache/run/../../x", "x", b"/etc/passwd", 3, None]
)
def test_outside(path: object) -> None:
    assert not _below(ROOT, path)
