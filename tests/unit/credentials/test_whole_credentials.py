"""Credentials of one known key, word by word: what is signed today is what others verify in ten years."""

import base64
import gzip
import hashlib
import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.credentials.conftest import AT, facts_of
from training.courses.moving import signing
from training.credentials import badges, codes, did, proofs
from training.credentials.facts import Printed
from training.errors import Refused

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MULTIBASE = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
NAME = f"did:key:{MULTIBASE}"
SITE = "https://training.example"
HOLDER = "urn:uuid:00000000-0000-0000-0000-000000000009"
SHORT: dict[str, Any] = {
    "@context": [proofs.CREDENTIALS],
    "id": "urn:uuid:00000000-0000-0000-0000-000000000007",
    "type": ["VerifiableCredential"],
    "issuer": NAME,
    "validFrom": "2024-11-06T15:00:00Z",
    "validUntil": "2024-11-13T15:00:00Z",
    "credentialSubject": {"id": HOLDER, "name": "Aïssatou"},
}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2024-11-06T15:00:00Z",
    "verificationMethod": f"{NAME}#{MULTIBASE}",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3F4huU8qbRfjEwY8HyeCgGQHGEpRPGtsCdjKSRmzhMFkbUTKFcxFwXyNosvVBGtRCn8MmFiX2fG5NVNsyWQbn7BX",
}
SIGNED = "YLHj6iYfPaoz32BU2oHdKe8LDV3_M9OjCPhzSbnjPyBAjArKBlDzi8o9oYzxEqbwIL1kgsBo4UqemLiaS_L6BQ"
CANONICAL = f"""\
<{SHORT["id"]}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> \
<https://www.w3.org/2018/credentials#VerifiableCredential> .
<{SHORT["id"]}> <https://www.w3.org/2018/credentials#credentialSubject> <{HOLDER}> .
<{SHORT["id"]}> <https://www.w3.org/2018/credentials#issuer> <{NAME}> .
<{SHORT["id"]}> <https://www.w3.org/2018/credentials#validFrom> \
"2024-11-06T15:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<{SHORT["id"]}> <https://www.w3.org/2018/credentials#validUntil> \
"2024-11-13T15:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<{HOLDER}> <https://schema.org/name> "Aïssatou" .
"""


def parts(token: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in token.split(".")]


def test_a_segment_is_base_64_without_its_signs_of_equality() -> None:
    for data, text in ((b"", b""), (b"\0", b"AA"), (b"\0\0", b"AAA"), (b"\0\0\x17", b"AAAX"), (b"\xff\xef", b"_-8")):
        assert proofs._segment(data) == text
        assert proofs._unsegment(text.decode()) == data


def never(*_given: bytes) -> bool:
    raise AssertionError("asked about a signature")


def printed(**changed: Any) -> Printed:
    return Printed(UUID(int=7), "A" * 20, AT, NAME, SITE, facts_of("fr", **changed))


def test_a_document_of_a_known_key_has_this_proof_for_ever() -> None:
    made = proofs.sealed(SHORT, NAME, AT, KEY.sign)
    assert made == {**SHORT, "proof": PROOF}
    assert proofs._canonical(SHORT) == CANONICAL
    assert proofs._canonical({**SHORT, "@context": proofs.CREDENTIALS}) == CANONICAL
    options = {name: said for name, said in PROOF.items() if name != "proofValue"}
    hashes = proofs._hashes(SHORT, options)
    assert hashes[32:] == hashlib.sha256(CANONICAL.encode()).digest()
    assert KEY.sign(hashes) == did.unbase58(PROOF["proofValue"][1:])
    assert "Aïssatou" in proofs.dumped(made)
    assert json.loads(proofs.dumped(made)) == made
    assert proofs.opened(proofs.dumped(made), signing.holds) == (SHORT, NAME)


def test_a_token_of_a_known_key_has_this_head_these_claims_and_this_signature() -> None:
    made = proofs.token(SHORT, NAME, KEY.sign)
    head, payload, signature = parts(made)
    claims = {"iss": NAME, "jti": SHORT["id"], "nbf": 1_730_905_200, "exp": 1_731_510_000, "sub": HOLDER}
    assert json.loads(head) == {"alg": "EdDSA", "typ": "JWT", "kid": f"{NAME}#{MULTIBASE}"}
    assert json.loads(payload) == {**SHORT, **claims}
    assert "Aïssatou" in payload.decode()
    assert (made.rpartition(".")[2], signature) == (SIGNED, KEY.sign(made.rpartition(".")[0].encode()))
    assert proofs.opened(made, signing.holds) == ({**SHORT, **claims}, NAME)
    nobody = {**SHORT, "credentialSubject": {"name": "A"}, "issuer": {"id": NAME}, "validUntil": ""}
    said = json.loads(parts(proofs.token(nobody, NAME, KEY.sign))[1])
    assert said == {**nobody, "iss": NAME, "jti": SHORT["id"], "nbf": 1_730_905_200}


