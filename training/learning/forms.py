"""What a posted quiz form says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from training.courses.manuscript.questions import TYPED, Question
from training.errors import Refused
from training.grading.values.base import plain_digits
from training.learning.judge import LONGEST_TEXT, PAIR, understand
from training.sentence import phrase

REQUEST_KEY = re.compile(r"^[0-9a-f-]{16,64}$")
LONGEST_CHOICE = 40  # characters of a place or an id that a page shows again
MOST_FIELDS = 40
STRANGE = phrase("What was chosen does not belong to this question. Open the page again.")


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer that was not taken: the question, what is wrong in words, what was typed, chosen and filled in.

    `fields` are places of an order (place-a), options of items to match (pair-a), and the truth of a statement.
    """

    question: str
    message: str
    text: str
    options: tuple[str, ...]
    fields: Mapping[str, str]


def tried(form: MultiDict[str, str], question: str, message: str) -> Tried:
    """The form as it came, cut to what a page can show again."""
    names = [name for name in form if name == "truth" or name.startswith(("place-", "pair-"))][:MOST_FIELDS]
    fields = {name: form[name][:LONGEST_CHOICE] for name in names}
    return Tried(question, message, form.get("text", "")[: 2 * LONGEST_TEXT], tuple(form.getlist("option")), fields)


def request_key(form: MultiDict[str, str]) -> str:
    """The key that a form was shown with: the same form sent twice counts once."""
    key = form.get("request_key", "")
    if not REQUEST_KEY.match(key):
        raise Refused(phrase("This form has lost its key. Open the page again and send the answer once more."))
    return key


def answer(form: MultiDict[str, str], question: Question) -> list[str]:
    """The answer, in the form in which answers are kept: ids of options in order, pairs such as a=c, truth and reason,
    or one typed text. Raises Refused where the form says nothing usable.
    """
    ids = [name for name, _ in question.options]
    if question.type in TYPED:
        return _typed(form, question)
    if question.type == "order":
        return _placed(form, ids)
    if question.type == "matching":
        return [f"{item}{PAIR}{_pair(form, item, ids)}" for item, _ in question.items]
    if question.type == "statement":
        return [_truth(form), *_chosen(form, ids, several=False)]
    return _chosen(form, ids, several=question.type == "multiple")


def _typed(form: MultiDict[str, str], question: Question) -> list[str]:
    text = " ".join(form.get("text", "").split())
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Refused(
            phrase("Write an answer of 1 to %(n)s characters. Nothing was counted.", n=LONGEST_TEXT), field="text"
        )
    understand(question, text)
    return [text]


def _truth(form: MultiDict[str, str]) -> str:
    truth = form.get("truth", "")
    if truth not in {"true", "false"}:
        message = phrase("Say whether the statement is true or false, and give the reason. Nothing was counted.")
        raise Refused(message, field="truth")
    return truth


def _pair(form: MultiDict[str, str], item: str, ids: list[str]) -> str:
    option = form.get(f"pair-{item}", "")
    if not option:
        message = phrase("Something has no partner yet. Choose one for each line. Nothing was counted.")
        raise Refused(message, field=f"pair-{item}")
    if option not in ids:
        raise Refused(STRANGE, field=f"pair-{item}")
    return option


def _chosen(form: MultiDict[str, str], ids: list[str], *, several: bool) -> list[str]:
    given = set(form.getlist("option"))
    if not given:
        raise Refused(
            phrase("No option was chosen. Choose one and send the form again. Nothing was counted."), field="option"
        )
    if not given <= set(ids) or (len(given) > 1 and not several):
        raise Refused(STRANGE, field="option")
    return [name for name in ids if name in given]


def _placed(form: MultiDict[str, str], ids: list[str]) -> list[str]:
    places = {name: plain_digits(form.get(f"place-{name}", ""))[0].strip() for name in ids}
    if sorted(places.values()) != sorted(str(number) for number in range(1, len(ids) + 1)):
        message = phrase(
            "The places were read as %(read)s. Give each line its own place from 1 to %(last)s. Nothing was counted.",
            read=", ".join(value[:10] or "-" for value in places.values()),
            last=len(ids),
        )
        raise Refused(message, field="place")
    return sorted(ids, key=lambda name: int(places[name]))
