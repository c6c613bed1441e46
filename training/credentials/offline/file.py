"""The file itself, put together: the page, our keys, and a list of revoked codes that is dated and signed."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.credentials import did, short
from training.credentials.offline.labels import SAID

FOLDER = Path(__file__).parent
CONTEXT = b"engram revocations 1\n"
KNOWN = 16  # hexadecimal digits of the SHA-512 of a code that stand for it in the list


def known_as(code: str) -> str:
    """What stands for a code in the list: the list names nobody's code to whoever has only the list."""
    return hashlib.sha512(code.encode()).hexdigest()[:KNOWN]


def revocations(codes: Iterable[str], now: datetime, sign: Callable[[bytes], bytes]) -> dict[str, str]:
    """The list as text, and its signature in hexadecimal under `CONTEXT` and the text."""
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    text = json.dumps({"at": at, "codes": sorted(known_as(code) for code in codes)}, separators=(",", ":"))
    return {"text": text, "signature": sign(CONTEXT + text.encode()).hex()}


def html(keys: Iterable[bytes], revoked: dict[str, str], language: str) -> bytes:
    """The verifier for these public keys (32 bytes each), opening in this language."""
    trusted = [{"id": short.key_id(key).hex(), "key": key.hex(), "did": did.of_key(key)} for key in keys]
    data: dict[str, Any] = {"keys": trusted, "list": revoked, "language": language, "words": SAID}
    script, style = ((FOLDER / name).read_text("utf-8") for name in ("verify.js", "verify.css"))
    page = (FOLDER / "verify.html.in").read_text("utf-8")
    # The script and the data come last: nothing in them can be taken for a place of the page.
    for place, value in (
        ("SCRIPT_HASH", _hash(script)),
        ("STYLE_HASH", _hash(style)),
        ("STYLE", style),
        ("SCRIPT", script),
        ("DATA", json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")),
    ):
        page = page.replace(f"{{{{{place}}}}}", value, 1)
    return page.encode()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
