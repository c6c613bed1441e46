"""What a trainee types becomes a command, or a sentence that says what was not understood.

The text is split into words as a shell would, but no shell ever sees it, and nothing in it reaches Volatility that a
plugin card does not allow. `words` splits, `reading` reads from left to right, `names` finds the plugin, `values`
checks what its options are given, `general` knows the options of `vol` itself, and `showing` those that only change
what the page shows.
"""

from training.analysis.command.completion import completion, usage
from training.analysis.command.model import Command, RowFilter, View
from training.analysis.command.reading import LONGEST, LONGEST_WITH_RULES, parse

__all__ = ["LONGEST", "LONGEST_WITH_RULES", "Command", "RowFilter", "View", "completion", "parse", "usage"]