def test_parts_without_a_name_of_their_own_are_put_in_the_order_of_the_standard() -> None:
    """RDFC-1.0, not the older algorithm: another verifier would find another hash."""
    made = badges.credential(printed(), 2, 4711, "salt")
    digest = hashlib.sha256(proofs._canonical(made).encode()).hexdigest()
    assert digest == "e9b7b8949af51ca82ff53f430331d21ef069dbc7b944a174889d4e23e2b72441"
    value = "z4X4RwAs1QPi1qSQ1Tq84XvGEd1FKenZKgBRjjPXsXpEJvd6Jz92fQ1NhmVaP8HMuNJvNdYypd847WvZr97PPi5sQ"
    assert proofs.sealed(made, NAME, AT, KEY.sign)["proof"] == {**PROOF, "proofValue": value}


def test_a_document_that_is_too_deep_is_not_worked_out() -> None:
    endless: Any = "leaf"
    for _ in range(proofs.DEEPEST):
        endless = {"evidence": endless}
    with pytest.raises(Refused) as bad:
        proofs.opened(json.dumps({**SHORT, **endless, "proof": PROOF}), never)
    assert str(bad.value) == "This is no credential that is read here, or it is damaged."


SUBJECT = SHORT["credentialSubject"]
MALLORY = {"name": "Mallory"}


@pytest.mark.parametrize(
    "change",
    [
        {"credentialSubject": [SUBJECT, {"id": "urn:x y", **MALLORY}]},
        {"credentialSubject": [SUBJECT, {"id": "http://[x]|/<>", **MALLORY}]},
        {"credentialSubject": [SUBJECT, {"id": "_:x", **MALLORY}]},
        {"credentialSubject": {**SUBJECT, "@hidden": MALLORY}},
        {"credentialSubject": {**SUBJECT, "name": {"@value": "Aïssatou", "@index": "Mallory"}}},
        {"credentialSubject": {**SUBJECT, "name": {"@value": "Aïssatou", "@direction": "rtl"}}},
        {"credentialSubject": {**SUBJECT, "_:name": "Mallory"}},
        {"evidence": "urn:x y"},
        {"@index": "Mallory"},
        {"@reverse": {}},
        {"_:b0": "Mallory"},
    ],
)
def test_what_the_processor_would_leave_out_is_not_added_to_a_credential(change: dict[str, Any]) -> None:
    """It would stand in a document whose signature holds, and nobody signed it."""
    told = "The credential uses terms or contexts that are not known here."
    with pytest.raises(Refused) as bad:
        proofs.opened(json.dumps({**SHORT, **change, "proof": PROOF}), never)
    assert str(bad.value) == told
    with pytest.raises(Refused) as bad:
        proofs.sealed({**SHORT, **change}, NAME, AT, KEY.sign)
    assert str(bad.value) == told


@pytest.mark.parametrize(
    ("expanded", "signed"),
    [
        ([{"@id": "urn:a", "@type": ["https://b.example/ü#c"], "urn:p": [{"@value": "x y"}]}], True),
        ({"urn:p": [{"@value": "x y", "@type": "x y"}, {"urn:q": [7, None, True, "x y"]}]}, True),
        ([{"urn:p": []}, {"@id": "x"}], False),
        ([{"@id": "x"}, {"urn:p": []}], False),
        ({"@id": "urn:"}, True),
        ({"@id": "1:x"}, False),
        ({"@id": "urn:x\\y"}, False),
        ({"@type": ["urn:a", "_:b"]}, False),
        ({"@type": ["_:b", "urn:a"]}, False),
        ({"urn:p": [], "p": []}, False),
        ({"urn:p": [{"urn:q": [[{"@id": "urn:x y"}]]}]}, False),
    ],
)
def test_everything_in_a_document_has_a_name_that_can_be_signed(expanded: Any, *, signed: bool) -> None:
    assert proofs._all_signed(expanded) is signed


