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
from training.labs.service.findings.support import Support, bearings_of, borne, stands_on
from training.labs.service.findings.using import Offered, Spotted, Used, offers, place_of, use
from training.labs.service.progress import Progress, awaited, progress, progress_of, progress_of_all, score, total

__all__ = [
    "CONFIDENCES",
    "LONGEST_REASONING",
    "MOST_CITED",
    "Claimed",
    "Offered",
    "Progress",
    "Read",
    "Spotted",
    "Submitted",
    "Support",
    "Used",
    "awaited",
    "bearings_of",
    "borne",
    "held",
    "keep_draft",
    "offers",
    "place_of",
    "progress",
    "progress_of",
    "progress_of_all",
    "read",
    "score",
    "stands_on",
    "submit",
    "take_hint",
    "total",
    "unsure",
    "use",
]
