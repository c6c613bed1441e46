"""What the code of a server that starts consists of."""

import subprocess
import sys

from training.settings import ROOT

SELDOM = {"alembic", "fpdf", "training.forge.scenario"}
"""What few requests need and takes a third of the time of all the rest to load."""
LOADED = """
import sys
from training.factory import load_views
from training.operating import crew, serve, startup, workers
load_views()
print(*sys.modules)
"""


def test_a_server_starts_without_what_few_requests_need() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True)
    assert SELDOM & set(done.stdout.split()) == set()
