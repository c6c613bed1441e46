"""The island as a program: `python -m training.analysis.volatility` runs one request, `… describe` lists plugins.

A request is one line of JSON on standard input (see request.py). Standard output carries JSON lines only: a header
{"columns", "volatility", "version", "island"}, rows {"n", "depth", "parent", "cells", "absent"} and an end {"end",
"reason", "rows", "seconds"}. Exit status: 0 after a run, however it ended; 2 for a request that can't be carried out,
with an end that says why.
"""

import os
import sys

from training.analysis.volatility import describe, request, run

LONGEST_REQUEST = 64 * 1024


def main(arguments: list[str]) -> int:
    """Run one request, or describe."""
    # Whatever a plugin prints must not get between our lines: it goes to standard error.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        emit = run.write_lines(out)
        if arguments == ["describe"]:
            for record in describe.describe():
                emit(record)
            return 0
        if arguments:
            sys.stderr.write("usage: python -m training.analysis.volatility [describe] < request.json\n")
            return 2
        try:
            run.run(request.read(sys.stdin.buffer.readline(LONGEST_REQUEST)), emit)
        except request.BadRequest as bad:
            emit({"end": "failed", "reason": str(bad), "rows": 0, "seconds": 0.0})
            return 2
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
