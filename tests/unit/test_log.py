"""What the log says of a fault."""

import importlib.util
import io
import os
from contextlib import suppress
from pathlib import Path

import structlog

from training import cli
from training.log import Lines


def test_a_fault_in_the_log_shows_its_trace_and_no_value_of_a_variable() -> None:
    assert importlib.util.find_spec("rich"), "with rich installed structlog would print variables: install it"
    out, typed = io.StringIO(), "hunter-two"
    before = structlog.get_config()
    try:
        cli._log_to(out)
        try:
            _opens(typed)
        except ValueError:
            structlog.get_logger().exception("a process failed", number=3)
    finally:
        structlog.configure(**before)
    said = out.getvalue()
    assert "a process failed" in said
    assert "number=3" in said
    assert "ValueError: no such key" in said
    assert "in _opens" in said
    assert typed not in said


def _opens(password: str) -> None:
    length = len(password)
    raise ValueError("no such key" if length else "nothing")


def test_a_log_that_can_not_be_written_stops_nobody_and_says_later_what_was_lost(tmp_path: Path) -> None:
    full, kept = Path("/dev/full").open("w", buffering=1), (tmp_path / "log").open("w")  # noqa: SIM115 - as logs are
    before = structlog.get_config()
    try:
        cli._log_to(full)
        structlog.get_logger().error("there is no room for this")
    finally:
        structlog.configure(**before)
    lines = Lines(full)
    for _ in range(3):
        print("nor for this", file=lines, flush=True)
    lines._out = kept
    print("but for this", file=lines, flush=True)
    kept.close()
    lost, said = (tmp_path / "log").read_text("utf-8").splitlines()
    assert lost.endswith("lines of the log were lost, since they could not be written")
    assert int(lost.split()[0]) >= 3
    assert said == "but for this"
    with suppress(OSError):
        full.close()


def test_a_log_whose_reader_has_gone_stops_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    out = os.fdopen(writer, "w", buffering=1)
    print("to nobody", file=Lines(out), flush=True)
    with suppress(OSError):
        out.close()
