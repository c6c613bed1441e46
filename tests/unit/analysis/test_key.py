"""Contract: the key of a run. Results that are there are found by it, so it changes only when rows do."""

from pathlib import Path

from training.analysis import cards as plugin_cards
from training.analysis.command import parse
from training.analysis.exhibit import ExhibitFiles
from training.analysis.service import key_of

EXHIBIT = ExhibitFiles("ab" * 32, "cd" * 32, Path("image"), Path("symbols"), "linux")
KNOWN = {
    "linux.pslist": "cf98ebe66c00b708128c7bc9746403e7f85e7e4ee0e69db55549fb62a1a11157",
    "linux.proc.Maps --pid 1 145": "11f3a24a875e40dfe390f8820e214a2b4356e1eff934ce3b1ea9800f6c3adce5",
    "engram.timeline": "053e0fe2775d4c7ff9901a300b36755788a598ea2e561589c7ebb936efb59083",
}
"""Keys as version 0.7.0 made them."""


def test_a_question_has_the_key_that_it_had() -> None:
    cards = plugin_cards.load()
    for text, key in KNOWN.items():
        command = parse(text)
        assert key_of(EXHIBIT, command, cards.get(command.plugin), cards) == key, text
