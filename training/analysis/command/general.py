"""The options of `vol` itself, which stand before the plugin's name: those of Volatility 2.28.2 (volatility3/cli), and
what becomes of each here.
"""

import re
from dataclasses import dataclass
from typing import Literal

from training.sentence import phrase

FILES = phrase("it opens files or addresses of this server; the exhibit brings its own symbols")
WRITES = phrase("it writes files on this server")
KEPT = phrase("it writes files on this server; what a run writes is kept with the run")
WITHHELD = phrase("it writes files on this server, and files of this plugin are not given out")
INNER = phrase("it changes how Volatility itself works")

Takes = Literal["nothing", "one", "maybe", "any"]
Use = Literal["exhibit", "renderer", "filters", "hidden", "shown", "nothing", "help", "refused"]


@dataclass(frozen=True, slots=True)
class General:
    """One option: its long name, its letter, how many values it takes, what it is used for here, and in a few words
    what it means; for a refused one the reason.
    """

    name: str
    letter: str
    takes: Takes
    use: Use
    says: str

    @property
    def usage(self) -> str:
        """How it is typed."""
        letter = f"{self.letter}, " if self.letter else ""
        return f"{letter}{self.name}{VALUES.get(self.use, '')}"


VALUES = {
    "exhibit": " FILE",
    "renderer": " FORMAT",
    "filters": " [+-]COLUMN,TEXT[!]",
    "hidden": " COLUMN …",
    "shown": " COLUMN …",
}

GENERAL = {
    option.name: option
    for option in (
        General("--file", "-f", "one", "exhibit", phrase("the image; here always the exhibit of the lab")),
        General("--renderer", "-r", "one", "renderer", phrase("the form of the output")),
        General(
            "--filters",
            "",
            "one",
            "filters",
            phrase("only rows that hold a text; ! at the end: a regular expression"),
        ),
        General("--hide-columns", "", "any", "hidden", phrase("leave columns out")),
        General("--columns", "", "any", "shown", phrase("show only these columns; not in vol")),
        General("--help", "-h", "nothing", "help", phrase("what a plugin's card says")),
        General("--quiet", "-q", "nothing", "nothing", phrase("no progress; changes nothing here")),
        General("--verbosity", "-v", "nothing", "nothing", phrase("more messages; changes nothing here")),
        General("--offline", "", "nothing", "nothing", phrase("no downloads; always so here")),
        General("--symbol-dirs", "-s", "one", "refused", FILES),
        General("--plugin-dirs", "-p", "one", "refused", FILES),
        General("--config", "-c", "one", "refused", FILES),
        General("--remote-isf-url", "-u", "one", "refused", FILES),
        General("--single-location", "", "one", "refused", FILES),
        General("--single-swap-locations", "", "any", "refused", FILES),
        General("--output-dir", "-o", "one", "refused", KEPT),
        General("--save-config", "", "one", "refused", WRITES),
        General("--write-config", "", "nothing", "refused", WRITES),
        General("--log", "-l", "one", "refused", WRITES),
        General("--cache-path", "", "one", "refused", WRITES),
        General("--clear-cache", "", "nothing", "refused", WRITES),
        General("--extend", "-e", "one", "refused", INNER),
        General("--stackers", "", "any", "refused", INNER),
        General("--parallelism", "", "maybe", "refused", INNER),
    )
}
LETTERS = {option.letter: option for option in GENERAL.values() if option.letter}

UNOFFERED = {
    "--yara-file": phrase(
        "it opens files or addresses of this server; type the rules themselves as text: --yara-rules 'rule …'"
    ),
    "--yara-compiled-file": phrase(
        "compiled rules are a program for this server; type the rules themselves as text: --yara-rules 'rule …'"
    ),
    "--strings-file": FILES,
    "--isf": FILES,
    "--dump": WITHHELD,
    "--dump-regions": WITHHELD,
    "--dump-maxsize": WITHHELD,
}
"""Options of plugins that cards may leave out, each with the reason."""

ELSEWHERE = {
    "--create-bodyfile": WRITES,
    "--record-config": INNER,
    "--plugin-filter": phrase("it belongs to timeliner; engram.timeline has --plugins"),
    "--profile": phrase("it belongs to Volatility 2; version 3 finds the system by its symbols"),
}
"""Options that people know from a plugin that is replaced here, or from Volatility 2."""

RENDERERS = {
    "quick": phrase("The page shows the rows as a table."),
    "pretty": phrase("The page shows the rows as a table."),
    "none": phrase("The rows are shown all the same: the run keeps them."),
    "csv": phrase("The page shows the rows as a table; its export gives them as CSV."),
    "json": phrase("The page shows the rows as a table; its export gives them as JSON lines."),
    "jsonl": phrase("The page shows the rows as a table; its export gives them as JSON lines."),
    "mermaid": phrase("No diagram is drawn here: the page shows the rows as a table, trees with their depth."),
}
"""Output formats of vol 2.28.2 by the names that `-r` takes, and what happens here."""

NEGATIVE = re.compile(r"-\d+\Z|-\d*\.\d+\Z")  # argparse takes these for values


def is_option(word: str, names: tuple[str, ...]) -> bool:
    """Whether argparse would read a word as an option rather than as a value; `names` are the long options that are
    known at this place.
    """
    if len(word) < len("-x") or not word.startswith("-") or NEGATIVE.match(word):
        return False
    if " " not in word:
        return True
    if not word.startswith("--"):
        return word[:2] in LETTERS
    name, equals, _ = word.partition("=")
    return bool(equals) and any(known.startswith(name) for known in names)
