"""What is said of each cited place: of a right value alone, place by place, and the same whatever stands beside it."""

from tests.unit.grading.miniature import PROOF, RIGHT, cite, question, sealed, submit
from training.grading.bearing import Bearing, bearings
from training.grading.citations import Cited, CitedLine, claim_of
from training.grading.parts import Source
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


def test_a_source_that_proves_is_no_second_one_beside_itself() -> None:
    typed, listed = Source(plugin="linux.bash", shows=("PID",)), Source(plugin="linux.pslist", shows=("PID",))
    proof = (Source(plugin="linux.bash", shows=("PID",), where='Command = "ls"'),)
    asked = question("q4").model_copy(update={"proof": proof, "corroboration": (typed, listed)})
    claim = claim_of(asked, sealed().keys["q4"])
    cited = [cite("linux.bash", Command="ls"), cite("linux.bash", Command="less list"), cite("linux.pslist", PID=99)]
    assert bearings(asked, claim, cited, []) == [Bearing.PROVES, Bearing.ELSEWHERE, Bearing.SECOND]


def test_nothing_is_said_of_places_while_the_value_is_wrong() -> None:
    for name, text in WRONG.items():
        assert submit(name, text, PROOF[name]).places == ()


def test_a_place_holds_the_value_within_the_tolerance_of_the_finding_or_of_the_answer() -> None:
    cells = {"10": Bearing.SILENT, "11": Bearing.SILENT, "42": Bearing.SILENT, "43": Bearing.ELSEWHERE}
    cells |= {"46": Bearing.ELSEWHERE, "47": Bearing.SILENT}
    places = [Cited("linux.lsof", "complete", {"A": "x", "B": f"2026-03-10T12:10:{at}+00:00"}) for at in cells]
    assert submit("q6", "2026-03-10 12:10:45Z", [*places]).places == tuple(cells.values())


def test_a_line_holds_what_its_fields_say_and_not_its_number() -> None:
    fields: list[dict[str, str]] = [{}, {"a": "x", "time": "2026-03-10T12:10:44Z"}, {"text": "2026-03-10T12:10:44Z"}]
    lines = [CitedLine("flows", 145, "2026-03-10T12:10:44Z", one) for one in fields]
    assert submit("q6", "2026-03-10 12:10:44Z", [*lines]).places == (
        Bearing.SILENT, Bearing.ELSEWHERE, Bearing.ELSEWHERE
    )  # fmt: skip
    assert submit("q1", "145", [lines[0]]).places == (Bearing.SILENT,)
