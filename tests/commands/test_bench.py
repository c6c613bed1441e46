"""Benches: each runs in a short form, prints its figures as lines of JSON, and ends with a summary."""

from training.machines.bench import live
from training.settings import Settings


def test_the_bench_of_live_machines_takes_the_first_live_lab_and_no_written_one() -> None:
    plan = live.first_plan(Settings())
    assert plan.live is not None
    assert (plan.name, plan.variant) == ("first-response", "a")
