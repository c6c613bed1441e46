"""Which module records which act: an event that leaves the audit log, or joins it, is told to acts.txt beside this.

What an act records, and when, the tests of its room say. This one makes sure that none is forgotten.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.settings import ROOT

TABLE = Path(__file__).with_name("acts.txt")
ACT = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+([-_][a-z]+)*")
RECORDERS = {
    *("record", "_record", "note", "_note", "_report", "_noted", "_offer", "_record_role", "was_done"),
}
"""Functions that hand an act on to the audit log."""


def acts_of(node: ast.expr) -> list[str]:
    """The acts that an argument may stand for."""
    if isinstance(node, ast.IfExp):
        return acts_of(node.body) + acts_of(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACT.fullmatch(node.value):
        return [node.value]
    return []


def recorded(file: Path) -> Iterator[str]:
    """The acts that a module hands on, and its own calls of the log."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called == "audit.record":
            yield called
        if called.rpartition(".")[2] in RECORDERS:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from acts_of(argument)


def in_program() -> list[str]:
    """A line for each act and module, with the number of places; in alphabetical order."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in (ROOT / "training").rglob("*.py"):
        module = ".".join(file.relative_to(ROOT / "training").with_suffix("").parts)
        if not module.startswith(("forge.", "store.migrations.")):
            counts.update((act, module) for act in recorded(file))
    return [f"{act} {module} {count}" for (act, module), count in sorted(counts.items())]


def test_every_act_is_recorded_where_the_table_says() -> None:
    listed, there = TABLE.read_text("utf-8").splitlines(), in_program()
    assert len(listed) > 150
    forgotten, unlisted = sorted(set(listed) - set(there)), sorted(set(there) - set(listed))
    assert not forgotten, (
        f"not recorded any more; a line goes out of {TABLE.name} only when its act is gone: {forgotten}"
    )
    assert not unlisted, f"add to {TABLE.name}, and test what it records: {unlisted}"
