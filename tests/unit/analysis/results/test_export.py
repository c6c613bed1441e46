"""Results as files for other programs, with cells that try to be more than text."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.analysis.render import ABSENCES, visible
from training.analysis.results import Filter, Query, as_csv, as_jsonl
from training.analysis.results.export import MARK, harmless

COLUMNS = {"n": "int", "depth": "str", "absent": "hex", "=Name": "str"}
HOSTILE = (
    "=1+1",
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u3000=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\u2212" + "1",
)
rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**64 - 1),
        st.sampled_from(HOSTILE) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
        st.integers(0, 2**64 - 1),
        st.sampled_from(["a,b", 'say "x"', "<script>", "\u202e", "\x1b[2J", "x" * 5000, "日本語"]),
    ),
    max_size=15,
)  # fmt: skip


def read(text: str) -> list[list[str]]:
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK), newline=""), strict=True))


@try_examples(60)
@given(rows=rows)
def test_csv_gives_back_what_the_page_shows(make: Any, rows: list[tuple[Any, ...]]) -> None:
    result = make(COLUMNS, rows)
    header, *lines = read("".join(as_csv(result)))
    assert header == ["n", "depth", "n", "depth", "absent", "'=Name"]
    assert len(lines) == len(rows)
    for n, (line, (number, text, address, name)) in enumerate(zip(lines, rows, strict=True)):
        assert line[:3] == [str(n), "0", str(number)]
        assert line[3].removeprefix("'") == visible(text).removeprefix("'") or line[3] == visible(text)
        assert line[4] == hex(address)
        assert line[5] == visible(name)
        assert not any(is_formula(cell) for i, cell in enumerate(line) if i != 2)


def is_formula(cell: str) -> bool:
    return cell.strip(" \u3000")[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"}


@pytest.mark.parametrize("text", HOSTILE)
def test_formulas_begin_with_an_apostrophe(text: str) -> None:
    assert not is_formula(harmless(visible(text)))
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "init", "a=1", "x-y", "192.0.2.17", "\u202e=1"])
def test_other_texts_stay(text: str) -> None:
    assert harmless(text) == text


def test_lines_end_as_the_standard_says(make: Any) -> None:
    text = "".join(as_csv(make({"A": "str"}, [("x",), ("y",)])))
    assert text == MARK + "n,depth,A\r\n0,0,x\r\n1,0,y\r\n"


@try_examples(60)
@given(rows=rows)
def test_json_lines_give_back_the_exact_values(make: Any, rows: list[tuple[Any, ...]]) -> None:
    text = "".join(as_jsonl(make(COLUMNS, rows)))
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [(one["n."], one["depth."], one["absent."], one["=Name"]) for one in lines] == rows
    assert [(one["n"], one["depth"], one["absent"]) for one in lines] == [(n, 0, {}) for n in range(len(rows))]


def test_kinds_of_absence_are_kept_apart(make: Any) -> None:
    result = make(
        {"A": "hex", "B": "str"}, [(n, n, None, (None, "N/A"), {0: kind, 1: kind}) for n, kind in enumerate(ABSENCES)]
    )
    assert [line[2:] for line in read("".join(as_csv(result)))[1:]] == [[kind, kind] for kind in ABSENCES]
    lines = [json.loads(line) for line in as_jsonl(result)]
    assert [(one["depth"], one["A"], one["B"], one["absent"]) for one in lines] == [
        (n, None, "N/A", {"A": kind, "B": kind}) for n, kind in enumerate(ABSENCES)
    ]


def test_an_export_follows_its_query(make: Any) -> None:
    result = make({"PID": "int"}, [(n % 7,) for n in range(1000)], long=True)
    query = Query((Filter("2", "PID", operator=">"),), sort="PID", descending=True)
    assert [json.loads(line)["PID"] for line in as_jsonl(result, query)] == sorted(
        (n % 7 for n in range(1000) if n % 7 > 2), reverse=True
    )
    assert len(read("".join(as_csv(result, query)))) == 1 + result.count(query)
