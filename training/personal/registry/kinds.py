"""What is said of a table and of its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PERSON = "person"
"""Stands for the person: a column that leads here holds a person's id."""
NOBODY = ("", "")
"""Rows of no person: content, settings, the work of an organisation."""


class Fate(StrEnum):
    """What erasing a person does with that person's rows."""

    REMOVED = "removed"
    """The rows go."""
    EMPTIED = "emptied"
    """The rows stay for counts and for the host's record; what names the person, and what the person typed, goes."""
    KEPT = "kept"
    """The rows stay as they are, for the reason that is given: without the account they name nobody."""


class Term(StrEnum):
    """What belongs together when a host says how long something is kept."""

    WORK = "work"
    """What was typed at work: commands, drafts, notes beside citations, reasonings."""
    PRESENCE = "presence"
    """Where people checked in from, the seats that they said, remarks and reasons."""
    LISTS = "lists"
    """Rosters as they were sent, hosts' notes and numbers, paper slips."""
    TALK = "talk"
    """Messages to the room, requests for help."""
    TRACES = "traces"
    """Sign-ins, failed ones, invitations."""
    ACCOUNT = "account"
    """The account itself, and what hangs on it alone: reading, answers to quizzes, margin notes."""
    CONTACTS = "contacts"
    """Contact details that people left after a self-assessment."""
    RECORD = "record"
    """Results, attendance, certificates, decisions: the host's record. No rule removes them."""
    CONTENT = "content"
    """Courses, labs, exhibits, runs, organisations. No person's."""
    LOG = "log"
    """The audit chain. It names people by id alone, and nothing is ever taken out of it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Each of its columns stands in exactly one of the lists of names, which are separated by spaces.

    Attributes:
        name: of the table.
        of: column, and what it leads to: `PERSON`, a table (by its key) or `table.column`; `NOBODY` for no person.
        fate: what an erasure does with the rows.
        term: what it belongs to when a host says how long it is kept.
        title: what an export calls it; empty: an export leaves the whole table out.
        why: why rows or columns stay when a person is erased, or why an export leaves the table out.
        called: what pages call a table that an export leaves out.
        plain: keys, positions and values of the program that say nothing of anybody by themselves.
        facts: what the program or somebody else noted about the person; shown, and nameless once the account is.
        typed: what the person typed; shown, and emptied. It may name other people, too.
        others: what somebody else wrote about the person; shown, and emptied.
        staff: leads to whoever else had to do with it. An export never says who.
        secret: never shown: digests, keys, what concerns other people.
        kept: columns of `typed` and `others` that stay; `why` says the reason.
        after: what an erasure writes instead of an empty text, by column; None where the column takes no value.
        when: a condition under which an export may show the rows, by name, see `conditions`.
        until: columns that an export leaves empty while that condition does not hold; none: it leaves the row out.
        private: shown to the person alone, not to whoever administers the organisation.
        mentions: columns of free text in which other people may name the person.
    """

    name: str
    of: tuple[str, str]
    fate: Fate
    term: Term
    title: str = ""
    why: str = ""
    called: str = ""
    plain: str = ""
    facts: str = ""
    typed: str = ""
    others: str = ""
    staff: str = ""
    secret: str = ""
    kept: str = ""
    after: Mapping[str, object] = field(default_factory=dict)
    when: str = ""
    until: str = ""
    private: bool = False
    mentions: str = ""

    @property
    def label(self) -> str:
        """What a page calls it, in words; its name where no page has to call it anything."""
        return self.title or self.called or self.name

    @property
    def columns(self) -> list[str]:
        """All columns that are named, in the order of the lists."""
        lists = (self.plain, self.facts, self.typed, self.others, self.staff, self.secret)
        named = [name for one in lists for name in one.split()]
        return [*named, self.of[0]] if self.of[0] and self.of[0] not in named else named

    @property
    def shown(self) -> list[str]:
        """Columns that an export shows."""
        return [*self.facts.split(), *self.typed.split(), *self.others.split()] if self.title else []

    @property
    def emptied(self) -> dict[str, object]:
        """What an erasure writes, by column."""
        if self.fate is not Fate.EMPTIED:
            return {}
        kept = set(self.kept.split())
        words = [name for name in (*self.typed.split(), *self.others.split()) if name not in kept]
        return {**dict.fromkeys(words, ""), **self.after}
