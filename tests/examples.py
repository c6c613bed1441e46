"""How many examples Hypothesis tries: the profile `quick`, `ci` or `long` of EXAMPLES, `quick` without one.

All of them run every property, on examples of its whole range; they differ in how many, and so in how rare a fault may
be that is found each time. None has a deadline: a busy machine is no fault of the program.
"""

import os

from hypothesis import HealthCheck, settings

FACTORS = {"quick": 1, "ci": 2, "long": 25}
"""How many times as many examples as `quick`, which is what stands at a property, or 100."""
PROFILE = os.environ.get("EXAMPLES", "quick")
if PROFILE not in FACTORS:
    msg = f"EXAMPLES is {PROFILE}: it is one of {', '.join(FACTORS)}"
    raise ValueError(msg)
LENIENT = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
"""A busy machine is slow; and fixtures of ours that properties use hand out what no example changes."""

for name, factor in FACTORS.items():
    settings.register_profile(name, deadline=None, max_examples=100 * factor, suppress_health_check=LENIENT)
settings.load_profile(PROFILE)


def try_examples(examples: int) -> settings:
    """The setting of a property for which this many examples are enough each time; more under the other profiles."""
    return settings(max_examples=examples * FACTORS[PROFILE])
