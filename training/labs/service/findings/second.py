"""Which of the cited places earned the part of the credit that is for an independent second source.

It is read from a verdict that is told, and from the names of the question's sources: no key is looked at.
"""

from collections.abc import Mapping, Sequence

from training.grading.bearing import Bearing
from training.grading.question import Question
from training.labs.service.notebook import Place


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
