"""What a posted quiz form says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from training.courses.questions import Question
from training.errors import Refused
from training.learning.judge import LONGEST_NUMBER, LONGEST_TEXT, number
from training.sentence import phrase

REQUEST_KEY = re.compile(r"^[0-9a-f-]{16,64}$")


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer that was not taken: the question, what is wrong in words, and what was typed or chosen."""

    question: str
    message: str
    text: str
    options: tuple[str, ...]
    places: Mapping[str, str]


def tried(form: MultiDict[str, str], question: str, message: str) -> Tried:
    """The form as it came, cut to what a page can show again."""
    places = {name.removeprefix("place-"): form[name][:LONGEST_NUMBER] for name in form if name.startswith("place-")}
    return Tried(question, message, form.get("text", "")[: 2 * LONGEST_TEXT], tuple(form.getlist("option")), places)


def request_key(form: MultiDict[str, str]) -> str:
    """The key that a form was shown with: the same form sent twice counts once."""
    key = form.get("request_key", "")
    if not REQUEST_KEY.match(key):
        raise Refused(phrase("This form has lost its key. Open the page again and send the answer once more."))
    return key


def answer(form: MultiDict[str, str], question: Question) -> list[str]:
    """The answer: ids of options in order, or one typed text. Raises Refused where the form says nothing usable."""
    if question.type == "number":
        text = form.get("text", "")
        number(text)
        return [text.strip()]
    if question.type == "short":
        text = " ".join(form.get("text", "").split())
        if not 0 < len(text) <= LONGEST_TEXT:
            raise Refused(
                phrase("Write an answer of 1 to %(n)s characters. Nothing was counted.", n=LONGEST_TEXT), field="text"
            )
        return [text]
    ids = [name for name, _ in question.options]
    return _placed(form, ids) if question.type == "order" else _chosen(form, question, ids)


def _chosen(form: MultiDict[str, str], question: Question, ids: list[str]) -> list[str]:
    given = set(form.getlist("option"))
    if not given:
        raise Refused(
            phrase("No option was chosen. Choose one and send the form again. Nothing was counted."), field="option"
        )
    if not given <= set(ids) or (question.type == "choice" and len(given) > 1):
        raise Refused(phrase("What was chosen does not belong to this question. Open the page again."), field="option")
    return [name for name in ids if name in given]


def _placed(form: MultiDict[str, str], ids: list[str]) -> list[str]:
    places = {name: form.get(f"place-{name}", "") for name in ids}
    if sorted(places.values()) != sorted(str(number) for number in range(1, len(ids) + 1)):
        message = phrase(
            "The places were read as %(read)s. Give each line its own place from 1 to %(last)s. Nothing was counted.",
            read=", ".join(value[:10] or "-" for value in places.values()),
            last=len(ids),
        )
        raise Refused(message, field="place")
    return sorted(ids, key=lambda name: int(places[name]))
