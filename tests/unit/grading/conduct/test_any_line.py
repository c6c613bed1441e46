"""Whatever is typed is read, and in no time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.grading.conduct.sound import entry
from training.grading.conduct import line, typed
from training.grading.conduct.plan import Bounds

LINES = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "kill",
            "find",
            "ls",
            "-R",
            "/",
            "tar",
            "dd",
            "if=",
            "sudo",
            "-u",
            "env",
            "A=b",
            "|",
            ";",
            "$(",
            ")",
            "'",
            '"',
            ">",
            "alias",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(st.lists(LINES, max_size=6))
@try_examples(400)
def test_no_line_breaks_the_reading(lines: list[str]) -> None:
    read = typed.read([entry(n, one, n) for n, one in enumerate(lines, 1)], Bounds(home="/root"))
    assert [one.entry.line for one in read] == lines


@given(st.text(max_size=400) | st.text("$(){}`'\"\\|&;<>#= \n\0ab/", max_size=400))
@try_examples(400)
def test_any_text_is_read(text: str) -> None:
    read = line.read(text, {"a": "b c"})
    assert all(one.words or one.assigned or one.redirects for one in read.commands)


@pytest.mark.parametrize(
    "piece", ["$(", "`", "'", '"', "((", "${", "$((", "<(", "a|", "\\", "$a", "2>", "\u202e\0", "{,", ";;"]
)
def test_a_line_of_a_megabyte_takes_no_time(piece: str) -> None:
    began = time.process_time()
    assert not line.read(piece * (1_000_000 // len(piece))).whole
    assert time.process_time() - began < 2
