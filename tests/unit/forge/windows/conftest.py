"""The small machine of `small`, as a plan and as far as its kernel and its modules are written."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.unit.forge.windows.small import small
from tests.unit.forge.windows.stock import Stock
from tests.unit.forge.windows.wired import wired
from training.forge.windows import drivers, kernel
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan


@pytest.fixture
def plan() -> Plan:
    return small()


@pytest.fixture
def machine(plan: Plan) -> Machine:
    """The kernel and its modules stand; processes and what belongs to them are left to the test."""
    made = Machine(plan)
    kernel.write(made)
    drivers.write(made)
    return made


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stock]:
    """Stock Volatility on the machine of `wired`, by the name of a build; each machine is made once."""
    return cache(lambda build: Stock(wired(build), tmp_path_factory.mktemp(f"stock-{build}")))
