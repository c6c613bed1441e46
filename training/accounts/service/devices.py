"""Browsers that are known: in which an account was signed in to before, with the password that it has now.

After OWASP, "Slow down online guessing attacks with device cookies". The browser holds, for each of its last accounts,
a random name and a mark that only this server can make. The mark binds the name to the account and to its password, so
that it is worth nothing once that password is replaced. The server stores nothing of it.
"""

import hmac
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from training.accounts.service.passwords import NOBODY

DAYS = 90
"""For which a browser is known after the last sign-in."""
MOST = 8
"""Accounts for which one browser is known: people share the computers of a classroom."""
LONGEST = 1000  # characters of a cookie that is read


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser showed of itself, and the key of the server that it is held against."""

    key: str
    cookie: str = ""

    def name_for(self, person: uuid.UUID, sealed: str, now: datetime) -> str | None:
        """The name of this browser if it is known for an account with this password; it counts tries by that name."""
        for entry in self._entries():
            name, _, rest = entry.partition(":")
            day, _, mark = rest.partition(":")
            if day.isascii() and day.isdigit() and 0 <= _day(now) - int(day) < DAYS:
                expected = self._mark(person, sealed, name, day)
                if hmac.compare_digest(expected.encode(), mark.encode()):
                    return name
        return None

    def known_for(self, person: uuid.UUID, sealed: str, now: datetime) -> str:
        """The cookie by which this browser is known from now on, under a new name; its others stay."""
        if sealed == NOBODY:
            return ".".join(self._entries())
        old = self.name_for(person, sealed, now)
        others = [entry for entry in self._entries() if old is None or entry.partition(":")[0] != old]
        name, day = secrets.token_urlsafe(16), str(_day(now))
        return ".".join([f"{name}:{day}:{self._mark(person, sealed, name, day)}", *others][:MOST])

    def _entries(self) -> list[str]:
        if not self.cookie or len(self.cookie) > LONGEST:
            return []
        return self.cookie.split(".")[:MOST]

    def _mark(self, person: uuid.UUID, sealed: str, name: str, day: str) -> str:
        about = "\0".join(("a known browser", str(person), sealed, name, day))
        return urlsafe_b64encode(hmac.digest(self.key.encode(), about.encode(), "sha256")[:18]).decode()


def _day(now: datetime) -> int:
    """Days since 1970, in UTC."""
    return int(now.astimezone(UTC).timestamp() // 86_400)
