"""The one entry to Engram: `python app.py COMMAND`; the commands are in training/cli.py."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - for whoever starts it with an old Python
    sys.exit("Engram needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031 - read by old Pythons too

from training.cli import main

if __name__ == "__main__":
    main()
