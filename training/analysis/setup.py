"""An engine for an installation, as its settings say."""

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path

from training.analysis.cluster import Cluster
from training.analysis.engine import Engine, utc_now
from training.analysis.exhibit import OpenExhibit
from training.analysis.job import MIB, Limits
from training.analysis.place import Lent, Place
from training.analysis.shelf import Budget, Kept, Shelf
from training.analysis.work import Here
from training.errors import Refused
from training.settings import Settings
from training.store import Store


def limits(settings: Settings) -> Limits:
    """What one run may use."""
    return Limits(seconds=settings.run_seconds, rows=settings.run_rows, memory=settings.run_memory * MIB)


def place(settings: Settings) -> Place:
    """Where runs are worked off: the cluster that is set, else this machine. Raises Refused."""
    if not settings.cluster:
        return Here(settings.instance / "cache", settings.warm_memory * MIB)
    authority, certificate, key = (
        settings.cluster_authority, settings.cluster_certificate, settings.cluster_key
    )  # fmt: skip
    if authority is None or certificate is None or key is None:
        raise Refused(
            "cluster: set cluster_authority, cluster_certificate and cluster_key too; both sides must show one"
        )
    return Cluster(
        settings.cluster, authority=authority, certificate=certificate, key=key,
        slips=settings.instance / "slips", budget=settings.warm_memory * MIB,
    )  # fmt: skip


def engine(
    settings: Settings,
    store: Store,
    executor: Executor,
    open_exhibit: OpenExhibit,
    *,
    folder: Path | None = None,
    clock: Callable[[], datetime] = utc_now,
    kept: Kept | None = None,
    lent: Place | None = None,
) -> Engine:
    """An engine that keeps results in `folder`, which is the instance unless another one is named; where `kept` says
    which results must stay, within the budgets of the settings. A place that is `lent` outlives the engine.
    """
    budget = Budget(settings.results_per_person_mib * MIB, settings.results_mib * MIB, settings.disk_free_mib * MIB)
    made = Engine(
        store, executor, Lent(lent) if lent else place(settings), open_exhibit, folder or settings.instance,
        at_once=settings.runs_at_once, limits=limits(settings), clock=clock,
    )  # fmt: skip
    made.shelf = Shelf(store, folder or settings.instance, budget, kept, clock) if kept else None
    return made
