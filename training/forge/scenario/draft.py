"""A scenario as its author wrote it, from which variants are drawn."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic

from pydantic import TypeAdapter, ValidationError

from training.forge.scenario.draw import OTHERS, OWN, OWN_SEED, Rules, UsedUp, Values, deal, examples
from training.forge.scenario.filling import Filling
from training.forge.scenario.kinds import KINDS, Kind
from training.forge.scenario.model import LETTERS, Scenario
from training.forge.scenario.parts import misfits
from training.forge.scenario.reading import Source, Where, problems
from training.forge.scenario.systems import LINUX, SYSTEMS, System, Variant
from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.words import DrawName, addresses_in
from training.grading.keys.syntax import nearest

MOST_DRAWN = 48
MOST_GROUPS = 32
OF_DRAFT = ("draw", "same", "unlike")
OF_VARIANT = ("seed", "number", "drawn")


class Draft(Generic[Variant]):
    """A scenario in which values are left to be drawn. `load` makes it.

    Attributes:
        path: of the file.
        name: of the lab.
        title: of the lab.
        system: what its machine runs.
    """

    def __init__(self, source: Source, kinds: dict[str, Kind], rules: Rules, system: System[Variant]) -> None:
        self.path = source.path
        self.name = str(source.document["name"])
        self.title = str(source.document["title"])
        self.system = system
        self._source = source
        self._kinds = kinds
        self._rules = rules

    def draw(self, seed: int, number: int) -> Variant:
        """The variant of a number, counted from 0: the same for the same lab, seed and number, whatever else is drawn.

        Raises:
            ScenarioMistakes: a draw has too few values for so many variants, or what was drawn contradicts the rest.
            ValueError: there is no letter for the number, or the seed is negative or has more than 63 bits.
        """
        return self.variants(seed, number + 1, first=number)[0]

    def variants(self, seed: int, count: int, *, first: int = 0) -> tuple[Variant, ...]:
        """The variants from number ``first`` up to below ``count``; raises what `draw` does."""
        if not 0 <= first < count <= len(LETTERS) or not 0 <= seed < 1 << 63:
            raise ValueError(f"variants are 0 to {len(LETTERS) - 1}, seeds 0 to 2^63 - 1")
        found = []
        try:
            for number, values in enumerate(deal(self._kinds, self._rules, self.name, seed, count)):
                if number >= first:
                    found.append(self._scenario(values, seed, number))
        except UsedUp as end:
            self._source.wrong(("draw", end.name), f"{too_few(end)}, or take another seed for the rest")
        self._source.end_if_wrong()
        return tuple(each for each in found if each)

    def _scenario(self, values: Values, seed: int, number: int) -> Variant | None:
        document = Filling(values, self._source.wrong, frozenset()).fill(body(self._source.document))
        try:
            variant = self.system.model.model_validate({**document, "seed": seed, "number": number, "drawn": values})
        except ValidationError as error:
            for where, what in problems(error):
                self._source.wrong(where, f"{what} (variant {LETTERS[number]} of seed {seed})")
            return None
        for where, what in self.system.contradictions(variant):
            self._source.wrong(where, f"{what} (variant {LETTERS[number]} of seed {seed})")
        return variant


def too_few(end: UsedUp) -> str:
    """What to say where a draw has no value left."""
    return (
        f"has a value of its own for {end.number} variants, and {end.number + 1} are wanted: give it more values "
        "(more, if its lab has variants already), or name it under same if two variants may have the same one"
    )


def body(document: dict[str, Any]) -> dict[str, Any]:
    """What a variant has of a draft's document."""
    return {key: value for key, value in document.items() if key not in OF_DRAFT}


def load(path: Path) -> Draft[Scenario]:
    """Read a scenario of Linux.

    It is tried out: with each choice and both ends of each range for the form of the fields, and with the lab's own
    variants and others for what must fit together. `ScenarioMistakes` lists all that's wrong, each with its line.
    """
    source = Source(path)
    if "system" in source.document:
        source.wrong(("system",), "is said by scenarios that are written, and here a machine is played")
        source.end_if_wrong()
    return _drafted(source, LINUX)


def load_any(path: Path) -> Draft[Scenario] | Draft[WindowsScenario]:
    """Read a scenario of any system, as `load` does."""
    source = Source(path)
    named = source.document.get("system", LINUX.name)
    written = [each for each in SYSTEMS if each != LINUX.name]
    if "system" in source.document and named not in written:
        source.wrong(("system",), f"must be {' or '.join(written)}; without it the machine is one of Linux")
        source.end_if_wrong()
    return _drafted(source, SYSTEMS[named])


def _drafted(source: Source, system: System[Variant]) -> Draft[Variant]:
    reading = _Reading(source, system)
    kinds, rules = reading.kinds(), reading.rules()
    reading.try_out(kinds, rules)
    source.end_if_wrong()
    return Draft(source, kinds, rules, system)


