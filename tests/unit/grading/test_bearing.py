"""What is said of each cited place: of a right value alone, place by place, and the same whatever stands beside it."""

from tests.unit.grading.miniature import PROOF, RIGHT, submit
from training.grading.bearing import Bearing
from training.grading.citations import Cited, CitedLine
from training.grading.verdict import Verdict

WRONG = {"q1": "17", "q3": "1>145"}


def test_each_place_of_a_right_finding_is_told_apart() -> None:
    shown = PROOF["q1"][0]
    assert isinstance(shown, Cited)
    partial = Cited(shown.plugin, "partial", shown.row)
    beside = Cited("linux.lsof", "complete", {"PID": 145, "FD": 3})
    silent = CitedLine("record", 9, "nothing of interest")
    found = submit("q1", RIGHT["q1"], [silent, shown, partial, beside])
    assert found.places == (Bearing.SILENT, Bearing.PROVES, Bearing.UNUSABLE, Bearing.ELSEWHERE)
    assert Verdict.model_validate(found.model_dump(mode="json")) == found, "it is kept as it was said"
    assert Verdict.model_validate({"state": "judged", "points": 1, "worth": 0, "tries_left": 0}).places == ()


def test_every_proof_of_the_miniature_proves_or_corroborates() -> None:
    for name, cited in PROOF.items():
        found = submit(name, RIGHT[name], cited)
        assert set(found.places) <= {Bearing.PROVES, Bearing.SECOND}, name
        assert not found.places or Bearing.PROVES in found.places, name
        assert len(found.places) in {0, len(cited)}


def test_nothing_is_said_of_places_while_the_value_is_wrong() -> None:
    for name, text in WRONG.items():
        assert submit(name, text, PROOF[name]).places == ()
