"""What arrives from pages: where the reader is on the workbench, and what was typed. Values out, limits checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from training.errors import Refused
from training.labs.service.findings import CONFIDENCES, Claimed

RECORD = "record"
LONGEST = 200  # characters of a filter or a column name
Fields = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the workbench the reader is; all of it stands in the address, so that links and forms keep it.

    `run` is the number of a run, 'record' for the acquisition record, or empty; `page` counts from 1.
    """

    question: str = ""
    run: str = ""
    sort: str = ""
    desc: str = ""
    column: str = ""
    text: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Fields) -> "Spot":
        """The spot that an address names; what makes no sense is left out, as in any address typed by hand."""
        run = given.get("run", "")
        return cls(
            question=given.get("question", "")[:LONGEST],
            run=run if run == RECORD or _number(run) else "",
            sort=given.get("sort", "")[:LONGEST],
            desc="1" if given.get("desc") else "",
            column=given.get("column", "")[:LONGEST],
            text=given.get("text", "")[:LONGEST],
            page=_number(given.get("page", "1")) or 1,
        )

    @property
    def number(self) -> int:
        """The number of the run, 0 for none."""
        return _number(self.run)

    def at(self, **changes: Any) -> "Spot":
        """The same spot with some parts changed; another run starts at its first page with nothing filtered."""
        if changes.get("run", self.run) != self.run:
            return Spot(question=changes.get("question", self.question), run=str(changes["run"]))
        return replace(self, **changes)

    def args(self) -> dict[str, Any]:
        """The parts that differ from the start, for an address."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in parts.items() if value and (name, value) != ("page", 1)}


def command(form: Mapping[str, str]) -> str:
    """The command line as it was typed."""
    return form.get("command", "")


def chosen(given: Fields) -> str:
    """A command put together from the plugin picker: the plugin, and the PID where one was typed."""
    plugin, pid = given.get("plugin", "")[:LONGEST], given.get("pid", "").strip()[:LONGEST]
    return f"{plugin} --pid {pid}" if plugin and pid else plugin


def place(form: Mapping[str, str]) -> tuple[int | None, int]:
    """What a cite button names: '3:17' is row 17 of run 3, 'record:4' line 4 of the record (then the run is None)."""
    run, _, row = form.get("place", "").partition(":")
    if run == RECORD and _number(row):
        return None, _number(row)
    if not _number(run) or not row.isascii() or not row.isdigit() or len(row) > 9:  # noqa: PLR2004 - beyond any limit
        raise Refused("The place to cite is missing. Use a button of the result table.", field="place")
    return _number(run), int(row)


def numbered(form: Mapping[str, str], name: str) -> int:
    """A whole number from 1 in a field of a form."""
    number = _number(form.get(name, ""))
    if not number:
        raise Refused(f"'{form.get(name, '')[:40]}' is not a number from 1.", field=name)
    return number


def claimed(form: Fields) -> Claimed:
    """What stands in the form of a finding. The steps of a sequence arrive with their places, such as '2:fetch'."""
    confidence = form.get("confidence", "") or None
    if confidence is not None and confidence not in CONFIDENCES:
        raise Refused(f"How sure you are is one of {', '.join(CONFIDENCES)}.", field="confidence")
    numbers = tuple(_number(text) for text in form.getlist("cited"))
    if 0 in numbers:
        raise Refused("A cited place has no number. Open the page again.", field="cited")
    value = form.get("value", _in_order(form.getlist("step"))).replace("\r\n", "\n")
    seen = form.get("seen", "")
    return Claimed(value, confidence, numbers, form.get("bare") == "1", _number(seen) if seen else None)


def _in_order(chosen: list[str]) -> str:
    """'fetch > start' from '2:start', '1:fetch'. Steps that share a place are joined by =, which grading refuses."""
    places: dict[int, list[str]] = {}
    for one in chosen:
        place, _, step = one.partition(":")
        if step:
            places.setdefault(_number(place), []).append(step)
    return " > ".join(" = ".join(places[place]) for place in sorted(places))


def request_key(form: Mapping[str, str]) -> str:
    """The key that came with the form: 8 to 64 letters, digits, hyphens."""
    key = form.get("request_key", "")
    if not 8 <= len(key) <= 64 or not key.replace("-", "").isalnum() or not key.isascii():  # noqa: PLR2004 - as said
        raise Refused("The form is incomplete. Open the question again and send it from there.", field="request_key")
    return key


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004 - digits of a number
