"""What a good answer addresses, by weakness: a list to hold one's own answer against. No marks, and no model answer."""

from training.sentence import Sentence, phrase

TITLES: dict[str, Sentence] = {
    "uncited": phrase("Nothing is cited"),
    "unfinished": phrase("It rests on what is not whole"),
    "overstated": phrase("The words are stronger than the support"),
    "defeated": phrase("A source of the case could contradict it"),
    "one-structure": phrase("All sources read one structure"),
    "one-source": phrase("One source only"),
    "no-alternative": phrase("No alternative is considered"),
    "clock": phrase("A time without its clock"),
    "unchecked": phrase("What could deceive it was not looked for"),
    "not-repeated": phrase("Nobody repeated it"),
}

_DEFEAT = (
    phrase("What has to happen for the plugin to be deceived, in words that a judge follows."),
    phrase("What that would have left elsewhere, and whether you looked there."),
    phrase("What the other source says of this claim, also where it speaks against you."),
    phrase("What is left of the claim if the first source is taken away."),
)
POINTS: dict[str, tuple[Sentence, ...]] = {
    "uncited": (
        phrase("The place that shows it, read out: run, row, column. If there is none, say so."),
        phrase("Whether it was seen, or concluded from something that was seen."),
        phrase("That a claim without support is withdrawn, or moved to the opinion and marked as one."),
    ),
    "unfinished": (
        phrase("Why the run ended early, and which part of the exhibit it had not reached."),
        phrase("That rows that it gave are there, and that rows that it did not give say nothing."),
        phrase("Whether a narrower command finished, and what it showed."),
    ),
    "overstated": (
        phrase("What the row shows, and where your conclusion begins."),
        phrase("The word that the support does carry, said without being pressed twice."),
        phrase("What would have to be there for the stronger word."),
    ),
    "defeated": _DEFEAT,
    "one-structure": (
        phrase("Which structure the plugins read, in plain words, and that they are one source."),
        phrase("What one change to that structure would do to all of the rows at once."),
        phrase("A source of another kind that agrees, or the plain admission that there is none here."),
    ),
    "one-source": (
        phrase("That it is one source, admitted at once."),
        phrase("What a second source would be, whether you asked it, and what it said."),
        phrase("How sure you are with this source alone, and why."),
    ),
    "no-alternative": (
        phrase("The harmless explanation that comes closest, named before the other side names it."),
        phrase("What it would have left that is not there, or that it can't be told apart here."),
        phrase("Where you looked for that, with the run."),
    ),
    "clock": (
        phrase("Whose clock the time is of, and in which zone it is written."),
        phrase("The offset against a reference clock, who measured it, and when."),
        phrase("That the offset is known for that moment only, and assumed for earlier ones."),
        phrase("Whether the order of events holds without it."),
    ),
    "unchecked": _DEFEAT,
    "not-repeated": (
        phrase("The digest of the exhibit, and that anybody can work it out again."),
        phrase("The command, version and symbols that the report names, so that others get the same rows."),
        phrase("Whether anybody did repeat it, said as it is."),
    ),
}

ALWAYS: tuple[Sentence, ...] = (
    phrase("It answers the question that was asked, first, and with yes or no where that is possible."),
    phrase("It says what you don't know."),
    phrase("It stays with the evidence, and says nothing of guilt."),
)
"""What every good answer does."""