def test_the_key_is_what_stands_before_its_address_in_its_document() -> None:
    """Whatever follows the first sign of a number, or nothing."""
    for address in (NAME, f"{NAME}#", f"{NAME}#{MULTIBASE}", f"{NAME}#a#b"):
        proof = {**PROOF, "verificationMethod": address}
        for text in (json.dumps({**SHORT, "proof": proof}), token_of(SHORT, kid=address)):
            assert proofs.opened(text, lambda *_: True)[1] == NAME


def test_an_instant_is_written_in_utc_to_the_second_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert proofs.stamp(datetime(2024, 11, 6, 15, 0, tzinfo=UTC)) == "2024-11-06T15:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()
    paris = timezone(timedelta(hours=1))
    assert proofs.stamp(datetime(2024, 11, 6, 0, 30, 59, 999_999, paris)) == "2024-11-05T23:30:59Z"
    assert proofs.stamp(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2024-01-02T03:04:05Z"


def test_a_context_comes_from_the_bundled_file_and_no_other_exists() -> None:
    for address, (name, _) in proofs.PINNED.items():
        said = json.loads((proofs.FOLDER / name).read_text("utf-8"))
        found = proofs._load(address, {"headers": {}})
        assert found == {
            "contextUrl": None, "documentUrl": address, "document": said, "contentType": "application/ld+json",
        }  # fmt: skip
        assert proofs._load(address) == found
    with pytest.raises(ValueError, match=r"^https://x\.example is not one of the contexts that are known here$"):
        proofs._load("https://x.example")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"@context": [{}]}, "The credential uses terms or contexts that are not known here."),
        ({"@context": ["https://x.example"]}, "The credential uses terms or contexts that are not known here."),
        ({"issuer": "did:key:z1"}, "The credential was signed by another key than that of its issuer."),
        ({"id": "urn:x"}, "The signature doesn't hold: the credential was changed after it was signed."),
        ({"issuer": 7}, "This is no credential that is read here, or it is damaged."),
        ({"issuer": {}}, "This is no credential that is read here, or it is damaged."),
        ({"issuer": None}, "This is no credential that is read here, or it is damaged."),
    ],
)
def test_a_signed_document_that_is_no_credential_of_its_signer_is_refused(change: dict[str, Any], told: str) -> None:
    """The signature is good for all but the one that was changed afterwards."""
    document = {**SHORT, **change}
    holds = signing.holds if "id" in change else lambda *_: True
    for text in (json.dumps({**document, "proof": PROOF}), token_of(document)):
        if text.startswith("{") or "@context" not in change:  # a token is signed as its bytes
            with pytest.raises(Refused) as bad:
                proofs.opened(text, holds)
            assert str(bad.value) == told


def token_of(document: dict[str, Any], **head: Any) -> str:
    said = {"alg": "EdDSA", "kid": NAME, **head}
    message = b".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (said, document))
    return f"{message.decode()}.{SIGNED}"


def test_a_proof_without_one_of_its_entries_is_damaged_and_of_a_strange_key_names_it() -> None:
    damaged = "This is no credential that is read here, or it is damaged."
    for name in ("verificationMethod", "proofValue"):
        proof = {each: said for each, said in PROOF.items() if each != name}
        with pytest.raises(Refused) as bad:
            proofs.opened(json.dumps({**SHORT, "proof": proof}), never)
        assert str(bad.value) == damaged
    strange = "did:web:university.example names no Ed25519 key that can be found here."
    other = {**PROOF, "verificationMethod": "did:web:university.example#key"}
    for text in (json.dumps({**SHORT, "proof": other}), token_of(SHORT, kid="did:web:university.example#key")):
        with pytest.raises(Refused) as bad:
            proofs.opened(text, never)
        assert str(bad.value) == strange


def test_what_is_asked_about_a_signature_is_the_key_the_signature_and_what_was_signed() -> None:
    asked: list[tuple[bytes, bytes, bytes]] = []

    def holds(key: bytes, signature: bytes, message: bytes) -> bool:
        asked.append((key, signature, message))
        return True

    key = KEY.public_key().public_bytes_raw()
    options = {name: said for name, said in PROOF.items() if name != "proofValue"}
    proofs.opened(json.dumps({**SHORT, "proof": PROOF}), holds)
    long = "z" * (did.LONGEST + 1)
    proofs.opened(json.dumps({**SHORT, "proof": {**PROOF, "proofValue": long[1:]}}), holds)
    proofs.opened(json.dumps({**SHORT, "proof": {**PROOF, "proofValue": long}}), holds)
    token = token_of(SHORT)
    proofs.opened(token, holds)
    hashes = proofs._hashes(SHORT, options)
    assert asked == [
        (key, did.unbase58(PROOF["proofValue"][1:]), hashes),
        (key, did.unbase58(long[2:]), hashes),
        (key, b"", hashes),
        (key, parts(token)[2], token.rpartition(".")[0].encode()),
    ]


