"""Check a session dossier: python3 verify.py FILE [FINGERPRINT]. Needs Python 3.9 or later and nothing else.

FINGERPRINT is the SHA-256 of the key of the installation, as its host publishes it. Without it the seal only says that
nothing was changed since it was made by whoever holds the key that stands in the file, who may have left out the end.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import stat
import struct
import sys
import zipfile
import zlib
from collections import Counter, namedtuple
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from training.hosting.dossier.curve import signed  # in a dossier, and alone, its text stands here

MOST, LARGEST, LARGEST_TOTAL = 500, 64_000_000, 256_000_000  # files; bytes of one and of all, unpacked
LONGEST, LARGEST_APART = 240, 8_000_000  # characters of a name; bytes of what is read before a seal holds
END, END_SIZE, FAR, FAR_SIZE, CENTRAL = b"PK\x05\x06", 22, b"PK\x06\x07", 20, 46  # of the zip format
START, PARTS, STATISTICS, APART = "0" * 64, "parts/", "statistics.json", frozenset(("manifest.json", "seal.json"))
WHOLE = 1 - 1e-9
UNPROVED = [
    "Whose key it is was not checked, so nothing proves that the audit chain has its end: who cut it off sealed anew.",
    "Give the fingerprint of the key, as the host publishes it, after the file: python3 verify.py FILE FINGERPRINT",
]
SIGNED_AS, USAGE = b"engram session dossier 1\n", 2  # what is signed begins with it; the code for no call
BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError)
NO_ZIP = (*BROKEN, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, OSError, EOFError, RuntimeError)
Files = Mapping[str, bytes]
Rows = Mapping[str, list[dict[str, Any]]]


def unpacked(data: bytes, most: int = LARGEST_TOTAL) -> dict[str, bytes]:
    """The files of a zip by name, of at most so many bytes. Raises ValueError for what an honest one has not."""
    _check_end(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except NO_ZIP as bad:
        raise ValueError("this is no zip file, or it is damaged") from bad
    if len(entries) > MOST or sum(one.file_size for one in entries) > most:
        raise ValueError("the zip has too many files, or too large ones")
    found: dict[str, bytes] = {}
    for one in entries:
        name = _checked(one, found)  # before anything of it is unpacked
        try:
            with archive.open(one) as file:
                found[name] = file.read(one.file_size + 1)
        except NO_ZIP as bad:
            raise ValueError(f"{name} is damaged") from bad
        if len(found[name]) != one.file_size:
            raise ValueError(f"{name} is not as long as the zip says")
    return found


def _check_end(data: bytes) -> None:
    """Before anything is made of the directory: it may be endless, lie elsewhere, or have something after it."""
    end = len(data) - END_SIZE
    if end < 0 or data[end : end + 4] != END or data[max(end - FAR_SIZE, 0) : end].startswith(FAR):
        raise ValueError("this is no zip file, or it has something after its end")
    count, size, offset = struct.unpack_from("<HII", data, end + 10)
    if count > MOST or size > MOST * (CENTRAL + 2 * LONGEST) or offset + size != end:
        raise ValueError("the zip has too many files, or its directory is not where its end says")


def _checked(one: zipfile.ZipInfo, found: Collection[str]) -> str:
    name, shown = one.orig_filename, _plain(one.orig_filename)[:80]
    bad = not name.isprintable() or name != one.filename or any(each in name for each in '\\:*?"<>|')
    if bad or len(name) > LONGEST or any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError(f"{shown}: no file of a dossier has this name")
    if name.casefold() in {each.casefold() for each in found}:
        raise ValueError(f"{shown} stands in the zip twice")
    plain = stat.S_IFMT(one.external_attr >> 16) in (0, stat.S_IFREG) and not one.flag_bits & 1
    large = one.file_size > (LARGEST_APART if name in APART else LARGEST)
    if not plain or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or large:
        raise ValueError(f"{shown} is a link, encrypted, too large or packed in another way")
    return name


def sealed(files: Files, trusted: Collection[str] = ()) -> list[str]:
    """Faults of seal and digests; with fingerprints of keys, any other key is one too."""
    try:
        manifest, seal = files["manifest.json"], json.loads(files["seal.json"])
        key, signature = (base64.b64decode(seal[name], validate=True) for name in ("key", "signature"))
        said = json.loads(manifest)
        listed = {one["path"]: (one["sha256"], one["size"]) for one in said["files"]}
        named, when = said["key"], datetime.fromisoformat(said["sealed"])
    except BROKEN:
        return ["manifest.json or seal.json is missing or can't be read"]
    fingerprint, found = hashlib.sha256(key).hexdigest(), []
    if not signed(key, signature, SIGNED_AS + manifest) or named != fingerprint or when.tzinfo is None:
        found.append("the seal does not hold: manifest.json or seal.json was changed")
    if trusted and fingerprint not in trusted:
        found.append(f"it was sealed with another key than the one that was asked for: {fingerprint}")
    lost, more = sorted(listed.keys() - files.keys()), sorted(files.keys() - APART - listed.keys())
    found += [f"{name} is missing" for name in lost] + [f"{name} is not named in the manifest" for name in more]
    there = {one: (hashlib.sha256(files[one]).hexdigest(), len(files[one])) for one in sorted(listed.keys() & files)}
    return found + [f"{name} was changed after it was sealed" for name, one in there.items() if one != listed[name]]


def rows(files: Files) -> dict[str, list[dict[str, Any]]]:
    """Rows by kind, each with what it is called."""
    found = ((name, data.decode().split("\n")) for name, data in files.items() if name.startswith("records/"))
    return {name[8:-6]: [json.loads(line) for line in lines if line] for name, lines in found}


def chained(data: bytes) -> list[str]:
    """Faults of the audit chain: events of the session in full, of all others only their digests."""
    before = START
    for number, line in enumerate((each for each in data.decode().split("\n") if each), 1):
        one = json.loads(line)
        if one["seq"] != number or one["previous"] != before:
            return [f"audit.jsonl: event {number} does not follow the one before it"]
        if "act" in one and one["digest"] != _digest(one):
            return [f"audit.jsonl: event {number} is not what its digest says"]
        before = one["digest"]
    return []


def ended(data: bytes) -> dict[str, Any]:
    """Where an audit chain ends: how many events it has, and the digest of the last."""
    lines = [each for each in data.decode().split("\n") if each]
    return {"events": len(lines), "last": json.loads(lines[-1])["digest"] if lines else START}


def _digest(one: Mapping[str, Any]) -> str:
    content = {name: one[name] for name in ("seq", "id", "actor", "act", "subject", "details", "previous")}
    if one.get("seals") is not None:
        content["seals"] = one["seals"]
    return _hashed({**content, "at": _utc(one["at"])})


def _utc(at: str) -> str:
    found = datetime.fromisoformat(at).astimezone(timezone.utc)  # noqa: UP017 - the shorter name came with 3.11
    return found.isoformat(timespec="microseconds")


def _hashed(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


LIVED = (
    "medium - kind serial; event at kind text wish at done_at answer; decision at fork choice reason at; form at kind "
    "content clock_offset at; entry at line kind at start stop exit seconds sha256; remark at entry text at; "
    "acquisition began_at way entry medium file began_at ended_at paused size sha256 truth"
)
"""What is sealed of live work: records, of each the column of its time, and its columns beside the number."""


def lived(kinds: Rows) -> list[str]:
    """Faults of sealed live work: each row holds the digest of the one before. What was erased can't be looked at."""
    gone = {one["id"] for one in kinds.get("person", []) if one["row"].get("erased_at")}
    typed: dict[str, str] = {}
    for one in (each["row"] for each in kinds.get("response_entry", [])):
        typed[one["response_id"]] = typed.get(one["response_id"], "") + one["line"]
    gone |= {name for name, lines in typed.items() if not lines}
    sealed_ones = (one for one in kinds.get("response", []) if one["row"]["seal"])
    work = [one for one in sealed_ones if not {one["id"], one["row"]["person_id"]} & gone]
    wrong = [one["id"] for one in work if _sealed_as(kinds, one["id"]) != one["row"]["seal"]]
    return [f"response {name}: its record is not the one that was sealed" for name in wrong]


