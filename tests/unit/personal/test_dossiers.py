"""Dossiers that were sealed before and after an erasure: each is whole, and they are not made one."""

import pytest

from tests.unit.personal.conftest import NAME, TYPED, Held
from training.errors import Refused
from training.hosting.dossier import service, verify
from training.hosting.models import TeachingSession

pytestmark = pytest.mark.any_database


def sealed(held: Held) -> bytes:
    held.clock.forward(seconds=5)
    with held.store.writing() as session:
        teaching = session.get_one(TeachingSession, held.session)
        return service.seal(session, teaching, held.settings.instance, held.clock())


def test_both_are_whole_and_merging_them_is_refused_with_what_differs(held: Held) -> None:
    """One file of both would hold again what was erased: who has the older one keeps it apart, or deletes it."""
    before = sealed(held)
    held.erase()
    after, later = sealed(held), sealed(held)
    assert verify.check(before) == verify.check(after) == []
    inside = b"".join(verify.unpacked(after).values())
    assert not [word for word in (NAME, *TYPED.values()) if word.encode() in inside]
    with pytest.raises(Refused) as told:
        service.merge([before, after])
    kinds = {line.split(" ", 1)[0] for line in told.value.message.splitlines()}
    assert {"finding", "certificate"} <= kinds, told.value.message
    assert all(line.endswith("is not the same in all dossiers") for line in told.value.message.splitlines())
    assert verify.check(service.merge([after, later])) == []
