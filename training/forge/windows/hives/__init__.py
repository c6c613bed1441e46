"""The registry of a plan: which hives are loaded, and all keys that they hold with their times and values.

Nothing here needs memory: what is written into an image, and what is expected of its readers, both come from `hives`.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from training.forge.windows.builds.load import Build, build
from training.forge.windows.hive import Node
from training.forge.windows.hives import amcache, sam, security, software, system, user
from training.forge.windows.hives.usual import SECOND, Moments, fixed, lay
from training.forge.windows.plan import Filetime, Key, Plan, Profile, Value

BOOT: Final = "\\Device\\HarddiskVolume1\\EFI\\Microsoft\\Boot\\BCD"
HARDWARE: Final = "\\REGISTRY\\MACHINE\\HARDWARE"

_DAY: Final = 86_400 * SECOND
_CONFIG: Final = "\\SystemRoot\\System32\\Config\\"
_SERVICE: Final = "\\??\\C:\\Windows\\ServiceProfiles\\"
_SERVER: Final = 3
_ELEVEN: Final = 22000
_PACKAGES: Final = (
    "Microsoft.Windows.Search_cw5n1h2txyewy",
    "Microsoft.Windows.StartMenuExperienceHost_cw5n1h2txyewy",
    "Microsoft.Windows.ShellExperienceHost_cw5n1h2txyewy",
    "MicrosoftWindows.Client.CBS_cw5n1h2txyewy",
)
_MEDIA: Final = {19041: 132_201_836_400_000_000, 22000: 132_673_686_000_000_000, 20348: 132_649_356_000_000_000}
"""When the media of each build were made: 2019-12-07, 2021-06-05 and 2021-05-08."""
_PROCESSOR: Final = (
    Value(name="Component Information", kind="BINARY", data=bytes(16)),
    Value(name="Identifier", kind="SZ", data="Intel64 Family 6 Model 142 Stepping 12"),
    Value(name="ProcessorNameString", kind="SZ", data="Synthetic(R) Processor X5 @ 2.80GHz"),
    Value(name="VendorIdentifier", kind="SZ", data="GenuineIntel"),
    Value(name="FeatureSet", kind="DWORD", data=0x3D1B3FFE),
    Value(name="~MHz", kind="DWORD", data=2808),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A hive that is loaded: the name that the kernel keeps for it, its keys, and whether it has no file."""

    name: str
    root: Node
    time: Filetime
    volatile: bool = False


def hives(plan: Plan) -> tuple[Loaded, ...]:
    """All hives of a plan in the order in which they were loaded. Each key has its time."""
    return tuple(_Registry(plan).loaded())


def installed(plan: Plan) -> Filetime:
    """When Windows was set up: as the plan says, else when its oldest account was made, else some months ago."""
    if plan.host.installed:
        return plan.host.installed
    some = plan.host.booted - plan.random("set-up").randrange(97 * _DAY, 400 * _DAY)
    return min((account.created for account in plan.accounts), default=some)


