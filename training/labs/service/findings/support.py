"""What a finding stands on before it is submitted: whether cited places hold what was typed, and how many structures
they come from.

It looks at the typed text, the cited places, the plugin cards and the public part of the question. It knows nothing of
keys, sources of proof or verdicts, so that it can be said at any time, in an examination too; and it is no verdict: a
wrong value can stand on the best of support, and places of several structures need not show what is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.analysis.cards import Cards
from training.grading.values.base import Canon, Unreadable
from training.grading.values.offering import Asked, offer_of_line, values_of
from training.grading.values.reading import kind_of, read
from training.labs.service.notebook import Place

IN_CELLS = frozenset(
    {"pid", "port", "address", "ip", "endpoint", "path", "registry", "hash", "string", "timestamp", "set", "chain"}
)
"""Answer types whose values stand in cells. A count or a duration is worked out, a choice is ticked."""


class Stand(StrEnum):
    """What a finding stands on."""

    BARE = "bare"
    """Nothing is cited."""
    SILENT = "silent"
    """No cited place holds the value."""
    PART = "part"
    """Some of the values stand in no cited place."""
    ONE = "one"
    """One structure of the machine, however many places."""
    SEVERAL = "several"
    """Places of different structures. Whether they show what is asked is judged with the answer."""


@dataclass(frozen=True, slots=True)
class Support:
    """What a finding stands on.

    Attributes:
        stand: see `Stand`.
        holding: numbers of the citations that hold the value; of all where its type stands in no cell.
        missing: values that stand in no cited place, as they were read.
        structures: what the holding places were read from, each once.
        held: whether the places were looked at for the value.
    """

    stand: Stand
    holding: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    held: bool = True

    @property
    def lacks(self) -> bool:
        """Whether it has less support than anybody would ask for."""
        return self.stand in {Stand.BARE, Stand.SILENT, Stand.PART}


def stands_on(asked: Asked, typed: str, places: Sequence[Place], cards: Cards, *, wanted: bool) -> Support | None:
    """What a typed text stands on; None where nothing is typed, or where nothing is cited and nothing need be.

    Args:
        asked: the public part of the question.
        typed: what stands in its field.
        places: what is ticked for it.
        cards: they say which plugins read the same structure.
        wanted: whether a citation is asked for at all, as the page says where none was ticked.
    """
    if not typed.strip() or not (places or wanted):
        return None
    if not places:
        return Support(Stand.BARE)
    held = [(one.citation.number, _values(asked, one)) for one in places if not one.fault]
    wanting = _elements(asked, typed)
    missing = [one for one in wanting if not any(_among(asked, one, values) for _, values in held)]
    if not wanting or (missing and any(one.masked for one in places)):  # of what is behind a mark, nothing is told
        return _of(places, cards, held=False)
    if len(missing) == len(wanting):
        return Support(Stand.SILENT)
    holding = [number for number, values in held if any(_among(asked, one, values) for one in wanting)]
    found = _of([one for one in places if one.citation.number in holding], cards, held=True)
    if not missing:
        return found
    written = tuple(kind_of(asked.single).write(one, asked.single) for one in missing)
    return Support(Stand.PART, found.holding, written, found.structures)


def _of(places: Sequence[Place], cards: Cards, *, held: bool) -> Support:
    structures = structures_of(places, cards)
    stand = Stand.SEVERAL if len(structures) > 1 else Stand.ONE
    return Support(stand, tuple(one.citation.number for one in places), (), structures, held)


def rests_on(places: Sequence[Place], cards: Cards) -> Support | None:
    """What places come from, whatever is typed; None for no place."""
    return _of(places, cards, held=False) if places else None


def structures_of(places: Iterable[Place], cards: Cards) -> tuple[str, ...]:
    """What places were read from: the structure that a plugin walks, by its card, or the material of a line."""
    return tuple(dict.fromkeys(_structure(one, cards) for one in places))


def _structure(place: Place, cards: Cards) -> str:
    if place.citation.material:
        return place.citation.material
    return cards.get(place.plugin).family if place.plugin in cards else place.plugin


def _elements(asked: Asked, typed: str) -> tuple[Canon, ...]:
    """The values that cells can hold; none where the type stands in no cell, or the text can't be read."""
    if asked.type not in IN_CELLS or asked.listed or asked.single.type not in IN_CELLS:
        return ()
    try:
        canon = read(typed, asked.spec).canon
    except Unreadable:
        return ()
    return canon if isinstance(canon, tuple) else (canon,)


def _values(asked: Asked, place: Place) -> frozenset[Canon]:
    """What the cells of a place would be typed as."""
    if place.cells:
        seen = {name: cell for name, cell in place.cells.items() if name not in place.masked}
        return values_of(asked, place.types, seen)
    made = offer_of_line(asked, place.text)
    return frozenset(_elements(asked, made.text)) if made.text else _words(asked, place.text)


def _words(asked: Asked, text: str) -> frozenset[Canon]:
    """Words of a line: it may hold several values of a kind, or a number that is offered to nobody."""
    found: set[Canon] = {text.strip()} if asked.single.type == "string" else set()
    for word in text.split():
        found.update(_elements(asked, word.strip(".,;:()")))
    return frozenset(found)


def _among(asked: Asked, value: Canon, values: frozenset[Canon]) -> bool:
    """Whether a value stands among others; times agree within the second that a person types."""
    if value in values or asked.single.type != "timestamp":
        return value in values
    spec = asked.single.model_copy(update={"tolerance": 1})
    return any(kind_of(spec).same(value, one, spec) for one in values)


def bearings_of(citations: Sequence[str], verdict: Mapping[str, object]) -> dict[str, str]:
    """What a verdict says of each citation, by its id; nothing where it says nothing of single places, as of a value
    that is not right, or was said before places were told apart.
    """
    said = verdict.get("places")
    if not isinstance(said, list) or len(said) != len(citations):
        return {}
    return dict(zip(citations, (str(one) for one in said), strict=True))


def borne(citations: Sequence[str], verdict: Mapping[str, object], places: Iterable[Place]) -> list[tuple[Place, str]]:
    """The places of a finding that are known, each with what its verdict says of it, '' for nothing."""
    by_id = {str(one.citation.id): one for one in places}
    said = bearings_of(citations, verdict)
    return [(by_id[one], said.get(one, "")) for one in citations if one in by_id]
