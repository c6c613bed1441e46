"""Real machines, real responders: each gets another image, and the keys of the lab prove on every one of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.labs.test_mistakes_named import wrong_answers
from training.errors import DomainError
from training.forge.build.ground import ground
from training.forge.scenario import Scenario
from training.grading.judge import Finding, State, judge
from training.grading.proof import LOST
from training.grading.sealed import Sealed, SealedKey
from training.labs import prove_live, reader
from training.labs.labfile import LabFile
from training.labs.livefile import Responder
from training.labs.prove import Proof, variety
from training.labs.prove_live import QUICK, played, prove_on
from training.labs.reader import Seal
from training.machines.guest.preparing import prepare
from training.machines.guest.snapshot import Snapshot
from training.settings import ROOT, Settings

pytestmark = [pytest.mark.any_database, pytest.mark.machine, pytest.mark.enable_socket, pytest.mark.long]

FOLDER = ROOT / "labs" / "first-response"


def now() -> datetime:
    return datetime.now(UTC)


def snapshot_of(settings: Settings, plan: Scenario, folder: Path) -> Snapshot:
    base = settings.labs / "exhibits" / prove_live.base_of(settings, plan)
    with ground(base, plan.machine.additions) as found:
        return prepare(plan, found, folder, lambda _text: None)


def proved(settings: Settings, snapshot: Snapshot, plan: Scenario, way: Responder, file: LabFile, work: Path) -> Proof:
    base = settings.labs / "exhibits" / prove_live.base_of(settings, plan)
    with played(snapshot, work, plan, base, way) as frozen:
        return prove_on(settings, FOLDER, file, frozen, now, way.name)


def keys(proof: Proof) -> dict[str, SealedKey]:
    assert proof.sound, [*proof.faults, *(f"{one.id}: {one.problems}" for one in proof.proved if not one.sound)]
    return dict(proof.seal.sealed.keys)


def test_two_who_act_differently_get_different_images_and_all_keys_prove_on_both(
    settings: Settings, tmp_path: Path
) -> None:
    """One looks and acquires at once; another cuts the link, and comes when the program has noticed that."""
    file = reader.draft(FOLDER)
    plan = prove_live.plan_of(FOLDER, file, "c")
    snapshot = snapshot_of(settings, plan, tmp_path / "snapshot")
    assert file.live is not None
    late = next(one for one in file.live.ways if "link cut" in one.orders)
    work = tmp_path / "work"
    with ThreadPoolExecutor(2) as both:  # two who come to the same machine do so at the same time
        quick, slow = both.map(lambda way: proved(settings, snapshot, plan, way, file, work / way.name), (QUICK, late))
    assert not list((settings.instance / "exhibits").glob("*/image.raw"))
    assert not list(work.iterdir())
    assert quick.seal.exhibit != slow.seal.exhibit
    first, second = keys(quick), keys(slow)
    assert set(first) == set(second) == {one.id for one in file.questions if one.key}
    assert first["q4"].answer == plan.drawn["archive"]
    assert (second["q4"].answer, second["q4"].lost) == (LOST, True)
    assert first["q7"].answer != second["q7"].answer
    assert first["q1"].answer == second["q1"].answer
    for wrong in wrong_answers(tuple(one for one in file.questions if one.key), first):
        verdict = judge(wrong.question, Finding(wrong.typed), first[wrong.question.id], [])
        assert verdict.state is State.JUDGED
        assert wrong.code in {verdict.mistake, *verdict.lookalikes}, f"{wrong.question.id}: {wrong.typed}"
        assert verdict.correctness < 1


def test_a_base_without_the_additions_is_said(settings: Settings) -> None:
    plan = prove_live.plan_of(FOLDER, reader.draft(FOLDER), "a")
    other = plan.model_copy(update={"machine": plan.machine.model_copy(update={"additions": ("no-such",)})})
    with pytest.raises(DomainError, match="no-such"):
        prove_live.base_of(settings, other)


def test_images_of_one_variant_may_share_answers_and_variants_may_not(settings: Settings) -> None:
    questions = reader.draft(FOLDER).questions

    def proof(pack: str, answer: int) -> Proof:
        key = SealedKey(answer=answer, material=questions[0].material)
        sealed = Sealed(keys={"q1": key}, unproved={}, materials={}, truth="0" * 64)
        seal = Seal(exhibit="0" * 64, volatility="2", island=1, sealed=sealed)
        return Proof("first-response", pack, questions, (), seal, 0, ())

    same = [proof("first-response-a, quick", 514), proof("first-response-a, late", 514)]
    assert variety(settings, "first-response", same).faults == ()
    shared = [*same, proof("first-response-b, quick", 514)]
    assert "q1: the answer is the same on all 2 exhibits" in variety(settings, "first-response", shared).faults[0]
