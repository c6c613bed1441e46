"""By which addresses other devices reach this installation: for what is printed for them, and for certificates."""

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from training.settings import Settings

SIOCGIFADDR = 0x8915
"""Linux: the IPv4 address of an interface (netdevice(7))."""
EVERY = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
WEB = "80"  # the port that no browser has to be told


def networks() -> Iterator[str]:
    """IPv4 addresses of this machine by interface, without the loopback; none where the system doesn't tell so."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # an interface without an address
                answer = fcntl.ioctl(asked, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                address = socket.inet_ntoa(answer[20:24])
                if not address.startswith("127."):
                    yield address


def loopback(address: str) -> bool:
    """Whether an address such as http://127.0.0.1:8000 leads each device to itself, or nowhere."""
    host = _host(address)
    if not host or host == "localhost" or host.endswith(".localhost"):
        return True
    number = _number(host)
    return number is not None and (number.is_loopback or number.is_unspecified)


def private(address: str) -> bool:
    """Whether an address is a number that only the machines of one network reach, such as http://192.168.1.10."""
    number = _number(_host(address))
    return number is not None and number.is_private


def lasting(settings: Settings) -> bool:
    """Whether there is an address that certificates may carry: one that was set, and leads others here."""
    return not loopback(settings.address)


def alone(settings: Settings) -> bool:
    """Whether nobody but the machine itself reaches this installation, as for a demonstration."""
    host = _listening(settings)[0]
    return not _behind(settings) and host not in EVERY and loopback(f"http://{settings.listen}")


def sites(settings: Settings, browser: str) -> list[str]:
    """Addresses by which other devices may reach this site, the likeliest first; `browser`: as the reader's has it.

    First the one that is set, then those of the machine's networks, as far as it listens there and answers to them;
    last the browser's. Behind a proxy the networks lead past it, so they are left out.
    """
    found = [settings.address, *([] if _behind(settings) else _direct(settings)), browser.rstrip("/")]
    return list(dict.fromkeys(one for one in found if one))


def best(listed: list[str]) -> str:
    """The first of them that leads other devices here; where none does the first, which leads each to itself."""
    return next((one for one in listed if not loopback(one)), listed[0])


def _behind(settings: Settings) -> bool:
    """Whether a proxy stands between readers and the server, which speaks no HTTPS itself."""
    return settings.https or bool(settings.trusted_proxy)


def _direct(settings: Settings) -> list[str]:
    """Addresses of the server itself, in the machine's networks."""
    host, port = _listening(settings)
    if host not in EVERY:
        here = f"http://{settings.listen}"
        return [] if loopback(here) else [here.removesuffix(f":{WEB}")]
    reached = [one for one in networks() if not settings.hosts or one in settings.hosts]
    return [f"http://{one}" if port == WEB else f"http://{one}:{port}" for one in reached]


def _listening(settings: Settings) -> tuple[str, str]:
    host, _, port = settings.listen.rpartition(":")
    return host.strip("[]"), port


def _host(address: str) -> str:
    """The host of an address; empty where it can't be read."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A host that is a number; one of IPv4 in the clothes of IPv6 as what it is."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return None
    return number.ipv4_mapped or number if isinstance(number, ipaddress.IPv6Address) else number
