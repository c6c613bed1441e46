import io
import json
from typing import Any

import pytest

from training.analysis import rows

HEADER = {"columns": [{"name": "PID", "type": "int"}, {"name": "COMM", "type": "str"}], "volatility": "2.28.2",
          "version": "1.0.0", "island": 1}  # fmt: skip


def row(**changed: Any) -> dict[str, Any]:
    return {"n": 0, "depth": 0, "parent": None, "cells": [1, "init"], "absent": {}} | changed


def read(*lines: object, limit: int = rows.LINE_BYTES) -> list[rows.Line | rows.Fault]:
    text = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return list(rows.read(io.BytesIO(text), limit))


def test_lines_become_what_they_are() -> None:
    header, one, end = read(HEADER, row(), {"end": "complete", "reason": None, "rows": 1, "seconds": 0.1})
    assert isinstance(header, rows.Header)
    assert header.columns[1].name == "COMM"
    assert isinstance(one, rows.Row)
    assert one.cells == (1, "init")
    assert isinstance(end, rows.End)
    assert end.end == "complete"


def test_values_keep_their_type() -> None:
    wide = HEADER | {"columns": [{"name": str(i), "type": "str"} for i in range(6)]}
    _, one = read(wide, row(cells=[True, 1, 1.5, "1", None, 2**64 - 1], absent={"4": "unreadable"}))
    assert isinstance(one, rows.Row)
    assert [type(value) for value in one.cells] == [bool, int, float, str, type(None), int]
    assert one.absent == {4: "unreadable"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"not json\n", "Invalid JSON"),
        (b"\n", "Invalid JSON"),
        (b"\xff\xfe\n", "Invalid JSON"),
        (row(cells=[1]), "1 cells for 2 columns"),
        (row(cells=[1, ["list"]]), "valid"),
        (row(cells=[2**64, "x"]), "more than 64 bits"),
        (row(cells=[-(2**63) - 1, "x"]), "more than 64 bits"),
        (row(absent={"7": "unreadable"}), "cells for"),
        (row(absent={"2": "unreadable"}), "cells for"),
        (row(absent={"0": "whatever"}), "unreadable"),
        (row(n=-1), "greater than or equal to 0"),
        (row(extra=1), "Extra inputs"),
        (b'{"n":0,"depth":0,"parent":null,"cells":[NaN,"x"],"absent":{}}\n', "finite"),
        (b'{"n":0,"depth":0,"parent":null,"cells":[1,"\\ud800"],"absent":{}}\n', "hex escape"),
        (b"[" * 100_000 + b"\n", "recursion"),
    ],
)
def test_a_bad_line_is_a_fault_and_the_next_is_read(line: object, problem: str) -> None:
    _, fault, good = read(HEADER, line, row())
    assert isinstance(fault, rows.Fault)
    assert problem in fault.problem
    assert fault.line == 2
    assert "line 2" in str(fault)
    assert isinstance(good, rows.Row)


def test_a_row_before_the_header_is_a_fault() -> None:
    (fault,) = read(row())
    assert isinstance(fault, rows.Fault)


def test_an_endless_line_is_not_held() -> None:
    _, fault, good = read(HEADER, b"x" * 5000 + b"\n", row(), limit=300)
    assert isinstance(fault, rows.Fault)
    assert "more than 300 bytes" in fault.problem
    assert isinstance(good, rows.Row)
    _, fault = read(HEADER, b"x" * 5000, limit=300)
    assert isinstance(fault, rows.Fault)
