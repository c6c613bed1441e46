"""What the record and the custody of an own image say: times by the reference clock, and whether both digests agree."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.unit.labs.conftest import PACK
from training.evidence.own import Acquired
from training.forge.scenario import Scenario
from training.labs import reader
from training.labs.service import live
from training.settings import ROOT

NOBODY = UUID(int=0)
BEGAN = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DIGEST = "5" * 64


def acquired(**given: Any) -> Acquired:
    """What evidence is told of an image that was begun at noon and had arrived a minute later."""
    values: dict[str, Any] = {
        "response_id": NOBODY,
        "number": 1,
        "person_id": NOBODY,
        "organisation_id": NOBODY,
        "release_id": NOBODY,
        "assignment_id": None,
        "plan": Scenario.model_validate_json((PACK / "plan.json").read_bytes()),
        "base": Path("base"),
        "way": "inside",
        "tool": "the acquirer of the kit",
        "began_at": BEGAN,
        "ended_at": BEGAN + timedelta(minutes=1),
        "range_offset": 5_400.0,
        "sha256_received": DIGEST,
    }
    file = reader.unchecked(ROOT / "labs" / "first-response")
    return live.acquired_of(file, live.Taken(**{**values, **given}), None, 4_096)


def test_all_times_of_the_record_are_those_of_the_reference_clock() -> None:
    made = acquired()
    assert "Acquisition begun:  2026-03-10T13:30:00Z by the reference clock." in made.record
    assert "Acquisition ended:  2026-03-10T13:31:00Z by the reference clock." in made.record
    assert (made.told["began"], made.told["ended"]) == ("2026-03-10T13:30:00Z", "2026-03-10T13:31:00Z")
    assert made.captured_at == BEGAN + timedelta(minutes=90)
    assert made.began_at == BEGAN, "real time"
    assert "2026-03-10T10:30:00Z by" in acquired(range_offset=-5_400.0).record, "the range may be behind as well"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (DIGEST, "the same as on the machine's side"),
        ("6" * 64, "DIFFERENT from that of the machine's side"),
        ("", "the only one"),
    ],
)
def test_custody_says_whether_the_image_arrived_as_it_was_taken(source: str, said: str) -> None:
    touches = acquired(sha256_source=source).touches
    assert touches[-1] == f"Arrived; SHA-256 {DIGEST}, {said}"
    assert len(touches) == (2 if source else 1), "nobody says what was not worked out"
