"""The court view of a claim: its own places and alternatives alone, and the steps in the order of time."""

from datetime import timedelta

from tests.unit.reporting.test_checks import LINE, NOW, OTHER, ROW, document, found
from training.analysis import cards
from training.reporting import court
from training.reporting.document import Cell, Document, Touch


def page(of: Document) -> court.Page:
    return court.page(of, of.findings[0], cards.load(), {}, "en")


def test_a_claim_shows_the_places_and_the_alternatives_that_are_its_own() -> None:
    cells = tuple(Cell(name=f"Column {number}", value=number) for number in range(court.CELLS + 2))
    cited = OTHER.model_copy(update={"cells": cells, "column": "Column 9"})
    parts = {"alternatives": "F1 could be an update.\n\nF2 could be a test."}
    made = page(document(citations=(ROW, cited, LINE), parts=parts))
    assert [(one.cited.number, one.made and one.made.number) for one in made.supports] == [(1, 1), (2, 2)]
    assert [one.text for one in made.supports[1].cells][:2] == ["9", "0"], "what was cited is read out first"
    assert made.supports[1].more == 2
    assert made.rivals == ("A kernel thread; C2 speaks against it.", "F1 could be an update.")


def test_steps_stand_in_the_order_of_time_and_a_draft_was_not_filed() -> None:
    custody = (Touch(at=NOW + timedelta(hours=1), act="moved", text="Moved."),)
    draft = document(custody=custody, citations=(ROW, OTHER.model_copy(update={"run": 1})), findings=(found(),))
    said = [str(one.what) for one in page(draft).steps]
    assert said[-1] == "Moved."
    assert "Filed the report." not in said
    assert sum("was answered" in one for one in said) == 1, "two places of one run are one step"
