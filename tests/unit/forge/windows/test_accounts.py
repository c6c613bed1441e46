"""Passwords and secrets are sealed so that a reader who knows the methods gets back what the plan says."""

import hashlib
import struct
from dataclasses import replace

import pytest
from Crypto.Cipher import AES, DES
from Crypto.Hash import MD4

from tests.unit.forge.windows.hiveread import Read, Reader
from tests.unit.forge.windows.kept import ACCOUNTS, MACHINE, kept
from training.forge.windows.hive import bins
from training.forge.windows.hives import hives, sealing, security
from training.forge.windows.hives.identity import descriptor, for_keys, sid
from training.forge.windows.plan import Plan

ORDER = (8, 5, 4, 2, 11, 9, 13, 3, 0, 6, 1, 12, 14, 10, 15, 7)
"""Where the bytes of the boot key lie among those of the class names, as readers take them."""


def opened(plan: Plan, name: str) -> Read:
    loaded = next(each for each in hives(plan) if each.name.rpartition("\\")[2] == name)
    made = bins(loaded.root, loaded.time, for_keys())
    return Reader(made.data, made.root).root


def boot_key(plan: Plan) -> bytes:
    lsa = opened(plan, "SYSTEM").at("ControlSet001\\Control\\Lsa")
    mixed = bytes.fromhex("".join(lsa.keys[name].class_name for name in ("JD", "Skew1", "GBG", "Data")))
    return bytes(mixed[place] for place in ORDER)


def cbc(data: bytes, key: bytes, start: bytes) -> bytes:
    return AES.new(key, AES.MODE_CBC, start).decrypt(data)


def odd(seven: bytes) -> bytes:
    """A DES key from 56 bits, written with shifts between neighbours."""
    septets = [seven[0] >> 1]
    septets += [(seven[n - 1] << (7 - n) | seven[n] >> (n + 1)) & 0x7F for n in range(1, 7)]
    septets.append(seven[6] & 0x7F)
    return bytes(septet << 1 | (1 - septet.bit_count() % 2) for septet in septets)


def unsealed(user: Read, rid: int, key: bytes) -> tuple[str, bytes | None]:
    """Name and hash of an account from its record."""
    record = user.values["V"][1]

    def part(at: int) -> bytes:
        start, size = struct.unpack_from("<II", record, at)
        return record[0xCC + start : 0xCC + start + size]

    name, hashed = part(0x0C).decode("utf-16-le"), part(0xA8)
    assert part(0x9C) == hashed[:2] + b"\2\0" + bytes(20)
    assert hashed[2:4] == b"\2\0"
    if len(hashed) == 24:
        return name, None
    plain = cbc(hashed[24:], key, hashed[8:24])
    a, b, c, d = rid.to_bytes(4, "little")
    first, second = odd(bytes((a, b, c, d, a, b, c))), odd(bytes((d, a, b, c, d, a, b)))
    halves = ((first, plain[:8]), (second, plain[8:16]))
    return name, b"".join(DES.new(each, DES.MODE_ECB).decrypt(half) for each, half in halves)  # noqa: S304 - as Windows


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        ("a", "bde52cb31de33e46245e05fbdbd6fb24"),
        ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
        ("message digest", "d9130a8164549fe818874806e1c7014b"),
        ("abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"),
    ],
)
def test_the_library_has_the_md4_of_rfc_1320(text: str, digest: str) -> None:
    assert MD4.new(text.encode()).hexdigest() == digest  # noqa: S303 - the one that Windows takes


def test_the_hash_of_a_password_is_the_known_one() -> None:
    assert sealing.nt_hash("password").hex() == "8846f7eaee8fb117ad06bdd830b7586c"
    assert sealing.nt_hash("").hex() == "31d6cfe0d16ae931b73c59d7e0c089c0"
    assert sealing.nt_hash("Grüße") != sealing.nt_hash("Grusse")


@pytest.mark.parametrize("rid", [500, 1001, 0x12345678])
def test_keys_of_a_rid_have_odd_parity(rid: int) -> None:
    for key in sealing.des_keys(rid):
        assert len(key) == 8
        assert {byte.bit_count() % 2 for byte in key} == {1}


def test_every_account_has_the_hash_of_its_password_or_none() -> None:
    plan = kept()
    account = opened(plan, "SAM").at("SAM\\Domains\\Account")
    domain = account.values["F"][1]
    assert domain[0] == 3
    key = cbc(domain[0x88:0xA8], boot_key(plan), domain[0x78:0x88])[:16]
    users = account.keys["Users"]
    found = {rid: unsealed(users.keys[f"{rid:08X}"], rid, key) for rid in (each.rid for each in ACCOUNTS)}
    expected = {
        each.rid: (each.name, None if each.password is None else sealing.nt_hash(each.password)) for each in ACCOUNTS
    }
    assert found == expected
    assert len(users.keys) == len(ACCOUNTS) + 1
    assert {name: key.values[""] for name, key in users.keys["Names"].keys.items()} == {
        each.name: (each.rid, b"") for each in ACCOUNTS
    }