def test_a_key_is_named_in_base_58_and_found_in_its_name() -> None:
    key = KEY.public_key().public_bytes_raw()
    assert (did.of_key(key), did.method(NAME)) == (NAME, f"{NAME}#{MULTIBASE}")
    assert (did.key_of(NAME), did.key_of(f"{NAME}#{MULTIBASE}"), did.key_of(f"{NAME}#a#b")) == (key,) * 3
    for data, text in ((b"", ""), (b"\0", "1"), (b"\0\0\x01\xff", "119p"), (b"\x39", "z"), (b"\x3a", "21")):
        assert (did.base58(data), did.unbase58(text)) == (text, data)
    with pytest.raises(ValueError, match="substring not found"):
        did.unbase58("0")


def test_a_name_of_no_key_is_told_as_far_as_it_is_looked_at() -> None:
    short, long = did.base58(b"\xed\x01" + bytes(31)), did.base58(b"\xed\x01" + bytes(33))
    other, bare = did.base58(b"\xec\x01" + bytes(32)), MULTIBASE[1:]
    wrong = [f"did:key:z{one}" for one in (short, long, other, "", "0", "z" * 200)]
    for name in (*wrong, bare, f"z{bare}", f"did:web:{bare}", ""):
        with pytest.raises(Refused) as bad:
            did.key_of(f"{name}#here")
        assert str(bad.value) == f"{name[:120]} names no Ed25519 key that can be found here."
    full = "did:key:z" + "1" * (did.LONGEST - 9)
    for name in (full, full + "1"):
        with pytest.raises(Refused):
            did.key_of(name)


def test_a_badge_is_this_document() -> None:
    """The ids of an achievement and of what it says are the same for a whole class; the holder's is its own."""
    described = [
        ("59ea7156-e708-5526-a0ed-7325b7c791a8", "Heures de formation suivies", "Result", "33.5"),
        ("aebfd50e-40c5-5759-a3e6-00c676beb83d", "Présence", "Result", "demi-journées : 10 sur 10"),
        ("b12b41c1-e1a5-5f94-9035-befc448b217b", "Examens: A", "Result", "réussi"),
        ("9b959bb0-ea32-5ed6-922a-d08751d96cc6", "K3 Acquisition", "PerformanceLevel", "Niveau 3, 2024-11-05"),
    ]
    digest = hashlib.sha256("Aïssatou N\u2019Diayesalt".encode()).hexdigest()
    identity = {
        "type": "IdentityObject", "hashed": True, "identityHash": f"sha256${digest}", "identityType": "name",
        "salt": "salt",
    }  # fmt: skip
    narrative = (
        "Présence, y compris à chaque demi-journée d'examen ; chaque examen réussi ; aucune erreur critique retenue."
    )
    achievement = {
        "id": "urn:uuid:80e9022d-5425-5b8c-a4c5-dae4b7322afd",
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": "Certificat de réussite",
        "description": "Données vives, Université de Norvala, 2024-11-02 \u2013 2024-11-06",
        "inLanguage": "fr",
        "criteria": {"narrative": narrative},
        "resultDescription": [
            {"id": f"urn:uuid:{key}", "type": ["ResultDescription"], "name": name, "resultType": kind}
            for key, name, kind, _ in described
        ],
        "alignment": [
            {
                "type": ["Alignment"], "targetName": "Acquisition", "targetCode": "K3",
                "targetUrl": f"{SITE}/competencies#K3",
            }
        ],
    }  # fmt: skip
    whole = {
        "@context": [proofs.CREDENTIALS, proofs.BADGES],
        "id": "urn:uuid:00000000-0000-0000-0000-000000000007",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Certificat de réussite: Données vives",
        "issuer": {"id": NAME, "type": ["Profile"], "name": "Université de Norvala"},
        "validFrom": "2024-11-06T15:00:00Z",
        "awardedDate": "2024-11-06T15:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:4519d370-40d7-56ea-a68b-f525f3ab259d",
            "type": ["AchievementSubject"],
            "identifier": [identity],
            "activityStartDate": "2024-11-02T00:00:00Z",
            "activityEndDate": "2024-11-06T00:00:00Z",
            "achievement": achievement,
            "result": [
                {"type": ["Result"], "resultDescription": f"urn:uuid:{key}", "value": value}
                for key, _, _, value in described
            ],
        },
        "credentialStatus": {
            "id": f"{SITE}/certificates/status/2#4711",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "4711",
            "statusListCredential": f"{SITE}/certificates/status/2",
        },
        "evidence": [{"type": ["Evidence"], "name": "K3 Acquisition", "narrative": "L1, release 3"}],
    }
    assert badges.credential(printed(), 2, 4711, "salt") == whole