def _sealed_as(kinds: Rows, response: str) -> str:
    found, previous = list[tuple[str, int, int, dict[str, Any]]](), START
    for place, (name, time, *columns) in enumerate(each.split() for each in LIVED.split(";")):
        for row in (one["row"] for one in kinds.get(f"response_{name}", [])):
            if row["response_id"] == response and not (name == "event" and row["kind"] == "stop"):
                told = {one: _utc(row[one]) if one.endswith("at") and row[one] else row[one] for one in columns}
                at = "" if name == "medium" else _utc(row[time])
                found.append((at, place, row["number"], {**told, "record": name, "number": row["number"]}))
    for *_, told in sorted(found, key=lambda one: one[:3]):
        previous = _hashed({**told, "previous": previous})
    return previous


NAMED = (
    "session_part session_id=teaching_session; session_member session_id=teaching_session person_id=person; "
    "session_rule_change session_id=teaching_session by=person; attendance_record person_id=session_member.person_id; "
    "attendance_detail record_id=attendance_record; assignment circle=teaching_session; attempt person_id=person "
    "assignment_id=assignment release_id=release exhibit=exhibit.sha256; attempt_run attempt_id=attempt run_id=run; "
    "citation attempt_id=attempt run_id=run; finding attempt_id=attempt; judgement finding_id=finding "
    "version_id=grading_version; appeal finding_id=finding; certificate person_id=session_member.person_id; "
    "certificate_revocation certificate_id=certificate; examination_result person_id=session_member.person_id; "
    "examination_resit person_id=session_member.person_id session_id=teaching_session; result_confirmation "
    "session_id=teaching_session; own_exhibit person_id=person release_id=release sha256=exhibit.sha256; own_keys "
    "exhibit=own_exhibit.sha256; examination_critical session_id=teaching_session person_id=session_member.person_id"
)
"""Each a table, and columns with the table (or table and column) that has what they name."""
FIXED = (
    "session_rule_change/number attendance_sheet attendance_record/seq attendance_detail attempt_run/number answer "
    "attempt_command/number finding/step/try_no judgement/seq certificate certificate_revocation examination_result "
    "result_confirmation grading_version/number report_filed/number response_remark response_form response_decision"
)
"""Records that never change, each with the columns that another installation may number anew."""


