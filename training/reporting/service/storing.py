"""Which results of runs have to stay, whatever room is needed: somebody relies on them, or they can't be made again."""

from typing import Any

from sqlalchemy import Select, or_, select

from training.analysis.models import Run
from training.evidence.models import Exhibit, OwnExhibit
from training.labs.models import AttemptRun, Citation
from training.reporting.models import ReportFigure


def kept() -> Select[Any]:
    """Ids of runs that a citation names (findings and reports stand on citations, and a dropped one may still carry a
    finding), that a figure of a report may be drawn of, and whose exhibit is not here any more as it was.
    """
    cited = select(Citation.id).where(Citation.run_id == Run.id)
    drawn = (
        select(AttemptRun.run_id)
        .join(ReportFigure, ReportFigure.attempt_id == AttemptRun.attempt_id)
        .where(AttemptRun.run_id == Run.id, ReportFigure.kept)
    )
    dropped = select(OwnExhibit.sha256).where(OwnExhibit.dropped_at.is_not(None))
    here = select(Exhibit.sha256).where(
        Exhibit.sha256 == Run.exhibit, Exhibit.symbols_sha256 == Run.symbols, Exhibit.sha256.not_in(dropped)
    )
    return select(Run.id).where(or_(cited.exists(), drawn.exists(), ~here.exists()))
