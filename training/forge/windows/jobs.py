"""Jobs: groups of processes under common limits."""

from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine


def write(machine: Machine) -> list[int]:
    """Write the jobs of the plan; returns the addresses of their objects in the same order.

    Processes that have ended are counted and no longer in the list.

    Raises:
        KeyError: a process that there is not.
    """
    made = []
    for numbers in machine.plan.jobs:
        members = [machine.process(pid) for pid in numbers]
        living = [each for each in members if each.living]
        job = machine.object("Job", "_EJOB")
        job.set(
            TotalProcesses=len(members),
            ActiveProcesses=len(living),
            TotalTerminatedProcesses=len(members) - len(living),
            SessionId=members[0].plan.session or 0,
        )
        for each in members:
            each.struct.put("Job", job)
        ring(machine.kernel, [job.at("ProcessListHead"), *(each.struct.at("JobLinks") for each in living)])
        made.append(job.address)
    return made
