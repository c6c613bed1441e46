"""From what the guest wrote down to the truth.

The guest's collector (``guest/collect.c``) sends one JSON object a line. `planted_pids` reads from the first account
which processes it must tell more of; `collect` puts everything together, compares it with what the scenario planned,
and says what moved between the two accounts. What does not add up is an error, and all of it is said at once. Of a
machine at whose console somebody worked `as_found` takes what is there.
"""

from training.forge.linux.witness.account import NotAsPlanned
from training.forge.linux.witness.collecting import as_found, collect, planted_pids

__all__ = ["NotAsPlanned", "as_found", "collect", "planted_pids"]
