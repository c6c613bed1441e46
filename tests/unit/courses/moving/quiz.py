"""Quizzes from elsewhere: files of Moodle XML, put together for tests, and what is said of what can't be taken over."""

from training.courses.moving import moodle_reading
from training.courses.moving.asked import Brought


def question(kind: str, body: str, name: str = "", stem: str = "Q") -> str:
    """A question; its answers begin on the line after."""
    called = f"<name><text>{name}</text></name>" if name else ""
    return f'<question type="{kind}">{called}<questiontext><text>{stem}</text></questiontext>\n{body}</question>'


def answer(text: str, fraction: str = "100", said: str = "", more: str = "") -> str:
    """An answer of a question."""
    feedback = f"<feedback><text>{said}</text></feedback>" if said else ""
    return f'<answer fraction="{fraction}"><text>{text}</text>{feedback}{more}</answer>'


def read(text: str) -> Brought:
    """What stands in a file from its second line."""
    return moodle_reading.read(f"<quiz>\n{text}\n</quiz>".encode(), "f.xml")


ABC = answer("a") + answer("b", "0") + answer("c", "0")
OPTIONS = tuple((one, one) for one in "abc")
"""What is made of these answers."""

REASONS = "a true or false question has no reasons: write three at least, one of them right"
SHARE = "weights of its options: here each right one counts the same, and each wrong one takes that"
SINGLE = "what is said about single answers: here a typed answer has an explanation only"
OTHERS = "other numbers than the first that is fully right, and their weights"
LESS = "answers that are worth less than all"
JUDGED = "what is said about true and false: here it is said about reasons"
