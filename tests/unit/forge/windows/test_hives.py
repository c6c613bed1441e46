"""What the registry of a machine holds follows from its plan, and lies in memory where the kernel looks for it."""

import codecs
import struct
import uuid
from dataclasses import replace

import pytest
from cryptography import x509

from tests.unit.forge.windows.hiveread import Reader
from tests.unit.forge.windows.kept import BIG, INSTALLED, PERSON, RUN, TASKS, kept
from tests.unit.forge.windows.small import BOOT, FROZEN, LOGON, USER, at
from training.forge.windows import drivers, kernel, process, registry
from training.forge.windows.hive import Node
from training.forge.windows.hives import amcache, certificates, hives, installed, software, system, tasks, user
from training.forge.windows.hives.identity import sid
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan, Service, Value

BUILDS = ("19041", "22000", "20348")


def root(plan: Plan, name: str) -> Node:
    return next(loaded.root for loaded in hives(plan) if loaded.name.lower() == name.lower())


def values(node: Node) -> dict[str, bytes]:
    return {value.name: value.data for value in node.values}


def text(node: Node, name: str) -> str:
    return values(node)[name].decode("utf-16-le").rstrip("\0")


def nodes(node: Node) -> list[Node]:
    return [node] + [each for below in node.keys.values() for each in nodes(below)]


def test_hives_come_in_the_order_in_which_windows_loads_them() -> None:
    loaded = hives(kept())
    names = [each.name for each in loaded]
    assert names[:3] == ["", "\\REGISTRY\\MACHINE\\SYSTEM", "\\REGISTRY\\MACHINE\\HARDWARE"]
    assert [each.rpartition("\\")[2] for each in names[3:13]] == [
        "BCD", "SOFTWARE", "DEFAULT", "SECURITY", "SAM", "NTUSER.DAT", "BBI", "NTUSER.DAT", "Amcache.hve", "DRIVERS",
    ]  # fmt: skip
    assert names[13:15] == [PERSON, "\\??\\C:\\Users\\mira\\AppData\\Local\\Microsoft\\Windows\\UsrClass.dat"]
    assert names[-1].endswith("ActivationStore.dat")
    assert len(set(names)) == len(names) == 20
    assert [each.name for each in loaded if each.volatile] == ["", "\\REGISTRY\\MACHINE\\HARDWARE"]


def test_nobody_is_loaded_who_is_not_logged_on() -> None:
    plan = kept()
    gone = replace(plan, profiles=(replace(plan.profiles[0], loaded=0),), hives=())
    assert not [each.name for each in hives(gone) if "mira" in each.name]
    assert USER in root(gone, software.NAME).key(f"{software.VERSION}\\ProfileList").keys


@pytest.mark.parametrize("build", BUILDS)
def test_times_are_those_of_a_machine_that_has_lived(build: str) -> None:
    loaded = hives(kept(build=build))
    oldest = {
        "19041": at("2019-12-07T09:00:00"),
        "22000": at("2021-06-05T12:00:00"),
        "20348": at("2021-05-08T08:00:00"),
    }
    times = [node.time for each in loaded for node in nodes(each.root)]
    assert oldest[build] < min(times) < oldest[build] + 3600 * 10_000_000
    assert max(times) < FROZEN
    assert sum(time % 10_000_000 == 0 for time in times) < len(times) // 100
    leaves = [node.time for each in loaded for node in nodes(each.root) if not node.keys]
    assert len(set(leaves)) > len(leaves) * 0.6
    assert sum(time >= BOOT for time in times) < len(times) // 3
    for each in loaded:
        if each.volatile:
            assert min(node.time for node in nodes(each.root)) >= BOOT
        assert all(node.time >= node.made for node in nodes(each.root))


def test_a_plan_that_says_not_when_windows_was_set_up_has_accounts_or_a_day_months_ago() -> None:
    plan = kept()
    silent = replace(plan, host=replace(plan.host, installed=0))
    assert installed(plan) == INSTALLED
    assert installed(replace(silent, accounts=(replace(plan.accounts[0], created=77), *plan.accounts))) == 77
    assert 97 <= (BOOT - installed(replace(silent, accounts=()))) / 864_000_000_000 < 400


def test_the_same_plan_gives_the_same_keys_and_another_service_moves_none() -> None:
    plan = kept()
    more = Service(name="Zzz", display="Z", kind=16, start=3, state=1, binary="C:\\z.exe", time=INSTALLED + 100)
    assert hives(plan) == hives(kept())
    other = hives(replace(plan, services=(*plan.services, more)))
    for one, two in zip(hives(plan), other, strict=True):
        if one.name == system.NAME:
            two.root.key(system.SERVICES).keys.pop("ZZZ")
        assert one == two


