"""Pages of reports, in one blueprint to which each module adds its part."""

from training.reporting.views import court, drill, figures, filed, report
from training.reporting.views.blueprint import bp

__all__ = ["bp", "court", "drill", "figures", "filed", "report"]
