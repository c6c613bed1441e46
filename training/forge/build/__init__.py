"""From a kernel to a base, and from a scenario and a base to the exhibits that are drawn from it. Those of Windows are
written, and so are their bases.
"""

from training.forge.build.additions import addition
from training.forge.build.bases import base, bases, installed_kernel, name_of, release_of
from training.forge.build.ground import Ground, ground
from training.forge.build.idle import Idle, idle_base, idle_ground
from training.forge.build.placing import Way, lies
from training.forge.build.variants import Outcome, at_once, variant, variants
from training.forge.build.windows import written

__all__ = [
    "Ground",
    "Idle",
    "Outcome",
    "Way",
    "addition",
    "at_once",
    "base",
    "bases",
    "ground",
    "idle_base",
    "idle_ground",
    "installed_kernel",
    "lies",
    "name_of",
    "release_of",
    "variant",
    "variants",
    "written",
]
