"""Findings: how one is read, drafted, submitted, judged and kept, and the hints that help towards it."""

from training.labs.service.findings.claims import (
    CONFIDENCES,
    LONGEST_REASONING,
    MOST_CITED,
    Claimed,
    Read,
    read,
    unsure,
)
from training.labs.service.findings.drafts import held, keep_draft
from training.labs.service.findings.hints import take_hint
from training.labs.service.findings.submission import Submitted, submit
from training.labs.service.progress import Progress, awaited, progress, progress_of, progress_of_all, score, total

__all__ = [
    "CONFIDENCES",
    "LONGEST_REASONING",
    "MOST_CITED",
    "Claimed",
    "Progress",
    "Read",
    "Submitted",
    "awaited",
    "held",
    "keep_draft",
    "progress",
    "progress_of",
    "progress_of_all",
    "read",
    "score",
    "submit",
    "take_hint",
    "total",
    "unsure",
]
