"""Dossiers: sealed, checked without the program, merged."""

import ast
import json
import random
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.machines_place import handed_response
from training.audit.models import Event
from training.courses.moving import archive, signing
from training.errors import Refused
from training.hosting.carry.tables import CARRIED, How
from training.hosting.dossier import apart, curve, service, verify
from training.labs.models import Assignment
from training.machines.models import Entry
from training.settings import Settings
from training.store import Store

from .conftest import again

pytestmark = pytest.mark.any_database

Sealed = Callable[[], bytes]
Row = dict[str, Any]


def changed(files: dict[str, bytes], kind: str, change: Callable[[Row], Row]) -> dict[str, bytes]:
    """The files with the first row of a kind as somebody would rather have it."""
    name = f"records/{kind}.jsonl"
    first, _, others = files[name].partition(b"\n")
    line = json.loads(first)
    return {**files, name: json.dumps({**line, "row": change(line["row"])}).encode() + b"\n" + others}


def test_signatures_are_those_of_rfc_8032() -> None:
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert curve.signed(key, signature, b"\x72")
    assert not curve.signed(key, signature, b"\x73")
    number = int.from_bytes(signature[32:], "little") + curve.ORDER  # the same signature, spelled otherwise
    assert not curve.signed(key, signature[:32] + number.to_bytes(32, "little"), b"\x72")


