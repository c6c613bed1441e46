"""The records of services are chained as readers of memory expect them."""

import struct
from dataclasses import replace

import pytest

from tests.unit.forge.windows.kept import SERVICES, kept
from training.forge.windows import drivers, kernel, process, services
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan, Service
from training.forge.windows.written import Written


def made(plan: Plan) -> tuple[Machine, Written]:
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    services.write(machine)
    return machine, next(each for each in machine.processes.values() if each.plan.name == "services.exe")


def number(home: Written, place: int, size: int = 8) -> int:
    return int.from_bytes(home.space.read(place, size), "little")


def text(home: Written, place: int) -> str:
    data = bytearray()
    while (letter := home.space.read(place + len(data), 2)) != b"\0\0":
        data += letter
    return data.decode("utf-16-le")


def blocks(home: Written, mark: bytes) -> list[int]:
    """The records that blocks of a mark name, wherever they lie in the pages of the process."""
    found = []
    for page in sorted(home.space.pages()):
        data, place = home.space.read(page, 4096), -1
        while (place := data.find(mark, place + 1)) >= 0:
            if not (page + place) % 8:
                found.append(number(home, page + place + 0x10))
    return found


def chain(home: Written, record: int) -> list[int]:
    found = []
    while record:
        found.append(record)
        record = number(home, record + 0x10)
    return found


@pytest.mark.parametrize("build", ["19041", "22000", "20348"])
def test_two_blocks_lead_to_the_chain_and_one_to_the_hidden_service(build: str) -> None:
    _, home = made(kept(build=build))
    hidden, last = blocks(home, b"serH")
    (anchored,) = blocks(home, b"Sc27")
    assert anchored == last
    names = [text(home, number(home, record + 0x38)) for record in chain(home, last)]
    assert names == ["mskbd64", "Spooler", "Npfs", "AFD", "Schedule"]
    assert [text(home, number(home, record + 0x38)) for record in chain(home, hidden)] == ["kbdsync"]


def test_a_record_says_what_the_plan_says() -> None:
    _, home = made(kept())
    hidden, last = blocks(home, b"serH")
    records = {text(home, number(home, record + 0x38)): record for record in (*chain(home, last), hidden)}
    for order, service in enumerate(SERVICES, 1):
        record = records[service.name]
        assert struct.unpack("<II", home.space.read(record + 0x20, 8)) == (order, service.start)
        assert text(home, number(home, record + 0x40)) == service.display
        assert struct.unpack("<II", home.space.read(record + 0x48, 8)) == (service.kind, service.state)
        behind = number(home, record + 0x128)
        if service.kind < 16:
            assert text(home, behind) == services.driver_name(service)
        elif service.state == services.STOPPED:
            assert behind == 0
        else:
            assert text(home, number(home, behind + 0x18)) == service.binary
            assert number(home, behind + 0x28, 4) == service.pid


def test_services_of_one_process_share_its_block() -> None:
    one = SERVICES[0]
    _, home = made(kept(services=(one, replace(one, name="Themes"), replace(one, name="BITS", pid=5508))))
    (last,) = blocks(home, b"serH")
    other, second, first = (number(home, record + 0x128) for record in chain(home, last))
    assert first == second != other


def test_readers_may_take_512_bytes_of_any_text() -> None:
    machine, home = made(kept())
    process.close(machine)
    _, last = blocks(home, b"serH")
    for record in chain(home, last):
        for place in (0x38, 0x40):
            assert len(home.space.read(number(home, record + place), 512)) == 512


def test_the_anchor_lies_in_the_program() -> None:
    machine, home = made(kept())
    image = machine.images.image(home.plan.path)
    pages = [page for page in home.space.pages() if b"Sc27" in home.space.read(page, 4096)]
    assert len(pages) == 1
    assert home.image_base <= pages[0] < home.image_base + image.size


def test_hundreds_of_services_find_room() -> None:
    many = tuple(
        Service(name=f"Svc{each:03}", display=f"The service {each} " + "x" * 90, kind=32, start=3, state=1,
                binary="C:\\Windows\\System32\\svchost.exe -k netsvcs -p", time=1)
        for each in range(700)
    )  # fmt: skip
    _, home = made(kept(services=many))
    (last,) = blocks(home, b"serH")
    assert len(chain(home, last)) == 700


def test_without_a_manager_nothing_is_written() -> None:
    plan = kept()
    rest = tuple(each for each in plan.processes if each.name != "services.exe")
    machine = Machine(replace(plan, processes=rest))
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    before = bytes(machine.physical.data)
    services.write(machine)
    assert bytes(machine.physical.data) == before


def test_a_file_system_has_another_folder_of_driver_objects() -> None:
    npfs = next(each for each in SERVICES if each.name == "Npfs")
    assert services.driver_name(npfs) == "\\FileSystem\\Npfs"
    assert services.driver_name(replace(npfs, kind=1)) == "\\Driver\\Npfs"
