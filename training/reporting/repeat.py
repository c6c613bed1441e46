"""How a reader repeats a report with `vol` as its makers publish it: commands, and a script that compares. Pure.

Our own assemblies are no plugins of `vol`: those that look at memory are repeated with `volshell`, rows of others name
the plugin that knows them. The script holds nothing that is not in the document. What comes from evidence or was typed
stands in it as data alone: words of commands are quoted for the shell, and the expected rows are one line of JSON in a
quoted here-document.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from training.analysis.render import visible
from training.reporting import volshell
from training.reporting.document import Cited, Document, Made
from training.sentence import phrase

GENERAL = ("-q", "--offline", "-r", "json")
RULES = "yara-rules"
"""The one option that `vol` takes as a file."""
END = "END_OF_DATA"
NAMED = phrase("Assembled by Engram: vol has no such plugin. Each of its rows names the plugin to repeat it with.")
LOOKED = phrase(
    "Assembled by Engram: vol has no such plugin. volshell, which comes with it, reads the cited rows with these "
    "lines. A cell without a value here is an error there."
)
SOUGHT = phrase("Where cp finds no such process, the script that repeats the report looks in the table of PIDs, too.")

HEAD = """#!/bin/sh
# {what}
# It needs Volatility 3 {volatility} as it is published, python3, the image and its symbols; nothing of Engram.
#   sh repeat.sh IMAGE SYMBOLS
# IMAGE    the raw image, SHA-256 {sha256}
# SYMBOLS  a folder in which {os}/ holds the symbol file, SHA-256 {symbols}
# Rows are counted from 0 in the order in which they are printed, children directly after their parent.
# It ends with status 0 when every cited row is there as the report says, and with 1 otherwise. Rows that Engram put
# together of other plugins' rows are not compared: it prints the plugin that knows them.
set -eu
IMAGE=${{1:?sh repeat.sh IMAGE SYMBOLS}}
SYMBOLS=${{2:?sh repeat.sh IMAGE SYMBOLS}}
VOL=${{VOL:-vol}}
VOLSHELL=${{VOLSHELL:-volshell}}
PYTHON=${{PYTHON:-python3}}
# Some plugins print what is in a set: this fixes its order.
PYTHONHASHSEED=0
export PYTHONHASHSEED
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
"""
TAIL = """
import hashlib, json, sys
expected = json.load(open(sys.argv[1] + "/expected.json"))
image = hashlib.sha256()
with open(sys.argv[2], "rb") as file:
    while part := file.read(1 << 20):
        image.update(part)
wrong = 0
def say(same, what, why="", aside=""):
    global wrong
    wrong += not same
    print(what + ": " + ("as in the report" + aside if same else "DIFFERS " + why))
say(image.hexdigest() == expected["image"], "Image", "it has SHA-256 " + image.hexdigest())
def walk(rows):
    for row in rows:
        yield row
        yield from walk(row["__children"])
def same(wanted, found):
    if wanted["length"]:
        whole = found.encode("utf-8", "surrogatepass") if isinstance(found, str) else b""
        return hashlib.sha256(whole).hexdigest() == wanted["sha256"]
    return type(found) is type(wanted["value"]) and found == wanted["value"]
told = {}
if any(run["volshell"] for run in expected["runs"]):
    for line in open(sys.argv[1] + "/volshell.txt", encoding="utf-8", errors="replace"):
        if line.startswith(expected["mark"]):
            one = json.loads(line.removeprefix(expected["mark"]))
            told[one["run"]] = one
def result(run):
    if run["volshell"]:
        one = told.get(run["number"], {"why": "volshell told nothing of it"})
        return one.get("rows"), one.get("why")
    return json.load(open(f"{sys.argv[1]}/run-{run['number']}.json")), ""
for run in expected["runs"]:
    tree, why = result(run)
    if tree is None:
        for cited in run["cited"]:
            say(False, f"C{cited['number']}: run {run['number']}, row {cited['row']}", why)
        continue
    rows = list(walk(tree))
    aside = f" ({' and '.join(run['words'])} aside)" if run["words"] else ""
    if run["sha256"]:
        text = json.dumps(tree, sort_keys=True, separators=(",", ":")) + "\\n"
        say(hashlib.sha256(text.encode()).hexdigest() == run["sha256"], f"Run {run['number']}, all {len(rows)} rows")
    for cited in run["cited"]:
        what = f"C{cited['number']}: run {run['number']}, row {cited['row']}"
        if cited["row"] >= len(rows):
            say(False, what, f"there are {len(rows)} rows")
            continue
        row = rows[cited["row"]]
        held = [one for one in cited["cells"] if one["name"] not in run["words"]]
        off = [one["name"] for one in held if not same(one, row.get(one["name"]))]
        say(not off, what, "in " + ", ".join(off), aside)
for one in expected["named"]:
    print(f"{one['what']}: not compared, repeat it with {one['with']}")
