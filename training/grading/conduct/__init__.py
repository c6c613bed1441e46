"""Conduct: whether somebody worked before a running machine in a way that holds in court. Pure, as all of grading."""

from training.grading.conduct.judging import judge
from training.grading.conduct.marked import ACCOUNT, marked
from training.grading.conduct.verdict import ConductVerdict

__all__ = ["ACCOUNT", "ConductVerdict", "judge", "marked"]
