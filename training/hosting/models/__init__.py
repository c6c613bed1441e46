"""Rows of sessions: what a host runs, its timetable, its people, its rules, and the releases that it works with."""

from training.hosting.models.member import PinnedRelease, SessionMember
from training.hosting.models.part import Part
from training.hosting.models.rules import RuleChange
from training.hosting.models.session import TeachingSession

__all__ = ["Part", "PinnedRelease", "RuleChange", "SessionMember", "TeachingSession"]
