"""What arrives from the forms of preparation."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.sentence import phrase

DAY = timedelta(days=1)


def told(typed: str, teaching: TeachingSession, now: datetime) -> datetime | None:
    """A time of day, in the session's zone, as the instant nearest to now; None where none was typed. Raises Faulty."""
    if not typed.strip():
        return None
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", typed.strip(), re.ASCII)
    if found is None:
        raise Faulty({"clock": phrase("'%(typed)s' is no time of day such as 08:30.", typed=typed[:40])})
    here = now.astimezone(ZoneInfo(teaching.zone))
    said = here.replace(hour=int(found[1]), minute=int(found[2]), second=here.second, microsecond=here.microsecond)
    return min((said - DAY, said, said + DAY), key=lambda one: abs(one - here))
