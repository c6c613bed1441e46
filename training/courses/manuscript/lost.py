"""Questions that can't be read: what of them is known, so that nothing is said that only follows from a mistake."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from training.content.source import Mistake

VALUE = re.compile(r"^[\w-]+:[ \t]*[\"']?([\w-]+)[\"']?[ \t]*$", re.MULTILINE)
NAMED = re.compile(r"m[1-9][0-9]?-[1-9][0-9]?-q[1-9][0-9]?")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Lost:
    """A question that can't be read. `words` are its plain values: id, objective and pool are among them."""

    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Lost":
        """What is known of the question in this text, which may be broken in any way."""
        return cls(frozenset(VALUE.findall(text)))

    @property
    def named(self) -> bool:
        """Whether its id is known."""
        return any(NAMED.fullmatch(word) for word in self.words)

    def tests(self, objectives: Collection[str | None]) -> bool:
        """Whether it is known which of these objectives it tests."""
        return not self.words.isdisjoint(objectives)


def in_fences(text: str, first_line: int, mistakes: Iterable[Mistake]) -> list[Lost]:
    """The questions in fences that were not taken as questions: those that never end, those inside another block."""
    lines, found = text.split("\n"), []
    for index in {mistake.line - first_line for mistake in mistakes}:
        if not 0 <= index < len(lines) or not (fence := FENCE.match(lines[index])):
            continue
        close = re.compile(rf"[ \t]*{fence[1][0]}{{{len(fence[1])},}}[ \t]*")
        end = next((at for at in range(index + 1, len(lines)) if close.fullmatch(lines[at])), len(lines))
        block = Lost.of("\n".join(line.strip() for line in lines[index + 1 : end]))
        found += [block] if block.named else []
    return found
