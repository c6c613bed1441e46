import gzip
import shutil
from pathlib import Path

import pytest

from training.errors import DomainError
from training.forge import scenario
from training.forge.linux import rootfs

PLAN = scenario.load(Path(__file__).parents[4] / "labs" / "finance-workstation" / "scenario.yaml")
MISSING = [name for name in ("gcc", "busybox", "bash", "dropbear", "dbclient") if shutil.which(name) is None]
needs_debian = pytest.mark.skipif(bool(MISSING), reason=f"the forge's packages are not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def archive() -> bytes:
    return gzip.decompress(rootfs.build(PLAN))


@needs_debian
def test_the_same_scenario_gives_the_same_bytes(archive: bytes) -> None:
    assert gzip.decompress(rootfs.build(PLAN)) == archive


@needs_debian
def test_every_file_has_a_believable_date(archive: bytes) -> None:
    dates = {}
    at = 0
    while at < len(archive) and archive[at : at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = archive[at + 110 : at + 109 + fields[11]].decode()
        dates[name] = fields[5]
        at += (110 + fields[11] + 3) // 4 * 4 + (fields[6] + 3) // 4 * 4
    assert dates.pop("TRAILER!!!") == 0
    assert len(dates) > 300
    assert {"home/mira/.bash_history", "usr/sbin/ledgerd", "usr/bin/bash", "sbin"} <= set(dates)
    assert min(dates.values()) >= 1_740_000_000
    assert max(dates.values()) <= PLAN.machine.clock.timestamp()


@needs_debian
def test_drawn_values_are_inside_the_programs_and_in_no_argument(archive: bytes) -> None:
    courier = rootfs.compiled(["courier.c"], PLAN.drawn)
    assert courier in archive
    assert PLAN.drawn.memfd.encode() in courier
    assert f"[{PLAN.drawn.label}]".encode() in courier
    services = "\n".join(PLAN.services)
    assert PLAN.drawn.peer_address not in services
    assert PLAN.drawn.label not in services


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DomainError, match="Debian package busybox-static"):
        rootfs.build(PLAN)
    with pytest.raises(DomainError, match="gcc and libc6-dev"):
        rootfs.compiled(["courier.c"], PLAN.drawn)
