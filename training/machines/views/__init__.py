"""Pages of live work, in one blueprint to which each module adds its part."""

from training.machines.views import acts, guiding, live, preparing
from training.machines.views.blueprint import bp

__all__ = ["acts", "bp", "guiding", "live", "preparing"]
