"""What is said on paper: the minutes of a half-day, and what helps with each kind of slot (curriculum, section 5.1)."""

from training.sentence import Sentence, phrase

MINUTES: tuple[tuple[Sentence, Sentence, Sentence], ...] = (
    (
        phrase("30 minutes before"),
        phrase("Exhibits verified, runs warm, board open, clock compared with the wall"),
        phrase("Seats, cables, slips; greet by name"),
    ),
    (
        phrase("Minute 0"),
        phrase("Check-in is open; one sentence on the aim of the half-day"),
        phrase("Help with signing in only"),
    ),
    (
        phrase("Minute 5"),
        phrase("Warm-up: answer alone, then in pairs, then reveal"),
        phrase("Read how answers are spread, tell the lead the two weakest questions"),
    ),
    (
        phrase("Minute 20"),
        phrase("Lesson or worked example, at most 15 minutes of talk"),
        phrase("Stand at the back, note faces and questions"),
    ),
    (
        phrase("Minute 45"),
        phrase("Practice: say goal, time, first step, how to ask for help"),
        phrase("Each watches ten seats, on the board and in the room"),
    ),
    (
        phrase("Every 20 minutes"),
        phrase("One sentence to all: time left, one common snag, no answers"),
        phrase("Note who is stuck and what helped"),
    ),
    (
        phrase("Last 20 minutes"),
        phrase("Debrief, then the closing quiz"),
        phrase("Collect appeals and wrong questions"),
    ),
    (phrase("End"), phrase("Check-out, log, next half-day"), phrase("Reset the seats, list for the evening")),
)
"""Minute, what the lead does, what the others do."""

HINTS: dict[str, tuple[Sentence, Sentence, Sentence]] = {
    "A": (
        phrase("Who can't sign in?"),
        phrase("Every seat shows the session's page"),
        phrase("Slips and paper list; sign in during the break"),
    ),
    "L": (
        phrase("What would you expect, and why?"),
        phrase("They name the structure before you do"),
        phrase("Read from the page on each screen; board and pens"),
    ),
    "W": (
        phrase("Which row shows that?"),
        phrase("They propose the next command"),
        phrase("The output printed in the module"),
    ),
    "P": (
        phrase("What do you want to know first?"),
        phrase("Runs and citations on the board within ten minutes"),
        phrase("Pairs at one machine; the paper exercise of the day"),
    ),
    "D": (
        phrase("What happened on the machine, by which rows?"),
        phrase("Two ways that both worked stand side by side"),
        phrase("Tell it from the printed walk-through"),
    ),
    "Q": (
        phrase("Which answer would the court ask about?"),
        phrase("Weakest two questions are known to all"),
        phrase("Questions read out, answers by hand"),
    ),
    "E": (
        phrase("Does everybody see the own start page?"),
        phrase("Everybody has begun within five minutes"),
        phrase("Stop the clock; after one hour break off, all take another variant later"),
    ),
}
"""By kind of slot: first question to ask, sign that it works, plan B."""

CUSTODY: tuple[Sentence, ...] = (
    phrase("Date and time, with zone"),
    phrase("Handed over by"),
    phrase("Taken over by"),
    phrase("Why and where"),
    phrase("Seal or SHA-256 checked"),
    phrase("Signatures"),
)
"""Columns of the custody form."""
