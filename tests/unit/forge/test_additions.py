"""Additions: archives of programs that stand beside a base, and variants that are made on both."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard
from click.testing import CliRunner

from tests.unit.forge.linux.small_machine import KERNEL, needs_debian, small
from tests.unit.forge.test_pack import ACCOUNTS, AGAIN, change, keep_truth_compressed, noise, reseal, write, write_base
from training.errors import Conflict, DomainError, NotThere, Refused
from training.forge import build, cli, pack
from training.forge.linux import actors, capture, initramfs, rootfs
from training.forge.pack import DamagedPack, Kind, Manifest, Role, manifest
from training.forge.scenario import Scenario
from training.forge.scenario.contradictions import contradictions
from training.settings import ROOT, Settings

SIZE = 200_000
IDLE, ARCHIVE = noise(1, SIZE), noise(7, 60_000)
IMAGE = IDLE[:90_000] + ARCHIVE[:50_000] + IDLE[90_000:]
BASE, ADDED, DELTA = "debian-5.0", "debian-5.0-store", "lab-a"
EXHIBITS = ROOT / "labs" / "exhibits"
NAME = next(iter(rootfs.ADDITIONS))
needs_additions = pytest.mark.skipif(
    any(shutil.which(program) is None for added in rootfs.ADDITIONS.values() for program, _ in added.values()),
    reason="programs of additions are not installed",
)


class Trial(NamedTuple):
    packs: Path
    into: Path

    @property
    def added(self) -> Path:
        return self.packs / ADDED

    @property
    def delta(self) -> Path:
        return self.packs / DELTA


def write_addition(folder: Path, archive: bytes, base: Path) -> Path:
    folder.mkdir()
    raw = folder.with_suffix(".cpio")
    raw.write_bytes(archive)
    pack.compress(raw, folder / "archive.cpio.zst", level=3)
    whole = pack.read(base)
    made = Manifest(
        name=folder.name,
        kind=Kind.ADDITION,
        title="A trial",
        os="linux",
        format="cpio",
        size=len(archive),
        sha256=hashlib.sha256(archive).hexdigest(),
        banner=whole.banner,
        captured_at=datetime(2026, 3, 10, 12, tzinfo=UTC),
        made_by="a test",
        origin="a test",
        licences=(),
        base=pack.Base(name=whole.name, sha256=whole.sha256),
        files={Role.INITRD: pack.part_of(folder / "archive.cpio.zst")},
    )
    pack.write_manifest(folder, made)
    return folder


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A delta whose image has a part of its addition in it, beside what it has from its base."""
    packs = tmp_path / "packs"
    base = write_base(packs / BASE, IDLE)
    added = write_addition(packs / ADDED, ARCHIVE, base)
    both = packs / "both"
    (packs / "both.raw").write_bytes(ARCHIVE + IDLE)
    both.mkdir()
    shutil.copyfile(base / pack.MANIFEST, both / pack.MANIFEST)  # `write` reads it for the digest of the base
    delta = write(packs / DELTA, IMAGE, {**ACCOUNTS, **AGAIN}, both)
    keep_truth_compressed(delta)
    shutil.rmtree(both)
    named = [{"name": added.name, "sha256": pack.read(added).sha256}]
    change(delta, lambda document: document["base"].update(name=BASE))
    change(delta, lambda document: document.update(additions=named))
    return Trial(packs, tmp_path / "into")


def test_an_exhibit_comes_out_whole_with_its_base_and_its_addition(trial: Trial) -> None:
    assert pack.unpack(trial.delta, trial.into).read_bytes() == IMAGE
    assert pack.check(trial.delta).beside == (BASE, ADDED)
    assert (trial.delta / "image.raw.zst").stat().st_size < 1_000, "what the addition holds is not held again"


def test_an_addition_is_checked_but_is_no_exhibit(trial: Trial) -> None:
    assert pack.check(trial.added).kind is Kind.ADDITION
    archive = io.BytesIO()
    pack.write_image(trial.added, archive)
    assert archive.getvalue() == ARCHIVE
    for use in (pack.unpack, pack.lay_out):
        with pytest.raises(Refused, match=f"{ADDED} is an addition to a base and no exhibit"):
            use(trial.added, trial.into)
    assert not trial.into.exists()


