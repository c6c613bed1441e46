"""Every reason that a run can have is explained: the sources are read for the sentences that they write."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.analysis import reasons
from training.analysis.reasons import Code
from training.labs.service import runs
from training.sentence import Sentence

FOLDER = Path(reasons.__file__).parent
READ = (
    *("work.py", "engine.py", "writer.py", "cluster.py", "processes.py", "scribe.py", "shelf.py"),
    *(f"volatility/{name}.py" for name in ("failure", "run", "timeline", "rules", "rows", "construct", "spaces")),
    *(f"volatility/{name}.py" for name in ("region", "walk", "options", "warm", "kernel", "request")),
)
RAISED = {"Enough", "BadRules", "BadRequest", "Unusable", "Unfit", "Nowhere", "EndedEarly", "NotThere", "Lost", "_end"}
STATES = {"partial", "failed", "killed"}
KEPT = {"short", "ending", "reason", "why"}
NUMBER = "12"
"""What stands in for a value: it is a number, a name and a path alike."""


def said(node: ast.expr | None) -> Iterator[str]:
    """The texts that an expression can be, with a number in each place."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else NUMBER for one in node.values)
    elif isinstance(node, ast.Subscript):
        yield from said(node.value)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from said(one)
    elif isinstance(node, ast.IfExp):
        yield from said(node.body)
        yield from said(node.orelse)


def written(node: ast.AST, *, returns: bool) -> Iterator[ast.expr | None]:
    """The expressions in a node that become the reason of a run."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in RAISED:
            yield from args[:1]
        case ast.Call(func=ast.Name(id="Outcome"), keywords=words):
            yield from (word.value for word in words if word.arg == "reason")
        case ast.Tuple(elts=[state, reason]) if STATES & set(said(state)):
            yield reason
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]) if name in KEPT:
            yield node.value
        case ast.Return() if returns:
            yield node.value


def reasons_in(file: Path) -> Iterator[str]:
    """The sentences that a source writes as the reason of a run."""
    returns = file.name in {"failure.py", "work.py", "writer.py", "cluster.py", "shelf.py"}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        for one in written(node, returns=returns):
            yield from said(one)


COMPOSED = {
    "12 needs 12": "linux.vmaregexscan needs --pattern and --pid",
    "12 within 12 seconds": "the symbols could not be loaded within 120 seconds",
    "the plugin stopped after 12 rows: 12": "the plugin stopped after 12 rows: the plugin broke off with KeyError",
}
"""What is put together of other sentences, as it then stands."""
NONE = {"12, GUID 12, age 12", "its entry is 12"}
"""Texts that are no reason of a run: a name of symbols, a note in a row."""


def sentences() -> list[tuple[str, str]]:
    found = {(file, one) for file in READ for one in reasons_in(FOLDER / file) if len(one.split()) > 2}
    return sorted((file, COMPOSED.get(one, one)) for file, one in found if one not in NONE)


def test_the_sources_are_read() -> None:
    texts = [one for _, one in sentences()]
    assert len(texts) > 50
    for part in ("MiB of memory and was ended", "a scan broke off", "the server could not run it", "needs"):
        assert any(part in one for one in texts), part


@pytest.mark.parametrize(("file", "text"), sentences(), ids=lambda one: one[:60])
def test_every_reason_that_the_sources_write_has_a_code(file: str, text: str) -> None:
    del file
    assert reasons.of(text).code is not Code.OTHER


def test_every_code_has_words_and_is_reached() -> None:
    assert set(reasons.REASONS) == set(Code)
    for reason in reasons.REASONS.values():
        for text in (reason.means, reason.todo):
            assert isinstance(text, Sentence), "said in the language of the reader"
            assert text[0].isupper()
            assert text.endswith(".")
    assert len({reason.means for reason in reasons.REASONS.values()}) == len(Code)
    reached = {reasons.of(text).code for _, text in sentences()} | {reasons.of(runs.ENDED).code}
    reached |= {reasons.of(one).code for one in EXHIBITS}
    assert reached == set(Code) - {Code.OTHER}


EXHIBITS = (
    "case-17, image.lime: expected SHA-256 ab, found cd",
    f"no exhibit {'a' * 64} is registered here",
    "the image of case-17 is not here, and no pack holds it",
    "symbols: holds 2 symbol files, expected one",
)
"""What the room of evidence says of an exhibit that can't be opened: a run fails with it."""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the run took longer than 180 seconds and was ended", Code.TIME),
        ("the run used more than 180 seconds of processor time and was ended", Code.TIME),
        ("the run took more than 1024 MiB of memory and was ended", Code.MEMORY),
        ("the run was ended by SIGKILL; the server may be short of memory", Code.SIGNAL),
        (runs.ENDED, Code.PERSON),
        ("more than 200000 rows: only the first 200000 were kept", Code.ROWS),
        ("more than 512 MiB of text: only the first 9 rows were kept", Code.TEXT),
        ("a scan broke off, rows may be missing: InvalidAddressException", Code.SCAN),
        ("the plugin stopped after 12 rows: a page that the plugin needs is not in the image: address 0x7f", Code.PAGE),
        ("the plugin stopped after 12 rows: the plugin broke off with TypeError: no", Code.PLUGIN),
        ("the plugin said: the symbol file lacks something", Code.PLUGIN),
        ("the exhibit has no symbol file (none in symbols/)", Code.SYMBOLS),
        *((one, Code.EXHIBIT) for one in EXHIBITS),
        ("something that no version ever said", Code.OTHER),
        (None, Code.OTHER),
    ],
)
def test_a_reason_is_told_by_how_it_begins(text: str | None, code: Code) -> None:
    assert reasons.of(text).code is code
