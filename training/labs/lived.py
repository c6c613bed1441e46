"""What was done at a machine since somebody arrived, as a part of its account: the truth of a live lab has both."""

import json
from collections.abc import Iterable

KINDS = frozenset({"arrival", "started", "ended"})
"""Lines of the footprint that belong into the truth: processes begun at the console, others that ended."""


def with_footprint(account: Iterable[str], footprint: Iterable[str]) -> list[str]:
    """The first account of a machine with what its footprint says of processes, for `witness.as_found`.

    Args:
        account: lines of JSON as the machine wrote them, the last one the end.
        footprint: the same of what was done since the arrival. A line that is none is left out.
    """
    return [*(line for line in footprint if _kind(line) in KINDS), *account]


def _kind(line: str) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return ""
    return str(found.get("kind", "")) if isinstance(found, dict) else ""
