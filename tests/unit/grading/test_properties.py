"""What holds for every verdict: order, monotony, purity, and an end within the time."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.examples import try_examples
from tests.unit.grading.miniature import PROOF, RIGHT, ROWS, TRUTH, cite, question, questions, sealed, submit
from training.grading.citations import MOST_CITATIONS, Citation, Cited, CitedLine
from training.grading.credit import Hinted, History, Tried
from training.grading.judge import Confidence, Finding, State, judge, shares
from training.grading.keys.syntax import Query
from training.grading.proving import seal
from training.grading.question import Question, Questions

NAMES = sorted(RIGHT)
EVERY: list[Citation] = [
    *(Cited(query.plugin, "complete", row) for query, rows in ROWS.items() for row in rows),
    CitedLine("record", 1, "12:00:00 the case was opened"),
    CitedLine("record", 4, "12:20:00 memory captured"),
]
USELESS: list[Citation] = [
    Cited("linux.lsof", "complete", {"PID": 1}),
    Cited("linux.psaux", "complete", {}),
    Cited("linux.bash", "complete", {"PID": None, "Command": 7}),
    CitedLine("record", 9, "nothing of interest"),
    CitedLine("flows", 2, "", {"PID": "x"}),
]
names = st.sampled_from(NAMES)
cited = st.lists(st.sampled_from(EVERY), max_size=12)
TEXTS = {
    **{name: [text] for name, text in RIGHT.items()},
    "q1": ["145", "17", "9"],
    "q3": ["1>120>145", "1>145", "120>1", "9"],
    "q4": ["99, 120", "99", "99, 130", "1"],
    "q10": ["fetch>start>archive>capture", "start>fetch", "capture>archive", "sent"],
}


@given(names, st.data())
@try_examples(60)
def test_any_order_of_citations_judges_the_same(name: str, data: st.DataObject) -> None:
    partial = Cited("linux.psaux", "partial", {"PID": 145})
    mixed = [*PROOF[name], *data.draw(cited), partial]
    text = data.draw(st.sampled_from(TEXTS[name]))
    order = data.draw(st.permutations(range(len(mixed))))
    one, other = submit(name, text, [mixed[at] for at in order]), submit(name, text, mixed)
    assert one.model_copy(update={"places": ()}) == other.model_copy(update={"places": ()})
    assert one.places == (tuple(other.places[at] for at in order) if other.places else ())


@given(names, cited.filter(bool), st.lists(st.sampled_from(USELESS), min_size=1, max_size=5), st.data())
@try_examples(80)
def test_useless_citations_never_raise_the_credit(
    name: str, some: list[Citation], useless: list[Citation], data: st.DataObject
) -> None:
    """Beside at least one: the first citation of a right value earns half its support, whatever it shows."""
    text = data.draw(st.sampled_from(TEXTS[name]))
    assert submit(name, text, [*some, *useless]).credit <= submit(name, text, some).credit


@given(names, cited, st.sampled_from(EVERY), st.data())
@try_examples(80)
def test_one_more_citation_never_lowers_the_credit(
    name: str, some: list[Citation], more: Citation, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(TEXTS[name]))
    less, after = submit(name, text, some), submit(name, text, [*some, more])
    assert after.credit >= less.credit
    assert after.support >= less.support
    assert (after.corroboration or 0) >= (less.corroboration or 0)
    assert after.correctness == less.correctness


unit = st.floats(0, 1)


@given(unit, unit, unit, unit, st.sampled_from([None, False, True]))
def test_credit_grows_with_each_of_its_parts(
    right: float,
    righter: float,
    shown: float,
    better: float,
    second: bool | None,  # noqa: FBT001 - three answers, not a switch
) -> None:
    right, righter, shown, better = *sorted([right, righter]), *sorted([shown, better])
    assert right * shares(shown, second) <= righter * shares(better, second)
    assert shares(shown, second=False) <= shares(shown, second=True)
    assert 0 <= shares(shown, second) <= 1


@given(st.sets(st.sampled_from([99, 120]), min_size=1), st.sets(st.sampled_from([1, 17, 101, 130, 145]), max_size=4))
@try_examples(60)
def test_more_right_elements_never_lower_and_wrong_ones_never_raise(right: set[int], wrong: set[int]) -> None:
    def credit(pids: set[int]) -> float:
        return submit("q4", ", ".join(map(str, pids)), [*PROOF["q4"], *EVERY[:20]]).credit

    for pid in (99, 120):
        assert credit({*right, pid, *wrong}) >= credit({*right, *wrong})
    for pid in (1, 17, 101):
        assert credit({*right, *wrong, pid}) <= credit({*right, *wrong})


def _offered(method: str, size: int, right: int) -> tuple[Question, Any]:
    """A closed list of options, the first of which are right."""
    options = {f"o{number}": f"Option {number}" for number in range(size)}
    answer = ", ".join(list(options)[:right])
    source = {
        "id": "q1",
        "type": "choices",
        "text": "Which?",
        "points": [10],
        "options": options,
        "method": method,
        "key": {"constant": answer},
    }
    made = TypeAdapter(Questions).validate_python([source])
    return made[0], seal(made, {}, {}).keys["q1"]


@pytest.mark.parametrize(
    ("method", "size", "right", "most"),
    [("net", 20, 4, 0.0), ("all", 20, 4, 0.0), ("coverage", 20, 4, 0.0), ("each", 8, 4, 0.5), ("net", 4, 2, 0.0)],
)
def test_answering_everything_earns_little(method: str, size: int, right: int, most: float) -> None:
    asked, key = _offered(method, size, right)
    everything = judge(asked, Finding(", ".join(asked.options)), key, [])
    assert everything.credit == pytest.approx(most)
    assert judge(asked, Finding(", ".join(list(asked.options)[:right])), key, []).credit == 1


@pytest.mark.parametrize("method", ["net", "all", "coverage", "each"])
def test_nothing_beats_the_right_set(method: str) -> None:
    asked, key = _offered(method, 5, 2)
    chosen = [some for size in range(1, 6) for some in combinations(asked.options, size)]
    whole = [some for some in chosen if judge(asked, Finding(", ".join(some)), key, []).credit >= 1]
    assert whole == [("o0", "o1")]


def test_a_set_of_all_processes_earns_nothing() -> None:
    everyone = ", ".join(str(row["PID"]) for row in ROWS[Query("linux.pslist")])
    assert submit("q4", everyone, EVERY[:MOST_CITATIONS]).credit == 0


@given(names, cited, st.sampled_from([None, *Confidence]), st.data())
@try_examples(60)
def test_judging_is_repeatable_and_changes_nothing(
    name: str, some: list[Citation], confidence: Confidence | None, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(TEXTS[name]))
    history = History((Hinted(0.1), Tried(0.3, 0.5)))
    asked, key, rows = question(name), sealed().keys[name], list(some)
    before = copy.deepcopy((asked.model_dump(), key.model_dump(), rows, history))
    first = judge(asked, Finding(text, confidence), key, rows, history, 0.5)
    assert judge(asked, Finding(text), key, rows, history, 0.5) == first
    assert (asked.model_dump(), key.model_dump(), rows, history) == before


def test_a_fresh_copy_of_everything_judges_the_same() -> None:
    again = TypeAdapter(Questions).validate_python([one.model_dump(mode="json") for one in questions()])
    keys = type(sealed()).model_validate_json(sealed().model_dump_json()).keys
    for one in again:
        verdict = judge(one, Finding(RIGHT[one.id]), keys[one.id], PROOF[one.id])
        assert verdict == submit(one.id, RIGHT[one.id])


def test_a_plain_half_is_the_same_whatever_is_cited_beside_it() -> None:
    other: list[Citation] = [Cited("linux.lsof", "complete", {"PID": 1})]
    assert submit("q5", RIGHT["q5"], other).credit == 0.5
    assert submit("q5", RIGHT["q5"], other * 30).credit == 0.5
    assert submit("q5", RIGHT["q5"], [replace(cite("linux.bash", Command="ls"), state="failed")]).credit == 0


LONG = [
    "9" * 2_000,
    "1>" * 900 + "1",
    "1, " * 600,
    "/" + "a/" * 999,
    "2026-03-10 " + "0" * 1_900,
    "ﷺ" * 2_000,
    "\u0300" * 2_000,
    "[" * 2_000,
    "fetch>" * 300,
    "x" * 100_000,
    "= " * 1_000,
    "🕵" * 2_000,
]
BIG = "A" * 200_000


def _spent(name: str, text: str, rows: list[Citation]) -> float:
    """Seconds of this process for one verdict, the least of three."""
    least = 9.0
    for _ in range(3):
        begun = time.process_time()
        verdict = submit(name, text, rows)
        least = min(least, time.process_time() - begun)
        assert verdict.state in {State.JUDGED, State.UNREADABLE}
    return least


@pytest.mark.parametrize("name", NAMES)
def test_huge_inputs_are_judged_within_50_milliseconds(name: str) -> None:
    rows: list[Citation] = []
    rows += [
        Cited(one.plugin, "complete", {**one.row, "Command": BIG, "Bytes": BIG, "Exe_Path": BIG, "FilePath": BIG})
        for one in (PROOF[name] * MOST_CITATIONS)[:MOST_CITATIONS]
        if isinstance(one, Cited)
    ]
    rows += [CitedLine("record", number, BIG, {"text": BIG, "PID": BIG}) for number in range(MOST_CITATIONS)]
    slow = {text[:20]: spent for text in [*LONG, RIGHT[name]] if (spent := _spent(name, text, rows)) > 0.05}
    assert not slow


def test_a_set_with_large_facts_and_look_alikes_is_judged_within_50_milliseconds() -> None:
    many = [{"PID": pid, "COMM": "x"} for pid in range(1, 2_001)]
    asked = TypeAdapter(Questions).validate_python(
        [
            {
                "id": "q1",
                "type": "set",
                "element": "pid",
                "text": "Which?",
                "points": [10],
                "proof": [
                    {"plugin": "p", "shows": ["PID"], "where": f"PID in all and PID > {low}"} for low in range(5)
                ],
                "corroboration": [{"plugin": "q", "shows": ["PID"], "where": "PID in all"}],
                "facts": {"all": 'rows("p").PID'},
                "key": {"truth": "truth.key", "rows": 'rows("p")[PID <= 200].PID'},
                "lookalikes": [
                    {
                        "code": f"M-L{number}",
                        "plugin": "p",
                        "where": "PID in all and PID > 100",
                        "values": 'rows("p")[PID > 200 and PID <= 1200].PID',
                        "say": "No.",
                        "cost": 0.1,
                    }
                    for number in range(5)
                ],
            }
        ]
    )
    rows = {Query("p"): many, Query("q"): many}
    key = seal(asked, {**TRUTH, "key": list(range(1, 201))}, rows).keys["q1"]
    given_: list[Citation] = [Cited("p", "complete", {"PID": pid, "Bytes": BIG}) for pid in range(180, 220)]
    least = 9.0
    for _ in range(3):
        begun = time.process_time()
        verdict = judge(asked[0], Finding(", ".join(str(pid) for pid in range(101, 301))), key, given_)
        least = min(least, time.process_time() - begun)
    assert verdict.lookalikes == tuple(f"M-L{number}" for number in range(5))
    assert verdict.cost == 0.5
    assert least < 0.05
