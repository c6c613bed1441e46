"""Why a run did not end as it should, in words for whoever asked: one table from reasons to what they mean.

A run keeps its reason as one English sentence, see `Run.reason`; it is written in many places of the engine and of the
island, which knows no pages. Here each such sentence has a code, plain words and what to do about it. A test reads the
sources and fails on a reason that has no code of its own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from training.sentence import phrase


class Code(StrEnum):
    """What stood in the way of a run."""

    TIME = "time"
    MEMORY = "memory"
    SIGNAL = "signal"
    PERSON = "person"
    ROWS = "rows"
    TEXT = "text"
    ROOM = "room"
    FILES = "files"
    CELLS = "cells"
    SCAN = "scan"
    IMAGE = "image"
    PAGE = "page"
    KERNEL = "kernel"
    UNSUITED = "unsuited"
    SYMBOLS = "symbols"
    PLACE = "place"
    OPTION = "option"
    PLUGIN = "plugin"
    OUTPUT = "output"
    VERSION = "version"
    EXHIBIT = "exhibit"
    SERVER = "server"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with the words for it: what happened, and what to do."""

    code: Code
    means: str
    todo: str


NARROWER = phrase("Ask for less at once: one process with --pid, a narrower pattern, a smaller region.")
ELSEWHERE = phrase("Take another plugin that answers the same question: its card names those under 'Check it with'.")
TELL = phrase("Tell your instructor: nothing that you can type changes it.")

_PATTERNS: tuple[tuple[Code, str], ...] = (
    (Code.PLUGIN, r"the plugin (said:|broke off with|gave no reason)|times are missing: "),
    (Code.PERSON, r"Ended by the person"),
    (Code.TIME, r"the run (took longer than|used more than [\d,]+ seconds of processor time)"),
    (Code.MEMORY, r"the run took more than [\d,]+ MiB of memory"),
    (Code.SIGNAL, r"the run was ended by "),
    (Code.ROOM, r"no room: "),
    (Code.ROWS, r"more than [\d,]+ rows"),
    (Code.TEXT, r"more than [\d,]+ MiB of text"),
    (Code.FILES, r"more than [\d,]+ files|the dumped file .* could not be kept"),
    (Code.CELLS, r"[\d,]+ cells were longer than"),
    (Code.SCAN, r"a scan broke off"),
    (Code.IMAGE, r"the image is cut short|.*; rows may be missing$"),
    (Code.PAGE, r"a page that the plugin needs is not in the image"),
    (Code.KERNEL, r"no (Linux |Windows )?kernel was found|the kernel's symbols are there"),
    (Code.VERSION, r"\S+ \S+ of Volatility \S+ is installed|the symbol file has changed"),
    (Code.EXHIBIT, r".*: expected SHA-256|no exhibit |the image of .* is not here|.*: holds \d+ symbol files"),
    (Code.UNSUITED, r"the symbol file lacks|\S+ needs something that|no such plugin has times|only page tables of"),
    (Code.SYMBOLS, r"the (symbol file|symbols|exhibit has no symbol file|exhibit's symbol file)\b"),
    (Code.PLACE, r"no list of processes has|process \d+ has no memory|\S+ is no address"),
    (Code.OPTION, r"\S+ needs --|options: |the YARA rules|an address is physical or"),
    (Code.OUTPUT, r"[\d,]+ (lines of the plugin's output could not be used|rows are missing)"),
    (Code.OUTPUT, r"the plugin made [\d,]+ rows|the plugin's output |the run ended early|the rows ended without"),
    (Code.SERVER, r"the (server|cluster|process that holds the exhibit|process that writes|analysis gave no reason)"),
    (Code.SERVER, r"the package \S+ is missing|not satisfied: |a configuration holds|.* is not a class of"),
    (Code.SERVER, r"plugin: |work: |.* must (be|have|lie) |.*: there is no folder"),
)
"""The first that a sentence begins with gives its code."""

