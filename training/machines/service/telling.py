"""The record of a response told in its order, for whoever reads or replays it: what came when, beside the output."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.machines.models import Acquisition, Decision, Entry, Form, Happening, Remark, Response
from training.machines.ranges import Range
from training.machines.service import acquiring, console, guiding, noting, responses, sealing


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the record.

    Attributes:
        number: from 1, in the order of the times.
        at: when, in UTC; `reference` is the same by the range's reference clock; `since` seconds after the arrival.
        kind: entry, remark, form, decision, event or image.
        thing: the row.
        remarks: of an entry: what was noted to it.
    """

    number: int
    at: datetime
    reference: datetime
    since: float
    kind: str
    thing: Any
    remarks: tuple[Remark, ...] = ()


def of(session: Session, here: Range, response: Response) -> dict[str, Any]:
    """What a page of the record shows."""
    lab = responses.lab_of(session, here, response)
    person = session.get_one(Person, response.person_id)
    return {
        "steps": steps(session, response),
        "lab": lab,
        "scene": responses.situation(lab),
        "name": person.name,
        "sound": sealing.sound(session, response) if response.seal else None,
    }


def steps(session: Session, response: Response) -> list[Step]:
    """All rows in the order of their times."""
    remarks: dict[int, list[Remark]] = {}
    rows: list[tuple[datetime, int, str, Any]] = []
    for one in noting.rows(session, Remark, response):
        if one.entry:
            remarks.setdefault(one.entry, []).append(one)
        else:
            rows.append((one.at, 4, "remark", one))
    kinds: tuple[tuple[str, list[Happening] | list[Decision] | list[Form] | list[Entry], int], ...] = (
        ("event", guiding.told(session, response), 0),
        ("decision", noting.rows(session, Decision, response), 1),
        ("form", noting.rows(session, Form, response), 2),
        ("entry", console.entries(session, response.id), 3),
    )
    for kind, found, place in kinds:
        rows += [(row.at, place, kind, row) for row in found]
    images: list[Acquisition] = acquiring.of(session, response.id)
    rows += [(one.ended_at or one.began_at, 5, "image", one) for one in images]
    rows.sort(key=lambda one: (one[0], one[1]))
    begin, ahead = response.confirmed_at or response.begun_at, timedelta(seconds=response.range_offset)
    return [
        Step(
            number,
            at,
            at + ahead,
            (at - begin).total_seconds(),
            kind,
            thing,
            tuple(remarks.get(thing.number, ())) if kind == "entry" else (),
        )
        for number, (at, _, kind, thing) in enumerate(rows, 1)
    ]
