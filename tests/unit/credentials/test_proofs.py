"""Credentials, checked by a library that had no part in making them and in a process without a network."""

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.unit.credentials.conftest import AT, SAID, facts_of
from training.accounts.actor import Actor
from training.courses.moving import signing
from training.credentials import badges, did, images, proofs, service
from training.credentials.facts import Facts, Printed
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.errors import Refused
from training.settings import ROOT
from training.store import Store

pytestmark = pytest.mark.any_database
JUDGE = """
import json, socket, sys
class Closed(socket.socket):
    def __init__(self, *args, **kwargs): raise OSError("no network here")
socket.socket = Closed
socket.create_connection = socket.getaddrinfo = lambda *a, **k: (_ for _ in ()).throw(OSError("no network here"))
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
given = json.load(sys.stdin)
text, listed = given["text"], given["listed"]
fetched = []
def download(address):
    fetched.append(address)
    return listed.encode()
try:
    if text.startswith("{"):
        verifier = OB3LdpVerifier(issuer_did=given["did"])
        found = verifier.verify(text, check_status=bool(listed), download=download)
    else:
        verifier = OB3Verifier.for_issuer_did(given["did"])
        found = verifier.verify(text, check_status=bool(listed), download=download)
    print(json.dumps({"holds": True, "name": found.name, "fetched": fetched}))
except LibOpenBadgesException as bad:
    print(json.dumps({"holds": False, "said": str(bad), "fetched": fetched}))
"""
TAKEN_OUT = """
import base64, json, sys
from openbadgeslib.ob3 import OB3Verifier
png, svg = map(base64.b64decode, json.load(sys.stdin))
print(json.dumps([OB3Verifier.extract_token_from_png(png), OB3Verifier.extract_token_from_svg(svg)]))
"""


def apart(program: str, given: Any) -> Any:
    """What a program with the other library prints, in a process of its own: Volatility would instantiate the way of
    opening addresses that it brings along, in whatever test uses Volatility afterwards.
    """
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(given), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout)


def judged(site: Site, text: str, listed: str = "") -> dict[str, Any]:
    """What the other library says of a credential and of the list of what was revoked."""
    found: dict[str, Any] = apart(JUDGE, {"text": text, "did": site.name, "listed": listed})
    return found


def document(site: Site, facts: Facts | None = None) -> dict[str, Any]:
    printed = Printed(UUID(int=7), "A" * 20, AT, site.name, site.address, facts or facts_of())
    return badges.credential(printed, 1, 4711, "salt" * 8)


def both(site: Site, made: dict[str, Any]) -> dict[str, str]:
    return {
        "json": proofs.dumped(proofs.sealed(made, site.name, AT, site.sign)),
        "jwt": proofs.token(made, site.name, site.sign),
    }


def listed(site: Site, *revoked: int) -> str:
    return proofs.token(
        badges.status_list(site.address, 1, site.name, revoked, datetime.now(UTC)), site.name, site.sign
    )


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("form", ["json", "jwt"])
def test_another_library_verifies_both_proofs_and_the_status(site: Site, language: str, form: str) -> None:
    found = judged(site, both(site, document(site, facts_of(language)))[form], listed(site, 4710, 4712))
    assert found.get("holds"), found
    assert found["fetched"] == ["https://training.example/certificates/status/1"]


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_it_finds_what_was_revoked(site: Site, form: str) -> None:
    found = judged(site, both(site, document(site))[form], listed(site, 4711))
    assert not found["holds"]
    assert "revocation" in found["said"]


def test_it_does_not_take_a_list_that_was_changed(site: Site) -> None:
    head, _, sign = listed(site, 4711).split(".")
    clean = listed(site).split(".")[1]
    found = judged(site, both(site, document(site))["jwt"], f"{head}.{clean}.{sign}")
    assert not found["holds"]
    assert "proof is invalid" in found["said"]


def test_what_the_site_hands_out_is_verified_and_its_revocation_found(
    site: Site, store: Store, award: Callable[..., Award], actor_of: Callable[[Session, str], Actor]
) -> None:
    with store.writing() as session:
        made = service.issue(session, site, award(), actor_of(session, "instructor"), AT)
        forms = (made.credential, made.token)
    for holds in (True, False):
        with store.writing() as session:
            if not holds:
                found = session.get_one(Certificate, made.id)
                service.revoke(session, found, actor_of(session, "host"), "Results of another person.", AT)
            handed = service.status_list(session, site, made.listed, datetime.now(UTC), embedded=False)
        assert [judged(site, text, handed)["holds"] for text in forms] == [holds, holds]


