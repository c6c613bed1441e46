"""From a scenario to a plan: the clean machine of its role, the incident laid over it, and everything decided.

`casting` says who is there, `numbering` gives numbers, the other rooms what each has. Nothing here reads or writes an
image. What a plan does not keep and the truth needs is in `Story`.
"""

from dataclasses import dataclass

from training.forge.scenario.windows.model import WindowsScenario
from training.forge.windows.builds.load import build
from training.forge.windows.plan import Host, Plan
from training.forge.windows.planning import kernel, registered, services
from training.forge.windows.planning.casting import Cast, cast
from training.forge.windows.planning.habits import Habits
from training.forge.windows.planning.holding import Holding
from training.forge.windows.planning.images import Images
from training.forge.windows.planning.network import Network
from training.forge.windows.planning.numbering import number
from training.forge.windows.planning.people import People
from training.forge.windows.planning.processes import Processes
from training.forge.windows.planning.traces import Traces

WORKSTATION, SERVER = 1, 3


@dataclass(frozen=True, slots=True)
class Story:
    """A plan, and what tells which of it a scenario planted."""

    scenario: WindowsScenario
    plan: Plan
    cast: Cast
    people: People
    traces: Traces
    network: Network
    holding: Holding


def plan(scenario: WindowsScenario) -> Plan:
    """The machine of a scenario with everything decided."""
    return story(scenario).plan


def story(scenario: WindowsScenario) -> Story:
    """The same, with what the truth is told from."""
    who = cast(scenario)
    number(who)
    people = People(who)
    machine, known = scenario.machine, build(str(scenario.machine.build))
    images = Images(who, known.version)
    traces, network = Traces(who, people), Network(who)
    holding = Holding(who, people.sid)
    processes = Processes(
        who, people, images, Habits(who, people.sid), holding, f"{known.shown}.{known.revision}"
    ).all()
    loaded = kernel.modules(who)
    made = Plan(
        title=f"{scenario.title}, variant {scenario.variant}",
        seed=who.draw.key,
        layout=who.base.key,
        host=Host(
            name=machine.host,
            domain=machine.domain or "WORKGROUP",
            dns=machine.dns or "",
            build=str(machine.build),
            product=WORKSTATION if machine.role == "workstation" else SERVER,
            processors=machine.processors,
            memory=machine.memory << 20,
            booted=who.booted,
            frozen=who.frozen,
            sid=people.machine,
            addresses=tuple(each.partition("/")[0] for each in machine.addresses),
            offset=machine.clock_offset,
        ),
        images=images.files,
        processes=processes,
        modules=loaded,
        unloaded=kernel.unloaded(who),
        services=services.services(who),
        endpoints=tuple(each for _, each in network.endpoints),
        hives=traces.hives(),
        profiles=tuple(people.profiles()),
        accounts=tuple(each for each, _ in traces.accounts()),
        secrets=traces.secrets(),
        logons=traces.logons(),
        tasks=tuple(each for each, _ in traces.tasks()),
        counted=tuple(each for each, _ in traces.counted()),
        known=tuple(each for each, _ in traces.known()),
        shimmed=tuple(each for each, _ in traces.shimmed()),
        records=tuple(each for _, each, _ in traces.records()),
        cached=traces.cached(),
        callbacks=kernel.callbacks(who, loaded),
        hooks=kernel.hooks(who),
        links=registered.links(who),
        timers=registered.timers(loaded, who.base, who.frozen - who.booted),
        jobs=registered.jobs(who),
    )
    return Story(scenario, made, who, people, traces, network, holding)
