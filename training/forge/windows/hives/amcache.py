r"""What Windows noted of programs and drivers that it saw: ``Amcache.hve``."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from training.forge.windows.hive import Node
from training.forge.windows.plan import Filetime, ImageFile, Known, Plan, Value

NAME: Final = "\\??\\C:\\Windows\\AppCompat\\Programs\\Amcache.hve"
FILES: Final = "Root\\InventoryApplicationFile"
DRIVERS: Final = "Root\\InventoryDriverBinary"

_EMPTY: Final = ("InventoryApplication", "InventoryDriverPackage", "InventoryDevicePnp", "InventoryApplicationShortcut")
_KERNEL_MODE: Final = 0x0010_0000 | 0x8000 | 0x200 | 1


def write(root: Node, plan: Plan, installed: Filetime) -> None:
    """Write all that is known of programs and drivers."""
    for name in _EMPTY:
        root.put(f"Root\\{name}", installed)
    root.put(FILES, made=installed)
    root.put(DRIVERS, made=installed)
    for known in plan.known:
        if known.service:
            path = known.path.lower().replace("\\", "/")
            root.put(f"{DRIVERS}\\{path}", known.time, _driver(known, plan))
        else:
            root.put(f"{FILES}\\{_named(known)}", known.time, _file(known, plan))


def _named(known: Known) -> str:
    """The name of the key of a program: that of its file, and a hash of the path."""
    digest = hashlib.sha256(known.path.lower().encode()).hexdigest()[:16]
    return f"{known.path.rpartition(chr(92))[2].lower()}|{digest}"


def program(known: Known) -> str:
    """The number of the program that a file belongs to: the same for files of one product."""
    digest = hashlib.sha256(f"{known.product}\0{known.publisher}\0{known.version}".lower().encode()).hexdigest()
    return f"0006{digest[:40]}0000ffff" if known.product else f"0000{digest[:40]}0000ffff"


def _file(known: Known, plan: Plan) -> tuple[Value, ...]:
    name = known.path.rpartition("\\")[2]
    linked, size = _built(known, plan)
    texts = {
        "ProgramId": program(known),
        "FileId": f"0000{known.sha1}",
        "LowerCaseLongPath": known.path.lower(),
        "Name": name,
        "Publisher": known.publisher.lower(),
        "Version": known.version,
        "BinaryType": "pe64_amd64",
        "ProductName": known.product.lower(),
        "ProductVersion": known.version,
        "LinkDate": linked,
    }
    values = [Value(name=key, kind="SZ", data=text) for key, text in texts.items()]
    return (*values, Value(name="Size", kind="QWORD", data=size))


def _driver(known: Known, plan: Plan) -> tuple[Value, ...]:
    image = _image(known, plan)
    texts = {
        "DriverName": known.path.rpartition("\\")[2].lower(),
        "DriverVersion": known.version,
        "Product": known.product,
        "ProductVersion": known.version,
        "DriverCompany": known.publisher,
        "Service": known.service,
        "DriverId": f"0000{known.sha1}",
    }
    numbers = {
        "DriverInBox": 0,
        "DriverSigned": 0,
        "DriverIsKernelMode": 1,
        "DriverType": _KERNEL_MODE,
    }
    if image is not None:
        numbers |= {"DriverTimeStamp": image.timestamp, "ImageSize": image.size}
    values = [Value(name=key, kind="SZ", data=text) for key, text in texts.items()]
    return (*values, *(Value(name=key, kind="DWORD", data=number) for key, number in numbers.items()))


def _image(known: Known, plan: Plan) -> ImageFile | None:
    path = known.path.lower()
    return next((image for image in plan.images.values() if image.path.lower() == path), None)


def _built(known: Known, plan: Plan) -> tuple[str, int]:
    """When a file was linked, in Windows' words, and its size; of one that is no image of the plan nothing is known."""
    image = _image(known, plan)
    if image is None:
        return "", 0
    linked = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=image.timestamp)
    return linked.strftime("%m/%d/%Y %H:%M:%S"), image.size
