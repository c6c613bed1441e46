"""Symbolic links of the object manager: drive letters, names of pipes and volumes."""

from training.forge.windows.machine import Machine


def write(machine: Machine) -> list[int]:
    """Write the links of the plan; returns the addresses of their objects in the same order."""
    made = []
    for link in machine.plan.links:
        drive = ord(link.name[0].upper()) - ord("A") + 1 if link.name[1:] == ":" else 0
        object_ = machine.object("SymbolicLink", "_OBJECT_SYMBOLIC_LINK", link.name, machine.paged)
        object_.put("CreationTime.QuadPart", link.created)
        object_.set(DosDeviceDriveIndex=drive)
        machine.text(object_, "LinkTarget", link.target)
        made.append(object_.address)
    return made