sys.exit(1 if wrong else 0)
"""


def words(made: Made, rules: str = "RULES") -> list[str]:
    """The plugin and its options as `vol` takes them; rules as the name of a file."""
    found = [made.cls]
    for name, value in sorted(made.options.items()):
        if name == RULES:
            found += ["--yara-file", rules]
        elif isinstance(value, list | tuple):
            found += [f"--{name}", *map(str, value)]
        else:
            found.append(f"--{name}" if value is True else f"--{name}={value}")
    return found


def command(made: Made) -> str:
    """The command line of a run for a reader; IMAGE and SYMBOLS stand for where these lie."""
    return shlex.join(["vol", *GENERAL, "-s", "SYMBOLS", "-f", "IMAGE", *words(made)])


@dataclass(frozen=True, slots=True)
class Way:
    """How a run is repeated: sentences for the reader, none where the lines say all, and the lines to type."""

    says: tuple[str, ...]
    lines: tuple[str, ...]


def way(document: Document, made: Made, cited: Cited | None = None) -> Way:
    """How a reader repeats a run of a report without Engram: all that is cited of it, or one place alone."""
    if not made.own:
        return Way((), (command(made),))
    if made.plugin not in volshell.NAMES:
        return Way((NAMED,), ())
    sought = document.exhibit.os == "linux" and volshell.look(made).pid is not None
    return Way((LOOKED, SOUGHT) if sought else (LOOKED,), tuple(volshell.typed(document, made, cited)))


def script(document: Document) -> str:
    """A script for the shell that runs every command with `vol` or `volshell` and compares every cited row."""
    volatility = ", ".join(dict.fromkeys(version for version, _ in document.tools)) or "-"
    what = f"Repeats what report {document.number} of attempt {document.attempt} stands on."
    about = document.exhibit
    head = HEAD.format(what=what, volatility=volatility, sha256=about.sha256, os=about.os, symbols=about.symbols)
    plain = [one for one in document.runs if not one.own]
    looked = [one for one in document.runs if one.own and one.plugin in volshell.NAMES]
    lines = [head, *(line for one in plain for line in _run(one)), *_looked(document, looked)]
    others = [one for one in document.runs if one.own and one not in looked]
    lines += [
        f"# Run {one.number}: {_one_line(one.command)} was assembled by Engram of other plugins' rows."
        for one in others
    ]
    data = _expected(document, [*plain, *looked], _named(document, others))
    lines += [f"cat > \"$OUT/expected.json\" <<'{END}'", data, END]
    lines += [f'"$PYTHON" - "$OUT" "$IMAGE" <<\'{END}\'', TAIL.strip(), END]
    return "\n".join(lines) + "\n"


def _run(made: Made) -> Iterator[str]:
    yield f"# Run {made.number}: {_one_line(made.command)}"
    rules = f"rules-{made.number}.yar"
    if RULES in made.options:
        yield f'printf %s {shlex.quote(str(made.options[RULES]))} > "$OUT/{rules}"'
    given = " ".join(f'"$OUT/{rules}"' if one == rules else shlex.quote(one) for one in words(made, rules))
    general = f'"$VOL" {" ".join(GENERAL)} -s "$SYMBOLS" -o "$OUT" -f "$IMAGE"'
    yield f'{general} {given} > "$OUT/run-{made.number}.json"'


def _looked(document: Document, runs: list[Made]) -> Iterator[str]:
    """Our looks at memory: one start of `volshell` makes their rows anew, through Volatility's own layers."""
    if not runs:
        return
    for made in runs:
        yield f"# Run {made.number}: {_one_line(made.command)} was assembled by Engram; volshell reads the same."
    yield f"cat > \"$OUT/volshell.py\" <<'{END}'"
    yield volshell.program(runs).strip()
    yield END
    mode = volshell.system(document, runs)
    general = f'"$VOLSHELL" -q --offline {mode} -s "$SYMBOLS" -f "$IMAGE"'.replace("  ", " ")
    started = f'{general} --script "$OUT/volshell.py" --script-only > "$OUT/volshell.txt" < /dev/null'
    yield f'{started} || echo "volshell ended with an error" >&2'


def _named(document: Document, runs: list[Made]) -> list[dict[str, str]]:
    """Cited rows of assemblies of ours that nothing repeats as a whole: each says which plugin knows its thing."""
    numbers, found = {one.number for one in runs}, list[dict[str, str]]()
    for one in document.citations:
        if one.run in numbers:
            named = next((cell.text for cell in one.cells if cell.name == "Plugin"), "")
            what = f"C{one.number}: run {one.run}, row {one.row}"
            found.append({"what": what, "with": _one_line(named) or "the plugins of its card"})
    return found


def _expected(document: Document, repeated: list[Made], named: list[dict[str, str]]) -> str:
    runs = [
        {
            "number": made.number,
            "volshell": made.own,
            "words": volshell.WORDS.get(made.plugin, ()) if made.own else _masked(document, made),
            "sha256": "" if made.own and volshell.WORDS.get(made.plugin) else made.sha256,
            "cited": [
                {
                    "number": one.number,
                    "row": one.row,
                    "cells": [
                        {"name": cell.name, "value": cell.value, "length": cell.length, "sha256": cell.sha256}
                        for cell in one.cells
                    ],
                }
                for one in document.citations
                if one.run == made.number and not one.fault
            ],
        }
        for made in repeated
    ]
    whole = {"image": document.exhibit.sha256, "mark": volshell.MARK, "runs": runs, "named": named}
    return json.dumps(whole, ensure_ascii=True)


def _masked(document: Document, made: Made) -> tuple[str, ...]:
    """Columns of a run of which a cited cell is masked: the report doesn't say what stands there."""
    cells = (cell for one in document.citations if one.run == made.number for cell in one.cells)
    return tuple(dict.fromkeys(cell.name for cell in cells if cell.masked))


def _one_line(text: str) -> str:
    """A text for a comment: nothing in it ends the line."""
    return visible(text)