def refused(trial: Trial, said: str) -> None:
    """The delta is refused with these words, nothing is left, and looking at it says the same."""
    with pytest.raises(DamagedPack, match=said):
        pack.unpack(trial.delta, trial.into)
    assert not trial.into.exists()
    with pytest.raises(DamagedPack, match=said):
        pack.check(trial.delta)


def test_a_missing_addition_is_refused_by_name(trial: Trial) -> None:
    shutil.rmtree(trial.added)
    refused(trial, rf"lab-a/exhibit\.json: additions: {ADDED} is needed beside it: ")


def test_an_addition_of_another_digest_is_refused_with_both(trial: Trial) -> None:
    before = pack.read(trial.added).sha256
    shutil.rmtree(trial.added)
    write_addition(trial.added, noise(8, 60_000), trial.packs / BASE)
    refused(trial, f"additions: made on the content {before}, .*{ADDED} holds {pack.read(trial.added).sha256}")


def test_an_addition_that_lies_about_its_digest_is_found_out(trial: Trial) -> None:
    before = pack.read(trial.added).sha256
    shutil.rmtree(trial.added)
    write_addition(trial.added, noise(8, 60_000), trial.packs / BASE)
    change(trial.added, lambda document: document.update(sha256=before))
    refused(trial, r"lab-a/image\.raw\.zst: (unpacked: expected SHA-256|is not a readable)")
    with pytest.raises(DamagedPack, match=rf"{ADDED}/archive\.cpio\.zst: unpacked: expected SHA-256 {before}"):
        pack.check(trial.added)


@pytest.mark.parametrize(
    "spoil",
    [lambda content: content[:-7], lambda content: b"x" + content[1:], lambda content: content + b"x", lambda _: b""],
    ids=["truncated", "altered", "longer", "empty"],
)
def test_a_damaged_archive_is_refused_by_name(trial: Trial, spoil: Callable[[bytes], bytes]) -> None:
    file = trial.added / "archive.cpio.zst"
    file.write_bytes(spoil(file.read_bytes()))
    refused(trial, rf"{ADDED}/archive\.cpio\.zst: (has \d+ bytes, expected|expected SHA-256)")
    with pytest.raises(DamagedPack, match=rf"{ADDED}/archive\.cpio\.zst"):
        pack.check(trial.added)


def test_an_archive_that_unpacks_to_more_or_less_than_it_says_is_not_decoded(trial: Trial) -> None:
    for content, said in ((bytes(64 << 20), f"more than {len(ARCHIVE)}"), (b"short", "5")):
        (trial.added / "archive.cpio.zst").write_bytes(zstandard.compress(content))
        reseal(trial.added, Role.INITRD)
        refused(trial, rf"archive\.cpio\.zst: unpacks to {said} bytes, expected {len(ARCHIVE)}")


def test_an_archive_that_asks_for_much_memory_is_refused(trial: Trial) -> None:
    greedy = zstandard.ZstdCompressionParameters(window_log=26, strategy=1)
    compressor = zstandard.ZstdCompressor(compression_params=greedy).compressobj()  # of unknown size: all the window
    (trial.added / "archive.cpio.zst").write_bytes(compressor.compress(ARCHIVE) + compressor.flush())
    reseal(trial.added, Role.INITRD)
    refused(trial, r"archive\.cpio\.zst: is not a readable zstd file.*memory")


def test_only_an_addition_can_be_added(trial: Trial) -> None:
    whole = pack.read(trial.packs / BASE)
    change(trial.delta, lambda document: document["additions"][0].update(name="other", sha256=whole.sha256))
    write_base(trial.packs / "other", IDLE)
    refused(trial, "kind: an addition is needed for lab-a, this is a base")


