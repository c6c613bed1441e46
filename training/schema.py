"""All rows of all rooms, loaded so that the schema is complete: for migrations, tests and the drift check."""

from sqlalchemy import MetaData

import training.accounts.models
import training.analysis.models
import training.assessment.models
import training.audit.models
import training.authoring.models
import training.content.models
import training.credentials.models
import training.evidence.models
import training.hosting.attendance.models
import training.hosting.board.models
import training.hosting.feedback.models
import training.hosting.models
import training.hosting.roster.models
import training.labs.models
import training.learning.models
import training.machines.models
import training.marking.models
import training.personal.models
import training.reading.models
import training.reporting.models
import training.search.models
from training.store import Base


def metadata() -> MetaData:
    """The schema that this version of the program expects."""
    return Base.metadata


__all__ = ["metadata", "training"]
