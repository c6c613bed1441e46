"""Questions of every answer type, for tests of what is typed for them."""

from __future__ import annotations

from training.grading.values.base import Spec

OPTIONS = {"cron": "a line of cron", "memfd": "a file, in memory", "unit": "a unit"}
PLAIN = (
    "pid", "count", "port", "address", "number", "duration", "timestamp", "ip", "endpoint", "path", "registry", "hash",
    "string", "text", "written", "chain",
)  # fmt: skip
SPECS = {name: Spec(type=name) for name in PLAIN}
SPECS |= {
    "bytes": Spec(type="number", unit="bytes"),
    "KiB": Spec(type="number", unit="KiB"),
    "pages": Spec(type="number", unit="pages"),
    "named": Spec(type="chain", names=True),
    "choice": Spec(type="choice", options=OPTIONS),
    "choices": Spec(type="choices", options=OPTIONS),
    "matching": Spec(
        type="matching",
        items={"a": "linux.bash", "b": "linux.psscan", "c": "linux.lsof"},
        options={"1": "typed lines", "2": "ended processes", "3": "open files"},
    ),
    "statement": Spec(type="statement", reasons={"gone": "The process had ended", "held": "A file is held open"}),
    "sequence": Spec(
        type="sequence", steps={"boot": "The system boots", "login": "Somebody logs in", "start": "It starts"}
    ),
    "pattern": Spec(type="pattern", pattern="fin-[0-9]{4}"),
    "pids": Spec(type="set", element="pid"),
    "strings": Spec(type="set", element="string"),
    "ends": Spec(type="set", element="endpoint"),
    "hashes": Spec(type="set", element="hash"),
    "addresses": Spec(type="set", element="address"),
    "times": Spec(type="set", element="timestamp"),
    "offered": Spec(type="set", element="path", options={"/a": "A", "/b": "B"}),
}
"""By a short name: plain types by their own."""
