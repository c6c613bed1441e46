"""Seats of a list that the room doesn't have: said, and left as they are."""

from collections.abc import Mapping, Sequence

from training.sentence import phrase


def doubts(asked: Mapping[int, str], names: Sequence[str]) -> tuple[str, dict[int, str]]:
    """What to say of seats, by row, that are none of the room's `names`: once of the whole list, or of single rows.

    It is said once where no row has a seat of the room. A seat that a spreadsheet may have shortened, such as 7 for
    07, is always said by row.
    """
    odd = {at: seat for at, seat in asked.items() if seat not in names}
    near = {at: name for at, seat in odd.items() if (name := _whole(seat, names))}
    if len(odd) == len(asked) > 1 and not near:
        return _nowhere(names), {}
    unknown = phrase("The room has seats %(first)s to %(last)s.", first=names[0], last=names[-1])
    told: dict[int, str] = dict.fromkeys(odd, unknown)
    for at, name in near.items():
        told[at] = phrase("The room calls it %(seat)s. Did a spreadsheet take the zero?", seat=name)
    return "", told


def _whole(seat: str, names: Sequence[str]) -> str:
    """The seat of the room that this is without the zeros before it."""
    return next((one for one in names if seat.isdecimal() and one.lstrip("0") == seat), "")


def _nowhere(names: Sequence[str]) -> str:
    return phrase(
        "No seat of this list is one of the room, which has seats %(first)s to %(last)s. Variants are given out by "
        "these. Write them into the list; or leave that column out, and seat people later.",
        first=names[0],
        last=names[-1],
    )
