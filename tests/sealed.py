"""What every test that changes rows by the program's own means may demand at its end: the chain knows all of them."""

from training.operating.verify import records
from training.store import Store


def demand_seals(store: Store) -> None:
    """Fail unless each row of a sealed table is as the audit chain last recorded it."""
    with store.reading() as session:
        part = records.check(session)
    assert part.faults == []
    assert part.summary.endswith(" 0 of before rows were recorded")