_WORDS: dict[Code, tuple[str, str]] = {
    Code.TIME: (
        phrase("It took longer than one run may, and was ended so that others get their turn."),
        NARROWER,
    ),
    Code.MEMORY: (phrase("It needed more memory than one run may have, and was ended."), NARROWER),
    Code.SIGNAL: (
        phrase("The operating system of the server ended it, most likely because memory was short."),
        phrase("Run it again when fewer runs are under way. If that happens twice, tell your instructor."),
    ),
    Code.PERSON: (phrase("It was ended by hand."), phrase("Run it again if you need its rows.")),
    Code.ROWS: (
        phrase("It has more rows than are kept: the first ones are here, the rest is missing."),
        phrase("Narrow it with an option so that all its rows come: only then does a missing row say anything."),
    ),
    Code.TEXT: (
        phrase("Its rows hold more text than is kept: the first ones are here, the rest is missing."),
        NARROWER,
    ),
    Code.ROOM: (
        phrase("There is no room on the server for another result. Nothing of yours was lost."),
        phrase("Tell your instructor that the server needs more disk space or higher limits."),
    ),
    Code.FILES: (
        phrase("Not every file that it wrote could be kept. The rows are there, some of their files are not."),
        phrase("Ask for fewer files at once."),
    ),
    Code.CELLS: (
        phrase("Some cells hold more text than is kept and were cut. No row is missing."),
        phrase("Ask for the rows that you need alone, and don't rely on how a cut cell ends."),
    ),
    Code.SCAN: (
        phrase("A search through memory broke off: what lies behind that place may be missing."),
        phrase("Run it again. If it breaks off again, take a plugin that walks a list, and say so in your report."),
    ),
    Code.IMAGE: (
        phrase("The image lacks a part of the memory. What lay there can't be listed."),
        phrase("Use its rows with care, and draw nothing from a row that isn't there. See the acquisition record."),
    ),
    Code.PAGE: (
        phrase("A page of memory that it needs is not in the image. That says nothing of what stood there."),
        ELSEWHERE,
    ),
    Code.KERNEL: (
        phrase("The kernel was not found in the image, so nothing in it could be read."),
        phrase("Verify the exhibit's hash, then tell your instructor: the image is damaged, or of another system."),
    ),
    Code.UNSUITED: (
        phrase("This plugin looks for something that this system does not have, or does not describe."),
        ELSEWHERE,
    ),
    Code.SYMBOLS: (
        phrase("The symbol file, which describes the structures of this kernel, is missing or does not fit."),
        TELL,
    ),
    Code.PLACE: (
        phrase("The place that was asked for is not there: no such process, or an address that leads nowhere."),
        phrase("Check the number or the address against a row that you have, and ask again."),
    ),
    Code.OPTION: (
        phrase("An option is missing, or can't be used as it was given."),
        phrase("Look at the options on the plugin's card, change the command, and run it again."),
    ),
    Code.PLUGIN: (
        phrase("The plugin met something in memory that it can't handle, and stopped."),
        phrase("Run it again once. If it stops again, take another plugin, and note the fault in your report."),
    ),
    Code.OUTPUT: (
        phrase("Not all that the plugin wrote arrived here whole."),
        phrase("Run it again. If that happens twice, tell your instructor."),
    ),
    Code.VERSION: (
        phrase("The programs or the symbols of the server have changed since this was asked."),
        TELL,
    ),
    Code.EXHIBIT: (
        phrase("The exhibit is not here, or no longer what was registered: nothing runs on it."),
        phrase("Stop, and tell your instructor at once: it is a matter of custody."),
    ),
    Code.SERVER: (
        phrase("The server could not carry it out. That has nothing to do with the exhibit or with your command."),
        phrase("Run it again in a moment. If that happens twice, tell your instructor."),
    ),
    Code.OTHER: (
        phrase("It ended before it was through."),
        phrase("Run it again. If that happens twice, show your instructor what the run itself says."),
    ),
}  # fmt: skip

REASONS: dict[Code, Reason] = {code: Reason(code, *words) for code, words in _WORDS.items()}


_STOPPED = re.compile(r"the plugin stopped after [\d,]+ rows: ")


def of(said: str | None) -> Reason:
    """What the reason of a run means; OTHER for a sentence that no pattern knows, such as one of an older version."""
    why = _STOPPED.sub("", said or "", count=1)
    found = (code for code, pattern in _PATTERNS if re.match(pattern, why))
    return REASONS[next(found, Code.OTHER)]
