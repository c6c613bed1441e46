"""The island as a program.

`python -m training.analysis.volatility kernel FD` is a kernel process on the control socket FD (see kernel.py and
protocol in request.py). `… describe` lists plugins as JSON lines.
"""

import json
import os
import sys

USAGE = "usage: python -m training.analysis.volatility kernel FD | describe\n"


def main(arguments: list[str]) -> int:
    """Serve, or describe."""
    # Whatever Volatility prints must not get between lines of ours: it goes to standard error.
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        match arguments:
            case ["kernel", number] if number.isdecimal():
                from training.analysis.volatility import kernel  # noqa: PLC0415 - each way imports what it needs

                return kernel.serve(int(number))
            case ["describe"]:
                from training.analysis.volatility import describe  # noqa: PLC0415

                for record in describe.describe():
                    out.write(json.dumps(record) + "\n")
                return 0
        sys.stderr.write(USAGE)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
