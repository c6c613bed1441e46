"""Rows of marking, by what they are of."""

from training.marking.models import appeals, rounds, signs

__all__ = ["appeals", "rounds", "signs"]
