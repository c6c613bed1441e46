"""Pages of certificates, in one blueprint to which each module adds its part."""

from training.credentials.views import critical, grid, mine, own, public, resits, session
from training.credentials.views.blueprint import bp

__all__ = ["bp", "critical", "grid", "mine", "own", "public", "resits", "session"]