def test_an_addition_to_another_base_is_refused(trial: Trial) -> None:
    other = write_base(trial.packs / "debian-6.0", noise(3, SIZE))
    change(trial.added, lambda document: document.update(base={"name": other.name, "sha256": pack.read(other).sha256}))
    refused(trial, rf"{ADDED}/exhibit\.json: base: is another than that of lab-a")


def test_base_and_additions_together_have_a_bound(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "LARGEST_BASE", len(IMAGE) + 9_999)
    refused(trial, f"additions: {SIZE + len(ARCHIVE)} bytes with the base, at most {len(IMAGE) + 9_999} may be")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d.update(format="raw"), "format: cpio is that of an addition"),
        (lambda d: d.pop("base"), "an addition has a base"),
        (lambda d: d.update(materials={"a.csv": "0" * 64}), "an addition has a base"),
        (lambda d: d["files"].update(kernel={**d["files"]["initrd"], "name": "vmlinuz"}), "nor other files"),
        (lambda d: d.update(size=pack.LARGEST_ADDITION + 1), f"has at most {pack.LARGEST_ADDITION} bytes"),
        (lambda d: d.update(additions=[d["base"]]), "additions: only an exhibit with a base has some"),
        (lambda d: d["files"].update(image=d["files"].pop("initrd")), "files lacks initrd"),
        (lambda d: d["base"].update(name=ADDED), "a pack cannot be its own base"),
        (lambda d: d["files"]["initrd"].update(size=9_000_000), r"files\.initrd\.size: more than any"),
    ],
)
def test_what_an_addition_cannot_be_is_said(trial: Trial, edit: Callable[[dict[str, Any]], Any], said: str) -> None:
    change(trial.added, edit)
    with pytest.raises(DamagedPack, match=said):
        pack.read(trial.added)


def test_what_an_exhibit_cannot_name_is_said(trial: Trial) -> None:
    one = json.loads((trial.delta / pack.MANIFEST).read_text())["additions"][0]
    for additions, said in (
        ([one, one], "the same pack is named twice"),
        ([one | {"name": DELTA}], "a pack cannot be its own base"),
        ([one | {"name": f"a-{n}"} for n in range(5)], "additions: Tuple should have at most 4 items"),
        ([one | {"name": "../lab"}], r"additions\.0\.name"),
    ):
        change(trial.delta, lambda document, additions=additions: document.update(additions=additions))  # type: ignore[misc]
        with pytest.raises(DamagedPack, match=said):
            pack.read(trial.delta)


def test_packs_without_additions_say_nothing_of_them() -> None:
    text = (EXHIBITS / "finance-workstation-a" / pack.MANIFEST).read_text("utf-8")
    assert "additions" not in text
    assert pack.read(EXHIBITS / "finance-workstation-a").additions == ()


def run(*words: str) -> Any:
    return CliRunner().invoke(cli.forge, words, obj=Settings.load({}))


def test_an_addition_that_is_not_known_is_told_with_those_that_are(trial: Trial) -> None:
    done = run("addition", "nothing", "--exhibits", str(trial.packs))
    assert isinstance(done.exception, NotThere)
    assert f"those that can be made: {NAME}" in str(done.exception)


def test_an_addition_that_variants_rest_on_is_not_made_again(trial: Trial) -> None:
    called = f"{BASE}-{NAME}"
    write_addition(trial.packs / called, noise(9, 1_000), trial.packs / BASE)
    done = run("addition", NAME, "--exhibits", str(trial.packs))
    assert isinstance(done.exception, Conflict)
    sha256 = pack.read(trial.packs / called).sha256
    change(trial.delta, lambda document: document.update(additions=[{"name": called, "sha256": sha256}]))
    done = run("addition", NAME, "--exhibits", str(trial.packs), "--replace")
    assert isinstance(done.exception, Refused)
    assert f"{DELTA} rest on {called}" in str(done.exception)


def test_a_base_with_additions_is_not_made_again(trial: Trial) -> None:
    shutil.rmtree(trial.delta)
    done = run("base", "--kernel", str(KERNEL), "--name", BASE, "--exhibits", str(trial.packs), "--replace")
    assert str(done.exception).startswith(f"{ADDED} rest on {BASE}")


