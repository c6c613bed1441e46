"""Questions of every type on their way to other systems, with signs in them that mean something there."""

from training.courses.manuscript.format import Judgement
from training.courses.moving.asked import Item

QUAY, CRANE = "01-quay", "02-crane"
CHOICE = Item(
    "q1",
    "choice",
    "Where: {a} = $`x_1`$?\r\n*So* <b>?",
    "b",
    options=(("a", "[x] ~1"), ("b", "two $`y`$"), ("c", "th#ree")),
    explanation="See: [1] \\ é",
    feedback={"a": "[no] $`z`$", "c": "no: #1"},
    objective="o1",
    mark="V1",
    source="Manual -- part é, page 3",
    bank=("law-1", "f-2"),
    folder=QUAY,
)
MULTIPLE = Item(
    "q2",
    "multiple",
    "All?",
    ("a", "b", "d"),
    options=(("a", "A & B"), ("b", "B"), ("c", "C"), ("d", "D")),
    feedback={"c": "not C"},
    objective="o2",
    folder=QUAY,
)
HALVES = Item("q3", "multiple", "Two?", ("a", "c"), options=(("a", "A"), ("b", "B"), ("c", "C")), folder=CRANE)
NUMBER = Item("q4", "number", "How many?", 4396.0, tolerance=2.0, explanation="It is.", folder=CRANE)
FIGURE = Item("q5", "number", "How much?", -1.5, tolerance=0.25, folder=CRANE)
SHORT = Item("q6", "short", "Which * plugin?", "linux.*", accept=("ps *", "pslist", "PSLIST"), folder=CRANE)
TIME = Item("q7", "time", "When?", "2026-03-11T09:14:33Z", tolerance=1, explanation="Then.", folder=CRANE)
ADDRESS = Item("q8", "address", "Which?", "192.0.2.17", folder=CRANE)
ORDER = Item(
    "q9",
    "order",
    "Put.",
    ("b", "c", "a"),
    items=(("a", "One: 1"), ("b", "Two"), ("c", "Three $`z`$")),
    explanation="So.",
    folder=QUAY,
)
MATCHING = Item(
    "q10",
    "matching",
    "Which?",
    {"p": "r", "s": "g", "t": "r"},
    options=(("r", "`red`"), ("g", "green $`g`$"), ("w", "white")),
    items=(("p", "Port -> left"), ("s", "[Star]"), ("t", "Stern $`s`$")),
    feedback={"p": "no"},
    folder=QUAY,
)
TRUE = Item(
    "q11",
    "statement",
    "It is.",
    Judgement(truth=True, reason="b"),
    options=(("a", "A"), ("b", "B"), ("c", "C")),
    explanation="Yes.",
    feedback={"a": "no"},
    pool="lights",
    folder=QUAY,
)
FALSE = Item("q12", "statement", "It is not.", Judgement(truth=False, reason="a"), folder=QUAY)
ITEMS = [CHOICE, MULTIPLE, HALVES, NUMBER, FIGURE, SHORT, TIME, ADDRESS, ORDER, MATCHING, TRUE, FALSE]
