"""Whom a row of a file about known people means: every column that is filled has to name the same person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from training.hosting.roster.reading.cells import id_key, name_key
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom a row can mean, or be mistaken for."""

    person: UUID
    number: str
    login: str
    name: str
    seat: str


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a row means, and the columns that say so. None: nobody; `told` says why where the columns contradict."""

    person: UUID | None
    columns: tuple[str, ...] = ()
    told: str = ""


class Whose:
    """People by what a row may call them: number, login, name, seat. `others` are people whom no row can mean."""

    def __init__(self, people: Iterable[Known], others: Iterable[Known] = ()) -> None:
        self._by: dict[str, dict[str, list[Known]]] = {"number": {}, "login": {}, "name": {}}
        self._names: dict[str, set[UUID]] = {}
        people = list(people)
        for one in people:
            keys = {"number": id_key(one.number), "login": id_key(one.login), "name": name_key(one.name)}
            for column, key in keys.items():
                if key:
                    self._by[column].setdefault(key, []).append(one)
        for one in (*people, *others):
            self._names.setdefault(name_key(one.name).casefold(), set()).add(one.person)

    def of(self, given: Mapping[str, str]) -> Meant:
        """Whom a row means, by its filled cells. A name alone means somebody where only one person has it."""
        given = {column: cell for column, cell in given.items() if cell}
        said = tuple(one for one in ("number", "login") if one in given) or (("name",) if "name" in given else ())
        if not said:
            return Meant(None)
        found = {one: self._by[one].get((name_key if one == "name" else id_key)(given[one]), []) for one in said}
        if unknown := [one for one in said if not found[one]]:
            return Meant(None, (unknown[0],))
        counts = Counter(one.person for these in found.values() for one in these)
        both = [one for one in found[said[0]] if counts[one.person] == len(said)]
        if not both:
            other = found["number"][0].login
            return Meant(None, said, phrase("The number is that of another account, %(login)s.", login=other))
        if len(both) > 1:
            return Meant(None, said[:1], phrase("Several people are called so. Give the sign-in name."))
        return self._unlike(both[0], given, said)

    def _unlike(self, one: Known, given: Mapping[str, str], said: tuple[str, ...]) -> Meant:
        """The person, unless the seat is not theirs, or the name is plainly that of somebody else."""
        if "seat" in given and id_key(given["seat"]) != id_key(one.seat):
            told = phrase("This is not the seat of %(login)s. Correct one of the two.", login=one.login)
            return Meant(None, (*said, "seat"), told)
        bearers = self._names.get(name_key(given.get("name", "")).casefold(), set())
        if bearers and one.person not in bearers:
            told = phrase("The name is that of somebody else than %(login)s. Correct one of the two.", login=one.login)
            return Meant(None, (*said, "name"), told)
        return Meant(one.person, said)
