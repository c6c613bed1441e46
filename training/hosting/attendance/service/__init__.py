"""What other rooms ask of attendance: `attended` for certificates and the dossier, `today` for the board."""

from training.hosting.attendance.service.standing import attended, today
from training.hosting.attendance.state import Present

__all__ = ["Present", "attended", "today"]
