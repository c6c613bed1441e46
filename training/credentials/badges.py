"""The credential of Open Badges 3.0, and the lists of what was revoked (W3C Bitstring Status List 1.0)."""

import base64
import gzip
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from training.credentials.facts import Facts, Printed
from training.credentials.proofs import BADGES, CREDENTIALS, stamp
from training.credentials.words import DASH, WORDS

BITS = 131_072  # of a list: the least that the standard allows, so that asking for it betrays nobody
FRESH = timedelta(days=7)
"""How long a list that was handed out says that it holds."""


def credential(printed: Printed, listed: int, index: int, salt: str) -> dict[str, Any]:
    """The credential of a certificate without its proof. `listed` and `index` are its place among the revocable."""
    facts, words = printed.facts, WORDS[printed.facts.language]
    document = {
        "@context": [CREDENTIALS, BADGES],
        "id": f"urn:uuid:{printed.id}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{words.title(facts.kind)}: {facts.title}",
        "issuer": {"id": printed.issuer, "type": ["Profile"], "name": facts.host.name},
        "validFrom": stamp(printed.issued),
        "awardedDate": stamp(printed.issued),
        "credentialSubject": {
            "id": f"urn:uuid:{uuid5(printed.id, 'holder')}",
            "type": ["AchievementSubject"],
            "identifier": [_identity(facts.holder, salt)],
            "activityStartDate": f"{facts.starts.isoformat()}T00:00:00Z",
            "activityEndDate": f"{facts.ends.isoformat()}T00:00:00Z",
            "achievement": _achievement(printed),
            "result": _results(printed),
        },
        "credentialStatus": status_entry(printed.address, listed, index),
    }
    evidence = [
        {"type": ["Evidence"], "name": f"{one.id} {one.name}", "narrative": one.evidence}
        for one in facts.competencies
        if one.evidence
    ]
    return {**document, **({"evidence": evidence} if evidence else {})}


def identity_hash(name: str, salt: str) -> str:
    """What stands in a credential for a name: whoever holds the paper can compare, nobody else learns it."""
    return f"sha256${hashlib.sha256((name + salt).encode()).hexdigest()}"


def list_address(address: str, listed: int) -> str:
    """Where a list is found."""
    return f"{address}/certificates/status/{listed}"


def status_entry(address: str, listed: int, index: int) -> dict[str, str]:
    """Where a credential's bit stands."""
    where = list_address(address, listed)
    return {
        "id": f"{where}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": where,
    }


def status_list(address: str, listed: int, issuer: str, revoked: Iterable[int], now: datetime) -> dict[str, Any]:
    """A list as a credential without its proof: gzip over bits, the first one the highest of the first byte."""
    bits = bytearray(BITS // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> (index % 8)
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    where = list_address(address, listed)
    return {
        "@context": [CREDENTIALS],
        "id": where,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": stamp(now),
        "validUntil": stamp(now + FRESH),
        "credentialSubject": {
            "id": f"{where}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{packed}",
        },
    }


def _identity(name: str, salt: str) -> dict[str, Any]:
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": identity_hash(name, salt),
        "identityType": "name",
        "salt": salt,
    }


def _achievement(printed: Printed) -> dict[str, Any]:
    facts, words = printed.facts, WORDS[printed.facts.language]
    made: dict[str, Any] = {
        "id": f"urn:uuid:{_named(facts, 'achievement')}",
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": words.title(facts.kind),
        "description": f"{facts.title}, {facts.host.name}, {facts.starts} {DASH} {facts.ends}",
        "inLanguage": facts.language,
        "criteria": {"narrative": words.criteria(facts.kind, facts.present)},
        "resultDescription": [
            {"id": f"urn:uuid:{_named(facts, name)}", "type": ["ResultDescription"], "name": name, "resultType": kind}
            for name, kind, _ in _said(printed)
        ],
    }
    alignment = [
        {
            "type": ["Alignment"],
            "targetName": one.name,
            "targetCode": one.id,
            "targetUrl": f"{printed.address}/competencies#{one.id}",
        }
        for one in facts.competencies
    ]
    return {**made, **({"alignment": alignment} if alignment else {})}


def _results(printed: Printed) -> list[dict[str, Any]]:
    return [
        {"type": ["Result"], "resultDescription": f"urn:uuid:{_named(printed.facts, name)}", "value": value}
        for name, _, value in _said(printed)
    ]


def _said(printed: Printed) -> list[tuple[str, str, str]]:
    """What was reached, as (name, kind of Open Badges, value)."""
    facts, words = printed.facts, WORDS[printed.facts.language]
    said = [
        (words.hours, "Result", facts.hours),
        (words.presence, "Result", words.half_days.format(facts.attended, facts.half_days)),
    ]
    said += [(f"{words.examinations}: {one.name}", "Result", one.result) for one in facts.examinations if one.result]
    said += [
        (f"{one.id} {one.name}", "PerformanceLevel", f"{words.level} {one.level}, {one.shown}")
        for one in facts.competencies
    ]
    return said


def _named(facts: Facts, name: str) -> UUID:
    """The same id for the same thing of the same session, so that one achievement of a class is one."""
    words = (facts.host.name, facts.title, str(facts.starts), str(facts.ends), facts.kind, facts.language, name)
    return uuid5(NAMESPACE_URL, "\n".join(words))