SMALL = (
    "0100000000000000000000000000000000000000000000000000000000000000",  # order 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # 2
    "0000000000000000000000000000000000000000000000000000000000000000",  # 4
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",  # the same, spelled otherwise
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


@pytest.mark.parametrize("small", SMALL)
def test_a_key_of_small_order_signs_nothing(small: str) -> None:
    """With R of small order and S = 0 such a signature is right for one message in eight, whoever made it."""
    key, none = bytes.fromhex(small), bytes(32)
    for other in SMALL[:8]:
        for number in range(8):
            assert not curve.signed(key, bytes.fromhex(other) + none, bytes([number]))


def test_signatures_of_this_installation_hold_and_changed_ones_do_not(settings: Settings) -> None:
    chance, key = random.Random(3), signing.public_key(settings.instance)  # noqa: S311 - the same places each time
    for size in range(20):
        message = chance.randbytes(size)
        signature = signing.sign(settings.instance, message)
        assert curve.signed(key, signature, message)
        at = chance.randrange(64)
        wrong = signature[:at] + bytes([signature[at] ^ 1 << chance.randrange(8)]) + signature[at + 1 :]
        assert not curve.signed(key, wrong, message)
        assert not curve.signed(key, signature, message + b"\0")


@pytest.mark.database
def test_what_was_done_is_in_the_dossier_and_its_own_verifier_says_that_it_is_whole(
    sealed: Sealed, settings: Settings, worked: UUID, tmp_path: Path
) -> None:
    data = sealed()
    rows = verify.rows(verify.unpacked(data))
    wanted = {"attempt": 1, "finding": 2, "citation": 1, "attempt_run": 1, "run": 1, "certificate": 1}
    assert {kind: len(rows[kind]) for kind in wanted} == wanted
    assert len(rows["attendance_record"]) >= 1
    assert sorted(one["row"]["credit"] for one in rows["judgement"])[-2:] == [0.5, 0.5]
    assert rows["citation"][0]["row"]["note"] == "ends\u2028here"
    assert "password_hash" not in rows["person"][0]["row"]
    assert verify.check(data) == []
    (tmp_path / "verify.py").write_bytes(verify.unpacked(data)["verify.py"])
    (tmp_path / "dossier.zip").write_bytes(data)
    command = [sys.executable, "-I", "verify.py", "dossier.zip"]
    key = signing.fingerprint(signing.public_key(settings.instance))
    own = subprocess.run([*command, signing.spelled(key)], cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = own.stdout.splitlines()
    assert (own.returncode, own.stderr, lines[-1]) == (0, "", "dossier: 0 faults")
    assert f"session {worked}, sealed 2026-11-25T09:00:00+00:00" in lines[0]
    assert lines[1].endswith(f"key {key}")
    other = subprocess.run([*command, "0" * 64], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (other.returncode, other.stdout.splitlines()[-1]) == (1, "dossier: 1 faults")


def test_the_act_is_in_the_chain_with_the_digest_of_the_file(sealed: Sealed, store: Store, worked: UUID) -> None:
    data = sealed()
    with store.reading() as session:
        told = session.scalars(select(Event).filter_by(act="session.sealed", subject=f"session:{worked}")).one()
    assert told.details == {"sha256": sha256(data).hexdigest()}
    assert b"session.sealed" not in verify.unpacked(data)["audit.jsonl"]
    assert b"session.sealed" in verify.unpacked(sealed())["audit.jsonl"]


def test_a_changed_byte_of_any_file_is_found(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    chance = random.Random(7)  # noqa: S311 - the same places each time
    looked = [name for name in files if files[name]]
    for name in looked:
        for at in (0, len(files[name]) - 1, chance.randrange(len(files[name]))):
            other = files[name][:at] + bytes([files[name][at] ^ 1]) + files[name][at + 1 :]
            if name == "seal.json" and b'"algorithm"' in files[name][max(at - 11, 0) : at + 22]:
                continue  # a word that nothing depends on
            assert verify.sealed({**files, name: other}), (name, at)
    assert len(looked) > 25
    for name in files:
        assert verify.check(archive.write({one: data for one, data in files.items() if one != name})), name
    assert verify.check(archive.write({**files, "more.txt": b""}))[0].endswith("more.txt is not named in the manifest")


def test_the_time_of_the_seal_and_the_key_are_under_the_signature(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    said = json.loads(files["manifest.json"])
    for other in ({"sealed": "2020-01-01T00:00:00+00:00"}, {"session": said["session"][::-1]}):
        manifest = json.dumps({**said, **other}, sort_keys=True, separators=(",", ":")).encode()
        assert "the seal does not hold: manifest.json or seal.json was changed" in verify.sealed(
            {**files, "manifest.json": manifest}
        )
    assert "sealed" not in json.loads(files["seal.json"])


def test_a_seal_by_another_key_holds_only_for_whoever_knows_no_key(sealed: Sealed, settings: Settings) -> None:
    files = verify.unpacked(sealed())
    forged = again(changed(files, "finding", lambda row: {**row, "credit": 1.0}))
    assert verify.check(forged) == []
    (fault,) = verify.check(forged, service.known(settings.instance, None))
    assert "sealed with another key" in fault
    seal = json.loads(files["seal.json"])
    mixed = {**verify.unpacked(forged), "seal.json": json.dumps(seal).encode()}
    assert "the seal does not hold" in verify.check(archive.write(mixed))[0]


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("finding", lambda row: {**row, "attempt_id": row["id"]}, "its attempt_id is in no record of attempt"),
        ("attempt", lambda row: {**row, "exhibit": "0" * 64}, "its exhibit is in no record of exhibit"),
        ("judgement", lambda row: {**row, "credit": 1.5}, "its credit is not between 0 and 1"),
        ("certificate", lambda row: {**row, "facts": row["facts"] + " "}, "its facts are not those of its digest"),
        ("session_rule_change", lambda row: {**row, "session_id": row["id"]}, "in no record of teaching_session"),
        ("session_rule_change", lambda row: {**row, "by": row["id"]}, "its by is in no record of person"),
        ("examination_resit", lambda row: {**row, "person_id": row["id"]}, "in no record of session_member"),
        ("examination_resit", lambda row: {**row, "session_id": row["id"]}, "in no record of teaching_session"),
        ("result_confirmation", lambda row: {**row, "session_id": row["id"]}, "in no record of teaching_session"),
        ("session_member", lambda row: {**row, "person_id": "nobody"}, "its person_id is in no record of"),
        ("finding", lambda row: {"id": row["id"]}, "the records can't be read"),
    ],
)
def test_records_that_do_not_fit_each_other_are_found_under_any_seal(
    sealed: Sealed, kind: str, change: Callable[[Row], Row], said: str
) -> None:
    faults = verify.check(again(changed(verify.unpacked(sealed()), kind, change)))
    assert any(said in one for one in faults), faults


def test_an_event_that_was_removed_or_altered_is_found_under_any_seal(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    lines = files["audit.jsonl"].splitlines(keepends=True)
    full = next(at for at, line in enumerate(lines) if b'"act"' in line)
    assert 0 < full < len(lines) - 1
    removed = again({**files, "audit.jsonl": b"".join(lines[:full] + lines[full + 1 :])})
    assert verify.check(removed)[0].endswith(f"event {full + 1} does not follow the one before it")
    event = json.loads(lines[full])
    lines[full] = json.dumps({**event, "act": "nothing.happened"}).encode() + b"\n"
    altered = again({**files, "audit.jsonl": b"".join(lines)})
    assert verify.check(altered)[0].endswith(f"event {full + 1} is not what its digest says")


def test_a_chain_that_was_cut_off_is_told_by_its_seal_and_without_a_key_that_nothing_proves_its_end(
    sealed: Sealed, settings: Settings, tmp_path: Path
) -> None:
    files = verify.unpacked(sealed())
    lines = files["audit.jsonl"].splitlines(keepends=True)
    said = json.loads(files["manifest.json"])["chain"]
    assert said == {"events": len(lines), "last": json.loads(lines[-1])["digest"]}
    short = {**files, "audit.jsonl": b"".join(lines[:-1])}
    assert [one.split(": ", 1)[1] for one in verify.check(again(short))] == [
        "audit.jsonl does not end where the seal says"
    ]
    forged = again(short, chain=verify.ended(short["audit.jsonl"]))  # by whoever has a key of their own
    assert "sealed with another key" in verify.check(forged, service.known(settings.instance, None))[0]
    (tmp_path / "dossier.zip").write_bytes(forged)
    (tmp_path / "verify.py").write_text(apart.source(), "utf-8")
    command = [sys.executable, "-I", "verify.py", "dossier.zip"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "nothing proves that the audit chain has its end" in told[-3]
    assert told[-2].endswith("python3 verify.py FILE FINGERPRINT")
    assert f"{len(lines) - 1} events, the last {json.loads(lines[-2])['digest']}" in told[0]
    older = {name: one for name, one in json.loads(files["manifest.json"]).items() if name != "chain"}
    assert verify.check(again({**files, "manifest.json": json.dumps(older).encode()})) == []


def test_a_manifest_that_is_not_of_this_form_is_a_fault_and_no_trace(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    odd: list[Row] = [{"same": {"a": 1}}, {"same": [1]}, {"counts": 0}, {"sealed": "now"}]
    for said in odd:
        assert verify.check(again(files, **said)), said


def test_merging_does_not_depend_on_order_and_keeps_both_seals(sealed: Sealed, clock: Clock) -> None:
    one = sealed()
    clock.forward(seconds=60)
    two, three = sealed(), sealed()
    both = service.merge([one, two])
    assert both == service.merge([two, one]) == service.merge([both, one]) == service.merge([both, both])
    assert service.merge([both, three]) == service.merge([one, service.merge([three, two])])
    assert verify.parts(both) == {sha256(data).hexdigest(): verify.unpacked(data) for data in (one, two)}
    assert verify.check(both) == []
    with pytest.raises(Refused, match=r"damaged|end"):
        service.merge([one, two[:-40]])


def test_the_same_record_with_other_content_is_told(sealed: Sealed) -> None:
    one = sealed()
    files = verify.unpacked(one)
    (finding, *_) = verify.rows(files)["finding"]
    # What never changes is not for the one who seals to say.
    other = again(changed(files, "finding", lambda row: {**row, "value": "another"}), fixed=[], places={})
    with pytest.raises(Refused) as told:
        service.merge([one, other])
    assert told.value.message == f"finding {finding['id']} is not the same in all dossiers"
    placed = again(changed(files, "finding", lambda row: {**row, "step": 9}))  # a number given where it is kept
    assert verify.check(service.merge([one, placed])) == []


def test_what_never_changes_is_what_carried_sessions_say() -> None:
    fixed = {one.name: frozenset(one.places) for one in CARRIED if one.how is How.EVENT}
    assert {kind: frozenset(placed) for kind, *placed in (one.split("/") for one in verify.FIXED.split())} == fixed


def test_a_dossier_without_statistics_is_no_whole_one_whatever_it_says(sealed: Sealed) -> None:
    files = {name: data for name, data in verify.unpacked(sealed()).items() if name != verify.STATISTICS}
    assert verify.check(again(files, absent={"item statistics": "none"}))[0].endswith("statistics.json is missing")


def test_dossiers_of_different_sessions_are_not_merged(sealed: Sealed, worked: UUID) -> None:
    one = sealed()
    name = str(UUID(int=worked.int ^ 1))
    records = {
        path: data.replace(str(worked).encode(), name.encode()) if path.startswith("records/") else data
        for path, data in verify.unpacked(one).items()
    }
    other = again(records, session=name)
    assert verify.check(other) == []
    with pytest.raises(Refused) as told:
        service.merge([one, other])
    assert "these are dossiers of different sessions" in told.value.message


def test_ids_that_another_installation_has_for_the_same_person_are_no_clash(sealed: Sealed, worked: UUID) -> None:
    one = sealed()
    files = verify.unpacked(one)
    here = verify.rows(files)["attendance_record"][0]["row"]["person_id"]
    there = {
        name: data.replace(here.encode(), b"another id") if name.startswith("records/") else data
        for name, data in files.items()
    }
    with pytest.raises(Refused, match="is not the same in all dossiers"):
        service.merge([one, again(there)])
    for same in ({here: "another id"}, {"another id": here}):
        assert verify.check(service.merge([one, again(there, same=same)])) == []


def test_a_chain_that_goes_two_ways_under_one_key_is_told(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    lines = files["audit.jsonl"].splitlines(keepends=True)
    last = {**json.loads(lines[-1]), "digest": "f" * 64}
    last = {name: last[name] for name in ("seq", "previous", "digest")}
    chain = b"".join(lines[:-1]) + json.dumps(last).encode() + b"\n"
    forked = again({**files, "audit.jsonl": chain}, chain=verify.ended(chain))
    with pytest.raises(Refused, match=f"event {len(lines)} is not the same"):
        service.merge([again(files), forked])


def test_a_part_of_a_merged_dossier_can_be_neither_changed_nor_hidden_beside(sealed: Sealed) -> None:
    files = verify.unpacked(service.merge([sealed(), sealed()]))
    first, second = files
    swapped = archive.write({first: files[second], second: files[first]})
    assert "was changed after it was merged" in verify.check(swapped)[0]
    assert verify.check(archive.write({**files, "notes.txt": b"x"})) == [
        "a merged dossier holds other files than its parts"
    ]


def test_the_verifier_is_one_file_of_the_standard_library_that_python_3_9_can_read() -> None:
    tree = ast.parse(apart.source(), feature_version=(3, 9))
    named = {one.names[0].name for one in ast.walk(tree) if isinstance(one, ast.Import)}
    named |= {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert named
    assert {one.partition(".")[0] for one in named} <= sys.stdlib_module_names
    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n    case 1: pass", feature_version=(3, 9))


def test_a_fault_stays_on_its_line(sealed: Sealed) -> None:
    """Ids are whatever somebody made them: none can write a line of its own, or turn the direction of a screen."""
    files = verify.unpacked(sealed())
    odd = changed(files, "finding", lambda row: {**row, "credit": 2})
    first, _, others = odd["records/finding.jsonl"].partition(b"\n")
    line = json.loads(first)
    line["id"] = "a\ndossier: 0 faults\u202e\x1b[2J"
    faults = verify.check(again({**odd, "records/finding.jsonl": json.dumps(line).encode() + b"\n" + others}))
    assert faults
    assert all(one.isprintable() for one in faults)


@pytest.fixture
def lived(store: Store, people: People, clock: Clock, settings: Settings, worked: UUID) -> UUID:
    """A response of that session with every kind of row, sealed as a hand-over seals it."""
    with store.writing() as session:
        assignment = session.scalars(select(Assignment).filter_by(circle=worked)).first()
        assert assignment is not None
        return handed_response(session, settings, assignment, people["trainee"], people.home, clock())


def test_the_seal_of_live_work_is_worked_out_again(sealed: Sealed, store: Store, lived: UUID, tmp_path: Path) -> None:
    files = verify.unpacked(sealed())
    assert verify.check(again(files)) == []
    fault = f"response {lived}: its record is not the one that was sealed"
    for kind, column, value in (
        ("entry", "line", "another"),
        ("form", "content", {}),
        ("event", "answer", "no"),
        ("decision", "choice", "leave"),
        ("remark", "text", ""),
        ("medium", "serial", "KIT-0002"),
        ("acquisition", "paused", 0.5),
    ):
        odd = changed(files, f"response_{kind}", lambda row, column=column, value=value: {**row, column: value})  # type: ignore[misc]
        assert [one.split(": ", 1)[1] for one in verify.check(again(odd))] == [fault], kind
    (tmp_path / "verify.py").write_text(apart.source(), "utf-8")
    (tmp_path / "dossier.zip").write_bytes(again(odd))
    command = [sys.executable, "-I", "verify.py", "dossier.zip"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.stdout.splitlines()[0].endswith(fault)


def test_live_work_that_was_erased_can_still_be_sealed(sealed: Sealed, store: Store, lived: UUID) -> None:
    with store.writing() as session:
        for entry in session.scalars(select(Entry).filter_by(response_id=lived)):
            entry.line = ""
    assert verify.check(sealed()) == []