def test_a_badge_of_attendance_says_nothing_of_examinations_and_competencies() -> None:
    """An examination without a result, and a competency without words of what showed it, leave no empty lines."""
    made = badges.credential(printed(kind="attendance", competencies=[], examinations=[]), 2, 4711, "salt")
    assert list(made)[-1] == "credentialStatus"
    assert list(made["credentialSubject"]["achievement"])[-1] == "resultDescription"
    assert [one["value"] for one in made["credentialSubject"]["result"]] == ["33.5", "demi-journées : 10 sur 10"]
    for present, narrative in (
        (75, "Présence pendant au moins trois quarts du temps de formation d'un nombre suffisant de demi-journées."),
        (60, "Présence pendant au moins 60 pour cent du temps de formation d'un nombre suffisant de demi-journées."),
    ):
        made = badges.credential(printed(kind="attendance", present=present), 2, 4711, "salt")
        assert made["credentialSubject"]["achievement"]["criteria"] == {"narrative": narrative}
    shown = {"id": "K1", "name": "Preuve", "level": 1, "shown": date(2024, 11, 4)}
    bare = [{**shown, "evidence": ""}, {**shown, "id": "K2", "evidence": "L2"}]
    made = badges.credential(printed(competencies=bare, examinations=[{"name": "A", "result": ""}]), 2, 4711, "salt")
    assert [one["name"] for one in made["evidence"]] == ["K2 Preuve"]
    assert [one["targetCode"] for one in made["credentialSubject"]["achievement"]["alignment"]] == ["K1", "K2"]
    values = [one["value"] for one in made["credentialSubject"]["result"]]
    assert values[2:] == ["Niveau 1, 2024-11-04"] * 2


def test_a_list_of_what_was_revoked_is_this_document_and_each_bit_is_its_own() -> None:
    made = badges.status_list(SITE, 3, NAME, [0, 7, 8, 15, 16, badges.BITS - 1], AT)
    packed = made["credentialSubject"].pop("encodedList")
    where = f"{SITE}/certificates/status/3"
    assert made == {
        "@context": [proofs.CREDENTIALS],
        "id": where,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": NAME,
        "validFrom": "2024-11-06T15:00:00Z",
        "validUntil": "2024-11-13T15:00:00Z",
        "credentialSubject": {"id": f"{where}#list", "type": "BitstringStatusList", "statusPurpose": "revocation"},
    }
    assert (packed[0], "=" in packed) == ("u", False)
    zipped = base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4))
    bits = gzip.decompress(zipped)
    assert zipped[4:8] == bytes(4), "the same list has the same bytes whenever it is asked for"
    assert bits == b"\x81\x81\x80" + bytes(16_384 - 4) + b"\x01"


def test_a_code_is_read_and_refused_in_these_words() -> None:
    code = "2" * 18 + "3"
    code += codes._check(code)
    assert (codes._check("2" * 19), codes._check("3" * 19), codes._check("ABCDEFGHJKMNPQRTVWX")) == ("2", "J", "3")
    assert codes.spelled(code) == f"22222-22222-22222-2223{code[-1]}"
    assert len(codes.new_code()) == 20
    assert codes.read(f"\u200b{code[:3]}\u2014{code[3:]}") == code
    strange = "%s doesn't occur in codes. They have digits from 2 to 9 and letters without I, L, O, S, U."
    for typed, told in (
        ("XX" + code, "A code has 20 letters and digits; these are 22."),
        ("", "A code has 20 letters and digits; these are 0."),
        (code[:-1], "A code has 20 letters and digits; these are 19."),
        (code[:-1] + "Z", "This is no code: a letter or digit of it is wrong. Compare it with the paper."),
        ("oo1lI0é+", strange % "+ 0 1 I L"),
        ("l", strange % "L"),
        ("2" * 199 + "3", "A code has 20 letters and digits; these are 200."),
        ("2" * 200 + "0", "A code has 20 letters and digits; these are 200."),
    ):
        with pytest.raises(Refused) as bad:
            codes.read(typed)
        assert (str(bad.value), bad.value.field) == (told, "code"), typed