def test_services_have_keys_as_their_setup_wrote_them() -> None:
    services = root(kept(), system.NAME).key(system.SERVICES)
    schedule = services.keys["SCHEDULE"]
    assert schedule.time == INSTALLED + 77
    assert text(schedule, "ImagePath") == "%SystemRoot%\\System32\\svchost.exe -k netsvcs -p"
    assert text(schedule, "DisplayName").startswith("@%SystemRoot%\\System32\\schedsvc.dll,-1")
    assert text(schedule, "ObjectName") == "LocalSystem"
    assert text(schedule.keys["PARAMETERS"], "ServiceDll") == "%SystemRoot%\\System32\\schedsvc.dll"
    driver = services.keys["MSKBD64"]
    assert text(driver, "ImagePath") == "\\??\\C:\\Users\\Public\\drv\\mskbd64.sys"
    assert text(driver, "DisplayName") == "Keyboard Filter Helper"
    assert (values(driver)["Type"], values(driver)["Start"]) == (b"\1\0\0\0", b"\1\0\0\0")
    assert "ObjectName" not in values(driver)
    assert services.time == RUN + 900
    assert "CURRENTCONTROLSET" not in root(kept(), system.NAME).keys


def test_the_machine_knows_its_name_its_network_and_its_time() -> None:
    plan = kept()
    machine = root(plan, system.NAME)
    assert text(machine.key(f"{system.CONTROL}\\ComputerName\\ComputerName"), "ComputerName") == "WS-017"
    (adapter,) = machine.key(f"{system.SERVICES}\\Tcpip\\Parameters\\Interfaces").keys.values()
    assert text(adapter, "DhcpIPAddress") == "192.0.2.17"
    assert text(adapter, "DhcpSubnetMask") == "255.255.255.0"
    zone = machine.key(f"{system.CONTROL}\\TimeZoneInformation")
    assert struct.unpack("<i", values(zone)["ActiveTimeBias"]) == (-60,)
    summer = replace(plan, host=replace(plan.host, frozen=at("2026-07-01T10:00:00")))
    zone = root(summer, system.NAME).key(f"{system.CONTROL}\\TimeZoneInformation")
    assert struct.unpack("<i", values(zone)["ActiveTimeBias"]) == (-120,)
    assert text(zone, "TimeZoneKeyName") == "W. Europe Standard Time"
    assert struct.unpack("<Q", values(machine.key(f"{system.CONTROL}\\Windows"))["ShutdownTime"])[0] < BOOT


@pytest.mark.parametrize(
    ("build", "title", "number"),
    [
        ("19041", "Windows 10 Pro", "19045"),
        ("22000", "Windows 10 Pro", "22000"),
        ("20348", "Windows Server 2022 Standard", "20348"),
    ],
)
def test_windows_says_what_it_is(build: str, title: str, number: str) -> None:
    version = root(kept(build=build), software.NAME).key(software.VERSION)
    assert (text(version, "ProductName"), text(version, "CurrentBuild")) == (title, number)
    assert text(version, "BuildLabEx").startswith(f"{build}.1.amd64fre.")
    assert struct.unpack("<Q", values(version)["InstallTime"]) == (INSTALLED,)


def test_profiles_lead_from_a_sid_to_a_folder() -> None:
    profiles = root(kept(), software.NAME).key(f"{software.VERSION}\\ProfileList")
    assert [key.name for key in profiles.below()] == ["S-1-5-18", "S-1-5-19", "S-1-5-20", USER]
    mine = profiles.keys[USER]
    assert (text(mine, "ProfileImagePath"), mine.time) == ("C:\\Users\\mira", LOGON)
    assert values(mine)["Sid"] == sid(USER)


def test_the_plan_adds_to_what_every_windows_has() -> None:
    plan = kept()
    run = root(plan, software.NAME).key("Microsoft\\Windows\\CurrentVersion\\Run")
    assert [value.name for value in run.values] == ["SecurityHealth", "Dock"]
    assert run.time == INSTALLED + 50_000_000_000
    assert values(root(plan, software.NAME).key("Vendor\\Big"))["Blob"] == BIG
    own = root(plan, PERSON).key("Software\\Microsoft\\Windows\\CurrentVersion\\Run")
    assert (own.time, [value.name for value in own.values]) == (RUN, ["OneDrive", "KbdHelper"])


