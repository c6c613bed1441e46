"""The scenarios of the labs, read once for all tests of a process: what is drawn of a draft leaves it as it is."""

from functools import cache

from training.forge import scenario

draft_of = cache(scenario.load_any)
