"""What arrives from the forms of marking rounds: values out, limits checked."""

from collections.abc import Mapping
from uuid import UUID

from training.errors import Refused
from training.labs.spot import Fields
from training.marking.service.rounds.examples import Written
from training.marking.service.rounds.giving import Typed
from training.marking.service.rounds.opening import About, Plan
from training.sentence import phrase

LEVEL = "level-"
"""What the field of a criterion begins with; its name follows."""

MOST_FIELDS, QUESTION, DIGITS = 40, 40, 10


def about(form: Mapping[str, str]) -> About:
    """Which question of which release and organisation is meant."""
    question = form.get("question", "")
    if not 1 <= len(question) <= QUESTION:
        raise Refused(phrase("Choose a question first."), field="question")
    return About(_id(form, "organisation"), _id(form, "release"), question)


def plan(form: Fields) -> Plan:
    """Who marks, how many for each piece, and the seed; an empty seed stands for a random one."""
    markers = tuple(_uuid(one, "marker") for one in form.getlist("marker")[:MOST_FIELDS])
    seed = form.get("seed", "").strip()
    return Plan(markers, _number(form.get("per_piece", ""), "per_piece"), _number(seed, "seed") if seed else None)


def levels(form: Mapping[str, str]) -> dict[str, int]:
    """The chosen levels by criterion; those that were left open are missing."""
    names = [name for name in form if name.startswith(LEVEL)][:MOST_FIELDS]
    return {name.removeprefix(LEVEL): _number(form[name], "levels") for name in names}


def typed(form: Mapping[str, str]) -> Typed:
    """A mark as it stands in the form."""
    return Typed(levels(form), form.get("comment", ""))


def written(form: Mapping[str, str]) -> Written:
    """An example as its author typed it."""
    return Written(form.get("text", ""), levels(form), form.get("why", ""))


def piece_and_marker(form: Mapping[str, str]) -> tuple[UUID, UUID]:
    """Which piece gets whom as its third marker."""
    return _id(form, "piece"), _id(form, "marker")


def giver_and_taker(form: Mapping[str, str]) -> tuple[UUID, UUID]:
    """Whose open pieces go to whom."""
    return _id(form, "from"), _id(form, "to")


def _id(form: Mapping[str, str], name: str) -> UUID:
    return _uuid(form.get(name, ""), name)


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(phrase("Something was not chosen. Choose it from the list."), field=field) from None


def _number(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS:
        raise Refused(phrase("'%(text)s' is not a whole number from 0.", text=text[:40]), field=field)
    return int(text)
