"""What the log says of a fault."""

import importlib.util
import io

import structlog

from training import cli


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