def consistent(files: Files) -> list[str]:
    """Faults of the records among each other."""
    kinds, said, end = rows(files), json.loads(files["manifest.json"]), ended(files["audit.jsonl"])
    found = [] if said.get("chain", end) == end else ["audit.jsonl does not end where the seal says"]
    if said["counts"] != {name: len(each) for name, each in kinds.items()}:
        found.append("the counts of the manifest are not those of the records")
    if [one["row"]["id"] for one in kinds["teaching_session"]] != [said["session"]]:
        found.append("the records are of another session than the manifest says")
    for kind, *links in (each.split() for each in NAMED.split(";")):
        for column, of in (link.split("=") for link in links):
            name, _, other = of.partition(".")
            known = {None, *(one["row"][other or "id"] for one in kinds.get(name, []))}
            lost = [one for one in kinds.get(kind, []) if one["row"][column] not in known]
            found += [f"{kind} {one['id']}: its {column} is in no record of {name}" for one in lost]
    for kind in ("finding", "judgement"):
        odd = [one["id"] for one in kinds.get(kind, []) if not 0 <= one["row"]["credit"] <= 1]
        found += [f"{kind} {name}: its credit is not between 0 and 1" for name in odd]
    facts = [(one["id"], one["row"]["facts"], one["row"]["facts_sha256"]) for one in kinds.get("certificate", [])]
    odd = [name for name, text, digest in facts if hashlib.sha256(text.encode()).hexdigest() != digest]
    found += [f"certificate {name}: its facts are not those of its digest" for name in odd]
    found += lived(kinds) + ([] if STATISTICS in files else [f"{STATISTICS} is missing"])
    if not found:
        right, told = tally(kinds), json.loads(files[STATISTICS])["releases"].items()
        there = {(key, name): each["counts"] for key, one in told for name, each in one["questions"].items()}
        wrong = sorted(asked for asked in there.keys() | right.keys() if there.get(asked) != right.get(asked))
        found += [f"{STATISTICS}: {name} of release {key} is not what the records come to" for key, name in wrong]
    return found


