"""Whole verdicts, field by field, for a table of findings: what is paid, what is said, what is left."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.grading.miniature import ARCHIVE, PROOF, cite, question, sealed
from tests.unit.grading.test_lookalikes import BOTH, HAND, JIT, ONE, SET, made, row
from training.grading import feedback
from training.grading.bearing import Bearing
from training.grading.citations import MOST_CITATIONS, Citation, CitedLine
from training.grading.credit import Hinted, History, Standing, Tried
from training.grading.feedback import Grounds, Spoken
from training.grading.judge import Finding, StaleSeal, State, Verdict, judge
from training.grading.matching import WHOLE, Match
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Unreadable

HALFWAY = History((Tried(0.25), Hinted(0.1)))
"""2.5 of 10 points, one hint; of the next try half is paid, since it comes late."""
LATE = 0.5

COMPARE = "Compare the question with the rows and columns that you used."
CITE, CITE_EACH = "Cite the row or the line that shows it.", "Cite a row of a complete run for each element."
SECOND = "Cite an independent second source as well."
ELSE = "The data show something else."
BARE, IN_PART = "Nothing is cited for it.", "The cited places show a part of it."
PSAUX, MAPS = PROOF["q1"]
HEXADECIMAL = "Read as 145 from hexadecimal 0x91."
EACH_BELONGS = "All that you named belongs in the answer; "

TABLE: list[tuple[str, str, list[Citation], dict[str, Any]]] = [
    (
        "q1", "0x91", [PSAUX, MAPS],
        {"correctness": 1, "support": 1, "corroboration": 1, "credit": 1, "understood": "145", "notes": (HEXADECIMAL,),
         "right": "The value is right.", "places": (Bearing.PROVES, Bearing.SECOND), "solved": True,
         "points": 4.125, "gained": 1.625, "worth": 0, "tries_left": 2},
    ),
    (
        "q1", "0x91", [],
        {"correctness": 1, "corroboration": 0, "understood": "145", "notes": (HEXADECIMAL,),
         "right": "The value is right.", "shows": BARE, "next": CITE, "points": 2.5, "worth": 0.875, "tries_left": 2},
    ),
    (
        "q1", "145", [replace(cite("linux.psaux", PID=145), state="partial")],
        {"correctness": 1, "corroboration": 0, "understood": "145", "places": (Bearing.UNUSABLE,),
         "notes": ("The cited run of linux.psaux is partial: only a complete run supports a finding.",),
         "right": "The value is right.", "shows": "No complete run is cited for it.", "next": CITE,
         "points": 2.5, "worth": 0.875, "tries_left": 2},
    ),
    (
        "q1", "145", [cite("linux.psaux", PID=17)],
        {"correctness": 1, "support": 0.5, "corroboration": 0, "credit": 0.375, "understood": "145",
         "right": "The value is right.", "shows": "No cited place shows it, so its proof earns half.", "next": CITE,
         "places": (Bearing.SILENT,), "points": 2.5, "worth": 1, "tries_left": 2},
    ),
    (
        "q1", "145", [PSAUX],
        {"correctness": 1, "support": 1, "corroboration": 0, "credit": 0.75, "understood": "145",
         "right": "The value is right.", "shows": "It rests on one source.", "next": SECOND,
         "places": (Bearing.PROVES,), "points": 3.25, "gained": 0.75, "worth": 0.625, "tries_left": 2},
    ),
    (
        "q1", "145", [PSAUX, cite("linux.pslist", PID=145)],
        {"correctness": 1, "support": 1, "corroboration": 0, "credit": 0.75, "understood": "145",
         "right": "The value is right.", "next": SECOND, "places": (Bearing.PROVES, Bearing.PROVES),
         "shows": "The second source is not independent: two views of one structure confirm the tool, not the fact.",
         "points": 3.25, "gained": 0.75, "worth": 0.625, "tries_left": 2},
    ),
    (
        "q1", "145", [PSAUX, cite("linux.psscan", PID=145)],
        {"correctness": 1, "support": 1, "corroboration": 0, "credit": 0.75, "understood": "145",
         "right": "The value is right.", "next": SECOND, "places": (Bearing.PROVES, Bearing.ELSEWHERE),
         "shows": "The second source does not show what this question needs.",
         "points": 3.25, "gained": 0.75, "worth": 0.625, "tries_left": 2},
    ),
    (
        "q1", "17", [PSAUX, MAPS],
        {"support": 0.5, "corroboration": 0, "understood": "17", "mistake": "M-KTHR",
         "shows": "PPID 2 and no memory map: a genuine kernel thread.",
         "next": "Look for the one whose parent is not kthreadd.", "points": 2.5, "worth": 0.875, "tries_left": 2},
    ),
    (
        "q1", "9", [],
        {"corroboration": 0, "understood": "9", "shows": ELSE, "next": COMPARE,
         "points": 2.5, "worth": 0.875, "tries_left": 2},
    ),
    (
        "q1", "abc", [PSAUX],
        {"state": State.UNREADABLE, "shows": "'abc' is not a whole number.",
         "next": "Expected is one process identifier as a decimal number, for example: 145. No try was spent.",
         "points": 2.5, "worth": 1.625, "tries_left": 3},
    ),
    (
        "q3", "1>120", PROOF["q3"],
        {"correctness": 1, "support": 1, "credit": 1, "understood": "1 > 120",
         "right": "The value is right. Accepted without the process itself.",
         "places": (Bearing.PROVES, Bearing.PROVES, Bearing.ELSEWHERE), "solved": True,
         "points": 4.125, "gained": 1.625, "worth": 0, "tries_left": 1},
    ),
    (
        "q3", "init > 120 > memfd:upd", PROOF["q3"],
        {"correctness": 1, "support": 1, "credit": 1, "understood": "1 > 120 > 145",
         "notes": ("Names were read as PIDs: 1 > 120 > 145.",), "right": "The value is right.",
         "places": (Bearing.PROVES,) * 3, "solved": True,
         "points": 4.125, "gained": 1.625, "worth": 0, "tries_left": 1},
    ),
    (
        "q4", "99, 101", PROOF["q4"],
        {"support": 0.75, "corroboration": 1, "understood": "99, 101", "mistake": "M-ASH",
         "right": "1 of your 2 elements belongs in the answer.", "shows": f"It keeps no such history. {IN_PART}",
         "next": COMPARE, "points": 2.5, "worth": 0.875, "tries_left": 1},
    ),
    (
        "q4", "99, 120, 99", [],
        {"correctness": 1, "corroboration": 0, "understood": "99, 120",
         "notes": ("A value that was typed more than once counts once.",),
         "right": "The value is right.", "shows": BARE, "next": CITE_EACH,
         "points": 2.5, "worth": 0.875, "tries_left": 1},
    ),
    (
        "q4", "99", PROOF["q4"][:1],
        {"correctness": 0.5, "support": 1, "corroboration": 0, "credit": 0.375, "understood": "99",
         "right": f"{EACH_BELONGS}it is not complete.", "shows": "It rests on one source.",
         "next": f"{COMPARE} {SECOND}", "points": 2.5, "worth": 1, "tries_left": 1},
    ),
    (
        "q4", "99, x", [],
        {"state": State.UNREADABLE, "shows": "'x' is not a whole number.", "points": 2.5, "worth": 1.625,
         "tries_left": 2,
         "next": "Expected is all values, separated by commas or line breaks; each is one process identifier as a "
         "decimal number, for example: 145. No try was spent."},
    ),
    (
        "q5", "http://files.example/a/upd", [],
        {"correctness": 0.5, "understood": "http://files.example/a/upd", "mistake": "M-PART",
         "right": "The value is right in part.", "shows": f"The address alone is a part of the line. {BARE}",
         "next": f"{COMPARE} {CITE}", "points": 2.5, "worth": 0.875, "tries_left": 1},
    ),
    (
        "q8", "4", PROOF["q8"][:1],
        {"correctness": 1, "support": 0.75, "credit": 0.75, "understood": "4", "right": "The value is right.",
         "shows": IN_PART, "next": "No try is left on this question.", "places": (Bearing.PROVES,),
         "points": 1.5, "gained": 0.25, "tries_left": 0, "worth": 0},
    ),
    (
        "q7", ARCHIVE, [PROOF["q7"][0], cite("linux.pagecache.Files", InodeSize=3)],
        {"correctness": 1, "support": 1, "corroboration": 0, "credit": 0.75, "understood": ARCHIVE,
         "right": "The value is right.", "shows": "The second source does not show what this question needs.",
         "next": "No try is left on this question.", "places": (Bearing.PROVES, Bearing.SILENT),
         "points": 3.25, "gained": 0.75, "worth": 0, "tries_left": 0},
    ),
    (
        "q8", "4", PROOF["q8"],
        {"correctness": 1, "support": 1, "credit": 1, "understood": "4", "right": "The value is right.",
         "places": (Bearing.PROVES,) * 2, "solved": True, "points": 1.875, "gained": 0.625, "tries_left": 0,
         "worth": 0},
    ),
    (
        "q10", "fetch > start > archive", PROOF["q10"],
        {"correctness": 0.75, "support": 1, "credit": 0.75, "understood": "fetch > start > archive",
         "right": f"{EACH_BELONGS}the order or the completeness is not right.", "shows": ELSE, "next": COMPARE,
         "points": 3.25, "gained": 0.75, "worth": 0.625, "tries_left": 1},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "cited", "expected"), TABLE)
def test_each_finding_has_one_verdict(name: str, text: str, cited: list[Citation], expected: dict[str, Any]) -> None:
    verdict = judge(question(name), Finding(text), sealed().keys[name], cited, HALFWAY, LATE)
    assert verdict == Verdict(**{"state": State.JUDGED, **expected})


def test_of_a_fresh_question_the_hint_is_offered_and_the_first_value_is_at_stake() -> None:
    key = sealed().keys["q1"]
    assert judge(question("q1"), Finding("9"), key, []) == Verdict(
        state=State.JUDGED, corroboration=0, understood="9", shows=ELSE, next=f"{COMPARE} A hint is available.",
        points=0, worth=7, tries_left=3,
    )  # fmt: skip
    assert judge(question("q1"), Finding("145"), key, [PSAUX, MAPS]) == Verdict(
        state=State.JUDGED, correctness=1, support=1, corroboration=1, credit=1, understood="145",
        right="The value is right.", places=(Bearing.PROVES, Bearing.SECOND), solved=True,
        points=10, gained=10, worth=0, tries_left=3,
    )  # fmt: skip


def test_without_a_key_nothing_is_judged_and_all_that_was_read_is_said() -> None:
    assert judge(question("q1"), Finding("0x91"), None, [PSAUX], HALFWAY, LATE) == Verdict(
        state=State.UNJUDGED, understood="145", notes=(HEXADECIMAL,),
        shows="The key of this question could not be proved on this exhibit.",
        next="A marker decides. No try was spent.", points=2.5, worth=1.625, tries_left=3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "understood", "notes"),
    [
        ("init > 120 > 9", "1 > 120 > 9", ("Names were read as PIDs: 1 > 120 > 9.",)),
        ("9", "9", ()),
        ("bash > 9", "", ()),
        ("?", "", ()),
    ],
)
def test_a_question_that_was_withdrawn_pays_all_and_says_what_was_read(
    text: str, understood: str, notes: tuple[str, ...]
) -> None:
    void = sealed().keys["q3"].model_copy(update={"void": "The rows were cut."})
    assert judge(question("q3"), Finding(text), void, [], HALFWAY, LATE) == Verdict(
        state=State.JUDGED, void=True, credit=1, understood=understood, notes=notes, solved=True,
        shows="Every finding on this question earns full credit. The rows were cut.",
        points=4.125, gained=1.625, worth=0, tries_left=1,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["bash", "1 > bash", "bash > 145"])
def test_a_name_of_several_processes_is_refused_wherever_it_stands(text: str) -> None:
    verdict = judge(question("q3"), Finding(text), sealed().keys["q3"], PROOF["q3"])
    assert verdict.state is State.UNREADABLE
    assert verdict.shows == "Several processes of this exhibit are named 'bash': give the PID."
    unknown = judge(question("q3"), Finding(text.replace("bash", "zsh")), sealed().keys["q3"], PROOF["q3"])
    assert unknown.shows == "No process of this exhibit is named 'zsh'."


@pytest.mark.parametrize("void", ["", "The rows were cut."])
def test_a_key_of_another_version_of_the_question_judges_nothing(void: str) -> None:
    stale = sealed().keys["q1"].model_copy(update={"material": sealed().keys["q2"].material, "void": void})
    with pytest.raises(StaleSeal, match=r"^The key of q1 was sealed from another version of the question\.$"):
        judge(question("q1"), Finding("145"), stale, [])


@pytest.mark.parametrize(
    ("expects", "said"),
    [
        (".conf file of the form XX.", ".conf file of the form XX"),
        ("a PID", "a PID"),
        ("", "one process identifier as a decimal number"),
    ],
)
def test_the_form_is_said_in_the_words_of_the_author_where_there_are_any(expects: str, said: str) -> None:
    asked = Question.model_validate({**question("q1").model_dump(mode="json"), "expects": expects})
    verdict = judge(asked, Finding("?"), sealed().keys["q1"], [])
    assert verdict.next == f"Expected is {said}, for example: 145. No try was spent."


@pytest.mark.parametrize(
    ("expected", "example", "said"),
    [
        ("a PID", "145", "Expected is a PID, for example: 145. No try was spent."),
        ("", "145", "Another form is expected, for example: 145. No try was spent."),
        ("a PID", "", "Expected is a PID. No try was spent."),
        ("", "", "Another form is expected. No try was spent."),
    ],
)
def test_the_expected_form_is_said_as_far_as_it_is_known(expected: str, example: str, said: str) -> None:
    assert feedback.form(Unreadable("No.", expected, example)) == said


def test_a_note_says_that_more_was_cited_than_is_looked_at() -> None:
    most = [PSAUX] * MOST_CITATIONS
    few, many = (judge(question("q1"), Finding("145"), sealed().keys["q1"], cited) for cited in (most, [*most, MAPS]))
    assert (few.notes, many.notes) == ((), ("Only the first 40 citations were looked at.",))
    assert (few.corroboration, many.corroboration) == (0, 0)


def judged(question: Question, key: SealedKey, text: str, *cited: Citation) -> Verdict:
    return judge(question, Finding(text), key, cited, HALFWAY, LATE)


def test_what_looks_alike_is_marked_beside_a_right_value_and_costs_beside_a_wrong_one() -> None:
    asked, key = made(SET, lookalikes=[HAND, JIT], hints=[{"price": 0.1, "text": "Look at the bytes."}])
    alike = "A just-in-time compiler needs such regions."
    note = "The cited row of malfind is a look-alike and costs a quarter of the credit."
    silent = CitedLine("record", 145, "146", {"said": "nothing"})
    assert judged(asked, key, "145, 146", *BOTH, row(200), row(99, "psaux"), silent) == Verdict(
        state=State.JUDGED, correctness=1, support=1, cost=0.25, credit=0.75, understood="145, 146", notes=(note,),
        right="The value is right.", shows=alike, next="No try is left on this question.", lookalikes=("M-FPMAL",),
        places=(Bearing.PROVES, Bearing.PROVES, Bearing.ALIKE, Bearing.SILENT, Bearing.SILENT),
        points=2.75, gained=0.25, worth=0, tries_left=0,
    )  # fmt: skip
    first = judge(asked, Finding("145, 200, 7"), key, [row(145), row(200)])
    assert first == Verdict(
        state=State.JUDGED, support=0.5 + 0.5 * 2 / 3, cost=0.25, understood="7, 145, 200", notes=(note,),
        right="1 of your 3 elements belongs in the answer.", shows=f"{alike} {IN_PART}",
        next=f"{COMPARE} A hint is available.", lookalikes=("M-FPMAL",), points=0, worth=5, tries_left=1,
    )  # fmt: skip


ALMOST = 1.0 - 1e-9
"""From here on a share is all of it."""


def test_a_share_that_is_all_but_a_rounding_is_all_of_it() -> None:
    assert ALMOST == WHOLE
    form = {"value": "146", "credit": ALMOST, "say": "Accepted as well."}
    asked, key = made(ONE, accept=[form], hints=[{"price": 0.1, "text": "Look at the bytes."}])
    verdict = judge(asked, Finding("146"), key, [row(146)])
    assert verdict.worth == pytest.approx(0, abs=1e-6)
    assert verdict.model_copy(update={"worth": 0}) == Verdict(
        state=State.JUDGED, correctness=ALMOST, support=1, credit=ALMOST, understood="146",
        right="The value is right. Accepted as well.", places=(Bearing.PROVES,), solved=True,
        points=10 * ALMOST, gained=10 * ALMOST, worth=0, tries_left=1,
    )  # fmt: skip
    asked, key = made(ONE, accept=[{**form, "credit": 0.99}])
    below = judge(asked, Finding("146"), key, [row(146)])
    assert (below.right, below.shows, below.solved) == ("The value is right in part. Accepted as well.", ELSE, False)


def test_a_mistake_that_is_all_but_right_owns_the_row_that_shows_it() -> None:
    mistake = {"code": "M-TWIN", "value": "200", "say": "It is its twin.", "credit": ALMOST}
    asked, key = made(ONE, lookalikes=[{**JIT, "values": None, "weight": 1}], mistakes=[mistake])
    verdict = judge(asked, Finding("200"), key, [row(200)])
    assert (verdict.mistake, verdict.cost, verdict.lookalikes, verdict.solved) == ("M-TWIN", 0, (), True)
    assert verdict.places == (Bearing.PROVES,)


LEFT, SPENT = Standing(0, 0, 1, 1, 5), Standing(0, 0, 2, 0, 0)
SUPPORTED: list[Citation] = [PSAUX]


@pytest.mark.parametrize(
    ("name", "match", "grounds", "after", "spoken"),
    [
        ("q1", Match(WHOLE), Grounds(SUPPORTED, WHOLE, second=True), LEFT, ("The value is right.", "", "")),
        (
            "q1", Match(WHOLE), Grounds(SUPPORTED, WHOLE, second=False), LEFT,
            ("The value is right.", "It rests on one source.", SECOND),
        ),
        (
            "q1", Match(0.5), Grounds(SUPPORTED, 1.0, second=False), SPENT,
            ("The value is right in part.", "It rests on one source.", "No try is left on this question."),
        ),
        ("q1", Match(0.0), Grounds(SUPPORTED, 1.0, second=False), LEFT, ("", ELSE, f"{COMPARE} A hint is available.")),
        (
            "q4", Match(0.0, elements=3, hits=1), Grounds(SUPPORTED, 1.0, second=False), LEFT,
            ("1 of your 3 elements belongs in the answer.", ELSE, COMPARE),
        ),
        (
            "q4", Match(0.0, elements=1, hits=1), Grounds(SUPPORTED, 0.5, second=False), LEFT,
            (f"{EACH_BELONGS}it is not complete.", "No cited place shows it.", COMPARE),
        ),
        ("q4", Match(0.0, elements=3, hits=0), Grounds([], 0.0, second=False), LEFT, ("", ELSE, COMPARE)),
    ],
)  # fmt: skip
def test_what_is_said_follows_from_what_was_found(
    name: str, match: Match, grounds: Grounds, after: Standing, spoken: tuple[str, str, str]
) -> None:
    assert feedback.speak(question(name), 145, match, grounds, after, 0) == Spoken(*spoken)
