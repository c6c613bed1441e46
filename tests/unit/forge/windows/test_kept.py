"""The stock command line of Volatility reads from memory what the plan keeps in the registry, services and files."""

from pathlib import Path

import pytest

from tests.unit.forge.windows.kept import (
    ACCOUNTS,
    BIG,
    COUNTED,
    KNOWN,
    RECORDS,
    RUN,
    SERVICES,
    SHIMMED,
    STREAM,
    TASKS,
    kept,
)
from tests.unit.forge.windows.stock import Row, Stock, moment
from training.forge.windows import ntfs
from training.forge.windows.hives import hives, sealing, tasks

WIDTH = 48  # digits of sixteen bytes with the blanks behind them
RUN_KEY = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(kept(), Path(tmp_path_factory.mktemp("kept")))


def columns(rows: list[Row], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_hives_and_their_routine(stock: Stock) -> None:
    names = [loaded.name for loaded in hives(kept())]
    assert columns(stock.rows("windows.registry.hivelist"), "FileFullPath") == [(name,) for name in names]
    assert len(stock.rows("windows.registry.hivescan")) == len(names)
    assert stock.rows("windows.registry.getcellroutine") == []


def test_values_of_keys_small_and_big(stock: Stock) -> None:
    rows = [row for row in stock.rows("windows.registry.printkey", "--key", RUN_KEY) if row["Name"] is not None]
    mine = [row for row in rows if "mira" in row["Key"]]
    assert [(row["Name"], row["Last Write Time"]) for row in mine] == [
        ("OneDrive", moment(RUN)),
        ("KbdHelper", moment(RUN)),
    ]
    assert "upd.dll,Start" in mine[1]["Data"]
    (big,) = [row for row in stock.rows("windows.registry.printkey", "--key", "Vendor\\Big") if row["Name"] is not None]
    lines = [line for line in big["Data"].splitlines() if len(line) > WIDTH]
    assert bytes.fromhex("".join(line[:WIDTH] for line in lines)) == BIG


def test_hashes_of_passwords(stock: Stock) -> None:
    empty = "31d6cfe0d16ae931b73c59d7e0c089c0"
    expected = [
        (each.name, each.rid, empty if each.password is None else sealing.nt_hash(each.password).hex())
        for each in ACCOUNTS
    ]
    assert columns(stock.rows("windows.registry.hashdump"), "User", "rid", "nthash") == expected


def test_secrets_and_cached_logons(stock: Stock) -> None:
    found = {row["Key"]: bytes.fromhex(row["Hex"]) for row in stock.rows("windows.registry.lsadump")}
    assert list(found) == ["$MACHINE.ACC", "DPAPI_SYSTEM", "NL$KM", "_SC_ScanAgent"]
    assert found["_SC_ScanAgent"] == b"\x10".ljust(16, b"\0") + "Agent-77".encode("utf-16-le")
    (row,) = stock.rows("windows.registry.cachedump")
    assert (row["Username"], row["Domain"], row["Domain name"]) == ("mira", "MERROW", "merrow.example")
    assert bytes.fromhex(row["Hash"]) == bytes(range(16))


def test_traces_of_execution(stock: Stock) -> None:
    counted = {row["Name"]: row for row in stock.rows("windows.registry.userassist") if row["Type"] == "Value"}
    for each in COUNTED:
        row = counted[each.name.replace("C:\\Windows\\System32", "%windir%\\system32")]
        assert (row["Count"], row["Focus Count"], row["Last Updated"]) == (each.count, each.focus, moment(each.time))
    amcache = {row["EntryType"]: row for row in stock.rows("windows.registry.amcache")}
    assert amcache["File"]["SHA1"] == KNOWN[0].sha1
    assert (amcache["Driver"]["SHA1"], amcache["Driver"]["Service"]) == (KNOWN[1].sha1, "mskbd64")
    shimmed = columns(stock.rows("windows.shimcachemem"), "File Path", "Last Modified")
    assert shimmed == [(each.path, moment(each.modified)) for each in SHIMMED]


def test_tasks_with_the_faults_of_the_reader(stock: Stock) -> None:
    plan = kept()
    rows = {row["Key Name"]: row for row in stock.rows("windows.registry.scheduled_tasks")}
    assert len(rows) == len(TASKS)
    defrag, helper, daily, host = (rows[tasks.identifier(plan, task)] for task in TASKS)
    assert (defrag["Task Name"], defrag["Trigger Type"], defrag["Action Arguments"]) == (
        "ScheduledDefrag",
        "Boot",
        "-c -h -o -$",
    )
    assert (helper["Action"], helper["Action Arguments"]) == ("rundll32.exe", TASKS[1].arguments)
    assert helper["Display Name"] == "Keyboard Helper Update"
    assert helper["Trigger Description"].startswith("MERROW\\mira: S-1-5-21-")
    assert (helper["Creation Time"], helper["Last Run Time"]) == (moment(TASKS[1].last_run), moment(TASKS[1].created))
    assert (daily["Trigger Type"], daily["Action"]) == ("Time", None)
    assert (host["Action Type"], host["Action Arguments"]) == ("ComHandler", "host")


def test_services_listed_and_hidden(stock: Stock) -> None:
    scanned = {row["Name"]: row for row in stock.rows("windows.svcscan")}
    assert sorted(scanned) == sorted(each.name for each in SERVICES)
    assert scanned["Schedule"]["PID"] == 820
    assert scanned["Schedule"]["Dll"] == "%SystemRoot%\\System32\\schedsvc.dll"
    assert scanned["mskbd64"]["Binary"] == "\\Driver\\mskbd64"
    assert scanned["mskbd64"]["Binary (Registry)"] == "\\??\\C:\\Users\\Public\\drv\\mskbd64.sys"
    listed = [row["Name"] for row in stock.rows("windows.svclist")]
    assert listed == [each.name for each in reversed(SERVICES) if each.listed]
    assert [row["Name"] for row in stock.rows("windows.malware.svcdiff")] == ["kbdsync"]
    assert sorted(row["Service"] for row in stock.rows("windows.getservicesids")) == ["kbdsync", "mskbd64"]


def test_records_of_the_file_table(stock: Stock) -> None:
    rows = stock.rows("windows.mftscan.MFTScan")
    named = [row for row in rows if row["Attribute Type"] == "FILE_NAME"]
    standard = [row for row in rows if row["Attribute Type"] == "STANDARD_INFORMATION"]
    for (number, entry), name, times in zip(ntfs.numbered(RECORDS), named, standard, strict=True):
        assert (name["Record Number"], name["Filename"], name["Created"]) == (
            number,
            entry.name,
            moment(entry.named_created),
        )
        assert (times["Created"], times["Modified"]) == (moment(entry.created), moment(entry.modified))
    (stream,) = stock.rows("windows.mftscan.ADS")
    assert (stream["Filename"], stream["ADS Filename"]) == ("offer.docm", "Zone.Identifier")
    assert bytes.fromhex(stream["Hexdump"]) == STREAM
    assert [row["Record Number"] for row in stock.rows("windows.mftscan.ResidentData")] == [84_001]


def test_certificates_of_nobody(stock: Stock) -> None:
    names = {row["Certificate name"] for row in stock.rows("windows.registry.certificates")}
    assert len(names) == 3
    assert all("Synthetic" in name or "Example" in name for name in names)