def test_a_machine_of_no_domain_has_people_of_its_own() -> None:
    plan = kept()
    place = "Microsoft\\Windows\\CurrentVersion\\Authentication\\LogonUI"
    assert text(root(plan, software.NAME).key(place), "LastLoggedOnSAMUser") == "MERROW\\mira"
    alone = replace(plan, host=replace(plan.host, domain="WORKGROUP", dns=""))
    assert text(root(alone, software.NAME).key(place), "LastLoggedOnSAMUser") == "WS-017\\mira"


def test_a_hive_may_come_in_parts() -> None:
    plan = kept()
    more = replace(plan.hives[1], name=PERSON.upper(), keys=(replace(plan.hives[1].keys[0], path="Software\\More"),))
    parts = replace(plan, hives=(*plan.hives, more))
    assert len(hives(parts)) == len(hives(plan))
    assert {"RUN", "RUNONCE"} <= set(root(parts, PERSON).key("Software\\Microsoft\\Windows\\CurrentVersion").keys)
    assert [value.name for value in root(parts, PERSON).key("Software\\More").values] == ["OneDrive", "KbdHelper"]


def test_userassist_counts_under_turned_names() -> None:
    place = root(kept(), PERSON).key(user.USERASSIST)
    assert len(place.keys) == 9
    programs = place.keys[user.PROGRAMS].keys["COUNT"]
    names = [codecs.decode(value.name, "rot_13") for value in programs.values]
    cmd = "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\cmd.exe"
    assert names == ["UEME_CTLCUACount:ctor", cmd, "C:\\Users\\Public\\drv\\keyview.exe", "UEME_CTLSESSION"]
    data = programs.values[1].data
    assert len(data) == 72
    assert struct.unpack_from("<III", data, 4) == (3, 5, 41_250)
    assert struct.unpack_from("<Q", data, 60) == (RUN - 4,)
    assert programs.time == RUN + 4
    shortcuts = place.keys[user.SHORTCUTS].keys["COUNT"]
    assert [codecs.decode(value.name, "rot_13") for value in shortcuts.values] == [
        "C:\\Users\\mira\\Desktop\\Ledger.lnk"
    ]


def test_amcache_knows_programs_and_drivers() -> None:
    plan = kept()
    cache = root(plan, amcache.NAME)
    (program,) = cache.key(amcache.FILES).keys.values()
    assert program.name.startswith("keyview.exe|")
    assert text(program, "LowerCaseLongPath") == "c:\\users\\public\\drv\\keyview.exe"
    assert text(program, "FileId") == "0000b51e2f3c4d5a69788796a5b4c3d2e1f0a1b2c3d4"
    image = next(each for each in plan.images.values() if each.path.endswith("keyview.exe"))
    assert struct.unpack("<Q", values(program)["Size"]) == (image.size,)
    assert program.time == RUN + 60
    (driver,) = cache.key(amcache.DRIVERS).keys.values()
    assert (driver.name, text(driver, "Service")) == ("c:/users/public/drv/mskbd64.sys", "mskbd64")
    assert cache.key("Root").time < BOOT


def test_files_of_one_product_belong_together() -> None:
    one, driver = kept().known
    other = replace(one, path="C:\\elsewhere.exe")
    assert amcache.program(one) == amcache.program(other) != amcache.program(driver)
    assert amcache.program(replace(one, product="")).startswith("0000")


def test_tasks_are_found_by_their_number() -> None:
    plan = kept()
    cache = root(plan, software.NAME).key(tasks.CACHE)
    assert len(cache.keys["TASKS"].keys) == len(TASKS)
    for task in TASKS:
        leaf = cache.key(f"Tree{task.path}")
        number = text(leaf, "Id")
        assert number == tasks.identifier(plan, task)
        kept_task = cache.key(f"Tasks\\{number}")
        assert text(kept_task, "Path") == task.path
        assert struct.unpack_from("<IQQ", values(kept_task)["DynamicInfo"]) == (3, task.created, task.last_run)
        group = {"boot": "BOOT", "logon": "LOGON"}.get(task.trigger, "PLAIN")
        assert number in cache.keys[group].keys


def texts(data: bytes, place: int, count: int) -> tuple[list[str], int]:
    """Texts behind their lengths, one after the other, and where the last ends."""
    found = []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, place)
        found.append(data[place + 4 : place + 4 + size].decode("utf-16-le"))
        place += 4 + size
    return found, place


