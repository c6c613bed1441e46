"""What holds for regrades of any amendments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.labs.conftest import Desk
from tests.unit.marking import regrades
from tests.unit.marking.regrades import DeskOf, Office, answer, proof, submit
from training.grading.amend import Accept, Amendment, Void, Worth

pytestmark = pytest.mark.any_database

office = regrades.office  # fixture
PIDS = st.sampled_from(["1", "3", "4", "77"])
AMENDMENT: st.SearchStrategy[Amendment] = st.one_of(
    st.builds(Accept, question=st.just("q1"), value=PIDS, credit=st.sampled_from([0.25, 0.5, 1.0])),
    st.builds(Void, question=st.sampled_from(["q1", "q2", "q5"]), reason=st.just("It does not hold.")),
    st.builds(Worth, question=st.sampled_from(["q1", "q2"]), points=st.sampled_from([(3.0, 1.0), (20.0, 10.0, 5.0)])),
)


def test_a_regrade_is_idempotent_and_can_be_taken_back_and_touches_nothing_else(
    desk: Desk, office: Office, desk_of: DeskOf
) -> None:
    cited = proof(desk)
    for name, value in (("q1", "3"), ("q1", answer(desk, "q1")), ("q2", "/nothing"), ("q5", "id")):
        submit(desk, name, value, cited)
    other = desk_of("colleague")
    for value in ("1", "4", "77"):
        submit(other, "q1", value, proof(other)[:1])
    fixed = submit(other, "q2", "/var/a")
    office.override(other, fixed.id, 0.4)
    written = ("grading_version", "judgement", "event")
    original, rest = office.credits(), office.dump(*written)

    @try_examples(12)
    @given(st.lists(AMENDMENT, max_size=4))
    def any_amendments(amendments: list[Amendment]) -> None:
        office.apply(office.look(*amendments))
        amended, rows = office.credits(), office.dump()
        again = office.look(*amendments)
        assert again.moved == ()
        assert again.empty
        office.apply(again)
        assert office.dump() == rows
        office.apply(office.look())
        assert office.credits() == original
        assert office.dump(*written) == rest
        office.apply(office.look(*amendments))
        assert office.credits() == amended

    any_amendments()
