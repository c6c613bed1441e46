"""What every answer type owes for a text that it reads, for the tests of all of them."""

from __future__ import annotations

from training.grading.values.base import Spec
from training.grading.values.reading import read


def check_reading(text: str, spec: Spec, canon: object, note: str | None) -> None:
    """A text is read as this value, with this note or none, and what is written of it is read as the same."""
    value = read(text, spec)
    assert value.canon == canon
    assert note is None or any(note in one for one in value.notes)
    assert note is not None or not value.notes
    assert read(value.text, spec).canon == canon
