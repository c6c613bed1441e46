"""From a scenario to a pack: what lies there, that it says what it is, that stock Volatility reads what is exported."""

import hashlib
import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from tests.conftest import Clock
from tests.unit.forge.windows.stock import PROGRAM
from tests.unit.forge.windows.stories import drawn, example
from training.errors import Conflict, Damaged, NotThere, Refused
from training.evidence import export as exporting
from training.evidence import service as evidence
from training.forge import cli, pack
from training.forge.build import Idle, Way, idle_base, idle_ground, written
from training.forge.build.windows import ORIGIN, variant
from training.forge.pack import DamagedPack, Kind, Manifest, Role
from training.forge.scenario import WindowsScenario
from training.forge.windows.planning import idle as planning_idle
from training.forge.windows_truth import WindowsPlanted, WindowsTruth
from training.settings import Settings
from training.store import Store

QUICK = Way(level=3)
LAB = "letter-of-claim"
IDLE = "windows-19041-workstation"
BANNER = 0x2000


def told(text: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of labs with one variant of the manual's example."""
    folder = tmp_path_factory.mktemp("labs")
    (folder / LAB).mkdir()
    (folder / "exhibits").mkdir()
    idle_base("19041", folder / "exhibits", told, QUICK)
    base = idle_ground("19041", folder / "exhibits")
    variant(drawn(example(), folder / LAB), base, folder / "exhibits", told, QUICK)
    return folder


@pytest.fixture(scope="module")
def base(labs: Path) -> Idle:
    return idle_ground("19041", labs / "exhibits")


@pytest.fixture
def packed(labs: Path) -> Path:
    return labs / "exhibits" / f"{LAB}-a"


@pytest.fixture(scope="module")
def unpacked(labs: Path) -> Path:
    into = labs / "unpacked"
    pack.unpack(labs / "exhibits" / f"{LAB}-a", into)
    return into


def test_a_pack_has_what_differs_from_its_base_truth_and_record(packed: Path, labs: Path) -> None:
    manifest = pack.check(packed, labs=labs)
    assert manifest.os == "windows"
    assert manifest.base
    assert manifest.base.name == IDLE
    assert manifest.patch == "pages"
    assert set(manifest.files) == {Role.IMAGE, Role.TRUTH, Role.RECORD}
    assert manifest.size == 96 << 20
    assert manifest.captured_at.tzinfo


def test_it_says_everywhere_that_it_was_written(packed: Path, unpacked: Path) -> None:
    manifest = pack.read(packed)
    assert manifest.origin == ORIGIN
    assert ORIGIN.startswith("Written for training: no Windows machine was captured.")
    assert "written for training" in manifest.banner
    assert "no Windows machine was captured" in " ".join((packed / "record.txt").read_text("utf-8").split())
    with (unpacked / pack.IMAGE).open("rb") as image:
        image.seek(BANNER)
        assert b"SYNTHETIC" in image.read(200)


def test_unpacked_it_has_two_symbol_files_and_the_truth(packed: Path, unpacked: Path) -> None:
    names = sorted(each.name for each in (unpacked / "symbols" / "windows").iterdir())
    assert names == ["windows-19041-kernel.json.xz", "windows-19041-network.json.xz"]
    truth = WindowsTruth.model_validate_json((unpacked / pack.TRUTH).read_bytes())
    assert truth.host == "WS-LIT-04"
    assert pack.symbols_sha256(packed) not in {part.sha256 for part in pack.read(packed).files.values()}


def test_a_base_has_an_image_and_both_symbol_files_and_is_no_exhibit(labs: Path) -> None:
    manifest = pack.check(labs / "exhibits" / IDLE, labs=labs)
    assert manifest.kind is Kind.BASE
    assert set(manifest.files) == {Role.IMAGE, Role.SYMBOLS, Role.NETWORK}
    assert manifest.origin.startswith("Written for training: no Windows machine was captured.")
    with pytest.raises(Refused, match="no exhibit"):
        pack.unpack(labs / "exhibits" / IDLE, labs / "nowhere")


def test_what_is_unpacked_has_the_digest_that_the_record_tells(packed: Path, unpacked: Path) -> None:
    found = hashlib.sha256((unpacked / pack.IMAGE).read_bytes()).hexdigest()
    assert found == pack.read(packed).sha256
    assert found in (packed / "record.txt").read_text("utf-8")


def test_a_variant_is_small_and_quick(labs: Path, base: Idle) -> None:
    wanted = drawn(example(), labs / LAB, 1)
    begun = time.process_time()
    manifest, _ = variant(wanted, base, labs / "exhibits", told)
    assert time.process_time() - begun < 12  # seconds, on a busy computer and with coverage
    assert sum(part.size for part in manifest.files.values()) < 170_000


def test_a_variant_without_its_base_is_refused_with_words(labs: Path, packed: Path, tmp_path: Path) -> None:
    alone = tmp_path / packed.name
    shutil.copytree(packed, alone)
    with pytest.raises(DamagedPack, match=f"{IDLE} is needed beside it"):
        pack.unpack(alone, tmp_path / "into")
    with pytest.raises(NotThere, match=r"python app\.py forge base --windows 19041"):
        list(written([drawn(example(), labs / LAB)], tmp_path, told, QUICK))


def test_a_base_of_another_image_is_not_put_under_exhibits(labs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = Way(level=3, replace=True)
    with pytest.raises(Conflict):
        idle_base("19041", labs / "exhibits", told, QUICK)
    before = pack.read(labs / "exhibits" / IDLE)
    assert idle_base("19041", labs / "exhibits", told, again) == before
    plain = planning_idle.idle
    monkeypatch.setattr(planning_idle, "idle", lambda build: other_host(plain(build)))
    with pytest.raises(Refused, match=f"{LAB}-a.* rest on {IDLE}"):
        idle_base("19041", labs / "exhibits", told, again)
    assert pack.read(labs / "exhibits" / IDLE) == before


def other_host(plan: WindowsScenario) -> WindowsScenario:
    return plan.model_copy(update={"machine": plan.machine.model_copy(update={"host": "WS-01"})})


def test_the_same_variant_has_the_same_bytes(labs: Path, base: Idle, packed: Path) -> None:
    before = pack.read(packed)
    after, _ = variant(drawn(example(), labs / LAB), base, labs / "exhibits", told, Way(level=3, replace=True))
    assert after == before


def test_nothing_is_replaced_that_nobody_said(labs: Path, base: Idle) -> None:
    with pytest.raises(Conflict):
        variant(drawn(example(), labs / LAB), base, labs / "exhibits", told, QUICK)


def test_what_goes_wrong_with_one_variant_is_its_outcome(labs: Path) -> None:
    plan = drawn(example(), labs / LAB)
    wrong = plan.model_copy(
        update={"record": plan.record.model_copy(update={"lines": ("{= 1 / truth.clock_offset + }",)})}
    )
    small = plan.model_copy(update={"machine": plan.machine.model_copy(update={"memory": 16})})
    before = sorted((labs / "exhibits").iterdir())
    outcomes = list(written([wrong, small], labs / "exhibits", told, Way(level=3, replace=True)))
    assert [one.manifest for one in outcomes] == [None, None]
    assert all(one.failure for one in outcomes)
    assert sorted((labs / "exhibits").iterdir()) == before
    assert pack.check(labs / "exhibits" / plan.pack).name == plan.pack


def test_the_commands_make_the_base_and_the_variant(tmp_path: Path) -> None:
    lab = tmp_path / "labs" / LAB
    lab.mkdir(parents=True)
    (lab / "scenario.yaml").write_text(example(), "utf-8")
    (tmp_path / "labs" / "exhibits").mkdir()
    words = [LAB, "--variants", "1", "--level", "1"]
    settings = Settings.load({}, labs=tmp_path / "labs")
    done = CliRunner().invoke(cli.forge, words, obj=settings)
    assert isinstance(done.exception, NotThere)
    done = CliRunner().invoke(cli.forge, ["base", "--windows", "19041", "--level", "1"], obj=settings)
    assert done.exit_code == 0, done.output
    assert f"{IDLE}: 96 MiB of memory in a base" in done.output
    done = CliRunner().invoke(cli.forge, words, obj=settings)
    assert done.exit_code == 0, done.output
    assert f"{LAB}-a: writing the image" in done.output
    assert "forge: 1 of 1 variants" in done.output
    assert pack.check(tmp_path / "labs" / "exhibits" / f"{LAB}-a").os == "windows"


@pytest.mark.stock
def test_what_is_exported_is_read_by_stock_volatility(packed: Path, tmp_path: Path) -> None:
    image = exporting.export(packed, tmp_path / "out", "raw")
    readme = (image.parent / exporting.README).read_text("utf-8")
    assert "no Windows machine was captured" in " ".join(readme.split())
    assert "windows.pslist" in readme
    truth = json.loads(zstd_of(packed))
    rows = plugin(image, tmp_path, "windows.pslist")
    assert {row["PID"] for row in rows} == {each["pid"] for each in truth["processes"] if each["listed"]}
    conn = next(each for each in truth["windows"]["endpoints"] if each["name"] == "conn")
    found = plugin(image, tmp_path, "windows.netstat")
    assert (conn["remote_address"], conn["remote_port"], conn["pid"]) in {
        (row["ForeignAddr"], row["ForeignPort"], row["PID"]) for row in found
    }


def zstd_of(packed: Path) -> bytes:
    part = pack.read(packed).files[Role.TRUTH]
    raw = (packed / part.name).read_bytes()
    return zstandard.ZstdDecompressor().decompress(raw, max_output_size=1 << 24)


def plugin(image: Path, tmp_path: Path, name: str) -> list[dict[str, object]]:
    cache = tmp_path / "cache"
    cache.mkdir(exist_ok=True)
    words = [PROGRAM, "-q", "--offline", "-r", "json", "-s", str(image.parent / "symbols"), "--cache-path", str(cache)]
    done = subprocess.run([*words, "-f", str(image), name], capture_output=True, check=True, timeout=300)
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


def registered(settings: Settings, store: Store, packed: Path, clock: Clock) -> tuple[str, Manifest]:
    return evidence.register(store, settings.instance, packed, clock()), pack.read(packed)


def test_a_registered_one_is_known_to_be_written(settings: Settings, store: Store, packed: Path, clock: Clock) -> None:
    sha256, manifest = registered(settings, store, packed, clock)
    with store.reading() as session:
        found = evidence.get(session, sha256)
        assert found.written
        assert found.symbols_sha256 == pack.symbols_sha256(packed)
        assert evidence.custody(session, sha256)[0].text == f"Written by the forge: {manifest.origin}"


def test_a_change_of_either_symbol_file_is_found(settings: Settings, store: Store, labs: Path, clock: Clock) -> None:
    packed = labs / "exhibits" / f"{LAB}-a"
    sha256, _ = registered(settings, store, packed, clock)
    vault = evidence.Vault(store, settings.instance, labs / "exhibits", clock)
    assert vault.open(sha256).os == "windows"
    folder = evidence.folder_of(settings.instance, sha256) / "symbols" / "windows"
    for path in sorted(folder.iterdir()):
        kept = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(kept + b"x")
        with pytest.raises(Damaged):
            evidence.Vault(store, settings.instance, labs / "exhibits", clock).open(sha256)
        path.write_bytes(kept)
    (folder / "third.json.xz").write_bytes(b"x")
    with pytest.raises(Damaged, match="holds 3 symbol files"):
        evidence.Vault(store, settings.instance, labs / "exhibits", clock).open(sha256)


def test_the_planted_process_is_where_the_truth_says(unpacked: Path) -> None:
    truth = WindowsTruth.model_validate_json((unpacked / pack.TRUTH).read_bytes())
    hidden = truth.planted["hidden"]
    assert isinstance(hidden, WindowsPlanted)
    assert hidden.pid in {each.pid for each in truth.processes if not each.listed}
