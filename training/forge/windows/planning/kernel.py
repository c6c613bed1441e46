"""What the kernel of a machine has loaded, and what hooks into it."""

from typing import Final

from training.forge.windows.plan import Callback, Device, Hook, Module, Spot, Unloaded
from training.forge.windows.planning import facts, registered
from training.forge.windows.planning.casting import Cast
from training.forge.windows.planning.moments import SECOND

PAGE: Final = 0x1000
_OF_DEFENDER: Final = ("wdfilter.sys", "wdnisdrv.sys", "mssecflt.sys")


def native_path(path: str) -> str:
    r"""The kernel's name of a driver's path: ``\SystemRoot\…`` for Windows' own folder, ``\??\C:\…`` for others."""
    if path.lower().startswith("c:\\windows\\"):
        return "\\SystemRoot\\" + path[len("C:\\Windows\\") :]
    return "\\??\\" + path


def modules(cast: Cast) -> tuple[Module, ...]:
    """The modules in load order; those of a scenario came last."""
    without = _OF_DEFENDER if "security" in cast.scenario.machine.without else ()
    found = [
        Module(
            path=each.path,
            size=each.pages * PAGE,
            driver=each.driver,
            devices=tuple(Device(name=name, kind=kind) for name, kind in each.devices),
        )
        for each in facts.modules()
        if each.file.lower() not in without
    ]
    for wanted in cast.scenario.modules:
        devices = tuple(Device(name=one.name, kind=one.kind) for one in wanted.devices)
        path = native_path(wanted.path)
        found.append(Module(path=path, size=wanted.size, driver=wanted.driver, devices=devices, listed=wanted.listed))
    return tuple(found)


def unloaded(cast: Cast) -> tuple[Unloaded, ...]:
    """The modules that were unloaded, oldest first."""
    draw = cast.base("unloaded")
    found = [
        Unloaded(name=name, size=size, time=cast.booted + seconds * SECOND + draw.randrange(SECOND))
        for name, size, seconds in facts.unloaded()
    ]
    found += [
        Unloaded(
            name=each.name, size=each.size + 0xFFF & ~0xFFF, time=cast.draw.within(each.time, f"unloaded {each.name}")
        )
        for each in cast.scenario.unloaded
    ]
    return tuple(sorted(found, key=lambda each: each.time))


def callbacks(cast: Cast, loaded: tuple[Module, ...]) -> tuple[Callback, ...]:
    """Routines that drivers registered, those of a scenario last."""
    found = [*registered.callbacks(loaded, cast.base)]
    for each in cast.scenario.callbacks:
        spot = Spot(image=each.module.lower(), offset=each.offset)
        found.append(Callback(kind=each.kind, routine=spot, altitude=each.altitude))
    return tuple(found)


def hooks(cast: Cast) -> tuple[Hook, ...]:
    """System calls that a scenario leads elsewhere."""
    return tuple(
        Hook(function=each.function, routine=Spot(image=each.module.lower(), offset=each.offset))
        for each in cast.scenario.hooks
    )
