"""What the tests of machines run on."""

from tests.unit.machines.guest.living import saved, start

__all__ = ["saved", "start"]