Try = namedtuple("Try", "id release question work person credit verdict first aided")  # noqa: PYI024 - shorter here
"""A finding (`work`: its attempt) or answer as it is judged now; `first`: in the first attempt; `aided`: by a hint."""


def tries(kinds: Rows) -> Iterator[Try]:
    """Findings in the order in which attempts began; then answers that trainees gave while the session was open."""
    row = {kind: [one["row"] for one in each] for kind, each in kinds.items()}
    works, current = ({one["id"]: one for one in row[kind]} for kind in ("attempt", "finding"))
    current.update((one["finding_id"], one) for one in sorted(row["judgement"], key=lambda one: one["seq"]))
    hints: dict[tuple[str, str], int] = {}
    for one in sorted(row["hint_taken"], key=lambda one: one["step"]):
        hints.setdefault((one["attempt_id"], one["question"]), one["step"])
    begun: dict[tuple[str, str], str] = {}
    for one in sorted(row["finding"], key=lambda one: (works[one["attempt_id"]]["opened_at"], one["attempt_id"])):
        work, now, asked = works[one["attempt_id"]], current[one["id"]], one["question"]
        own = begun.setdefault((work["release_id"], work["person_id"]), work["id"]) == work["id"]
        credit = now["credit"] if now["judged"] and not now["verdict"].get("void") else None
        first, aided = own and one["try_no"] == 1, hints.get((work["id"], asked), one["step"]) < one["step"]
        of = (work["release_id"], asked, work["id"], work["person_id"])
        yield Try(one["id"], *of, credit, now["verdict"], first, aided)
    (held,), seen = row["teaching_session"], set()
    inside = {one["person_id"] for one in row["session_member"] if one["role"] == "trainee" and held["opened_at"]}
    for one in sorted(row["answer"], key=lambda one: (one["at"], one["id"])):
        who, asked = one["person_id"], one["question"]
        if who in inside and held["opened_at"] <= one["at"] <= (held["closed_at"] or one["at"]):
            first = (who, one["course"], asked) not in seen
            yield Try(one["id"], one["release_id"], asked, who, who, one["score"], {}, first, aided=False)
        seen.add((who, one["course"], asked))