def test_check_says_what_an_addition_holds(trial: Trial) -> None:
    done = run("check", str(trial.added))
    assert f"{ADDED}: 1 files, " in done.output
    assert f"archive of {len(ARCHIVE)} bytes" in done.output


def test_an_addition_that_is_not_there_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    (tmp_path / KERNEL.parent.name).symlink_to(KERNEL.parent)
    with (
        pytest.raises(NotThere, match=f"make it with: python app.py forge addition {NAME}"),
        build.ground(tmp_path / KERNEL.parent.name, [NAME]),
    ):
        pass


def test_a_scenario_names_additions_that_there_are_and_each_once() -> None:
    plan = small(machine=small().machine.model_copy(update={"additions": (NAME, NAME, "valkeys")}))
    assert [(where, what) for where, what in contradictions(plan) if "additions" in where] == [
        (("machine", "additions", 1), f"{NAME} is added already"),
        (("machine", "additions", 2), "there is no addition valkeys; nearest: valkey"),
    ]


def test_a_variant_is_not_made_on_other_additions_than_its_own(tmp_path: Path) -> None:
    base = build.Ground(tmp_path, pack.read(KERNEL.parent), tmp_path, tmp_path, b"", None, {})  # type: ignore[arg-type]
    plan = small(machine=small().machine.model_copy(update={"additions": (NAME,)}))
    with pytest.raises(Refused, match=r"machine\.additions: \['valkey'\], but laid out are \[\]"):
        build.variant(plan, base, tmp_path, lambda _: None)


def test_what_was_packed_is_read_again() -> None:
    entries = [
        initramfs.folder("/etc", 1),
        initramfs.file("/etc/hostname", 1, b"ws\n"),
        initramfs.file("/etc/empty", 1, b""),
        initramfs.link("/bin", 1, "usr/bin"),
    ]
    found = {"/etc/hostname": b"ws\n", "/etc/empty": b"", "/bin": b"usr/bin"}
    assert initramfs.files(initramfs.pack(entries)) == found


@needs_debian
@needs_additions
def test_an_addition_holds_its_programs_and_what_the_base_lacks_and_nothing_else() -> None:
    common = rootfs.common()  # of the packages of this machine, as the addition: Debian's are newer than a shipped base
    archive, libraries = rootfs.addition(NAME, common)
    there, added = initramfs.files(common), initramfs.files(_zipped(archive))
    assert added.keys() >= rootfs.ADDITIONS[NAME].keys()
    assert not added.keys() & there.keys()
    assert {rootfs.real(str(each)) for each in libraries} == added.keys() - rootfs.ADDITIONS[NAME].keys()
    needed = {rootfs.real(str(each)) for each in rootfs.libraries(Path(shutil.which("valkey-server") or ""))}
    assert needed <= added.keys() | there.keys()
    assert archive == rootfs.addition(NAME, common)[0]
    other = [initramfs.folder(str(above), 1) for above in reversed(Path("/usr/lib/x86_64-linux-gnu/x").parents[:-1])]
    libc = initramfs.file("/usr/lib/x86_64-linux-gnu/libc.so.6", 1, b"another")
    with pytest.raises(Refused, match=r"the base has other versions of /usr/lib/x86_64-linux-gnu/libc\.so\.6"):
        rootfs.addition(NAME, initramfs.pack([*other, libc]))


def _zipped(archive: bytes) -> bytes:
    import gzip  # noqa: PLC0415 - only here

    return gzip.compress(archive)


def test_a_program_that_is_not_installed_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rootfs.ADDITIONS, NAME, {"/usr/bin/x": ("no-such-program", "no-such-package")})
    with pytest.raises(DomainError, match="no-such-program is missing: install the Debian package no-such-package"):
        rootfs.addition(NAME, initramfs.pack([]))


