"""Concurrent submissions, hints and repeated requests, in any order: limits, totals and request keys hold."""

import random
import threading
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from training.errors import DomainError
from training.grading import credit
from training.grading.credit import Hinted, History, Tried
from training.labs.models import Finding, HintTaken
from training.labs.service import findings

QUESTIONS = ("q1", "q8")
THREADS, ACTS = 6, 9


@dataclass
class Tally:
    """What the threads were told: the finding of each request key, and what went wrong beyond refusals."""

    told: dict[str, set[str]] = field(default_factory=dict)
    faults: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def work(desk: Desk, seed: int, cited: dict[str, list[int]], tally: Tally) -> None:
    """Do some acts in the order that the seed gives. Request keys and values are few, so that threads meet."""
    dice = random.Random(seed)  # noqa: S311 - the same dice every time
    for _ in range(ACTS):
        name, number = dice.choice(QUESTIONS), dice.randrange(6)
        try:
            if dice.random() < 0.2:
                hint(desk, name, dice.choice((1, 2)))
                continue
            key = f"request-{name}-{number}"
            right = number == 0
            done = desk.submit(
                name, answer(desk, name) if right else str(number + 2), cited[name] if right else [], key
            )
            with tally.lock:
                tally.told.setdefault(key, set()).add(str(done.finding.id) if done.finding else "")
        except DomainError:
            continue
        except BaseException as fault:  # noqa: BLE001 - a thread must not swallow it
            tally.faults.append(fault)
            return


def hint(desk: Desk, name: str, number: int) -> None:
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question(name), number, desk.rooms.clock())


@pytest.mark.database
@pytest.mark.parametrize("seed", range(4))
def test_any_interleaving_keeps_limits_and_totals(desk: Desk, seed: int) -> None:
    cited = {name: prove(desk, name)[:1] for name in QUESTIONS}
    tally = Tally()
    threads = [
        threading.Thread(target=work, args=(desk, 100 * seed + number, cited, tally)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert tally.faults == []
    assert tally.told
    assert all(len(ids) == 1 for ids in tally.told.values()), "one request key, one finding"
    for name in QUESTIONS:
        holds(desk, name)


def holds(desk: Desk, name: str) -> None:
    """Everything that must be true of one question, from what is stored."""
    with desk.rooms.store.reading() as session:
        stored = select(Finding).filter_by(attempt_id=desk.attempt_id, question=name).order_by(Finding.try_no)
        made = session.scalars(stored).all()
        hints = session.scalars(select(HintTaken).filter_by(attempt_id=desk.attempt_id, question=name)).all()
    points = desk.question(name).points
    assert len(made) <= len(points), "never more tries than the list has"
    assert [one.try_no for one in made] == list(range(1, len(made) + 1))
    steps = sorted([one.step for one in made] + [one.step for one in hints])
    assert steps == list(range(1, len(steps) + 1)), "one order of findings and hints, without gaps"
    assert sorted(one.number for one in hints) == list(range(1, len(hints) + 1))
    events: list[tuple[int, Tried | Hinted]] = [(one.step, Tried(one.credit, one.share)) for one in made]
    events += [(one.step, Hinted(one.price)) for one in hints]
    history = History(tuple(event for _, event in sorted(events, key=lambda pair: pair[0])))
    assert desk.progress(name).standing == credit.standing(points, history)
    for one in made:
        until = History(tuple(event for step, event in sorted(events, key=lambda pair: pair[0]) if step <= one.step))
        assert one.points == one.verdict["points"] == credit.standing(points, until).points
