"""What arrives from the forms of the board."""

import re
from datetime import time
from uuid import UUID

from training.errors import Refused
from training.hosting.board.service.asking import Ask
from training.hosting.forms import LONGEST, Fields
from training.sentence import phrase

CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d", re.ASCII)
MINUTES = re.compile(r"\d{1,4}", re.ASCII)
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)


def typed(form: Fields, name: str, most: int = 2 * LONGEST) -> str:
    """A text, cut where no form of ours would go on."""
    return form.get(name, "")[:most]


def request_key(form: Fields) -> str:
    """The key that was made with the form. Raises Refused without one."""
    key = form.get("request_key", "")
    if not KEY.fullmatch(key):
        raise Refused(phrase("This form is incomplete. Open the page again, and send it once more."))
    return key


def given(form: Fields) -> tuple[int, UUID | None]:
    """Minutes, and for whom: one person, or None for all. Raises Refused."""
    text = form.get("minutes", "").strip()
    if not MINUTES.fullmatch(text):
        raise Refused(phrase("'%(typed)s' is no number of minutes.", typed=text[:40]), field="minutes")
    return int(text), person(form, "person")


def person(form: Fields, name: str) -> UUID | None:
    """A person that was chosen, or None. Raises Refused."""
    text = form.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError as bad:
        raise Refused(phrase("Choose a person from the list."), field=name) from bad


def times(form: Fields) -> tuple[time | None, time | None]:
    """When a slot began and ended, as times of day; empty: it didn't. Raises Refused."""
    return _time(form, "began"), _time(form, "ended")


def _time(form: Fields, name: str) -> time | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not CLOCK.fullmatch(text):
        raise Refused(phrase("'%(typed)s' is no time of day such as 08:30.", typed=text[:40]), field=name)
    return time.fromisoformat(text.zfill(5))


def ask(form: Fields) -> Ask:
    """What a trainee asks."""
    return Ask(form.get("kind", "")[:10], *(typed(form, name) for name in ("question", "did", "sees")))
