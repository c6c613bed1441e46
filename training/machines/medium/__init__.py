"""Media of a responder: the kit, evidence media, and what comes off them again.

A kit and an empty evidence medium are unpacked from what travels with the repository (`training.forge.kit`). A medium
that was in a machine was written by that machine, which may be hostile: it is never mounted. `read` takes the files off
with a reader of our own, which trusts nothing that it finds.

Pure: no web, no database.
"""

from training.machines.medium.laying import blank, kit
from training.machines.medium.lime import Kind, header, kind_of, unlime
from training.machines.medium.reading import Left, Limits, Reading, Taken, Why, read

__all__ = ["Kind", "Left", "Limits", "Reading", "Taken", "Why", "blank", "header", "kind_of", "kit", "read", "unlime"]
