"""What arrives from forms: values out, limits checked."""

import re
from collections.abc import Mapping

from training.errors import Refused
from training.labs.service.findings import CONFIDENCES, Claimed
from training.labs.spot import LONGEST, RECORD, Fields
from training.labs.spot import number as whole

BESIDE = re.compile(r"compare/[a-z]{1,20}|processes/[0-9]{1,10}", re.ASCII)
"""Pages beside the workbench from which rows can be cited."""

LONGEST_COMMAND = 24_000
"""Characters of a command that a link puts into the command line."""


def command(form: Mapping[str, str]) -> str:
    """The command line as it was typed."""
    return form.get("command", "")


def has_finding(form: Mapping[str, str]) -> bool:
    """Whether the form of a finding was sent along."""
    return "seen" in form


def chosen(given: Fields) -> str:
    """A command that a link brings back, or one put together from the plugin picker: the plugin and the PID."""
    if command := given.get("command", "")[:LONGEST_COMMAND]:
        return command
    plugin, pid = given.get("plugin", "")[:LONGEST], given.get("pid", "").strip()[:LONGEST]
    return f"{plugin} --pid {pid}" if plugin and pid else plugin


def place(form: Mapping[str, str]) -> tuple[int | None, int]:
    """What a cite button names: '3:17' is row 17 of run 3, 'record:4' line 4 of the record (then the run is None)."""
    run, _, row = form.get("place", "").partition(":")
    if run == RECORD and whole(row):
        return None, whole(row)
    if not whole(run) or not row.isascii() or not row.isdigit() or len(row) > 9:  # noqa: PLR2004 - beyond any limit
        raise Refused("The place to cite is missing. Use a button of the result table.", field="place")
    return whole(run), int(row)


def way_back(form: Mapping[str, str]) -> str:
    """The page beside the workbench that a form came from, such as 'compare/processes'; '' for the workbench."""
    back = form.get("back", "")
    return back if BESIDE.fullmatch(back) else ""


def numbered(form: Mapping[str, str], name: str) -> int:
    """A whole number from 1 in a field of a form."""
    number = whole(form.get(name, ""))
    if not number:
        raise Refused(f"'{form.get(name, '')[:40]}' is not a number from 1.", field=name)
    return number


def claimed(form: Fields) -> Claimed:
    """What stands in the form of a finding. The steps of a sequence arrive with their places, such as '2:fetch'."""
    confidence = form.get("confidence", "") or None
    if confidence is not None and confidence not in CONFIDENCES:
        raise Refused(f"How sure you are is one of {', '.join(CONFIDENCES)}.", field="confidence")
    numbers = tuple(whole(text) for text in form.getlist("cited"))
    if 0 in numbers:
        raise Refused("A cited place has no number. Open the page again.", field="cited")
    value = form.get("value", _in_order(form.getlist("step"))).replace("\r\n", "\n")
    seen = form.get("seen", "")
    return Claimed(value, confidence, numbers, form.get("bare") == "1", whole(seen) if seen else None)


def _in_order(chosen: list[str]) -> str:
    """'fetch > start' from '2:start', '1:fetch'. Steps that share a place are joined by =, which grading refuses."""
    places: dict[int, list[str]] = {}
    for one in chosen:
        place, _, step = one.partition(":")
        if step:
            places.setdefault(whole(place), []).append(step)
    return " > ".join(" = ".join(places[place]) for place in sorted(places))


def request_key(form: Mapping[str, str]) -> str:
    """The key that came with the form: 8 to 64 letters, digits, hyphens."""
    key = form.get("request_key", "")
    if not 8 <= len(key) <= 64 or not key.replace("-", "").isalnum() or not key.isascii():  # noqa: PLR2004 - as said
        raise Refused("The form is incomplete. Open the question again and send it from there.", field="request_key")
    return key