def changed_json(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    made = json.loads(text)
    change(made)
    return json.dumps(made)


def _holder(made: dict[str, Any]) -> None:
    made["credentialSubject"]["identifier"][0]["identityHash"] = badges.identity_hash("Somebody Else", "salt" * 8)


def _level(made: dict[str, Any]) -> None:
    made["credentialSubject"]["result"][0]["value"] = "99.9"


def _bit(made: dict[str, Any]) -> None:
    made["credentialStatus"]["statusListIndex"] = "1"


def _issuer(made: dict[str, Any]) -> None:
    made["issuer"]["name"] = "University of Elsewhere"


@pytest.mark.parametrize("change", [_holder, _level, _bit, _issuer])
def test_a_changed_credential_fails_there_and_here(site: Site, change: Callable[[dict[str, Any]], None]) -> None:
    forms = both(site, document(site))
    forged = changed_json(forms["json"], change)
    head, payload, sign = forms["jwt"].split(".")
    body = changed_json(base64.urlsafe_b64decode(payload + "==").decode(), change)
    token = ".".join([head, base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode(), sign])
    for text in (forged, token):
        assert not judged(site, text)["holds"]
        with pytest.raises(Refused, match="changed after"):
            proofs.opened(text, signing.holds)


def test_ours_opens_both_and_names_the_key(site: Site) -> None:
    made = document(site)
    for text in both(site, made).values():
        found, key = proofs.opened(text, signing.holds)
        assert key == site.name
        assert found["credentialSubject"] == made["credentialSubject"]


def test_a_credential_of_another_key_than_its_issuer_is_refused(site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path / "other", site.address)
    for text in both(other, document(site)).values():
        with pytest.raises(Refused, match="another key"):
            proofs.opened(text, signing.holds)
        assert not judged(site, text)["holds"]


@pytest.mark.parametrize("text", [
    "", "{}", "a.b.c", "{" * 5000, "[" * 5000, '{"proof": {}}', "x" * 300_000,
    '{"issuer": "did:key:zz", "proof": {"cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}}',
])  # fmt: skip
def test_what_is_no_credential_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        proofs.opened(text, signing.holds)


def wide(words: int) -> list[Any]:
    return [{"type": ["Evidence"] * words, "name": "K3", "narrative": "A lab"}]


def deep(levels: int) -> list[Any]:
    """A list in a list, and so on: for the standard it is one list."""
    return wide(1) if levels == 0 else [deep(levels - 1)]


@pytest.mark.parametrize(("sound", "endless"), [(wide(1_800), wide(2_000)), (deep(7), deep(9))])
def test_a_graph_that_is_too_large_is_refused_before_it_is_worked_through(
    site: Site, sound: list[Any], endless: list[Any]
) -> None:
    """Whether the signature holds is not asked then: what it is over takes time without an end."""
    text = both(site, {**document(site), "evidence": sound})["json"]
    assert proofs.opened(text, signing.holds)[1] == site.name
    text = both(site, {**document(site), "evidence": endless})["json"]
    asked: list[tuple[bytes, ...]] = []

    def holds(*given: bytes) -> bool:
        asked.append(given)
        return True

    with pytest.raises(Refused, match="damaged"):
        proofs.opened(text, holds)
    assert asked == []


def test_nothing_is_loaded_from_outside_and_unknown_terms_are_not_signed(site: Site) -> None:
    made = document(site)
    silent = {"distinction": None}  # the term stands for nothing, so that nothing of it would be signed
    for change in (
        {"@context": [*made["@context"], "https://attacker.example/c"]},
        {"colour": "red"},
        {"@context": [*made["@context"], silent], "distinction": "with honours"},
        {"@context": [silent, *made["@context"]], "distinction": "with honours"},
        {"credentialSubject": {**made["credentialSubject"], "@context": silent, "distinction": "with honours"}},
    ):
        with pytest.raises(Refused, match="not known here"):
            proofs.sealed({**made, **change}, site.name, AT, site.sign)


def test_the_contexts_are_the_pinned_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials-v2.json").write_text("{}")
    monkeypatch.setattr(proofs, "FOLDER", tmp_path)
    proofs._context.cache_clear()
    with pytest.raises(Refused, match="is not the file"):
        proofs._context(proofs.CREDENTIALS)
    proofs._context.cache_clear()


def test_a_list_has_the_bits_of_the_standard(site: Site) -> None:
    made = badges.status_list(site.address, 1, site.name, [0, 9, badges.BITS - 1], AT)
    packed = made["credentialSubject"]["encodedList"]
    bits = gzip.decompress(base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4)))
    assert len(bits) * 8 == 131_072
    assert (bits[0], bits[1], bits[-1]) == (0x80, 0x40, 0x01)
    assert sum(bits) == 0x80 + 0x40 + 0x01


def test_the_holder_is_named_by_a_salted_hash_alone(site: Site) -> None:
    for text in both(site, document(site)).values():
        body = text if text.startswith("{") else base64.urlsafe_b64decode(text.split(".")[1] + "==").decode()
        assert "Amara" not in body
        assert badges.identity_hash("Amara Diallo", "salt" * 8) in body


@pytest.mark.parametrize("kind", ["attendance", "achievement", "distinction"])
def test_badges_carry_the_credential_where_another_library_finds_it(site: Site, kind: str) -> None:
    forms = both(site, document(site, facts_of(kind=kind, holder="A & <B>")))
    png, svg = images.png(kind, forms["jwt"]), images.svg(kind, "A & <B>", forms["json"])
    given = [base64.b64encode(each).decode() for each in (png, svg)]
    assert apart(TAKEN_OUT, given) == [forms["jwt"], forms["json"]]
    assert images.credential_in(png) == forms["jwt"]
    assert images.credential_in(svg) == forms["json"]
    assert images.png(kind, forms["jwt"]) == png


@pytest.mark.parametrize("data", [b"", b"x", images.SIGN, images.SIGN + b"\xff" * 30, b"<svg/>", b"<!DOCTYPE x><svg/>"])
def test_a_picture_without_a_credential_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        images.credential_in(data)


def test_the_name_of_a_key_is_the_key() -> None:
    key = bytes(range(32))
    assert did.of_key(key).startswith("did:key:z6Mk")
    assert did.key_of(did.method(did.of_key(key))) == key
    assert did.unbase58(did.base58(b"\0\0\x01")) == b"\0\0\x01"
    for wrong in ("did:web:x", "did:key:z1", "did:key:z" + "1" * 500, "did:key:zOOO"):
        with pytest.raises(Refused):
            did.key_of(wrong)
