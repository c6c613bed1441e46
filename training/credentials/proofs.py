"""Two proofs of one credential: a compact JWS, and Data Integrity with `eddsa-rdfc-2022`.

Sources: RFC 7515 and RFC 8037 (JWS with Ed25519), Open Badges 3.0 section 8.2 (claims of a VC-JWT), W3C Data Integrity
EdDSA Cryptosuites 1.0 (the hash of the canonical options, then that of the canonical document, is signed). Contexts are
files beside this one and nothing else is loaded, so a document can't make this program ask anybody for anything.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from training.credentials import did
from training.errors import Refused
from training.sentence import phrase

Sign = Callable[[bytes], bytes]
Holds = Callable[[bytes, bytes, bytes], bool]
"""Whether the owner of a key (32 bytes) gave a signature (64 bytes) under a message."""

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
FOLDER = Path(__file__).parent / "contexts"
PINNED = {
    CREDENTIALS: ("credentials-v2.json", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"),
    BADGES: ("ob-v3p0-context-3.0.3.json", "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84"),
}
SUITE = "eddsa-rdfc-2022"
LARGEST = 200_000  # bytes of a credential that is looked at
MOST_NODES = 2_000  # objects and values in one: canonicalisation of hostile graphs takes time without an end
DEEPEST = 12
UNDEFINED = "urn:undefined:"
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
"""What N-Quads take for the name of a thing; what has another one is left out by the processor."""
_ONE_AT_A_TIME = Lock()  # the caches of the JSON-LD processor are not made for threads


def stamp(at: datetime) -> str:
    """An instant as credentials write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def token(document: Mapping[str, Any], name: str, sign: Sign) -> str:
    """A credential as compact JWS (EdDSA): the payload is the credential with the claims that a VC-JWT has to have."""
    at = datetime.fromisoformat(document["validFrom"])
    claims = {"iss": _issuer(document), "jti": document["id"], "nbf": int(at.timestamp())}
    subject = document["credentialSubject"].get("id")
    if document.get("validUntil"):
        claims["exp"] = int(datetime.fromisoformat(document["validUntil"]).timestamp())
    header = {"alg": "EdDSA", "typ": "JWT", "kid": did.method(name)}
    said = {**document, **claims, **({"sub": subject} if subject else {})}
    message = b".".join(_segment(json.dumps(one, ensure_ascii=False).encode()) for one in (header, said))
    return b".".join([message, _segment(sign(message))]).decode()


