"""Documents and rows against what was recorded of them, where no certificate, report or event vouches for them."""

import hashlib

import pytest
from sqlalchemy import delete, insert

from tests.conftest import Clock, People
from training.accounts.actor import Role
from training.accounts.models import Membership, Organisation, OrganisationLook
from training.credentials.models import Logo
from training.operating.verify import records
from training.store import Store, new_id

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("damaged", ["", "logo of certificates", "logo of organisation"])
def test_logos_are_held_against_their_digests_and_who_has_none_is_left_out(
    store: Store, people: People, clock: Clock, damaged: str
) -> None:
    data = b"\x89PNG of a logo"
    digest = hashlib.sha256(data).hexdigest()
    kept = {one: data[::-1] if damaged.startswith(one) else data for one in ("logo of c", "logo of o")}
    with store.writing() as session:
        bare = Organisation(id=new_id(), name="Bare", name_key="bare", kind="agency")
        session.add(bare)
        session.flush()
        session.add(Logo(sha256=digest, data=kept["logo of c"]))
        for key, logo in ((people.home, kept["logo of o"]), (bare.id, None)):
            session.add(
                OrganisationLook(
                    organisation_id=key, short_name="", languages=["en"], address="", logo=logo,
                    logo_sha256=logo and digest, logo_type=logo and "image/png", changed_at=clock(), changed_by=None,
                )
            )  # fmt: skip
    with store.reading() as session:
        part = records.check_documents(session)
    assert part.summary.startswith("2 documents")
    if not damaged:
        assert part.faults == []
        return
    (fault,) = part.faults
    assert fault.startswith(damaged)
    assert f"expected SHA-256 {digest}, found {hashlib.sha256(data[::-1]).hexdigest()}" in fault


def test_a_row_that_was_removed_and_put_back_by_sql_is_told_in_an_installation_of_before_there_were_seals(
    store: Store, people: People
) -> None:
    """Rows that no event names are of before; this one the chain names as removed."""
    role = {"person_id": people["colleague"], "organisation_id": people.home, "role": Role.HOST}
    with store.writing() as session:
        session.add(Membership(**role))
    with store.writing() as session:
        session.execute(delete(Membership).filter_by(**role))
    with store.reading() as session:
        assert records.check(session).faults == []
    with store.writing() as session:
        session.connection().execute(insert(Membership).values(**role))
    with store.reading() as session:
        (fault,) = records.check(session).faults
    assert fault.startswith("membership:")
    assert fault.endswith("is in no event: it was added behind the program's back")
