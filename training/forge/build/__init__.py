"""From a kernel to a base, and from a scenario and a base to the exhibits that are drawn from it."""

from training.forge.build.bases import base, bases, installed_kernel, name_of, release_of
from training.forge.build.ground import Ground, ground
from training.forge.build.variants import Outcome, variant, variants

__all__ = [
    "Ground",
    "Outcome",
    "base",
    "bases",
    "ground",
    "installed_kernel",
    "name_of",
    "release_of",
    "variant",
    "variants",
]
