"""Every limit of the program with its value, in limits.txt beside this file.

Tests of a room say that its limit holds, mostly by its name: they would go on passing if it were a thousand times as
high. So each value stands here once more, and nobody raises or drops one without saying so.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from training.settings import ROOT

TABLE = Path(__file__).with_name("limits.txt")
LIMIT = re.compile(
    r"MOST|LARGEST|LONGEST|SHORTEST|DEEPEST|FURTHEST|STEEPEST|WIDEST|SMALL|LEAST|FEW|ENOUGH|FULL|FREE|WINDOW|LIMIT|AGAIN"
    r"|PERIOD|DRIFT|CONFIRMATIONS|PATIENCE|DAYS|HOURS|MONTHS|LATE|SECONDS|TOUCH|LIFE|REASON|TITLE|NOTE|NAME|TEXT|QUESTION"
    r"|MESSAGE|SIZE|BYTES|FILES|ROWS|CELLS|KEPT|TRIES|FAULTS|VERSIONS|PAGES|LENGTH|MARGIN|PRESENT|PASSED|POSTPONED|SUPPORT"
)
RATE = re.compile(r"\w+_limited|limited|\w+_limit")
WORKSHOP = ("forge", "migrations", "bench", "tests", "tour", "paper", "sandbox")
"""What makes exhibits, measures, or draws: sizes there are no limits for anybody."""


def numbers(node: ast.expr) -> bool:
    """Whether a value is made of numbers alone, such as 2 * 2**20 or timedelta(hours=1)."""
    constants = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return bool(constants) and all(isinstance(each, int | float) for each in constants)


def limits_of(file: Path) -> Iterator[str]:
    """The limits that a module sets, with their values; and its limits of requests in a time."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            rates = [ast.unparse(each) for each in node.decorator_list if RATE.fullmatch(ast.unparse(each))]
            yield from (f"{node.name} is {rate}" for rate in rates)
        if not isinstance(node, ast.Assign):
            continue
        target = ast.unparse(node.targets[0])
        is_limit = target.isupper() and LIMIT.search(target) and numbers(node.value)
        if is_limit or (RATE.fullmatch(target) and isinstance(node.value, ast.Call)):
            yield f"{target} = {ast.unparse(node.value)}"


def in_program() -> list[str]:
    """A line for each limit, in the order of modules."""
    found = []
    for file in sorted((ROOT / "training").rglob("*.py")):
        path = file.relative_to(ROOT / "training").with_suffix("")
        if not set(path.parts) & set(WORKSHOP) and not path.name.endswith(("_figure", "bench")):
            found += [f"{'.'.join(path.parts)}: {limit}" for limit in limits_of(file)]
    return found


def test_every_limit_is_what_the_table_says() -> None:
    listed, there = TABLE.read_text("utf-8").splitlines(), in_program()
    assert len(listed) > 200
    gone, unlisted = [line for line in listed if line not in there], [line for line in there if line not in listed]
    assert not gone, f"changed or dropped; if that is meant, say so in {TABLE.name}: {gone}"
    assert not unlisted, f"add to {TABLE.name}: {unlisted}"
