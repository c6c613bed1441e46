"""How a reader repeats a report with `vol` as its makers publish it: commands, and a script that compares. Pure.

The script holds nothing that is not in the document. What comes from evidence or was typed stands in it as data alone:
words of commands are quoted for the shell, and the expected rows are one line of JSON in a quoted here-document.
"""

import json
import shlex
from collections.abc import Iterator

from training.analysis.render import visible
from training.reporting.document import Document, Made

GENERAL = ("-q", "--offline", "-r", "json")
RULES = "yara-rules"
"""The one option that `vol` takes as a file."""
END = "END_OF_DATA"

HEAD = """#!/bin/sh
# {what}
# It needs Volatility 3 {volatility} as it is published, python3, the image and its symbols; nothing of Engram.
#   sh repeat.sh IMAGE SYMBOLS
# IMAGE    the raw image, SHA-256 {sha256}
# SYMBOLS  a folder in which {os}/ holds the symbol file, SHA-256 {symbols}
# Rows are counted from 0 in the order in which they are printed, children directly after their parent.
# It ends with status 0 when every cited row is there as the report says, and with 1 otherwise.
set -eu
IMAGE=${{1:?sh repeat.sh IMAGE SYMBOLS}}
SYMBOLS=${{2:?sh repeat.sh IMAGE SYMBOLS}}
VOL=${{VOL:-vol}}
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
def say(same, what, why=""):
    global wrong
    wrong += not same
    print(what + ": " + ("as in the report" if same else "DIFFERS " + why))
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
for run in expected["runs"]:
    tree = json.load(open(f"{sys.argv[1]}/run-{run['number']}.json"))
    rows = list(walk(tree))
    if run["sha256"]:
        text = json.dumps(tree, sort_keys=True, separators=(",", ":")) + "\\n"
        say(hashlib.sha256(text.encode()).hexdigest() == run["sha256"], f"Run {run['number']}, all {len(rows)} rows")
    for cited in run["cited"]:
        what = f"C{cited['number']}: run {run['number']}, row {cited['row']}"
        if cited["row"] >= len(rows):
            say(False, what, f"there are {len(rows)} rows")
            continue
        row = rows[cited["row"]]
        off = [one["name"] for one in cited["cells"] if not same(one, row.get(one["name"]))]
        say(not off, what, "in " + ", ".join(off))
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


def script(document: Document) -> str:
    """A script for the shell that runs every command with `vol` and compares every cited row."""
    volatility = ", ".join(dict.fromkeys(version for version, _ in document.tools)) or "-"
    what = f"Repeats what report {document.number} of attempt {document.attempt} stands on."
    about = document.exhibit
    head = HEAD.format(what=what, volatility=volatility, sha256=about.sha256, os=about.os, symbols=about.symbols)
    repeated = [one for one in document.runs if not one.own]
    lines = [head, *(line for one in repeated for line in _run(one))]
    lines += [line for one in document.runs if one.own for line in _own(document, one)]
    lines += [f"cat > \"$OUT/expected.json\" <<'{END}'", _expected(document, repeated), END]
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


def _own(document: Document, made: Made) -> Iterator[str]:
    """An assembly of ours: `vol` has no such plugin, so each row says which plugin knows its thing."""
    yield f"# Run {made.number}: {_one_line(made.command)} was assembled by Engram, and vol has no such plugin."
    for one in document.citations:
        if one.run == made.number:
            named = next((cell.text for cell in one.cells if cell.name == "Plugin"), "")
            yield f"# C{one.number}: row {one.row}; repeat it with {_one_line(named) or 'the plugins of its card'}"


def _expected(document: Document, repeated: list[Made]) -> str:
    runs = [
        {
            "number": made.number,
            "sha256": made.sha256,
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
    return json.dumps({"image": document.exhibit.sha256, "runs": runs}, ensure_ascii=True)


def _one_line(text: str) -> str:
    """A text for a comment: nothing in it ends the line."""
    return visible(text)
