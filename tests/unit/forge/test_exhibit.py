"""The packs that are handed out: whole, of one piece, and small enough."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
import zstandard

from tests.unit.forge.drafts import draft_of
from training.evidence import service as evidence
from training.forge import pack, record
from training.forge.build.ground import addition_of
from training.forge.materials import Image
from training.forge.pack import Kind, Role
from training.forge.scenario import LETTERS, Scenario, WindowsScenario
from training.forge.truth import Truth
from training.forge.windows.planning import story
from training.forge.windows.telling import tell
from training.forge.windows_truth import WindowsTruth
from training.settings import ROOT

LABS = ROOT / "labs"
BASES = evidence.bases_in(LABS)
PACKS = evidence.packs_in(LABS)
DELTAS = [folder for folder in PACKS if pack.read(folder).base and pack.read(folder).os == "linux"]
WRITTEN = [folder for folder in PACKS if pack.read(folder).os == "windows"]
LARGEST = {Kind.BASE: 45_000_000, Kind.ADDITION: 8_000_000, Kind.EXHIBIT: 3_000_000}
ALL_LARGEST = 110_000_000


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def plan_of(folder: Path) -> Scenario:
    return Scenario.model_validate_json((folder / pack.read(folder).files[Role.PLAN].name).read_bytes())


def truth_of(folder: Path) -> Truth:
    packed = (folder / pack.read(folder).files[Role.TRUTH].name).read_bytes()
    return Truth.model_validate_json(zstandard.decompress(packed))


def check_whole(folder: Path, references: pack.References) -> None:
    manifest = pack.check(folder, labs=LABS, references=references)
    assert manifest.name == folder.name
    assert {path.name for path in folder.iterdir()} == {part.name for part in manifest.files.values()} | {pack.MANIFEST}
    sources = {each.source_package for each in manifest.licences}
    if manifest.os == "windows":
        assert sources == {"(this repository, training/forge/windows)"}
    elif manifest.kind is Kind.ADDITION:
        assert sources
        assert "linux" not in sources
    else:
        assert sources >= {"linux", "busybox", "bash", "dropbear", "glibc"}
    assert size(folder) <= LARGEST[manifest.kind]


@pytest.mark.parametrize("beside", sorted({pack.read(folder).beside for folder in (*BASES, *PACKS)}), ids="+".join)
def test_every_pack_is_whole_and_holds_nothing_else(beside: tuple[str, ...]) -> None:
    """All packs that are made on the same together: what they are made on is unpacked once."""
    references, faults = pack.References(), []
    for folder in (each for each in (*BASES, *PACKS) if pack.read(each).beside == beside):
        try:
            check_whole(folder, references)
        except (AssertionError, pack.DamagedPack) as fault:
            faults.append(f"{folder.name}: {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("folder", DELTAS, ids=lambda folder: folder.name)
def test_a_variant_is_what_its_seed_gives_and_its_truth_is_that_of_its_plan(folder: Path) -> None:
    plan, facts = plan_of(folder), truth_of(folder)
    assert plan.pack == folder.name
    assert draft_of(LABS / plan.name / "scenario.yaml").draw(plan.seed, plan.number) == plan
    assert facts.host == plan.machine.host
    assert facts.drawn.keys() == plan.drawn.keys()
    assert set(facts.planted) == set(plan.planted)
    assert timedelta() < facts.booted - plan.machine.clock < timedelta(seconds=30)
    captured = pack.read(folder).captured_at
    assert captured == facts.frozen - timedelta(seconds=facts.clock_offset)


@pytest.mark.parametrize("folder", DELTAS, ids=lambda folder: folder.name)
def test_the_record_follows_from_truth_and_plan_and_the_materials_are_named(folder: Path) -> None:
    manifest, plan = pack.read(folder), plan_of(folder)
    text = (folder / manifest.files[Role.RECORD].name).read_text("utf-8")
    if plan.record.format == "raw":
        assert text == record.write(plan, truth_of(folder), Image(pack.IMAGE, manifest.size, manifest.sha256))
    assert set(manifest.materials) == {each.file for each in plan.materials}
    place = pack.materials_of(LABS, manifest)
    assert {path.name for path in place.glob("*")} == set(manifest.materials)


def test_variants_are_small_on_average() -> None:
    sizes = [size(folder) for folder in DELTAS]
    assert sum(sizes) <= 1_500_000 * len(sizes)


def test_all_packs_together_have_a_bound() -> None:
    assert sum(size(folder) for folder in (*BASES, *PACKS)) <= ALL_LARGEST


def test_every_delta_has_what_it_is_made_on_and_nothing_lies_there_that_none_needs() -> None:
    needed = {name for folder in (*DELTAS, *WRITTEN) for name in pack.read(folder).beside}
    base = next(each.name for each in map(pack.read, BASES) if each.kind is Kind.BASE and each.os == "linux")
    for path in LABS.glob("*/scenario.yaml"):  # a machine that lives is no delta, and needs its additions too
        document = yaml.safe_load(path.read_text("utf-8"))
        if "live" in document:
            needed |= {addition_of(base, name) for name in document["machine"]["additions"]}
    assert needed == {folder.name for folder in BASES}
    assert {pack.read(folder).kind for folder in BASES} == {Kind.BASE, Kind.ADDITION}


@pytest.mark.parametrize("folder", DELTAS, ids=lambda folder: folder.name)
def test_what_is_added_to_a_machine_is_named_with_its_licences(folder: Path) -> None:
    manifest = pack.read(folder)
    added = [pack.read(folder.with_name(each.name)) for each in manifest.additions]
    assert [each.name.removeprefix(f"{each.base.name}-") for each in added if each.base] == [
        *plan_of(folder).machine.additions
    ]
    assert {one for each in added for one in each.licences} <= set(manifest.licences)


@pytest.mark.parametrize("folder", WRITTEN, ids=lambda folder: folder.name)
def test_what_a_written_exhibit_says_follows_from_its_scenario(folder: Path) -> None:
    manifest = pack.read(folder)
    plan = draft_of(LABS / manifest.lab / "scenario.yaml").draw(1, LETTERS.index(folder.name[-1]))
    assert isinstance(plan, WindowsScenario)
    packed = (folder / manifest.files[Role.TRUTH].name).read_bytes()
    truth = WindowsTruth.model_validate_json(zstandard.decompress(packed))
    assert truth == tell(story(plan))
    text = (folder / manifest.files[Role.RECORD].name).read_text("utf-8")
    assert text == record.write_windows(plan, truth, Image(pack.IMAGE, manifest.size, manifest.sha256))
    assert "no Windows machine was captured" in manifest.origin
    assert manifest.captured_at == truth.frozen - timedelta(seconds=truth.clock_offset)
    assert set(manifest.materials) == {each.file for each in plan.materials}


def test_the_kernel_of_every_exhibit_is_that_of_its_symbols() -> None:
    for folder in {*PACKS} - {*WRITTEN}:
        symbols = pack.locate(folder, Role.SYMBOLS)[1].name
        assert symbols.removesuffix(".json.xz") in pack.read(folder).banner
