"""Whose attempts figures are made of."""

from uuid import UUID

import pytest

from training.labs.models import Attempt
from training.marking.service import pool


def test_whoever_began_last_is_kept_with_all_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_PEOPLE", 2)
    ann, ben, cai, dee = (UUID(int=number) for number in range(1, 5))
    began = [ann, ben, cai, dee, ann]
    made = [Attempt(id=UUID(int=100 + place), person_id=person) for place, person in enumerate(began)]
    kept, left_out = pool.newest(made)
    assert ([one.person_id for one in kept], left_out) == ([ann, dee, ann], 2)
    always, left_out = pool.newest(made, {made[1].id})
    assert ([one.person_id for one in always], left_out) == ([ann, ben, dee, ann], 1)
