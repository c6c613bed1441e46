"""What holds for every response: bounds, monotony, order where order is free, a place for each mistake, purity."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.grading.conduct.sound import BOUNDS, DIGEST, HAPPENED, PLAN, RECORD, at, entry, judged
from training.grading.conduct import ConductVerdict, ordering, timeline
from training.grading.conduct.case import Case
from training.grading.conduct.happened import (
    Act,
    Cause,
    Contact,
    Ended,
    Event,
    Happened,
    LinkChange,
    Power,
    Started,
    Touched,
)
from training.grading.conduct.plan import StepName
from training.grading.conduct.record import (
    About,
    Acquisition,
    ClockPair,
    Decision,
    Form,
    Hash,
    Plugged,
    Record,
    Remark,
    Side,
    Way,
)
from training.grading.conduct.verdict import Part, Place, Where

LINES = [
    "mount /mnt/kit", "/mnt/kit/bin/ps", "ps aux", "find / -name x", "ps > /root/x", "kill 312", "dig evil.example",
    "ls /mnt/payroll", "cp -a /dev/shm /mnt/evid/", "sha256sum /mnt/evid/m", "poweroff", "ip link set eth0 down", "$(",
    "", "cat /dev/shm/a > /mnt/evid/a", "echo '", "for x in y; do ls; done",
]  # fmt: skip
moments = st.integers(-60, 700).map(at)
entries = st.builds(
    lambda line, seconds, took, code: entry(0, line, seconds, took, code),
    st.sampled_from(LINES) | st.text(max_size=30),
    st.integers(0, 600),
    st.floats(0, 60),
    st.sampled_from([0, 0, 0, 1, None]),
)
abouts = st.sampled_from([None, About(Where.ENTRY, "1"), About(Where.ACQUISITION, "1"), About(Where.FORM, "clock")])
texts = st.text(max_size=40) | st.sampled_from(["at 10:03", "I ran ps.", "entry 4", DIGEST, "e" * 64, "10:01:30Z"])
hashes = st.builds(Hash, st.sampled_from(Side), st.sampled_from([DIGEST, "b" * 64]), moments)
acquisitions = st.builds(
    Acquisition, st.integers(1, 3), st.sampled_from(Way), moments, st.none() | moments, st.booleans(), st.tuples(hashes)
)
records = st.builds(
    lambda typed, **more: Record(
        entries=tuple(replace(one, number=n) for n, one in enumerate(sorted(typed, key=lambda one: one.at), 1)), **more
    ),
    st.lists(entries, max_size=8),
    arrived=st.just(at(0)),
    remarks=st.lists(st.builds(Remark, st.integers(1, 9), texts, moments, abouts), max_size=3).map(tuple),
    authority=st.none() | moments,
    scenes=st.lists(st.builds(Form, moments, st.sampled_from([{}, {"screen": "on"}])), max_size=2).map(tuple),
    clocks=st.lists(st.builds(ClockPair, moments, st.sampled_from([132.0, -132.0, 0.0])), max_size=2).map(tuple),
    decisions=st.lists(
        st.builds(Decision, st.just("link"), st.sampled_from(["leave", "cut", "x"]), texts, moments), max_size=2
    ).map(tuple),
    plugged=st.lists(st.builds(Plugged, st.just("kit"), st.sampled_from(["", "K1"]), moments), max_size=2).map(tuple),
    acquisitions=st.lists(acquisitions, max_size=2).map(tuple),
    hand_over=st.none() | st.builds(Form, moments, st.sampled_from([{}, {"note": "all"}, {"note": "e" * 64}])),
    ended=st.none() | moments,
)
paths = st.sampled_from(["/root/x", "/mnt/payroll/a", "/mnt/evid/a", "/etc/passwd", "/root/.bash_history", "/srv/x"])
starts = st.builds(Started, st.integers(900, 950), st.just(90), moments)
touches = st.builds(Touched, st.integers(900, 950), paths, st.sampled_from(Act), moments)
contacts = st.builds(
    Contact, st.integers(900, 950), st.sampled_from(["198.51.100.7", "192.0.2.1"]), st.sampled_from([53, 443]), moments
)
causes = st.sampled_from(Cause)
happenings = st.builds(
    Happened,
    measured=st.booleans(),
    frozen=st.none() | moments,
    started=st.lists(starts, max_size=5).map(tuple),
    touched=st.lists(touches, max_size=5).map(tuple),
    contacts=st.lists(contacts, max_size=3).map(tuple),
    displaced=st.none() | st.integers(0, 50_000),
    ended=st.lists(st.builds(Ended, st.integers(1, 400), moments, cause=causes), max_size=2).map(tuple),
    events=st.lists(
        st.builds(Event, st.just("cleared"), moments, cause=causes, loses=st.just(("archive",))), max_size=2
    ).map(tuple),
    links=st.lists(st.builds(LinkChange, moments, st.sampled_from(["cut", "x"]), causes), max_size=2).map(tuple),
    powers=st.lists(st.builds(Power, moments, st.sampled_from(["reset", "x"]), causes), max_size=2).map(tuple),
)


def did(record: Record, happened: Happened) -> dict[StepName, datetime]:
    return ordering.observed(Case(PLAN, BOUNDS, record, happened))


def causes_of(record: Record, happened: Happened) -> list[Place]:
    """What each trace is put down to: a command, or nothing that is known."""
    case = Case(PLAN, BOUNDS, record, happened)
    traces: tuple[Contact | Touched, ...] = (*happened.contacts, *happened.touched)
    return [case.place_of(one) for one in traces]


def with_step(record: Record, step: StepName, when: datetime) -> Record:
    """The record with one step more, done at a moment."""
    typed = {StepName.LOOK: "/mnt/kit/bin/ps", StepName.COPY: "cp /dev/shm/a /mnt/evid/a"}
    changes: dict[StepName, dict[str, Any]] = {
        StepName.AUTHORITY: {"authority": when},
        StepName.SCENE: {"scenes": (*record.scenes, Form(when, {"screen": "on", "people": "none"}))},
        StepName.CLOCK: {"clocks": (*record.clocks, ClockPair(when, 132.0))},
        StepName.DECISION: {"decisions": (*record.decisions, Decision("link", "leave", "a dead-man switch", when))},
        StepName.HAND_OVER: {"hand_over": Form(when, {"note": "all"})},
        StepName.END: {"ended": when},
    }
    if step in typed:
        return replace(record, entries=(*record.entries, replace(entry(99, typed[step], 0), at=when)))
    if step in changes:
        return replace(record, **changes[step])
    image = record.image
    if step is StepName.MEMORY:
        return replace(record, acquisitions=(*record.acquisitions, Acquisition(7, Way.OUTSIDE, when, when)))
    assert image is not None
    sides = (Side.SOURCE,) if step is StepName.HASH else tuple(Side)
    value = next((one.value for one in image.hashes), DIGEST)
    fresh = tuple(Hash(side, value, when) for side in sides if image.hash(side) is None)
    better = replace(image, hashes=(*image.hashes, *fresh))
    return replace(record, acquisitions=tuple(better if one is image else one for one in record.acquisitions))


@given(records, happenings)
@try_examples(120)
def test_every_share_is_bounded_and_every_mistake_has_a_place(record: Record, happened: Happened) -> None:
    verdict = judged(record, happened)
    shares = [verdict.share, verdict.care, verdict.order.share, verdict.notes.share]
    shares += [one.share for one in verdict.parts] + [one.share for one in verdict.decisions.forks]
    shares += [one.share for one in verdict.footprint.dimensions if one.share is not None]
    assert all(0 <= one <= 1 for one in shares)
    assert sum(one.weight for one in verdict.parts) == pytest.approx(1)
    assert verdict.share == pytest.approx(sum(one.weight * one.share for one in verdict.parts))
    numbers = {str(one.number) for one in record.entries}
    for one in verdict.mistakes:
        assert one.place.name
        assert one.says
        assert one.place.kind is not Where.ENTRY or one.place.name in numbers
        assert not one.cost or one.part is Part.CARE


@given(records, happenings, st.integers(0, len(StepName) - 1), moments)
@try_examples(200)
def test_a_step_that_was_missing_never_lowers_the_share(
    record: Record, happened: Happened, number: int, when: datetime
) -> None:
    bare = set() if record.image else {StepName.HASH, StepName.VERIFY}  # nothing is there that could be hashed
    missing = [step for step in StepName if step not in did(record, happened) and step not in bare]
    assume(missing)
    step = missing[number % len(missing)]
    more = with_step(record, step, when)
    assume(step in did(more, happened))
    # A trace that nobody had caused would be the new command's own: a mistake more, and rightly so.
    assume(causes_of(more, happened) == causes_of(record, happened))
    assert judged(more, happened).share >= judged(record, happened).share - 1e-12


@given(records, happenings, st.lists(starts | touches | contacts, min_size=1, max_size=4))
@try_examples(150)
def test_a_larger_footprint_never_raises_the_share(
    record: Record, happened: Happened, traces: list[Started | Touched | Contact]
) -> None:
    larger = replace(
        happened,
        started=(*happened.started, *(one for one in traces if isinstance(one, Started))),
        touched=(*happened.touched, *(one for one in traces if isinstance(one, Touched))),
        contacts=(*happened.contacts, *(one for one in traces if isinstance(one, Contact))),
        displaced=None if happened.displaced is None else happened.displaced + 500,
    )
    assert judged(record, larger).share <= judged(record, happened).share + 1e-12


@given(st.randoms(use_true_random=False))
@try_examples(60)
def test_any_order_that_meets_all_needs_is_worth_all(chance: Random) -> None:
    order: list[StepName] = []
    while len(order) < len(StepName):
        ready = [one for one in StepName if one not in order and set(PLAN.needs[one]) <= set(order)]
        order.append(chance.choice(ready))
    record = Record(arrived=at(0))
    for step in sorted(order, key=lambda one: one in {StepName.HASH, StepName.VERIFY}):
        record = with_step(record, step, at(10 * order.index(step)))
    verdict = judged(record, Happened())
    assert verdict.order.share == 1
    assert not verdict.order.first
    assert {one.place for one in verdict.order.steps} == set(range(1, len(StepName) + 1))


@given(st.permutations(list(StepName)), st.integers(0, len(StepName)))
@try_examples(100)
def test_the_kept_steps_stand_in_a_right_order(order: list[StepName], count: int) -> None:
    record = Record(arrived=at(0))
    for step in sorted(order[:count], key=lambda one: one in {StepName.HASH, StepName.VERIFY}):
        if step not in {StepName.HASH, StepName.VERIFY} or record.image is not None:
            record = with_step(record, step, at(10 * order.index(step)))
    verdict = judged(record, Happened())
    kept = [StepName(one.id) for one in sorted(verdict.order.steps, key=lambda one: one.place or 0) if one.kept]
    assert verdict.order.share == len(kept) / len(PLAN.steps)
    assert not [(a, b) for n, a in enumerate(kept) for b in kept[n + 1 :] if (b, a) in PLAN.order]


@given(records, happenings)
@try_examples(60)
def test_judging_is_pure_and_the_verdict_can_be_kept(record: Record, happened: Happened) -> None:
    given_record, given_happened = copy.deepcopy(record), copy.deepcopy(happened)
    verdict = judged(record, happened)
    assert verdict == judged(record, happened)
    assert (record, happened) == (given_record, given_happened)
    kept = json.dumps(verdict.model_dump(mode="json"))
    assert ConductVerdict.model_validate(json.loads(kept)) == verdict


@given(records, happenings)
@try_examples(80)
def test_the_timeline_is_in_order_and_shows_each_line_with_its_mistakes(record: Record, happened: Happened) -> None:
    verdict = judged(record, happened)
    shown = timeline.of(PLAN, BOUNDS, record, happened, verdict)
    assert [one.at for one in shown] == sorted(one.at for one in shown)
    assert [one.typed for one in shown if one.entry] == [one.line for one in record.entries]
    told = {id(one) for moment in shown for one in moment.mistakes}
    assert told <= {id(one) for one in verdict.mistakes}
    assert told >= {id(one) for one in verdict.mistakes if one.place.kind in {Where.ENTRY, Where.REMARK}}
    assert all(one.what or one.entry for one in shown)


@pytest.mark.parametrize(
    "text", ["$(" * 40_000, "a|" * 40_000, "'" * 9_999, "10:04 " * 40_000, "ran ps. " * 40_000, "\0\u202e" * 9_999]
)
def test_adversarial_texts_end_in_time(text: str) -> None:
    typed = tuple(entry(n, text, n) for n in range(1, 21))
    notes = tuple(Remark(n, text, at(300), About(Where.ENTRY, "1")) for n in range(1, 21))
    began = time.process_time()
    judged(replace(RECORD, entries=typed, remarks=notes), Happened(measured=False))
    assert time.process_time() - began < 5


def test_a_long_response_with_many_traces_ends_in_time() -> None:
    typed = tuple(entry(n, "/mnt/kit/bin/ps", n / 10, 0.05) for n in range(1, 2_001))
    many = replace(
        HAPPENED,
        started=tuple(Started(1_000 + n, 90, at(n / 20)) for n in range(4_000)),
        touched=tuple(Touched(1_000 + n, f"/usr/{n}", Act.READ, at(n / 20)) for n in range(4_000)),
    )
    began = time.process_time()
    verdict = judged(replace(RECORD, entries=typed), many)
    timeline.of(PLAN, BOUNDS, replace(RECORD, entries=typed), many, verdict)
    assert time.process_time() - began < 5
    assert verdict.footprint.share is not None
