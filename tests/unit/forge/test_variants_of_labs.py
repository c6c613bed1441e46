"""The variants that the scenarios of the labs give, beside those whose packs lie there. Nothing is forged."""

import itertools
from pathlib import Path

import pytest
import yaml
import zstandard

from tests.unit.forge.drafts import draft_of
from training.forge import pack
from training.forge.pack import Role
from training.forge.scenario import Scenario, WindowsScenario
from training.forge.truth import Truth

LABS = Path(__file__).parents[3] / "labs"
SCENARIOS = sorted(LABS.glob("*/scenario.yaml"))
WRITTEN = {path for path in SCENARIOS if yaml.safe_load(path.read_text("utf-8")).get("system") == "windows"}
DELTAS = [folder for folder in sorted((LABS / "exhibits").iterdir()) if (folder / "plan.json").is_file()]


def name_of(path: Path) -> str:
    return path.parent.name


def repeating(path: Path) -> set[str]:
    """The names whose values may come again."""
    return set(yaml.safe_load(path.read_text("utf-8")).get("same", []))


def check_distinct(variants: tuple[Scenario | WindowsScenario, ...], free: set[str]) -> None:
    for one, other in itertools.combinations(variants, 2):
        alike = {name for name, value in one.drawn.items() if value == other.drawn[name]}
        assert alike <= free, f"{one.pack} of seed {one.seed} and {other.pack} of seed {other.seed}"


@pytest.mark.parametrize("folder", DELTAS, ids=lambda folder: folder.name)
def test_what_is_drawn_for_a_pack_is_what_its_truth_records(folder: Path) -> None:
    manifest = pack.read(folder)
    plan = Scenario.model_validate_json((folder / manifest.files[Role.PLAN].name).read_bytes())
    packed = (folder / manifest.files[Role.TRUTH].name).read_bytes()
    drawn = draft_of(LABS / plan.name / "scenario.yaml").draw(plan.seed, plan.number).drawn
    assert drawn == Truth.model_validate_json(zstandard.decompress(packed)).drawn
    assert drawn == plan.drawn


def test_there_are_ten_labs_with_exhibits_and_three_with_machines_that_live_and_six_that_are_written() -> None:
    assert len(SCENARIOS) == 19
    assert len(DELTAS) == 40
    assert len(WRITTEN) == 6
    alive = {name_of(path) for path in SCENARIOS if "live" in yaml.safe_load(path.read_text("utf-8"))}
    assert alive == {"first-response", "quiet-triage", "open-container"}


@pytest.mark.parametrize("path", SCENARIOS, ids=name_of)
def test_sixteen_variants_of_a_lab_differ(path: Path) -> None:
    variants = draft_of(path).variants(1, 16)
    assert [each.variant for each in variants] == list("abcdefghijklmnop")
    check_distinct(variants, repeating(path))


@pytest.mark.parametrize("path", SCENARIOS, ids=name_of)
def test_twelve_variants_of_any_seed_share_nothing_with_each_other_and_with_the_labs_own(path: Path) -> None:
    draft = draft_of(path)
    own = draft.variants(1, 4)
    for seed in (2, 77, (1 << 63) - 1):
        variants = draft.variants(seed, 12)
        check_distinct((*own, *variants), repeating(path))
        assert draft.draw(seed, 11) == variants[11]


@pytest.mark.parametrize("path", SCENARIOS, ids=name_of)
def test_what_may_repeat_in_a_lab_has_too_few_values_to_differ_or_is_no_answer(path: Path) -> None:
    """A name under `same` costs distinctness: it is there for a number of things, an order, or a moment of the play."""
    allowed = {
        "deleted-and-preloaded": {"daemon", "wait"},
        "finance-workstation": {"old_lines"},
        "identity-collector": {"order", "work", "share", "overlap", "relatives", "old_lines"},
        "injected-and-hollowed": {"hosts"},
        "injected-memory": {"filler"},
        "know-your-exhibit": {"unit"},
        "one-case": {"workers", "knock"},
        "open-container": {"hook"},
        "processes-and-parentage": {"gap"},
        "program-without-a-file": {"daemon"},
        "quiet-triage": {"spawns", "gap"},
        "stored-credentials": {"mask"},
        "traffic-at-night": {"sync"},
        "web-server-under-attack": {"workers", "wait", "before_hit", "log_lines"},
        "who-is-it-talking-to": {"order", "workers", "depots", "receivers"},
    }
    assert repeating(path) == allowed.get(name_of(path), set())
