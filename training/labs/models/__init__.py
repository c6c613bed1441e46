"""Rows of labs: one person's work on one release, from the first command to the last judgement."""

from training.labs.models import sealed
from training.labs.models.activity import Activity
from training.labs.models.assignment import Accommodation, Assignment, AssignmentPerson
from training.labs.models.attempt import Attempt, AttemptCommand, AttemptRun
from training.labs.models.finding import Citation, Draft, Finding, HintTaken
from training.labs.models.judgement import GradingVersion, Judgement
from training.labs.models.own_keys import OwnKeys

__all__ = [
    "Accommodation",
    "Activity",
    "Assignment",
    "AssignmentPerson",
    "Attempt",
    "AttemptCommand",
    "AttemptRun",
    "Citation",
    "Draft",
    "Finding",
    "GradingVersion",
    "HintTaken",
    "Judgement",
    "OwnKeys",
    "sealed",
]
