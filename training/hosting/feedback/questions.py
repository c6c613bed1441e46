"""What is asked (curriculum 5.6): a form on the last day, a survey of transfer after three months and after twelve."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from training.sentence import phrase

KINDS = ("form", "quarter", "year")
FORM = "form"
LONGEST = 600  # characters of a text
MOST = 999  # of a number
NAMES = {
    "form": phrase("Feedback form"),
    "quarter": phrase("Transfer survey after three months"),
    "year": phrase("Transfer survey after twelve months"),
}
SCALE = {
    "1": phrase("1, strongly disagree"),
    "2": "2",
    "3": "3",
    "4": "4",
    "5": phrase("5, strongly agree"),
    "0": phrase("can't say"),
}
CANT_SAY = "0"
YES = {"1": phrase("yes"), "0": phrase("no")}
STEPS = {
    "authority": phrase("recorded the authority first"),
    "order": phrase("decided what to collect first, with reasons"),
    "memory": phrase("acquired memory"),
    "hash": phrase("hashed what was acquired"),
    "custody": phrase("kept a custody form"),
    "analysis": phrase("analysed memory"),
    "report": phrase("wrote a report with its limits"),
}
STOPPED = {
    "case": phrase("no case"),
    "authority": phrase("no authority"),
    "tool": phrase("no tool"),
    "time": phrase("no time"),
    "support": phrase("no support"),
    "how": phrase("not sure how"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `kind`: scale, number, yes, many (several of `options`), modules (of the session), or text."""

    name: str
    kind: str
    said: str
    options: Mapping[str, str] = field(default_factory=dict)


AT_THE_END = (
    Question("pace", "scale", phrase("I could follow the pace."), SCALE),
    Question("work", "scale", phrase("The exercises were like my work."), SCALE),
    Question("help", "scale", phrase("I got help when I needed it."), SCALE),
    Question("limits", "scale", phrase("I know what I can't do yet."), SCALE),
    Question("law", "scale", phrase("The law sheets fitted my country."), SCALE),
    Question("use", "scale", phrase("I will use at least one method within two weeks."), SCALE),
    Question("which", "text", phrase("Which method?")),
    Question("cut", "text", phrase("What should be cut?")),
    Question("wrong", "text", phrase("What was wrong?")),
)
LATER = (
    Question("faced", "number", phrase("How often did you face a running system?")),
    Question("acquired", "number", phrase("How often was memory acquired?")),
    Question("steps", "many", phrase("Which steps did you use?"), STEPS),
    Question("stopped", "many", phrase("What stopped you?"), STOPPED),
    Question("taught", "yes", phrase("Did a colleague learn it from you?"), YES),
    Question("colleagues", "number", phrase("How many colleagues?")),
    Question("built", "yes", phrase("Did a report or testimony build on it?"), YES),
    Question("modules", "modules", phrase("Which module would you repeat?")),
    Question("missing", "text", phrase("One thing that should have been taught")),
)


def of(kind: str, modules: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions of a survey; `modules` are those of the session, by their reference."""
    if kind == FORM:
        return AT_THE_END
    return tuple(
        Question(one.name, "many", one.said, modules) if one.kind == "modules" else one
        for one in LATER
        if one.kind != "modules" or modules
    )