def test_equal_passwords_are_sealed_differently() -> None:
    users = opened(kept(), "SAM").at("SAM\\Domains\\Account\\Users")
    one, other = (users.keys[f"{rid:08X}"].values["V"][1][-60:] for rid in (1001, 1003))
    assert one != other


def test_the_counters_of_an_account_say_who_it_is_and_how() -> None:
    users = opened(kept(), "SAM").at("SAM\\Domains\\Account\\Users")
    for each in ACCOUNTS:
        key = users.keys[f"{each.rid:08X}"]
        counters = key.values["F"][1]
        assert len(counters) == 0x50
        assert struct.unpack_from("<IIH", counters, 0x30) == (each.rid, 513, each.flags)
        assert struct.unpack_from("<Q", counters, 0x18)[0] == (0 if each.password is None else each.created)
        assert key.time == each.created


def test_groups_name_their_members() -> None:
    aliases = opened(kept(), "SAM").at("SAM\\Domains\\Builtin\\Aliases")
    for rid, name in ((544, "Administrators"), (545, "Users"), (581, "System Managed Accounts Group")):
        record = aliases.keys[f"{rid:08X}"].values["C"][1]
        assert aliases.keys["Names"].keys[name].values[""] == (rid, b"")
        assert name.encode("utf-16-le") in record
    members = {544: [500], 545: [1001, 1003, 1004], 546: [501], 581: [503]}
    for rid, inside in members.items():
        record = aliases.keys[f"{rid:08X}"].values["C"][1]
        assert record.endswith(b"".join(sid(f"{MACHINE}-{each}") for each in inside))


def lsa(secret: bytes, key: bytes) -> bytes:
    digest = hashlib.sha256(key + secret[28:60] * 1000).digest()
    return b"".join(cbc(secret[at : at + 16], digest, bytes(16)) for at in range(60, len(secret), 16))


def test_secrets_and_cached_logons_open_with_the_boot_key() -> None:
    plan = kept()
    hive = opened(plan, "SECURITY")
    key = lsa(hive.at("Policy\\PolEKList").values[""][1], boot_key(plan))[68:100]
    kept_secrets = hive.at("Policy\\Secrets").keys
    plain = {name: lsa(each.at("CurrVal").values[""][1], key) for name, each in kept_secrets.items()}
    assert list(plain) == ["$MACHINE.ACC", "DPAPI_SYSTEM", "NL$KM", "_SC_ScanAgent"]
    content = {name: data[16 : 16 + int.from_bytes(data[:4], "little")] for name, data in plain.items()}
    assert content["_SC_ScanAgent"].decode("utf-16-le") == "Agent-77"
    assert {name: len(data) for name, data in content.items()} == {
        "$MACHINE.ACC": 240, "DPAPI_SYSTEM": 44, "NL$KM": 64, "_SC_ScanAgent": 16,
    }  # fmt: skip
    cache = hive.keys["Cache"].values
    assert [name for name, (_, data) in cache.items() if name.startswith("NL$") and any(data[:96])] == [
        "NL$Control",
        "NL$1",
    ]
    record = cache["NL$1"][1]
    user, domain = struct.unpack_from("<HH", record)
    (dns,) = struct.unpack_from("<H", record, 60)
    opened_record = cbc(record[96:], content["NL$KM"][:16], record[64:80])
    assert opened_record[:16] == bytes(range(16))
    at, texts = 72, []
    for size in (user, domain, dns):
        texts.append(opened_record[at : at + size].decode("utf-16-le"))
        at += size + 2 * (size // 2 % 2)
    assert texts == ["mira", "MERROW", "merrow.example"]


def test_a_machine_of_no_domain_has_no_password_of_its_own() -> None:
    plan = kept()
    alone = replace(plan, host=replace(plan.host, domain="WORKGROUP", dns=""))
    assert {secret.name for secret in security.secrets(plan, 1)} - {
        secret.name for secret in security.secrets(alone, 1)
    } == {"$MACHINE.ACC"}


def test_a_sid_becomes_bytes() -> None:
    assert sid("S-1-5-18") == bytes.fromhex("010100000000000512000000")
    assert sid("S-1-5-21-1-2-3-500")[:8] == bytes.fromhex("0105000000000005")


def test_a_descriptor_is_whole() -> None:
    made = descriptor("S-1-5-18", "S-1-5-32-544", {"S-1-5-18": 0xF003F, "S-1-5-32-545": 0x20019})
    owner, group, audit, rules = struct.unpack_from("<IIII", made, 4)
    assert made[owner:group] == sid("S-1-5-18")
    assert made[group:] == sid("S-1-5-32-544")
    assert audit == 0
    _, _, size, count, _ = struct.unpack_from("<BBHHH", made, rules)
    assert (rules + size, count) == (owner, 2)
    (rights,) = struct.unpack_from("<I", made, rules + 12)
    assert rights == 0xF003F
