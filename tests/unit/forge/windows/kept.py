r"""The small machine with a registry, services and traces of files: a bit of each thing that these rooms write."""

from dataclasses import replace
from typing import Any

from tests.unit.forge.windows.small import BOOT, FROZEN, LOGON, MACHINE, SYSTEM_32, USER, at, small
from training.forge.windows.plan import (
    Account,
    CachedLogon,
    Counted,
    Hive,
    Key,
    Known,
    Plan,
    Profile,
    Recorded,
    Secret,
    Service,
    Shimmed,
    Task,
    Value,
)

INSTALLED = at("2025-11-02T13:41:07.551", 4417)
PERSON = "\\??\\C:\\Users\\mira\\ntuser.dat"
DRIVER = "\\??\\C:\\Users\\Public\\drv\\mskbd64.sys"
LIBRARY = "C:\\Users\\Public\\drv\\upd.dll"
BIG = bytes(range(256)) * 190
RUN = at("2026-03-10T10:06:40.219", 9981)
STREAM = b"[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=http://mail.example/\r\nHostUrl=http://mail.example/offer.docm\r\n"
SVCHOST = SYSTEM_32 + "svchost.exe -k netsvcs -p"

SERVICES = (
    Service(
        name="Schedule", display="Task Scheduler", kind=32, start=2, state=4, binary=SVCHOST,
        time=INSTALLED + 77, pid=820, library=SYSTEM_32 + "schedsvc.dll",
    ),
    Service(
        name="AFD", display="Ancillary Function Driver for Winsock", kind=1, start=1, state=4,
        binary="\\SystemRoot\\system32\\drivers\\afd.sys", time=INSTALLED + 12,
    ),
    Service(name="Npfs", display="Npfs", kind=2, start=1, state=4, binary="", time=INSTALLED + 5),
    Service(
        name="Spooler", display="Print Spooler", kind=16, start=2, state=1, binary=SYSTEM_32 + "spoolsv.exe",
        time=INSTALLED + 31,
    ),
    Service(
        name="kbdsync", display="Keyboard Sync", kind=16, start=2, state=4, binary="C:\\Users\\Public\\drv\\sync.exe",
        time=RUN + 900, pid=5508, listed=False,
    ),
    Service(
        name="mskbd64", display="Keyboard Filter Helper", kind=1, start=1, state=4, binary=DRIVER, time=RUN + 400,
    ),
)  # fmt: skip
ACCOUNTS = (
    Account(name="Administrator", rid=500, password="Winter-2025-Ledger", created=INSTALLED, flags=0x210),
    Account(name="Guest", rid=501, password=None, created=INSTALLED, flags=0x215),
    Account(name="DefaultAccount", rid=503, password=None, created=INSTALLED, flags=0x215),
    Account(name="mira", rid=1001, password="Ledger-Blue-71", created=INSTALLED + 900_000_000),
    Account(name="svc.scan", rid=1003, password="Ledger-Blue-71", created=RUN - 7),
    Account(name="kiosk", rid=1004, password="", created=RUN - 5),
)
TASKS = (
    Task(
        path="\\Microsoft\\Windows\\Defrag\\ScheduledDefrag", command="%windir%\\system32\\defrag.exe",
        arguments="-c -h -o -$", trigger="boot", created=INSTALLED + 4, last_run=BOOT + 6_000_000_123,
    ),
    Task(
        path="\\KbdHelperUpdate", command="rundll32.exe", arguments=f"{LIBRARY},Start", trigger="logon",
        created=RUN + 33, last_run=FROZEN - 88, user="MERROW\\mira", sid=USER, display="Keyboard Helper Update",
    ),
    Task(
        path="\\Vendor\\Daily", command="C:\\Program Files\\Vendor\\up.exe", arguments="", trigger="time",
        created=INSTALLED + 9, last_run=0,
    ),
    Task(
        path="\\Microsoft\\Windows\\WDI\\ResolutionHost", command="{900BE39D-6BE8-461A-BC4D-B0FA71F5ECB1}",
        arguments="host", trigger="session", created=INSTALLED + 9, last_run=0,
    ),
)  # fmt: skip
HIVES = (
    Hive(
        name="\\SystemRoot\\System32\\Config\\SOFTWARE",
        keys=(
            Key(
                path="Microsoft\\Windows\\CurrentVersion\\Run",
                time=INSTALLED + 50_000_000_000,
                values=(Value(name="Dock", kind="SZ", data="C:\\Program Files\\Dock\\dock.exe"),),
            ),
            Key(path="Vendor\\Big", time=RUN, values=(Value(name="Blob", kind="BINARY", data=BIG),)),
        ),
    ),
    Hive(
        name=PERSON,
        keys=(
            Key(
                path="Software\\Microsoft\\Windows\\CurrentVersion\\Run",
                time=RUN,
                values=(
                    Value(name="OneDrive", kind="SZ", data='"C:\\Users\\mira\\OneDrive.exe" /background'),
                    Value(name="KbdHelper", kind="SZ", data=f"rundll32.exe {LIBRARY},Start"),
                ),
            ),
        ),
    ),
    Hive(
        name="\\??\\C:\\ProgramData\\Microsoft\\Windows\\AppRepository\\Packages\\Notes_1\\ActivationStore.dat",
        keys=(Key(path="Applications\\Notes", time=LOGON + 5),),
    ),
)
COUNTED = (
    Counted(hive=PERSON, name=SYSTEM_32 + "cmd.exe", count=3, focus=5, focus_ms=41_250, time=RUN - 4),
    Counted(hive=PERSON, name="C:\\Users\\Public\\drv\\keyview.exe", count=1, focus=0, focus_ms=0, time=RUN + 4),
    Counted(hive=PERSON, name="C:\\Users\\mira\\Desktop\\Ledger.lnk", count=61, focus=0, focus_ms=0, time=LOGON + 9),
)
SHA1 = "b51e2f3c4d5a69788796a5b4c3d2e1f0a1b2c3d4"
KNOWN = (
    Known(
        path="C:\\Users\\Public\\drv\\keyview.exe", sha1=SHA1, time=RUN + 60, product="Keyboard Viewer",
        publisher="Example", version="1.0.3.0",
    ),
    Known(
        path="C:\\Users\\Public\\drv\\mskbd64.sys", sha1=SHA1[::-1], time=RUN + 61, product="Keyboard Filter",
        publisher="Example", version="1.0.3.0", service="mskbd64",
    ),
)  # fmt: skip
SHIMMED = (
    Shimmed(path="SYSVOL\\Users\\Public\\drv\\keyview.exe", modified=RUN - 100),
    Shimmed(path="SYSVOL\\Windows\\System32\\rundll32.exe", modified=INSTALLED - 100_000_000_000),
)
RECORDS = (
    Recorded(
        name="offer.docm", size=48_213, created=LOGON + 4_000, modified=LOGON + 4_100, named_created=LOGON + 4_000,
        parent=90_112, streams=(("Zone.Identifier", STREAM),),
    ),
    Recorded(
        name="upd.dll", size=18_432, created=INSTALLED - 10**14, modified=INSTALLED - 10**14, named_created=RUN - 50,
        number=91_777,
    ),
    Recorded(
        name="a much longer note to make it wide.txt", size=600, created=RUN, modified=RUN + 1, named_created=RUN,
        content=bytes(range(48, 108)) * 10, changed=RUN + 2, accessed=RUN + 3,
    ),
    Recorded(name="drv", size=0, created=RUN, modified=RUN, named_created=RUN, directory=True),
)  # fmt: skip


def kept(**changes: Any) -> Plan:
    """The plan, with other parts where they are given; ``build`` is the name of a table."""
    given: dict[str, Any] = {
        "services": SERVICES,
        "hives": HIVES,
        "profiles": (Profile(sid=USER, path="C:\\Users\\mira", created=INSTALLED + 900_000_000, loaded=LOGON),),
        "accounts": ACCOUNTS,
        "secrets": (Secret(name="_SC_ScanAgent", content="Agent-77".encode("utf-16-le"), time=RUN),),
        "logons": (CachedLogon(user="mira", domain="MERROW", dns="merrow.example", hash=bytes(range(16))),),
        "tasks": TASKS,
        "counted": COUNTED,
        "known": KNOWN,
        "shimmed": SHIMMED,
        "records": RECORDS,
    }
    plan = small(**(given | changes))
    return replace(plan, host=replace(plan.host, installed=INSTALLED))


__all__ = ["MACHINE", "kept"]
