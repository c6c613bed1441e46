"""Why a machine ended, in words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from training.sentence import Sentence, phrase

SENTENCES = {
    "powered off": phrase("The machine was switched off from inside. What was in its memory is gone."),
    "rebooted": phrase("The machine was restarted from inside. What was in its memory is gone."),
    "asleep": phrase("The machine was put to sleep from inside, and nothing here can wake it."),
    "console flood": phrase("The machine's console showed more than one machine may, so it was ended."),
    "too long": phrase("The machine ran as long as one may, and was ended."),
    "idle": phrase("Nobody worked at the machine for a while, so it was ended."),
    "stopped": phrase("The machine was ended from outside."),
    "failed": phrase("The machine broke off by itself. That is a fault of this server, not of your work."),
    "lost": phrase("The computer that the machine ran on was switched off or restarted."),
}
"""The sentence of each reason; reasons are words of the program and stay English."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a machine: a reason of `SENTENCES`, what the emulator said in case it failed, and when (UTC), where
    somebody was there to see it.
    """

    why: str
    detail: str = ""
    at: datetime | None = None

    @property
    def sentence(self) -> Sentence:
        """The reason for people."""
        return SENTENCES[self.why]


def read(said: dict[str, Any]) -> Ended:
    """The end as the keeper wrote it down."""
    why = str(said.get("why"))
    at = datetime.fromtimestamp(float(said.get("at", 0)), UTC)
    return Ended(why if why in SENTENCES else "failed", str(said.get("detail", "")), at)
