"""A seal asks for a person's id, and gets an id, in whichever order the models were imported."""

import subprocess
import sys

import pytest

PROGRAM = """
import importlib, sys
importlib.import_module(sys.argv[1])
from training.audit.seals import SEALED
print({type(kind.whose.type).__name__ for kind in SEALED.values()})
"""


@pytest.mark.parametrize("first", ["training.labs.models", "training.reporting.models", "training.schema"])
def test_a_person_is_known_by_an_id_whichever_model_is_imported_first(first: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, first], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'Uuid'}"
