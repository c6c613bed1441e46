"""What is told of registered exhibits: each by its own touches, the newest first to count."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from training.errors import NotThere
from training.evidence import service
from training.evidence.models import PAPERS, Exhibit
from training.store import Store

pytestmark = pytest.mark.any_database
A, B, C = "a" * 64, "b" * 64, "c" * 64


def enter(store: Store, clock: Clock, sha256: str, name: str, system: str = "linux") -> None:
    with store.writing() as session:
        session.add(
            Exhibit(
                sha256=sha256, name=name, title=name, os=system, size=1, symbols_sha256="2" * 64,
                record_sha256="3" * 64, truth_sha256="4" * 64, banner="", origin="", captured_at=clock(),
                registered_at=clock(),
            )
        )  # fmt: skip
    clock.forward(minutes=1)


def touch(store: Store, clock: Clock, sha256: str, act: str, text: str) -> None:
    clock.forward(minutes=1)
    with store.writing() as session:
        service.note(session, sha256, act, text, clock())


def test_custody_and_faults_are_those_of_the_exhibit_as_it_was_found_last(store: Store, clock: Clock) -> None:
    enter(store, clock, A, "a")
    enter(store, clock, B, "b")
    for sha256, act, text in (
        (A, "verified", "whole"),
        (A, "damaged", "expected x, found y"),
        (B, "damaged", "expected v, found w"),
        (B, "verified", "whole again"),
        (B, "registered", "a note"),
    ):
        touch(store, clock, sha256, act, text)
    with store.reading() as session:
        assert [one.text for one in service.custody(session, A)] == ["whole", "expected x, found y"]
        assert [one.text for one in service.custody(session, B, newest=2)] == ["whole again", "a note"]
        assert service.fault_of(session, A) == "expected x, found y"
        assert service.fault_of(session, B) is None
        assert service.faults(session) == {"a": "expected x, found y"}


def test_an_exhibit_is_found_by_name_as_it_was_registered_last_and_not_once_it_is_out(
    store: Store, clock: Clock
) -> None:
    for sha256 in (A, B):
        enter(store, clock, sha256, "same")
    enter(store, clock, C, "papers", PAPERS)
    with store.reading() as session:
        assert service.by_name(session, "same").sha256 == B
        assert [one.sha256 for one in service.every(session)] == [A, B]
    with store.writing() as session:
        service.get(session, B).withdrawn_at = clock() + timedelta(minutes=1)
    with store.reading() as session:
        assert service.by_name(session, "same").sha256 == A
        assert [one.sha256 for one in service.every(session)] == [A]
        assert service.get(session, B).name == "same"
    with store.writing() as session:
        service.get(session, A).withdrawn_at = clock()
    with store.reading() as session, pytest.raises(NotThere, match="exhibit register"):
        service.by_name(session, "same")