def test_actions_start_a_program_or_call_an_object() -> None:
    start = tasks.actions(TASKS[1])
    (context,), place = texts(start, 2, 1)
    assert (start[:2], context, start[place : place + 2]) == (b"\3\0", "Author", b"\x66\x66")
    parts, place = texts(start, place + 2, 4)
    assert parts == ["", "rundll32.exe", TASKS[1].arguments, ""]
    assert start[place:] == b"\0\0"
    call = tasks.actions(TASKS[3])
    _, place = texts(call, 2, 1)
    assert call[place : place + 2] == b"\x77\x77"
    assert call[place + 6 : place + 22] == uuid.UUID("{900BE39D-6BE8-461A-BC4D-B0FA71F5ECB1}").bytes_le
    assert texts(call, place + 22, 1) == (["host"], len(call))


@pytest.mark.parametrize("trigger", sorted(tasks.TRIGGERS))
def test_every_trigger_is_marked_and_whole(trigger: str) -> None:
    made = tasks.triggers(replace(TASKS[1], trigger=trigger))
    assert made[0] == 0x17
    assert len(made) % 8 == 0
    assert struct.pack("<I4x", tasks.TRIGGERS[trigger]) in made
    assert USER.encode() not in made
    assert sid(USER) in made


def test_a_trigger_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        tasks.triggers(replace(TASKS[1], trigger="whenever"))


def test_certificates_are_of_nobody() -> None:
    stores = root(kept(), software.NAME).key(certificates.STORES)
    blobs = [(key.name, values(key)["Blob"]) for key in nodes(stores) if key.values]
    assert len(blobs) == 3
    for name, blob in blobs:
        found, place = {}, 0
        while place < len(blob):
            number, one, size = struct.unpack_from("<III", blob, place)
            assert one == 1
            found[number] = blob[place + 12 : place + 12 + size]
            place += 12 + size
        assert found[3].hex().upper() == name
        made = x509.load_der_x509_certificate(found[32])
        assert "Synthetic, for training only" in made.subject.rfc4514_string().replace("\\", "")
        made.verify_directly_issued_by(made)


@pytest.mark.parametrize("build", BUILDS)
def test_the_kernel_finds_every_page_of_every_hive(build: str) -> None:
    plan = kept(build=build)
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    registry.write(machine)
    home = next(each for each in machine.processes.values() if each.plan.name == "Registry")
    head = machine.symbol("CmpHiveListHead", 16)
    found, place = [], head
    while (place := struct.unpack("<Q", machine.kernel.read(place, 8))[0]) != head:
        found.append(machine.struct("_CMHIVE", place - machine.build.offset("_CMHIVE", "HiveList")))
    expected = hives(plan)
    assert len(found) == len(expected)
    for hive, loaded in zip(found, expected, strict=True):
        assert hive.get("Hive.Signature") == 0xBEE0BEE0
        size, buffer = hive.get("FileFullPath.Length"), hive.get("FileFullPath.Buffer")
        assert (machine.kernel.read(buffer, size).decode("utf-16-le") if size else "") == loaded.name
        storage = f"Hive.Storage[{int(loaded.volatile)}]"
        (table,) = struct.unpack("<Q", machine.kernel.read(hive.get(f"{storage}.Map"), 8))
        length, data = hive.get(f"{storage}.Length"), b""
        for number in range(length // 4096):
            offset, base = struct.unpack("<QQ", machine.kernel.read(table + 0x18 * number, 16))
            page = (base & ~0xF) + offset
            space = machine.kernel if loaded.volatile else home.space
            data += space.read(page, 4096)
        cell = struct.unpack("<I", machine.kernel.read(hive.get("Hive.BaseBlock") + 0x24, 4))[0]
        reader = Reader(data, cell)
        assert len(reader.root.walk()) == len(nodes(loaded.root))


def test_a_large_hive_needs_a_directory() -> None:
    plan = kept()
    big = Value(name="Blob", kind="BINARY", data=bytes(2_300_000))
    hive = replace(plan.hives[0], keys=(replace(plan.hives[0].keys[1], values=(big,)),))
    machine = Machine(replace(plan, hives=(hive,)))
    registry.write(machine)
    assert {block.tag for block in machine.paged.big} >= {b"CM10", b"CM25", b"CM31", b"CM32"}


def test_a_hive_is_named_by_its_file() -> None:
    assert registry.file_of("\\SystemRoot\\System32\\Config\\SAM") == "C:\\Windows\\System32\\config\\SAM"
    assert registry.file_of("\\REGISTRY\\MACHINE\\SYSTEM") == "C:\\Windows\\System32\\config\\SYSTEM"
    assert registry.file_of(PERSON) == "C:\\Users\\mira\\ntuser.dat"
    assert registry.file_of("\\Device\\HarddiskVolume1\\EFI\\Microsoft\\Boot\\BCD") == ""
    assert registry.file_of("") == ""
