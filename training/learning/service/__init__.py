"""What a person does with a course, and how far that person is. What that comes to: `competence`, `refreshing`."""

from training.learning.service.courses import (
    MASTERY,
    MOST_ANSWERS,
    Given,
    HomeCard,
    Place,
    Standing,
    answer,
    begin,
    given,
    home_cards,
    mark_read,
    move,
    place,
    progress,
    summary,
)

__all__ = [
    "MASTERY",
    "MOST_ANSWERS",
    "Given",
    "HomeCard",
    "Place",
    "Standing",
    "answer",
    "begin",
    "given",
    "home_cards",
    "mark_read",
    "move",
    "place",
    "progress",
    "summary",
]
