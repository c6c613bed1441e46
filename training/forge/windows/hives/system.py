r"""The hive of the machine: ``\REGISTRY\MACHINE\SYSTEM``, with its services, its boot key, its name and its network."""

import ipaddress
import struct
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from training.forge.windows.hive import Node
from training.forge.windows.hives import sealing
from training.forge.windows.hives.usual import fixed, soon
from training.forge.windows.plan import Filetime, Plan, Service, Value

NAME: Final = "\\REGISTRY\\MACHINE\\SYSTEM"
CONTROL: Final = "ControlSet001\\Control"
SERVICES: Final = "ControlSet001\\Services"

_ROOT: Final = "c:\\windows\\"
_DRIVERS: Final = 0xF
_ZONES: Final = {
    "UTC": (0, 0, "940", "941"),
    "GMT Standard Time": (0, -60, "262", "261"),
    "W. Europe Standard Time": (-60, -60, "322", "321"),
    "Romance Standard Time": (-60, -60, "302", "301"),
    "Central Europe Standard Time": (-60, -60, "282", "281"),
    "FLE Standard Time": (-120, -60, "352", "351"),
}
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_SUNDAY: Final = 6
_LEASE: Final = 691_200
_TO_UNIX: Final = 11_644_473_600


def write(root: Node, plan: Plan, installed: Filetime) -> None:
    """Write the services, the boot key, the time zone and the addresses of a machine."""
    draw = fixed("set-up of the system")
    for name, digits in sealing.scattered(sealing.boot_key(plan)).items():
        root.put(f"{CONTROL}\\Lsa\\{name}", soon(installed, draw), class_name=digits)
    for service in plan.services:
        _service(root, service)
    _zone(root, plan)
    _network(root, plan, installed)
    _mounted(root, plan, installed)
    root.put(f"{CONTROL}\\Windows", 0, (Value(name="ShutdownTime", kind="BINARY", data=_shutdown(plan)),))


def stored_path(path: str) -> str:
    """A path as setups write it: Windows' own folder by its variable."""
    return f"%SystemRoot%\\{path[len(_ROOT) :]}" if path.lower().startswith(_ROOT) else path


def shown_name(service: Service) -> str:
    """The display name as the registry has it: that of a service of Windows is a place in its library."""
    library = stored_path(service.library)
    if not library.lower().startswith("%systemroot%"):
        return service.display
    return f"@{library},-{100 + sum(map(ord, service.name)) % 3}"


def _service(root: Node, service: Service) -> None:
    values = [
        Value(name="Type", kind="DWORD", data=service.kind),
        Value(name="Start", kind="DWORD", data=service.start),
        Value(name="ErrorControl", kind="DWORD", data=1),
        Value(name="ImagePath", kind="EXPAND_SZ", data=stored_path(service.binary)),
        Value(name="DisplayName", kind="SZ", data=shown_name(service)),
    ]
    if not service.kind & _DRIVERS:
        values.append(Value(name="ObjectName", kind="SZ", data=service.account))
    key = root.put(f"{SERVICES}\\{service.name}", service.time, values)
    if service.library:
        library = Value(name="ServiceDll", kind="EXPAND_SZ", data=stored_path(service.library))
        unload = Value(name="ServiceDllUnloadOnStop", kind="DWORD", data=1)
        key.put("Parameters", service.time, (library, unload))


def _zone(root: Node, plan: Plan) -> None:
    """The time zone; all those that are known here change their clocks as the European Union does."""
    bias, summer, standard, daylight = _ZONES.get(plan.host.zone, _ZONES["UTC"])
    now = bias + (summer if summer and _is_summer(plan.host.frozen) else 0)
    numbers = {"Bias": bias, "ActiveTimeBias": now, "StandardBias": 0, "DaylightBias": summer}
    changes = {"StandardStart": (10, 5, 3), "DaylightStart": (3, 5, 2)} if summer else {}
    values = [Value(name=name, kind="DWORD", data=number) for name, number in numbers.items()]
    values += [
        Value(name=name, kind="BINARY", data=struct.pack("<8H", 0, month, week, hour, 0, 0, 0, 0))
        for name, (month, week, hour) in changes.items()
    ]
    values += [
        Value(name="StandardName", kind="SZ", data=f"@tzres.dll,-{standard}"),
        Value(name="DaylightName", kind="SZ", data=f"@tzres.dll,-{daylight}"),
        Value(name="TimeZoneKeyName", kind="SZ", data=plan.host.zone),
    ]
    root.put(f"{CONTROL}\\TimeZoneInformation", 0, values)


