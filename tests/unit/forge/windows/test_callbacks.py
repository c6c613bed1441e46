from collections.abc import Callable

import pytest

from tests.unit.forge.windows.small import small
from tests.unit.forge.windows.stock import Stock
from tests.unit.forge.windows.wired import CALLBACKS
from training.forge.windows import callbacks, drivers, kernel
from training.forge.windows.builds.load import NAMES
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Callback, Spot

KINDS = {
    "process": "PspCreateProcessNotifyRoutine",
    "thread": "PspCreateThreadNotifyRoutine",
    "image": "PspLoadImageNotifyRoutine",
    "registry": "CmRegisterCallbackEx",
    "bugcheck": "KeBugCheckCallbackListHead",
    "reason": "KeBugCheckReasonCallbackListHead",
    "filesystem": "IoRegisterFsRegistrationChange",
}


@pytest.mark.parametrize("build", NAMES)
def test_callbacks_shows_each_routine_and_those_of_processes_twice(stock: Callable[[str], Stock], build: str) -> None:
    machine = stock(build).machine
    expected = []
    for each in CALLBACKS:
        place = machine.spot(each.routine) & 0xFFFFFFFFFFFF
        module = each.routine.image.removesuffix(".sys")
        detail = f"Altitude: {each.altitude}" if each.altitude else None
        expected.append((KINDS[each.kind], place, module, detail))
        if each.kind in callbacks.NOTIFY:
            expected.append(("GenericKernelCallback", place, module, None))
    rows = stock(build).rows("windows.callbacks")
    shown = [(row["Type"], row["Callback"], row["Module"], row["Detail"]) for row in rows]
    assert sorted(shown, key=str) == sorted(expected, key=str)
    altitudes = [row["Detail"] for row in rows if row["Type"] == KINDS["registry"]]
    assert altitudes == ["Altitude: 328010", "Altitude: 385201"]


def written(*registered: Callback) -> Machine:
    machine = Machine(small(callbacks=registered))
    kernel.write(machine)
    drivers.write(machine)
    callbacks.write(machine)
    return machine


def registered(kind: str, image: str = "mskbd64.sys", offset: int = 0x1450) -> Callback:
    return Callback(kind=kind, routine=Spot(image=image, offset=offset))


def test_without_any_the_lists_point_at_themselves() -> None:
    machine = written()
    for name in ("CallbackListHead", "KeBugCheckCallbackListHead", "KeBugCheckReasonCallbackListHead"):
        head = machine.symbol(name, 16)
        assert machine.kernel.read(head, 16) == head.to_bytes(8, "little") * 2
    assert machine.kernel.read(machine.symbol("CmpCallBackCount"), 4) == bytes(4)


def test_mistakes_of_a_plan() -> None:
    with pytest.raises(KeyError, match="teapot"):
        written(registered("teapot"))
    with pytest.raises(KeyError, match=r"none\.sys"):
        written(registered("process", "none.sys"))
    written(*[registered("image", offset=16 * number) for number in range(64)])
    with pytest.raises(ValueError, match="64 places, not 65"):
        written(*[registered("image", offset=16 * number) for number in range(65)])
