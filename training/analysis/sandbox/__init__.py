"""The enclosure of the analysis: what the processes that read hostile images can still do, in layers.

Only the standard library, and no other room of the program. docs/sandbox.md says what each layer stops.
"""

LAYERS = ("limits", "no-new-privileges", "audit", "seccomp", "landlock", "no-network", "user", "pid", "mount")
"""The names of the layers, in the order in which they are always listed."""


def in_order(layers: set[str]) -> tuple[str, ...]:
    """Names of layers in the fixed order."""
    return tuple(name for name in LAYERS if name in layers)