def sealed(document: Mapping[str, Any], name: str, at: datetime, sign: Sign) -> dict[str, Any]:
    """A credential with its embedded proof."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": stamp(at),
        "verificationMethod": did.method(name),
        "proofPurpose": "assertionMethod",
    }
    signature = sign(_hashes(document, proof))
    return {**document, "proof": {**proof, "proofValue": f"z{did.base58(signature)}"}}


def dumped(document: Mapping[str, Any]) -> str:
    """A credential as the text of a file."""
    return json.dumps(document, ensure_ascii=False)


def opened(text: str, holds: Holds) -> tuple[dict[str, Any], str]:
    """A credential out of either form, whose proof holds, and the name of the key that signed it.

    Raises Refused where the proof doesn't hold, for another key than the issuer's, and for what is no credential.
    """
    if len(text.encode()) > LARGEST:
        raise Refused(phrase("A credential has at most %(most)s bytes.", most=LARGEST))
    try:
        document, key = _opened_json(text, holds) if text.lstrip().startswith("{") else _opened_token(text, holds)
        if _issuer(document) != key:
            raise Refused(phrase("The credential was signed by another key than that of its issuer."))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(phrase("This is no credential that is read here, or it is damaged.")) from None
    return document, key


def _opened_token(text: str, holds: Holds) -> tuple[dict[str, Any], str]:
    message, _, signature = text.strip().rpartition(".")
    header, payload = (json.loads(_unsegment(one)) for one in message.split("."))
    if header["alg"] != "EdDSA":
        raise Refused(phrase("Only signatures with Ed25519 are checked here."))
    key = str(header["kid"]).partition("#")[0]
    if not holds(did.key_of(key), _unsegment(signature), message.encode()):
        raise Refused(phrase("The signature doesn't hold: the credential was changed after it was signed."))
    return payload, key


def _opened_json(text: str, holds: Holds) -> tuple[dict[str, Any], str]:
    document = json.loads(text)
    proof = document.pop("proof")
    if proof.get("cryptosuite") != SUITE or proof.get("proofPurpose") != "assertionMethod":
        raise Refused(phrase("Only the proof %(name)s is checked here.", name=SUITE))
    _bounded(document)
    value = proof.pop("proofValue")
    key = str(proof["verificationMethod"]).partition("#")[0]
    signature = did.unbase58(value[1:]) if len(value) <= did.LONGEST else b""
    if not holds(did.key_of(key), signature, _hashes(document, proof)):
        raise Refused(phrase("The signature doesn't hold: the credential was changed after it was signed."))
    return document, key


def _bounded(document: Any) -> None:
    """Refuse a document of more objects and values than a badge has, before anything is worked out over it."""
    level, seen = [document], 0
    for _ in range(DEEPEST):
        level = [one for node in level if isinstance(node, dict | list) for one in _inside(node)]
        seen += len(level)
    if level or seen > MOST_NODES:
        raise ValueError("too large a graph")


def _inside(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node


def _issuer(document: Mapping[str, Any]) -> str:
    issuer = document["issuer"]
    return str(issuer if isinstance(issuer, str) else issuer["id"])


def _hashes(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    options = {**proof, "@context": document["@context"]}
    return b"".join(hashlib.sha256(_canonical(one).encode()).digest() for one in (options, document))


def _canonical(document: Mapping[str, Any]) -> str:
    """RDF Dataset Canonicalization 1.0, as N-Quads. Raises Refused for terms that no context defines.

    The processor drops such terms in silence, so that they would stand in a credential without being signed. Under a
    vocabulary for everything undefined they come out, and can be seen. What else it drops is looked for beforehand.
    """
    from pyld import jsonld  # noqa: PLC0415 - takes a quarter of a second, which only a signature has to wait for

    contexts = document["@context"]
    contexts = contexts if isinstance(contexts, list) else [contexts]
    if not all(isinstance(one, str) for one in contexts) or _says_more(document):
        # A context that is written out could say of a term that it stands for nothing: it would not be signed.
        raise Refused(phrase("The credential uses terms or contexts that are not known here."))
    contexts = [*contexts, {"@vocab": UNDEFINED}]
    given = {"documentLoader": _load, "algorithm": "URDNA2015", "format": "application/n-quads"}
    with _ONE_AT_A_TIME:
        try:
            expanded = jsonld.expand({**document, "@context": contexts}, given)
            canonical = str(jsonld.normalize(expanded, given))
        except jsonld.JsonLdError as bad:
            raise Refused(phrase("The credential uses terms or contexts that are not known here.")) from bad
    if UNDEFINED in canonical or not _all_signed(expanded):
        raise Refused(phrase("The credential uses terms or contexts that are not known here."))
    return canonical


def _says_more(document: Mapping[str, Any]) -> bool:
    """Whether a context stands within a document, or anything else that is for the processor alone."""
    level: list[Any] = [{name: said for name, said in document.items() if name != "@context"}]
    while level:
        if any(isinstance(node, dict) and any(name.startswith("@") for name in node) for node in level):
            return True
        level = [one for node in level if isinstance(node, dict | list) for one in _inside(node)]
    return False


def _all_signed(expanded: Any) -> bool:
    """Whether an expanded document becomes statements as a whole: without names that RDF has no place for."""
    if isinstance(expanded, list):
        return all(_all_signed(one) for one in expanded)
    if not isinstance(expanded, dict):
        return True
    names = [name for name in expanded if not name.startswith("@")]
    names += [expanded["@id"]] if "@id" in expanded else []
    names += expanded["@type"] if isinstance(expanded.get("@type"), list) else []
    return all(IRI.fullmatch(one) for one in names) and all(_all_signed(one) for one in expanded.values())


def _load(address: str, _options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A bundled context, in the shape that the JSON-LD processor takes; no other document exists for it."""
    if address not in PINNED:
        msg = f"{address} is not one of the contexts that are known here"
        raise ValueError(msg)
    return {
        "contextUrl": None,
        "documentUrl": address,
        "document": _context(address),
        "contentType": "application/ld+json",
    }


@cache
def _context(address: str) -> dict[str, Any]:
    name, sha256 = PINNED[address]
    data = (FOLDER / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused(phrase("%(file)s is not the file that signatures were made with.", file=name))
    found: dict[str, Any] = json.loads(data)
    return found


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unsegment(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
