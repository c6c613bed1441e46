"""The plan of the house, kept by tests: sizes, floors, names, what may stand where."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from training.cli import TABLE, Table, commands
from training.settings import ROOT

PYTHON = sorted(path for path in (ROOT / "training").rglob("*.py") if "migrations" not in path.parts)
CODE = [path for path in PYTHON if "tests" not in path.parts]

# Each expression that a template puts into a page as HTML, in its order. `training.content.markdown` has cleaned all of
# them: a name or a message that somebody typed has no place here.
CLEANED = {
    "authoring/note.html": "where.asks html",
    "authoring/notes.html": "where.asks",
    "authoring/parts.html": "one.question.stem text text one.lab.sentence one.local.asks one.html",
    "authoring/trial.html": "sentence one.stem text text text",
    "courses/module.html": "text(piece.html)",
    "courses/parts.html": "part.sentence note.text place.asks sentence question.stem text text text",
    "hosting_preparation/handout.html": "lab.brief",
    "hosting_preparation/parts.html": "one.html",
    "labs/brief.html": "one.title one.html one.html",
    "learning/refresher.html": "question.stem",
    "learning/ten.html": "last.question.stem",
    "machines/live.html": "lab.brief",
    "offline/print.html": "body",
    "organisations/law-sheet.html": "where.asks",
    "organisations/mine.html": "where.asks",
}


def views(file: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and any("bp." in ast.unparse(each) for each in node.decorator_list):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_views_stay_short() -> None:
    files = [path for path in CODE if path.name == "views.py" or path.parent.name == "views"]
    sizes = sorted(size for file in files for size in views(file))
    assert len(sizes) > 25
    assert sizes[len(sizes) // 2] <= 8
    assert sizes[len(sizes) * 9 // 10] <= 20


def test_no_function_is_longer_than_a_page_and_no_file_longer_than_a_chapter() -> None:
    long = []
    for file in CODE:
        text = file.read_text("utf-8")
        if text.count("\n") > 400:
            long.append(f"{file.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > 60:
                    long.append(f"{file.relative_to(ROOT)}:{node.lineno}: {node.name} has {size} lines")
    assert long == []


@pytest.mark.parametrize(
    "room",
    [
        "training",
        "training.grading",
        "training.forge",
        "training.analysis.volatility",
        "training.learning.competence",
        "training.assessment.scoring",
        "training.hosting.roster.reading",
        "training.machines.guest",
        "training.machines.medium",
    ],
)
def test_a_pure_room_loads_neither_web_nor_database(room: str) -> None:
    look = f"import {room}, pkgutil, importlib, sys\n"
    if room != "training":
        look += (
            f"for one in pkgutil.walk_packages({room}.__path__, '{room}.'):\n"
            "    if '.tests' not in one.name and not one.name.endswith('__main__'):\n"
            "        importlib.import_module(one.name)\n"
        )
    look += "print(sorted({'flask', 'sqlalchemy', 'flask_login', 'werkzeug'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_command_table_loads_no_room() -> None:
    look = "import training.cli, sys; print(sorted({'flask', 'sqlalchemy', 'volatility3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_rooms_and_files_carry_standard_names() -> None:
    forbidden = re.compile(r"utils?|helpers?|common|misc|managers?|handlers?", re.IGNORECASE)
    named = [path for path in CODE if forbidden.fullmatch(path.stem) or forbidden.fullmatch(path.parent.name)]
    classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Handler", "Helper"))
    ]
    assert named == []
    assert classes == []


def test_a_room_loads_no_other_when_it_is_imported() -> None:
    heavy = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.name == "__init__.py" and path.parent.name != "store" and len(path.relative_to(ROOT).parts) == 3
        for node in ast.parse(path.read_text("utf-8")).body
        if not isinstance(node, ast.Expr)
    ]
    assert heavy == []


def test_text_is_marked_safe_in_one_module_only() -> None:
    marked = [str(path.relative_to(ROOT)) for path in CODE if re.search(r"\bMarkup\(", path.read_text("utf-8"))]
    unescaped = re.compile(r"\|\s*safe\b|filter safe\b|[\"']safe[\"']|\bautoescape\b")
    templates = [path for path in (ROOT / "training").rglob("*.html") if unescaped.search(path.read_text("utf-8"))]
    assert marked == ["training/web/render.py"]
    assert templates == []


def test_templates_take_as_html_only_what_was_cleaned() -> None:
    # also where no expression stands before it: {% filter cleaned %}, map("cleaned")
    marked = {
        "/".join(path.parts[-2:]): " ".join(expressions)
        for path in (ROOT / "training").rglob("*.html")
        if (expressions := re.findall(r"(?:(\S*)\s*\|\s*)?\bcleaned\b", path.read_text("utf-8")))
    }
    assert marked == CLEANED


def test_no_shell_is_ever_used() -> None:
    risky = re.compile(r"shell\s*=\s*True|os\.system\(|os\.popen\(")
    assert [str(path) for path in CODE if risky.search(path.read_text("utf-8"))] == []


def test_no_template_carries_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|\son\w+=|<script(?![^>]*nonce)|javascript:", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "training").rglob("*.html")
        for match in inline.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def every_command(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path}{name} ")


def test_every_command_explains_itself() -> None:
    assert isinstance(commands, Table)
    silent = []
    for name, command in every_command(commands):
        if not (command.help or "").strip().split("\n")[0].endswith((".", ":")):
            silent.append(name)
        silent += [
            f"{name} {option.name}" for option in command.params if isinstance(option, click.Option) and not option.help
        ]
    assert silent == []
    assert set(TABLE) == {
        "serve",
        "tour",
        "check",
        "verify",
        "backup",
        "restore",
        "bench",
        "prove",
        "warm",
        "forge",
        "exhibit",
        "user",
        "course",
        "session",
        "certificate",
        "machines",
        "assessment",
    }


def test_an_unknown_command_says_so_and_exits_with_an_error() -> None:
    done = subprocess.run([sys.executable, "app.py", "nothing"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "No such command 'nothing'" in done.stderr