class _Reading(Generic[Variant]):
    """The mistakes of one draft, found part by part."""

    def __init__(self, source: Source, system: System[Variant]) -> None:
        self._source = source
        self._system = system
        self._document = source.document
        self._broken: set[str] = set()
        self._told: set[Where] = set()
        self._parted = 0
        for key in OF_VARIANT:
            if key in self._document:
                source.wrong((key,), "is not the author's to write: it is drawn")
        if "{" in str(self._document.get("name")):
            source.wrong(("name",), "is the same in all variants: nothing in it is drawn")

    def kinds(self) -> dict[str, Kind]:
        """What is drawn, without the draws that have mistakes."""
        given = self._document.get("draw") or {}
        if not isinstance(given, dict) or len(given) > MOST_DRAWN:
            self._source.wrong(("draw",), f"must be a mapping of at most {MOST_DRAWN} names")
            return {}
        return {name: kind for name, spec in given.items() if (kind := self._kind(name, spec))}

    def _kind(self, name: str, spec: Any) -> Kind | None:
        self._broken.add(name)
        try:
            TypeAdapter(DrawName).validate_python(name)
        except ValidationError as error:
            for _, what in problems(error):
                self._source.wrong(("draw", name), what)
        told = [key for key in spec if key in KINDS] if isinstance(spec, dict) else []
        if len(told) != 1:
            self._source.wrong(("draw", name), f"say exactly one of {', '.join(KINDS)}")
            return None
        try:
            kind = KINDS[told[0]].model_validate(spec)
        except ValidationError as error:
            for where, what in problems(error):
                if ("draw", name, *where) not in self._source.unread:
                    self._source.wrong(("draw", name, *where), what)
            return None
        self._broken.discard(name)
        return kind

    def rules(self) -> Rules:
        """What may be equal, without unknown names."""
        same = self._names(("same",), self._document.get("same") or [])
        groups = self._document.get("unlike") or []
        if not isinstance(groups, list) or len(groups) > MOST_GROUPS:
            self._source.wrong(("unlike",), f"must be a list of at most {MOST_GROUPS} groups of names")
            groups = []
        unlike = tuple(self._names(("unlike", number), group) for number, group in enumerate(groups))
        for number, group in enumerate(unlike):
            if len(set(group)) < 2:  # noqa: PLR2004 - a group
                self._source.wrong(("unlike", number), "a group has at least two names")
        written = frozenset(str(each) for text in _texts(body(self._document)) for each in addresses_in(text))
        return Rules(frozenset(same), unlike, written)

    def _names(self, place: Where, given: Any) -> tuple[str, ...]:
        if not isinstance(given, list):
            self._source.wrong(place, "must be a list of names")
            return ()
        drawn = self._document.get("draw")
        known = drawn if isinstance(drawn, dict) else {}
        for number, name in enumerate(map(str, given)):
            if name not in known:
                self._source.wrong((*place, number), f"{name} is not drawn{nearest(name, known)}")
        return tuple(name for name in map(str, given) if name in known)

    def try_out(self, kinds: dict[str, Kind], rules: Rules) -> None:
        """Fill and read the document with values of every sort."""
        used: set[str] = set()
        for values in examples(kinds):
            used |= self._try(values, together=False)
        for values in self._enough(kinds, rules):
            used |= self._try(values, together=True)
        for name in kinds:
            if name not in used:
                self._source.wrong(("draw", name), f"is drawn and never used: put {{{name}}} where it belongs")

    def _enough(self, kinds: dict[str, Kind], rules: Rules) -> list[Values]:
        """The lab's own variants and others, after every draw with too few values is told; such values repeat here."""
        name, left = str(self._document.get("name")), dict(kinds)
        while True:
            try:
                found = list(deal(left, rules, name, OWN_SEED, OWN + OTHERS))
                return [*found, *list(deal(left, rules, name, OWN_SEED + 1, OTHERS))[:1]]
            except UsedUp as end:
                self._source.wrong(("draw", end.name), too_few(end))
                if end.name in rules.same:
                    self._broken.add(end.name)
                    del left[end.name]
                rules = replace(rules, same=rules.same | {end.name})

    def _try(self, values: Values, *, together: bool) -> set[str]:
        filling = Filling(values, self._source.wrong, frozenset(self._broken))
        document = filling.fill(body(self._document))
        given = {"seed": 1, "number": 0, "drawn": values}
        found: Iterator[tuple[Where, str]] = iter(())
        unread = filling.open | self._source.unread
        try:
            variant = self._system.model.model_validate({**document, **given})
        except ValidationError as error:
            found = (each for each in problems(error) if not any(each[0][: len(one)] == one for one in unread))
            if together:
                found = itertools.chain(found, self._misfits(document, given, unread))
        else:
            if together:
                found = self._misfits(document, given, unread) if unread else self._system.contradictions(variant)
        told: set[Where] = set()
        for where, what in found:
            if where not in self._told:
                told.add(where)
                self._source.wrong(where, what)
        self._told |= told
        return filling.used

    def _misfits(
        self, document: dict[str, Any], given: dict[str, Any], unread: set[Where]
    ) -> Iterator[tuple[Where, str]]:
        """What doesn't fit in the right parts of a variant, of as many variants as a lab has of its own."""
        self._parted += 1
        return misfits(document, given, unread, self._system) if self._parted <= OWN else iter(())


def _texts(value: Any) -> Iterator[str]:
    """All texts in a document."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
