"""Whatever a person is told by an error is a sentence that their language may have."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract

from training.settings import ROOT

ROOMS = (
    *("assessment", "authoring", "credentials", "hosting", "reading", "search"),
    *("accounts", "content", "courses", "evidence", "grading", "labs", "learning", "marking", "web"),
    *("analysis/command", "analysis/results", "analysis/views", "machines/service", "machines/views"),
)
TELLING = frozenset({"Conflict", "Damaged", "NotThere", "Refused", "TooMany", "Unreadable", "no", "refuse"})
"""What makes an error with a message, raised at once or handed on."""

PROGRAM = frozenset(
    {
        *("BadFormula", "_Clever"),
        *("BadPattern", "ContentError", "Cycle", "KeyError", "KeyProblem", "Misfit", "StaleSeal", "TypeError"),
        *("UsageError", "ValueError", "problem"),
    }
)
"""Errors that say something to an author, to whoever runs a command, or to the program itself."""

COMMANDS = frozenset(
    {
        *("authoring/cli.py", "hosting/cli.py"),
        *("accounts/cli.py", "courses/cli.py", "labs/cli.py", "labs/prove.py", "labs/prove_live.py", "labs/warm.py"),
        *(
            "courses/moving/cli.py",
            "courses/manuscript/output.py",
            "courses/manuscript/translation.py",
            "analysis/results/bench.py",
            "hosting/cli.py",
            "hosting/carry/cli.py",
            "hosting/dossier/cli.py",
            "hosting/preparation/cli.py",
            "credentials/cli.py",
            "assessment/cli.py",
            "machines/service/preparing.py",
        ),
    }
)
"""Modules of the command line and of authoring, which speak English."""


def untold(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of every error that is made of a text which no catalogue can have."""
    raised = {id(one.exc) for one in ast.walk(tree) if isinstance(one, ast.Raise)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [*node.args, *(one.value for one in node.keywords if one.arg != "field")]
        if name in TELLING or (id(node) in raised and name not in PROGRAM):
            yield from ((node.lineno, name) for one in given if _text(one))


def _text(node: ast.expr) -> bool:
    """Whether this is a text as it stands, or one put together."""
    match node:
        case ast.Constant(value=str(text)):
            return " " in text
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, right=right):
            return _text(left) or _text(right)
        case ast.IfExp(body=body, orelse=other):
            return _text(body) or _text(other)
    return False


def modules() -> list[Path]:
    return [one for room in ROOMS for one in sorted((ROOT / "training" / room).rglob("*.py"))]


def test_errors_that_reach_people_are_sentences() -> None:
    folder = ROOT / "training"
    looked = [one for one in modules() if one.relative_to(folder).as_posix() not in COMMANDS]
    found = [
        f"{one.relative_to(folder)}:{line} {name}"
        for one in looked
        for line, name in untold(ast.parse(one.read_text("utf-8")))
    ]
    assert len(looked) > 100
    assert found == [], "say it with phrase(…) or counted(…), see docs/translating.md"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise Refused("Type it again.")', 1),
        ('raise Refused(f"Type {it} again.", field="a b")', 1),
        ('raise Unamendable(question, "There is " + it)', 1),
        ('raise Conflict("One waits." if one else why)', 1),
        ('raise Refused(phrase("Type %(it)s again.", it=it), field="it")', 0),
        ('raise Refused(joined(ONE, phrase("Again.")))', 0),
        ('raise ValueError("a number is expected")', 0),
        ('return no("Type it again.")', 1),
        ('raise self.refuse(f"{text} is no number.")', 1),
        ("raise Refused(why) from bad", 0),
    ],
)
def test_a_text_that_is_no_sentence_is_seen(source: str, found: int) -> None:
    assert len(list(untold(ast.parse(source)))) == found


def test_the_catalogue_finds_every_pattern() -> None:
    """It is made from the sources: a pattern that is worked out, or stands within another, is not in it."""
    names = {"phrase": None, "counted": (1, 2)}
    written, lost = 0, []
    for file in sorted((ROOT / "training").rglob("*.py")):
        text = file.read_text("utf-8")
        calls = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call)]
        made = [(one, one.func.id) for one in calls if isinstance(one.func, ast.Name) and one.func.id in names]
        if not made or file.name == "sentence.py":
            continue
        found = {each[1] for each in extract("python", io.BytesIO(text.encode()), keywords=names)}
        for one, name in made:
            patterns = one.args[: 2 if name == "counted" else 1]
            literal = tuple(each.value for each in patterns if isinstance(each, ast.Constant))
            written += 1
            if len(literal) < len(patterns) or (literal if len(literal) > 1 else literal[0]) not in found:
                lost.append(f"{file.relative_to(ROOT)}:{one.lineno}")
    assert written > 500
    assert lost == []
