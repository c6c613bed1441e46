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
from training.labs.service.findings.drafts import AtHand, fill, hand, held, keep_draft, mark_of, tick
from training.labs.service.findings.hints import take_hint
from training.labs.service.findings.second import asked_of_second, second_of, sources_of
from training.labs.service.findings.submission import Submitted, submit
from training.labs.service.findings.support import Support, bearings_of, borne, rests_on, stands_on
from training.labs.service.findings.using import Offered, Spotted, Used, fitting, offers, place_of, use
from training.labs.service.progress import (
    Progress,
    at_hand,
    awaited,
    progress,
    progress_of,
    progress_of_all,
    score,
    total,
)

__all__ = [
    "CONFIDENCES",
    "LONGEST_REASONING",
    "MOST_CITED",
    "AtHand",
    "Claimed",
    "Offered",
    "Progress",
    "Read",
    "Spotted",
    "Submitted",
    "Support",
    "Used",
    "asked_of_second",
    "at_hand",
    "awaited",
    "bearings_of",
    "borne",
    "fill",
    "fitting",
    "hand",
    "held",
    "keep_draft",
    "mark_of",
    "offers",
    "place_of",
    "progress",
    "progress_of",
    "progress_of_all",
    "read",
    "rests_on",
    "score",
    "second_of",
    "sources_of",
    "stands_on",
    "submit",
    "take_hint",
    "tick",
    "total",
    "unsure",
    "use",
]