class _Registry:
    """Puts the hives of a plan together."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.build: Build = build(plan.host.build)
        self.installed = installed(plan)
        self.people = [profile for profile in plan.profiles if profile.loaded]
        first = min((profile.loaded for profile in self.people), default=plan.host.booted + 40 * SECOND)
        self.moments = Moments(_MEDIA[self.build.kernel], self.installed, plan.host.booted, first)
        self.words = self._words()
        self.further: dict[str, list[Key]] = {}
        for hive in plan.hives:
            self.further.setdefault(hive.name.lower(), []).extend(hive.keys)

    def loaded(self) -> Iterator[Loaded]:
        """The hives, one after the other; those of the plan with names of their own come last."""
        plan, when = self.plan, self.installed
        yield self._hive("", "registry", volatile=True)
        yield self._hive(system.NAME, "system", lambda root: system.write(root, plan, when))
        yield self._hive(HARDWARE, "hardware", self._processors, volatile=True)
        yield self._hive(BOOT, "bcd")
        yield self._hive(software.NAME, "software", lambda root: software.write(root, plan, self.build, when))
        yield self._hive(f"{_CONFIG}DEFAULT", "service")
        yield self._hive(security.NAME, "", lambda root: security.write(root, plan, when))
        yield self._hive(sam.NAME, "", lambda root: sam.write(root, plan, when))
        yield self._hive(f"{_SERVICE}NetworkService\\NTUSER.DAT", "service")
        yield self._hive(f"{_CONFIG}BBI", "bbi")
        yield self._hive(f"{_SERVICE}LocalService\\NTUSER.DAT", "service")
        yield self._hive(amcache.NAME, "", lambda root: amcache.write(root, plan, when))
        yield self._hive(f"{_CONFIG}DRIVERS", "drivers")
        for profile in self.people:
            yield from self._profile(profile)
        for hive in plan.hives:
            if hive.name.lower() in self.further:
                yield self._hive(hive.name, "")

    def _profile(self, profile: Profile) -> Iterator[Loaded]:
        """The hives that are loaded when somebody logs on."""
        moments = Moments(self.moments.media, profile.created, self.moments.boot, profile.loaded)
        words = self.words | {"profile": profile.path}
        own = f"\\??\\{profile.path}\\ntuser.dat"
        counted = user.of_hive(self.plan, own)
        yield self._hive(
            own, "user", lambda root: user.write(root, counted, profile.created, profile.loaded), moments, words
        )
        local = f"\\??\\{profile.path}\\AppData\\Local\\"
        yield self._hive(f"{local}Microsoft\\Windows\\UsrClass.dat", "usrclass", None, moments, words)
        if self.plan.host.product != _SERVER:
            for package in _PACKAGES:
                yield self._hive(
                    f"{local}Packages\\{package}\\Settings\\settings.dat", "settings", None, moments, words
                )

    def _hive(
        self,
        name: str,
        table: str,
        write: Callable[[Node], None] | None = None,
        moments: Moments | None = None,
        words: dict[str, str] | None = None,
        *,
        volatile: bool = False,
    ) -> Loaded:
        """A hive: what every Windows has in it, what a room writes, and what the plan adds."""
        root, moments = Node("REGISTRY" if not name else "ROOT"), moments or self.moments
        if volatile:
            moments = replace(moments, installed=moments.boot)
        if table:
            lay(root, table, words or self.words, moments, fixed(f"{self.build.name} {name.lower()}"))
        if write is not None:
            write(root)
        for key in self.further.pop(name.lower(), ()):
            root.put(key.path, key.time, key.values, class_name=key.class_name)
        root.settle(moments.installed)
        return Loaded(name, root, moments.boot, volatile)

    def _processors(self, root: Node) -> None:
        """The processors, as the machine found them at its last start."""
        host, draw = self.plan.host, fixed("processors")
        time = self.moments.of("boot", draw)
        for number in range(host.processors):
            root.put(f"DESCRIPTION\\System\\CentralProcessor\\{number}", time, _PROCESSOR)

    def _words(self) -> dict[str, str]:
        """What the words in the tables mean."""
        host = self.plan.host
        draw = fixed(f"identity of {host.name}")
        server = host.product == _SERVER
        person = self.people[0].path.rpartition("\\")[2] if self.people else "Administrator"
        return {
            "host": host.name,
            "domain": host.domain if host.dns else host.name,
            "dns": host.dns or "Network",
            "user": person,
            "product": "ServerNT" if server else "WinNT",
            "processors": str(host.processors),
            "kernel": str(self.build.kernel),
            "revision": str(self.build.revision),
            "no_remote": str(int(not server)),
            "category": str(2 if host.dns else 1),
            "managed": str(int(bool(host.dns))),
            "machine": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "network": str(uuid.UUID(int=draw.getrandbits(128), version=4)).upper(),
            "loader": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "loaded": "Windows Server" if server else "Windows 11" if self.build.kernel == _ELEVEN else "Windows 10",
        }
