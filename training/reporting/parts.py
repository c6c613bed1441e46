"""The parts of a report in the order that the course teaches, each with what its author is asked for.

The front page stands before part 1. Of parts 2, 3, 4 and 10 most is put together by the program; the author adds what
no row says.
"""

from dataclasses import dataclass

from training.sentence import phrase

LONGEST = 8_000
"""Characters of one part."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that its author writes.

    Attributes:
        name: how addresses and rows name it.
        number: of the part in the report; 0 for the front page and for what stands within another, 11 for the
            declaration.
        title: its heading.
        asks: what belongs into it.
        tied: whether each of its paragraphs has to name a row or a finding.
    """

    name: str
    number: int
    title: str
    asks: str
    tied: bool = False


PARTS = (
    Part(
        "front",
        0,
        phrase("For the judge"),
        phrase("One page for somebody who reads no other: the question, the answer, two limits. No new facts."),
    ),
    Part(
        "question",
        1,
        phrase("Question"),
        phrase("What were you asked, by whom, and what were you told beforehand? Quote the order, with its date."),
    ),
    Part(
        "material",
        2,
        phrase("Material"),
        phrase(
            "Legal basis, condition at handover, the machine's clock against a reference clock, and anything about "
            "the way of the exhibit to you that the custody lines don't say."
        ),
    ),
    Part(
        "method",
        3,
        phrase("Method"),
        phrase(
            "In which order did you work, and why so? Who else had a hand in it? Commands, versions and digests are "
            "listed by the program."
        ),
    ),
    Part(
        "footprint",
        0,
        phrase("Footprint of the responder"),
        phrase(
            "What did the people who captured the memory do on the machine, and what of it stands in the exhibit? Cite "
            "the lines of the record."
        ),
    ),
    Part(
        "findings",
        4,
        phrase("Findings"),
        phrase("What the rows show, and nothing else. Say of each finding what its value is about."),
        tied=True,
    ),
    Part(
        "interpretation",
        5,
        phrase("Interpretation"),
        phrase("What do the rows mean, and how do you know? Name the documentation, test or text that you rely on."),
        tied=True,
    ),
    Part(
        "opinion",
        6,
        phrase("Opinion"),
        phrase(
            "What is most likely, and for what reasons? An opinion is marked as one. Guilt and intent are for court."
        ),
        tied=True,
    ),
    Part(
        "alternatives",
        7,
        phrase("Alternatives"),
        phrase(
            "Which other explanations are there, what would each leave, and did you see it? Begin with the one that "
            "hurts your view most."
        ),
        tied=True,
    ),
    Part(
        "limits",
        8,
        phrase("Limits"),
        phrase("What can this evidence not show? Write those that hold, each once."),
    ),
    Part(
        "undone",
        9,
        phrase("Not done"),
        phrase("What was not examined, and why? This part is short and often missing."),
    ),
    Part(
        "declaration",
        11,
        phrase("Declaration"),
        phrase("Your qualifications, your duty to the court as your law words it, and that you hold this to be true."),
    ),
)
"""Twelve texts; part 10, the annexes, is the program's alone."""

BY_NAME = {one.name: one for one in PARTS}
ANNEXES = phrase("Annexes")