@needs_debian
@needs_additions
@pytest.mark.machine
@pytest.mark.long
@pytest.mark.enable_socket
def test_the_data_base_of_an_addition_runs_and_answers_in_a_machine(tmp_path: Path) -> None:
    shipped = Scenario.model_validate_json((EXHIBITS / "who-is-it-talking-to-a" / "plan.json").read_bytes())
    assert shipped.machine.additions == (NAME,)
    port = shipped.drawn["base_port"]
    asking = "printf 'SELECT 1\\nHGET carrier:nordholm name\\nQUIT\\n' >&3; cat <&3 > /var/log/answer"
    parts = shipped.model_dump(by_alias=True) | {
        "services": shipped.model_dump(by_alias=True)["services"][5:7],
        "outside": {},
        "planted": {},
        "of_interest": [],
        "play": [
            {"pause": 9, "run": f'bash -c "exec 3<>/dev/tcp/127.0.0.1/{port}; {asking}"'},
            {"pause": 2, "freeze": True},
        ],
        "materials": [{"file": "answer.txt", "from": "/var/log/answer"}],
    }
    plan = Scenario.model_validate(parts)
    assert [each.user for each in plan.services] == ["valkey", "quotes"]
    with build.ground(KERNEL.parent, plan.machine.additions) as ground:
        initrd, image = tmp_path / "initrd", tmp_path / pack.IMAGE
        initrd.write_bytes(ground.initrd + rootfs.overlay(plan, ground.programs.made))
        captured = capture.capture(plan, ground.kernel, initrd, image, lambda _: None)
    assert captured.handed == {"/var/log/answer": b"+OK\r\n$16\r\nNordholm Freight\r\n+OK\r\n"}
    rows = [json.loads(line) for line in captured.account]
    (server,) = [row for row in rows if row.get("comm") == "valkey-server"]
    assert (server["uid"], server["exe"]) == (110, "/usr/bin/valkey-server")
    assert b"Upper Tolland" in image.read_bytes()


def test_the_addition_of_machines_that_live_brings_its_programs_with_all_their_places() -> None:
    manifest = pack.read(EXHIBITS / "debian-6.12.118-cloud-live")
    folder = EXHIBITS / manifest.name
    brought = actors.Programs((folder / manifest.files[Role.PROGRAMS].name).read_bytes())
    assert brought.sources == {path.stem for path in actors.LIVING.glob("*.c")}
    for source in brought.sources:
        values = dict.fromkeys(actors.placeholders(source), "7")
        assert brought.made(source, values).startswith(b"\x7fELF")
    archive = io.BytesIO()
    pack.write_image(folder, archive)
    inside = initramfs.files(_zipped(archive.getvalue()))
    assert {"/opt/range/range-peer", "/opt/range/console", "/usr/bin/ps", "/usr/bin/top"} <= inside.keys()
    assert inside["/opt/range/console"] == (rootfs.GUEST / "console").read_bytes(), "make the addition again"


def test_an_addition_may_bring_programs_which_are_checked_with_it(trial: Trial) -> None:
    (trial.added / "programs.tar.xz").write_bytes(b"anything")
    part = pack.part_of(trial.added / "programs.tar.xz").model_dump(mode="json", exclude_none=True)
    change(trial.added, lambda document: document["files"].update(programs=part))
    assert pack.check(trial.added).files[Role.PROGRAMS].name == "programs.tar.xz"
    (trial.added / "programs.tar.xz").write_bytes(b"something else")
    with pytest.raises(DamagedPack, match=r"programs\.tar\.xz"):
        pack.check(trial.added)


@needs_debian
@needs_additions
def test_what_is_ours_takes_the_place_of_the_base_s_and_debian_s_that_of_busybox() -> None:
    there = initramfs.files(common := rootfs.common())
    added = initramfs.files(_zipped(rootfs.addition("live", common)[0]))
    assert there["/usr/bin/ps"] == rootfs.BUSYBOX.encode()
    assert added["/usr/bin/ps"].startswith(b"\x7fELF")
    assert added["/opt/range/range-peer"] == there["/opt/range/range-peer"], "a new base has the same stage hand"
    both = {path for path in added.keys() & there.keys() if there[path] != rootfs.BUSYBOX.encode()}
    assert both == {"/opt/range/range-peer"}
