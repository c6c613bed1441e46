"""Pages of the board, in one blueprint to which each module adds its part."""

from training.hosting.board.views import acts, asking, board, early, follow, projector, results
from training.hosting.board.views.blueprint import bp

__all__ = ["acts", "asking", "board", "bp", "early", "follow", "projector", "results"]
