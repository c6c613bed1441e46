"""What arrives from the forms of live work: values out, limits checked."""

import re
from collections.abc import Mapping

from training.errors import Refused
from training.sentence import phrase

KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def request_key(form: Mapping[str, str]) -> str:
    """The key that was made with the form. Raises Refused without one."""
    key = form.get("request_key", "")
    if not KEY.fullmatch(key):
        raise Refused(phrase("This form is incomplete. Open the page again, and send it once more."))
    return key


def number(form: Mapping[str, str], name: str) -> int:
    """A whole number in a field. Raises Refused."""
    text = form.get(name, "").strip()
    if not NUMBER.fullmatch(text):
        raise Refused(phrase("'%(typed)s' is not a whole number.", typed=text[:40]), field=name)
    return int(text)


def maybe_number(form: Mapping[str, str], name: str) -> int | None:
    """The same, or None where the field is empty."""
    return number(form, name) if form.get(name, "").strip() else None


def place(args: Mapping[str, str], name: str) -> int:
    """A number in an address; 0 where there is none or something else."""
    text = args.get(name, "")
    return int(text) if NUMBER.fullmatch(text) else 0
