"""What of a credential is not taken although its signature holds, and what its claims and a list say of their time."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.credentials.conftest import AT, facts_of
from tests.unit.credentials.test_proofs import both, document
from training.courses.moving import signing
from training.credentials import badges, did, proofs
from training.credentials.making import Site
from training.errors import Refused

pytestmark = pytest.mark.any_database


def part(said: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def test_a_credential_of_exactly_the_largest_size_is_read_and_one_byte_more_is_not(site: Site) -> None:
    """Bytes are counted: a space without a break has two."""
    for text in both(site, document(site)).values():
        space = " " if text.startswith("{") else "\u00a0"
        left, size = proofs.LARGEST - len(text.encode()), len(space.encode())
        full = " " * (left % size) + text + space * (left // size)
        assert len(full.encode()) == proofs.LARGEST
        assert proofs.opened(full, signing.holds)[1] == site.name
        with pytest.raises(Refused, match="at most 200,000 bytes"):
            proofs.opened(f"{full} ", signing.holds)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "Ed25519", ""])
def test_a_token_says_the_one_way_in_which_it_is_signed(site: Site, algorithm: str) -> None:
    said = {"alg": algorithm, "typ": "JWT", "kid": did.method(site.name)}
    message = b".".join([part(said), part(document(site))])
    signature = base64.urlsafe_b64encode(site.sign(message)).rstrip(b"=")
    with pytest.raises(Refused, match="Only signatures with Ed25519"):
        proofs.opened(b".".join([message, signature]).decode(), signing.holds)


@pytest.mark.parametrize(
    "other",
    [
        {"proofPurpose": "authentication"},
        {"proofPurpose": None},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": None, "proofPurpose": None},
    ],
)
def test_a_proof_is_for_claims_and_of_the_one_suite(site: Site, other: dict[str, str | None]) -> None:
    """What a key signed to sign in somewhere is no statement about anybody."""
    made = document(site)
    proof: dict[str, Any] = {**proofs.sealed(made, site.name, AT, site.sign)["proof"], **other}
    proof = {name: said for name, said in proof.items() if said is not None and name != "proofValue"}
    signature = site.sign(proofs._hashes(made, proof))
    forged = {**made, "proof": {**proof, "proofValue": f"z{did.base58(signature)}"}}
    with pytest.raises(Refused, match="Only the proof"):
        proofs.opened(json.dumps(forged), signing.holds)


def test_a_name_or_a_signature_of_endless_letters_is_not_worked_through(site: Site) -> None:
    made = proofs.sealed(document(site), site.name, AT, site.sign)
    endless = "z" * 190_000
    message = b".".join([part({"alg": "EdDSA", "kid": f"did:key:{endless}"}), part({})])
    proofs.opened(json.dumps(made), signing.holds)  # what is read once
    for text in (
        json.dumps({**made, "proof": {**made["proof"], "proofValue": endless}}),
        json.dumps({**made, "proof": {**made["proof"], "verificationMethod": f"did:key:{endless}"}}),
        f"{message.decode()}.AAAA",
    ):
        began = time.process_time()
        with pytest.raises(Refused):
            proofs.opened(text[: proofs.LARGEST], signing.holds)
        assert time.process_time() - began < 2


def test_a_token_claims_who_signed_it_about_what_and_from_when(site: Site) -> None:
    made = document(site)
    said = claims(both(site, made)["jwt"])
    wanted = {"iss": site.name, "jti": made["id"], "sub": made["credentialSubject"]["id"], "nbf": int(AT.timestamp())}
    assert {name: said.get(name) for name in (*wanted, "exp")} == {**wanted, "exp": None}


def test_a_list_of_what_was_revoked_holds_for_a_week(site: Site) -> None:
    """Who asked for it keeps it as long, and learns of nothing that is revoked meanwhile."""
    made = badges.status_list(site.address, 3, site.name, [], AT)
    said = claims(proofs.token(made, site.name, site.sign))
    end = AT + timedelta(days=7)
    assert (made["validFrom"], made["validUntil"]) == (f"{AT:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}")
    assert (said["nbf"], said["exp"]) == (int(AT.timestamp()), int(end.timestamp()))
    assert said["jti"] == f"{site.address}/certificates/status/3"


def test_a_badge_says_what_the_paper_says(site: Site) -> None:
    made = document(site, facts_of())
    about = made["credentialSubject"]
    assert (made["validFrom"], made["awardedDate"]) == ("2024-11-06T15:00:00Z",) * 2
    assert (about["activityStartDate"], about["activityEndDate"]) == ("2024-11-02T00:00:00Z", "2024-11-06T00:00:00Z")
    named = {one["id"]: (one["name"], one["resultType"]) for one in about["achievement"]["resultDescription"]}
    assert [(*named[one["resultDescription"]], one["value"]) for one in about["result"]] == [
        ("Contact hours attended", "Result", "33.5"),
        ("Attendance", "Result", "10 of 10 half-days"),
        ("Examinations: A", "Result", "passed"),
        ("K3 Memory acquisition", "PerformanceLevel", "Level 3, 2024-11-05"),
    ]
    assert made["evidence"] == [
        {"type": ["Evidence"], "name": "K3 Memory acquisition", "narrative": "L1, release 3"},
    ]
    assert [one["targetCode"] for one in about["achievement"]["alignment"]] == ["K3"]
    assert made["issuer"] == {"id": site.name, "type": ["Profile"], "name": "University of Norvala"}
    where = "https://training.example/certificates/status/1"
    assert made["credentialStatus"] == {
        "id": f"{where}#4711", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
        "statusListIndex": "4711", "statusListCredential": where,
    }  # fmt: skip


def chain(levels: int) -> Any:
    return {"a": chain(levels - 1)} if levels else "leaf"


@pytest.mark.parametrize(
    ("sound", "endless"),
    [
        ({"a": [1] * 1_999}, {"a": [1] * 2_000}),
        (
            {"a": {str(n): n for n in range(999)}, "b": [1] * 999},
            {"a": {str(n): n for n in range(999)}, "b": [1] * 1_000},
        ),
        (chain(11), chain(12)),
    ],
)
def test_values_and_levels_of_a_credential_are_counted_exactly(sound: Any, endless: Any) -> None:
    proofs._bounded(sound)
    with pytest.raises(ValueError, match=r"^too large a graph$"):
        proofs._bounded(endless)


@pytest.mark.parametrize(
    ("document", "more"),
    [
        ({"@context": ["x"], "a": [1, {"b": [{}]}]}, False),
        ({"a": {"@context": "x"}}, True),
        ({"a": [1, {"b": [[{"c": 2, "@context": None}]]}]}, True),
    ],
)
def test_a_context_within_a_credential_is_found_however_deep(document: dict[str, Any], *, more: bool) -> None:
    assert proofs._says_more(document) is more


def test_why_a_credential_is_not_taken_is_said_in_these_words(site: Site) -> None:
    made = document(site)
    forms = both(site, made)
    damaged = "This is no credential that is read here, or it is damaged."
    other = "The credential was signed by another key than that of its issuer."
    changed = "The signature doesn't hold: the credential was changed after it was signed."
    foreign = {**made, "issuer": {"id": "did:key:z6MkeTGwHmLmuCmgg4ABYhzWVh6ZX7hTwWt8gguAretUfc9c"}}
    head, payload, sign = forms["jwt"].split(".")
    sealed = json.loads(forms["json"])
    for text, message in (
        ("", damaged),
        ("{}", damaged),
        (f"{head}.{sign}", damaged),
        (f"{head}.{payload}.{payload}.{sign}", damaged),
        (json.dumps({**sealed, "proof": {}}), "Only the proof eddsa-rdfc-2022 is checked here."),
        (json.dumps({**sealed, "id": "urn:uuid:00000000-0000-0000-0000-000000000008"}), changed),
        (f"{head}.{part({**made, 'id': 'urn:x'}).decode()}.{sign}", changed),
        (f"{part({'alg': 'none'}).decode()}.{payload}.{sign}", "Only signatures with Ed25519 are checked here."),
        (both(site, foreign)["jwt"], other),
        (both(site, foreign)["json"], other),
        (f"{forms['jwt']}{' ' * proofs.LARGEST}", "A credential has at most 200,000 bytes."),
    ):
        with pytest.raises(Refused) as bad:
            proofs.opened(text, signing.holds)
        assert str(bad.value) == message, text[:200]
    with pytest.raises(Refused) as bad:
        proofs.sealed({**made, "colour": "red"}, site.name, AT, site.sign)
    assert str(bad.value) == "The credential uses terms or contexts that are not known here."


def test_what_is_opened_is_what_was_signed_and_nothing_else(site: Site) -> None:
    made = document(site)
    forms = both(site, made)
    assert proofs.opened(f"\n {forms['json']} ", signing.holds) == (made, site.name)
    found, key = proofs.opened(f"\n{forms['jwt']}\n", signing.holds)
    assert (key, found) == (site.name, {**made, **claims(forms["jwt"])})
    short = {**made, "issuer": site.name}
    assert proofs.opened(both(site, short)["jwt"], signing.holds)[1] == site.name
    assert proofs.opened(both(site, short)["json"], signing.holds) == (short, site.name)
