"""Look at a file that says it is a dossier, in a process of its own: `python3 -I apart.py`, the file on its input.

Whoever sends a file can make little of it unpack to much, and JSON of it to more. This process may use no more memory
and time than its limits, and opens no file; where it passes them it dies alone. It prints one JSON document:

    {"faults": [text, at most MOST_TOLD], "more": number of others,
     "parts": [{"digest", "session", "sealed", "key", "records", "events"}, for each seal that holds]}
"""

import gc
import json
import resource
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

MEMORY, TIME = 3 * 2**29, 30  # bytes of address space; seconds of processor
MOST_TOLD, MOST_PARTS, LONGEST = 100, 50, 80


def source() -> str:
    """The verifier as one file, which needs nothing but Python: in the place of its one import the text of that."""
    verify, curve = (Path(__file__).with_name(name).read_text("utf-8") for name in ("verify.py", "curve.py"))
    before, _, after = verify.partition("from training.hosting.dossier.curve import")
    return before + curve.partition("import hashlib\n\n")[2] + after.partition("\n\n")[2]


def _verifier() -> ModuleType:
    """The verifier beside this file; a process with -I finds nothing else of the program."""
    found = ModuleType("verify")
    exec(compile(source(), "verify.py", "exec"), found.__dict__)  # noqa: S102 - two files of this program
    return found


def _limit() -> None:
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, TIME), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def examined(verify: ModuleType, data: bytes) -> dict[str, Any]:
    """What the verifier says, and what each dossier whose seal holds says of itself."""
    faults = verify.check(data)
    found = []
    try:
        parts = sorted(verify.parts(data).items())[:MOST_PARTS]
    except ValueError:
        parts = []
    for digest, files in parts:
        if not verify.sealed(files):
            said = json.loads(files["manifest.json"])
            texts = {name: str(said.get(name))[:LONGEST] for name in ("session", "sealed", "key")}
            records = sum(one.count(b"\n") for name, one in files.items() if name.startswith("records/"))
            events = files.get("audit.jsonl", b"").count(b"\n")
            found.append({"digest": digest, **texts, "records": records, "events": events})
    return {"faults": faults[:MOST_TOLD], "more": max(0, len(faults) - MOST_TOLD), "parts": found}


def main() -> None:
    """Read, look, print."""
    gc.disable()  # what is read has no cycles, and looking for them took longer than all else
    verify = _verifier()
    _limit()
    data = sys.stdin.buffer.read(verify.LARGEST_TOTAL + 1)
    sys.stdout.write(json.dumps(examined(verify, data)))


if __name__ == "__main__":
    main()
