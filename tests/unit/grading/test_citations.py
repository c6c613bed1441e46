"""Citations: lines and fields of handed-over materials, and what a row shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.grading.miniature import RIGHT, cite, question, sealed, submit
from training.grading.citations import Citation, Cited, CitedLine, Claim, claim_of, pairs
from training.grading.judge import Finding, judge
from training.grading.keys.syntax import Query
from training.grading.proving import seal
from training.grading.question import Question

FLOWS = [
    CitedLine("flows", 7, "…", {"time": "2026-03-10 12:10:44", "to": "203.0.113.66", "port": "8443", "pid": "0x91"}),
    CitedLine("flows", 8, "…", {"time": "2026-03-10 13:00:00", "to": "203.0.113.9", "port": "443", "pid": "7"}),
]


@pytest.mark.parametrize(
    ("name", "shows"),
    [("q11", ["to", "port"]), ("q6", ["time"]), ("q1", ["pid"]), ("q3", ["pid"]), ("q4", ["pid"])],
)
def test_fields_of_a_line_show_a_value_as_if_they_were_typed(name: str, shows: list[str]) -> None:
    source = {**question(name).model_dump(mode="json"), "needs": 1}
    source |= {"proof": [{"material": "flows", "shows": shows}], "corroboration": []}
    asked = Question.model_validate(source)
    key = sealed().keys[name].model_copy(update={"material": asked.material})
    text = {"q4": "99, 120, 145"}.get(name, RIGHT[name])
    assert [judge(asked, Finding(text), key, [line]).support for line in FLOWS] == [1, 0.5]
    assert judge(asked, Finding(text), key, [replace(FLOWS[0], fields={})]).support == 0.5
    assert judge(asked, Finding(text), key, [Cited("flows", "complete", FLOWS[0].row)]).support == 0.5


def test_elements_of_a_set_are_shown_within_their_tolerance() -> None:
    asked = Question.model_validate(
        {
            "id": "q1",
            "type": "set",
            "element": "timestamp",
            "tolerance": 2,
            "text": "When?",
            "points": [2],
            "proof": [{"plugin": "p", "shows": ["AT"]}, {"material": "flows", "shows": ["time"]}],
            "key": {"truth": "truth.at", "rows": 'rows("p").AT'},
        }
    )
    rows = [{"AT": f"2026-03-10T12:00:{second}+00:00"} for second in ("00", "30")]
    key = seal([asked], {"at": [row["AT"] for row in rows]}, {Query("p"): rows}).keys["q1"]
    typed = "2026-03-10 12:00:01; 2026-03-10 12:00:31"
    cited: list[Citation] = [Cited("p", "complete", row) for row in rows]
    flow = CitedLine("flows", 1, "", {"time": "2026-03-10 13:00:30 +01:00"})
    vague = CitedLine("flows", 2, "", {"time": "half past twelve"})
    several: list[list[Citation]] = [cited, cited[:1], [cited[0], flow], [vague]]
    assert [judge(asked, Finding(typed), key, some).credit for some in several] == [1, 0.75, 1, 0.5]


def test_conditions_name_fields_of_a_line_beside_its_text_and_number() -> None:
    source = question("q11").model_dump(mode="json")
    for where, supports in (
        ('to = "203.0.113.66" and number(port) = 8443', (1, 0.5)),
        ('number > 7 and ."text" = "…"', (0.5, 1)),
        ("text has to", (0.5, 0.5)),
        ("unknown = 1", (0.5, 0.5)),
    ):
        asked = Question.model_validate({**source, "proof": [{"material": "flows", "where": where}]})
        key = sealed().keys["q11"].model_copy(update={"material": asked.material})
        found = tuple(judge(asked, Finding(RIGHT["q11"]), key, [line]).support for line in FLOWS)
        assert found == supports, where


def test_a_cell_never_shows_what_only_fits_a_pattern() -> None:
    asked = Question.model_validate(
        {
            "id": "q1",
            "type": "pattern",
            "text": "Which ticket?",
            "points": [2],
            "proof": [{"plugin": "p", "shows": ["A"]}],
            "key": {"pattern": "FIN-[0-9]{4}"},
        }
    )
    key = seal([asked], {}, {}).keys["q1"]
    own, other = (Cited("p", "complete", {"A": text}) for text in ("FIN-2031", "FIN-9999"))
    assert judge(asked, Finding("FIN-2031"), key, [own]).credit == 1
    assert judge(asked, Finding("FIN-2031"), key, [other]).credit == 0.5
    assert judge(asked, Finding("FIN-20"), key, [own]).credit == 0


def test_pairs_are_what_may_earn_corroboration() -> None:
    assert [(one.name, other.name) for one, other in pairs(question("q7"))] == [
        ("linux.bash", "linux.pagecache.Files"),
        ("linux.pagecache.Files", "linux.bash"),
    ]
    assert pairs(question("q9")) == ()


def test_a_field_can_not_take_the_place_of_the_line() -> None:
    line = CitedLine("record", 3, "12:00:00 the case was opened", {"text": "captured", "number": "4"})
    asked = Question.model_validate(
        {**question("q11").model_dump(mode="json"), "proof": [{"material": "record", "where": 'text has "captured"'}]}
    )
    key = sealed().keys["q11"].model_copy(update={"material": asked.material})
    assert judge(asked, Finding(RIGHT["q11"]), key, [line]).support == 0.5
    assert line.row == {"text": "12:00:00 the case was opened", "number": 3}


def test_a_word_that_equals_an_id_shows_nothing() -> None:
    asked = Question.model_validate(
        {
            "id": "q1",
            "type": "choices",
            "text": "What survives a restart?",
            "points": [2],
            "needs": 1,
            "options": {"cron": "a line of cron", "unit": "a unit of systemd"},
            "proof": [{"material": "log", "shows": ["service"]}],
            "key": {"constant": "cron"},
        }
    )
    key = seal([asked], {}, {}).keys["q1"]
    assert judge(asked, Finding("cron"), key, [CitedLine("log", 1, "", {"service": "cron"})]).support == 0.5


def test_notes_on_runs_that_are_not_complete_stand_in_one_order() -> None:
    cited = [Cited("linux.psaux", "partial", {}), Cited("linux.bash", "failed", {}), Cited("linux.elfs", "ended", {})]
    expected = tuple(
        f"The cited run of {name} is {state}: only a complete run supports a finding."
        for name, state in (("linux.bash", "failed"), ("linux.elfs", "ended"), ("linux.psaux", "partial"))
    )
    for order in (cited, cited[::-1], cited[1:] + cited[:1], cited * 2):
        assert submit("q1", "145", [*order]).notes == expected


def test_a_row_that_is_cited_twice_is_one_of_the_rows_that_are_needed() -> None:
    source = {**question("q1").model_dump(mode="json"), "needs": 2, "corroboration": []}
    source |= {"proof": [{"plugin": "p", "where": "PID = 145"}, {"material": "flows", "where": "number > 0"}]}
    asked = Question.model_validate(source)
    key = sealed().keys["q1"].model_copy(update={"material": asked.material})
    rows = [{"PID": 145, "COMM": name} for name in ("a", "b")]
    one, other = (Cited("p", "complete", row) for row in rows)
    cases: list[tuple[list[Citation], float]] = [
        ([one], 0.75),
        ([replace(one, column="PID"), replace(one, column="COMM")], 0.75),
        ([one, other], 1),
        ([FLOWS[0], replace(FLOWS[0], column="to")], 0.75),
        ([FLOWS[0], FLOWS[1]], 1),
        ([one, FLOWS[0]], 1),
    ]
    for cited, support in cases:
        assert judge(asked, Finding(RIGHT["q1"]), key, cited).support == support


def test_a_source_may_ask_for_the_key_and_a_model_finding_is_held_against_it() -> None:
    source = {"plugin": "linux.psaux", "where": "PID = key and PPID != value"}
    asked = Question.model_validate({**question("q1").model_dump(mode="json"), "proof": [source], "corroboration": []})
    key = sealed().keys["q1"].model_copy(update={"material": asked.material, "given": {"q0": 3}})
    own, other = cite("linux.psaux", PID=145), cite("linux.psaux", PID=17)
    assert [judge(asked, Finding(text), key, [one]).support for text in ("145", "9") for one in (own, other)] == [
        1, 0.5, 1, 0.5
    ]  # fmt: skip
    assert judge(asked, Finding("120"), key, [own]).support == 0.5
    assert claim_of(asked, key) == Claim(asked.spec, 145, (145,), {"q0": 3, "key": 145})


FIELDS: list[tuple[str, dict[str, Any], str, list[str], dict[str, str], float]] = [
    ("q1", {}, "145", ["note", "pid"], {"note": "no number", "pid": "0x91"}, 1),
    ("q1", {}, "145", ["pid", "parent"], {"pid": "0x91", "parent": "0x78"}, 1),
    ("q1", {}, "145", ["pid", "parent"], {"parent": "145"}, 1),
    ("q1", {}, "145", ["pid", "parent"], {"other": "145"}, 0.5),
    ("q4", {}, "99, 120", ["pid"], {"pid": "99"}, 0.75),
    ("q4", {}, "99, 120", ["pid", "other"], {"pid": "0x63", "other": "0x78"}, 1),
    ("q4", {}, "99, 120", ["pid"], {"pid": "99, 120"}, 0.5),
    ("q4", {"options": {"99": "A", "120": "B", "7": "C"}, "method": "each"}, "99, 120", ["pid"], {"pid": "0x63"}, 0.75),
    ("q10", {"needs": 1}, "fetch > start", ["step"], {"step": "fetch"}, 0.5),
]


@pytest.mark.parametrize(("name", "more", "text", "shows", "fields", "support"), FIELDS)
def test_each_field_is_read_for_itself_as_one_value(
    name: str, more: dict[str, Any], text: str, shows: list[str], fields: dict[str, str], support: float
) -> None:
    proof = [{"material": "flows", "shows": shows}]
    source = {**question(name).model_dump(mode="json"), "mistakes": [], "proof": proof, "corroboration": [], **more}
    asked = Question.model_validate(source)
    key = sealed().keys[name].model_copy(update={"material": asked.material, "mistakes": ()})
    assert judge(asked, Finding(text), key, [CitedLine("flows", 1, "", fields)]).support == support
