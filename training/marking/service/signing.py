"""A preview that can't be altered between looking at it and applying it.

What is signed is canonical JSON (keys sorted, no spaces, UTF-8). The signature is HMAC-SHA256 (RFC 2104) with a key of
its own, derived from the installation's secret: a signature made for one purpose is worth nothing for another.
"""

import hashlib
import hmac
import json
from typing import Any

PURPOSE = b"regrade preview 1"


def canonical(content: Any) -> bytes:
    """The one way to write JSON content as bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sign(secret: bytes, content: Any) -> str:
    """The signature of content, in hexadecimal. `secret` is the secret of the installation."""
    key = hmac.new(secret, PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, canonical(content), hashlib.sha256).hexdigest()


def signed(secret: bytes, content: Any, signature: str) -> bool:
    """Whether a signature is that of this content. Takes the same time whatever is wrong with it."""
    return hmac.compare_digest(sign(secret, content).encode(), signature.encode())