def tally(kinds: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    """What anybody can count of each release and question; `mean` is the credit of the `first` tries without a hint."""
    gathered: dict[tuple[str, str], list[Try]] = {}
    for one in tries(kinds):
        gathered.setdefault((one.release, one.question), []).append(one)
    found = {}
    for asked, each in gathered.items():
        said = [(one.credit, one) for one in each if one.credit is not None]
        marks = [credit for credit, one in said if one.first and not one.aided]
        mistakes = Counter(one.verdict["mistake"] for one in each if one.verdict.get("mistake"))
        right, wrong = sum(credit >= WHOLE for credit, _ in said), sum(credit == 0 for credit, _ in said)
        tried = {"works": len({one.work for one in each}), "tries": len(each), "right": right, "wrong": wrong}
        void = sum(bool(one.verdict.get("void")) for one in each)
        aided = sum(one.first and one.aided for _, one in said)
        came = {"part": len(said) - right - wrong, "void": void, "first": len(marks), "aided": aided}
        mean = round(math.fsum(marks) / len(marks), 6) if marks else None
        found[asked] = {**tried, **came, "mean": mean, "mistakes": dict(mistakes)}
    return found


def parts(data: bytes) -> dict[str, dict[str, bytes]]:
    """The sealed dossiers in a file, by SHA-256: itself, or those merged in it. Raises ValueError for what is none."""
    files = unpacked(data)
    inside = {name: content for name, content in files.items() if name.startswith(PARTS)}
    if not inside:
        return {hashlib.sha256(data).hexdigest(): files}
    if inside.keys() != files.keys():
        raise ValueError("a merged dossier holds other files than its parts")
    found, left = dict[str, dict[str, bytes]](), LARGEST_TOTAL
    for name, content in inside.items():
        digest = hashlib.sha256(content).hexdigest()
        if name != f"{PARTS}{digest}.zip":
            raise ValueError(f"{name} was changed after it was merged")
        found[digest] = unpacked(content, left)
        left -= sum(map(len, found[digest].values()))
    return found


def clashes(found: Mapping[str, Files]) -> list[str]:
    """What two dossiers say otherwise: records that never change, acts of one chain, and of which session they are."""
    manifests = {name: json.loads(files["manifest.json"]) for name, files in found.items()}
    names = _names(said["same"] for said in manifests.values())
    seen: dict[tuple[str, str], Any] = {}
    told = set()
    for name, files in found.items():
        for kind, of, what in _fixed(files, manifests[name]["key"], names):
            if seen.setdefault((kind, of), what) != what:
                told.add(f"{kind} {of} is not the same in all dossiers")
    if len({said["session"] for said in manifests.values()}) > 1:
        told.add("these are dossiers of different sessions")
    return sorted(told)


def _names(told: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One name for all ids of the same person or thing on several installations: the smallest of them."""
    together: dict[str, set[str]] = {}
    for one, other in ((one, other) for same in told for one, other in same.items()):
        joined = together.get(one, {one}) | together.get(other, {other})
        together.update(dict.fromkeys(joined, joined))
    return {one: min(group) for one, group in together.items()}


def _fixed(files: Files, key: str, names: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    kinds = rows(files)
    for kind, *placed in (each.split("/") for each in FIXED.split()):
        for one in kinds.get(kind, ()):
            kept = {name: value for name, value in one["row"].items() if name not in placed}
            yield kind, " ".join(names.get(part, part) for part in one["id"].split(" ")), _renamed(kept, names)
    for line in filter(None, files["audit.jsonl"].decode().split("\n")):
        event = json.loads(line)
        yield f"chain {key[:12]}, event", str(event["seq"]), event["digest"]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {name: _renamed(one, names) for name, one in value.items()}
    return names.get(value, value) if isinstance(value, str) else value


def check(data: bytes, trusted: Collection[str] = ()) -> list[str]:
    """Every fault of a dossier, in words; nothing where it is whole. With fingerprints, other keys are faults."""
    if len(data) > LARGEST_TOTAL:
        return ["the file is too large"]
    try:
        found = parts(data)
    except ValueError as bad:
        return [str(bad)]
    faults = []
    for name, files in sorted(found.items()):
        try:
            told = sealed(files, trusted) or chained(files["audit.jsonl"]) + consistent(files)
        except BROKEN as bad:
            told = [f"the records can't be read: {bad!r}"]
        faults += [f"{name[:12]}: {_plain(one)}" for one in told]
    try:
        return faults or [_plain(one) for one in clashes(found)]
    except BROKEN as bad:
        return [_plain(f"the records can't be read: {bad!r}")]


def _plain(text: str) -> str:
    """On one line, without what changes a screen: ids and names in a dossier are whatever somebody made them."""
    return "".join(one if one.isprintable() else "?" for one in text)[:300]


def told(data: bytes) -> list[str]:
    """What each sealed dossier of a file that is whole says of itself, two lines each."""
    found = []
    for name, files in sorted(parts(data).items()):
        said, end = json.loads(files["manifest.json"]), ended(files["audit.jsonl"])
        count, which = sum(said["counts"].values()), f"session {said['session']}, sealed {said['sealed']}"
        lines = f"{which}, {count} records, {end['events']} events, the last {end['last']}", f"key {said['key']}"
        found += [_plain(f"{name[:12]}: {one}") for one in lines]
    return found


def main(arguments: list[str]) -> int:
    """Print what the dossier says of itself, every fault, and a summary; 0 where there is none."""
    if not 1 <= len(arguments) <= USAGE:
        sys.stdout.write(__doc__ or "")
        return USAGE
    with Path(arguments[0]).open("rb") as file:
        data = file.read(LARGEST_TOTAL + 1)
    faults = check(data, ["".join(one.split()).lower() for one in arguments[1:]])
    lines = faults or told(data) + ([] if arguments[1:] else UNPROVED)
    sys.stdout.write("".join(f"{one}\n" for one in [*lines, f"dossier: {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