def _is_summer(time: Filetime) -> bool:
    """Whether clocks in the European Union are ahead: from the last Sunday of March to that of October, 01:00 UTC."""
    now = _EPOCH + timedelta(microseconds=time // 10)
    return _last_sunday(now.year, 3) <= now < _last_sunday(now.year, 10)


def _last_sunday(year: int, month: int) -> datetime:
    day = datetime(year, month, 31, 1, tzinfo=UTC)
    return day - timedelta(days=(day.weekday() - _SUNDAY) % 7)


def _network(root: Node, plan: Plan, installed: Filetime) -> None:
    host, draw = plan.host, fixed(f"network of {plan.host.name}")
    adapter = "{" + str(uuid.UUID(int=draw.getrandbits(128), version=4)).upper() + "}"
    lease = (host.booted // 10_000_000 - _TO_UNIX) + 9
    names = {"Hostname": host.name, "NV Hostname": host.name, "Domain": host.dns, "NV Domain": host.dns}
    place = f"{SERVICES}\\Tcpip\\Parameters"
    root.put(
        place,
        host.booted + draw.randrange(30_000_000, 90_000_000),
        [
            Value(name="DataBasePath", kind="EXPAND_SZ", data="%SystemRoot%\\System32\\drivers\\etc"),
            *(Value(name=name, kind="SZ", data=text) for name, text in names.items()),
        ],
    )
    values = [Value(name="EnableDHCP", kind="DWORD", data=1), Value(name="Domain", kind="SZ", data="")]
    address = next((each for each in host.addresses if "." in each), None)
    if address is not None:
        network = ipaddress.ip_interface(address if "/" in address else f"{address}/24")
        gateway = str(network.network[1])
        values += [
            Value(name="DhcpIPAddress", kind="SZ", data=str(network.ip)),
            Value(name="DhcpSubnetMask", kind="SZ", data=str(network.netmask)),
            Value(name="DhcpServer", kind="SZ", data=gateway),
            Value(name="DhcpDefaultGateway", kind="MULTI_SZ", data=(gateway,)),
            Value(name="DhcpDomain", kind="SZ", data=host.dns),
            Value(name="Lease", kind="DWORD", data=_LEASE),
            Value(name="LeaseObtainedTime", kind="DWORD", data=lease),
            Value(name="LeaseTerminatesTime", kind="DWORD", data=lease + _LEASE),
        ]
    root.put(f"{place}\\Interfaces\\{adapter}", host.booted + draw.randrange(90_000_000, 150_000_000), values)
    card = [Value(name="ServiceName", kind="SZ", data=adapter), Value(name="Description", kind="SZ", data="Ethernet")]
    root.put(
        f"{CONTROL}\\Network\\{{4D36E972-E325-11CE-BFC1-08002BE10318}}\\{adapter}\\Connection",
        soon(installed, draw),
        card,
    )


def _mounted(root: Node, plan: Plan, installed: Filetime) -> None:
    draw = fixed(f"volume of {plan.host.name}")
    volume = b"DMIO:ID:" + draw.randbytes(16)
    root.put("MountedDevices", soon(installed, draw), (Value(name="\\DosDevices\\C:", kind="BINARY", data=volume),))


def _shutdown(plan: Plan) -> bytes:
    """When the machine was shut down before it was last started: some hours earlier."""
    hours = fixed(f"shutdown of {plan.host.name}").randrange(9 * 3600 * 10_000_000, 16 * 3600 * 10_000_000)
    return struct.pack("<Q", plan.host.booted - hours)
