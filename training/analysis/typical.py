"""What an installation knows of the plugins before it runs them: how long each takes, and which answers are there."""

import statistics
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.models import Run, State
from training.analysis.service import ALIVE, RECENT


def seconds(session: Session, exhibit: str) -> dict[str, float]:
    """The typical time of every plugin on an exhibit, as `service.typical_seconds` has it of one, in one question."""
    here = (Run.exhibit == exhibit).label("here")
    place = func.row_number().over(partition_by=(Run.plugin, here), order_by=Run.ended_at.desc()).label("place")
    taken = select(Run.plugin, here, Run.seconds, place).where(Run.state == State.COMPLETE, Run.seconds.is_not(None))
    recent = taken.subquery()
    found: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for plugin, on_it, one in session.execute(
        select(recent.c.plugin, recent.c.here, recent.c.seconds).where(recent.c.place <= RECENT)
    ):
        found[plugin, bool(on_it)].append(one)
    made = {card.name: card.seconds for card in plugin_cards.load()}
    for plugin in made:
        known = found.get((plugin, True)) or found.get((plugin, False))
        if known:
            made[plugin] = statistics.median(known)
    return made


def standing(session: Session, keys: Collection[str]) -> dict[str, Run]:
    """The runs that answer commands already, complete or on their way, by the commands' keys."""
    found = session.scalars(select(Run).where(Run.key.in_(keys), Run.state.in_(ALIVE)))
    return {run.key: run for run in found}
