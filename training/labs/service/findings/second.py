"""The independent second source of a finding: what it has to show, and which of the cited places earned its part of the
credit.

The one is read from the cards of the question's sources, the other from a verdict that is told: no key is looked at.
"""

from collections.abc import Mapping, Sequence

from training.analysis.cards import Cards
from training.analysis.cards import Question as Wanted
from training.grading.bearing import Bearing
from training.grading.question import Question
from training.labs.service.notebook import Place


def asked_of_second(question: Question, cards: Cards) -> Wanted | None:
    """What a second source of a question has to show, as an examiner asks it: what all plugins that count as one can
    answer. None where they have nothing in common; and where one plugin alone counts, since that would name it.
    """
    names = dict.fromkeys(one.plugin for one in question.corroboration if one.plugin)
    first, *others = [cards.get(name).asks for name in names if name in cards] or [()]
    if not others or len(others) + 1 < len(names):
        return None
    return next((one for one in first if all(one in each for each in others)), None)


def second_of(
    question: Question, verdict: Mapping[str, object], borne: Sequence[tuple[Place, str]]
) -> tuple[Place, ...]:
    """The places that earned the part for a second source; none where a verdict did not give it, or does not say what
    each place is.

    Those that are a second source and nothing else; where there are none, those that prove the finding too and come
    from a source that counts as a second one, since another source proves it beside them.
    """
    if not verdict.get("corroboration"):
        return ()
    if second := tuple(place for place, word in borne if word == Bearing.SECOND):
        return second
    proving = [place for place, word in borne if word == Bearing.PROVES]
    sources, able = {_source(one) for one in proving}, {one.name for one in question.corroboration}
    return tuple(one for one in proving if _source(one) in able and sources - {_source(one)})


def _source(place: Place) -> str:
    return place.citation.material or place.plugin


def sources_of(places: Sequence[Place]) -> tuple[str, ...]:
    """The plugins and materials of places, each once."""
    return tuple(dict.fromkeys(_source(one) for one in places))
