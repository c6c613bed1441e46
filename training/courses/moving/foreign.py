"""Questions of other systems as ours: one function for each kind, whatever file it came in.

Whatever our types can't hold is named; what they need and the file hasn't is left empty, for the author to write and
for `check` to ask for.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.courses.manuscript.format import Judgement
from training.courses.manuscript.questions import FEWEST, MOST
from training.courses.moving.asked import Item, Loss, Texts
from training.sentence import Sentence, phrase

FULL = 100.0
NEAR = 0.01  # percent; other systems keep five decimals
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_LOST = 12  # kinds of things that are told by name
WILD = re.compile(r"(?<!\\)\*")


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of a question elsewhere: its text, its worth in percent, what is said about it."""

    text: str
    worth: float
    said: str = ""


@dataclass(slots=True)
class Foreign:
    """A question of elsewhere on its way in: its name, text, general feedback, line, and what else is known of it."""

    name: str
    stem: str
    explanation: str
    line: int
    known: Mapping[str, Any] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)

    def lose(self, what: Sentence) -> None:
        """Say what can't be carried."""
        self.losses.append(Loss(self.name, what, self.line))

    def lose_kinds(self, kinds: Collection[str]) -> None:
        """Say which kinds of things of HTML can't be carried: the first by name, more by their number."""
        for kind in sorted(kinds)[:MOST_LOST]:
            self.lose(phrase("what stands in it as <%(kind)s>", kind=kind))
        if len(kinds) > MOST_LOST:
            self.lose(phrase("%(n)s other kinds of things that stand in it", n=len(kinds) - MOST_LOST))

    def _item(self, kind: str, answer: object, **given: Any) -> Item:
        known = {"explanation": self.explanation, "line": self.line, **self.known}
        return Item(self.name, kind, self.stem, answer, **known, **given)  # type: ignore[arg-type]

    def choices(self, found: Sequence[Choice], *, single: bool) -> Item | None:
        """A question with options, of which one or several are right."""
        options = self._named([one.text for one in found])
        said = {name: one.said for (name, _), one in zip(options, found, strict=False) if one.said}
        given = list(zip(options, found, strict=False))
        right = tuple(name for (name, _), one in given if one.worth >= (FULL - NEAR if single else NEAR))
        if single and len(right) != 1:
            self.lose(phrase("the question: %(n)s options are fully right where one has to be", n=len(right)))
            return None
        if not right:
            self.lose(phrase("the question: no option is right"))
            return None
        share = FULL if single else FULL / len(right)
        fair = (share, 0.0) if single else (share, -share)
        if any(min(abs(one.worth - fair[0]), abs(one.worth - fair[1])) > NEAR for _, one in given):
            self.lose(
                phrase("weights of its options: here each right one counts the same, and each wrong one takes that")
            )
        if single:
            return self._item("choice", right[0], options=options, feedback=said)
        return self._item("multiple", right, options=options, feedback=said)

    def truth(self, value: bool, said: Sequence[str] = ()) -> Item:  # noqa: FBT001 - it is what the question asks
        """A statement. Its reasons are to be written by the author."""
        self.lose(phrase("a true or false question has no reasons: write three at least, one of them right"))
        if any(said):
            self.lose(phrase("what is said about true and false: here it is said about reasons"))
        return self._item("statement", Judgement(truth=value, reason="a"))

    def number(self, found: Sequence[tuple[float | int, float]], worth: Sequence[float], said: Sequence[str]) -> Item:
        """A number: the first answer that is fully right, with its tolerance."""
        best = next((n for n, one in enumerate(worth) if one >= FULL - NEAR), 0)
        if len(found) > 1:
            self.lose(phrase("other numbers than the first that is fully right, and their weights"))
        self._unsaid(said)
        return self._item("number", found[best][0], tolerance=found[best][1])

    def short(self, found: Sequence[Choice]) -> Item | None:
        """A few typed words: those that are fully right."""
        right = [one for one in found if one.worth >= FULL - NEAR]
        if len(right) < len(found):
            self.lose(phrase("answers that are worth less than all"))
        if any(WILD.search(one.text) for one in right):
            self.lose(phrase("the asterisk that stands for any text: here it is an asterisk"))
        self._unsaid([one.said for one in found])
        texts = list(dict.fromkeys(one.text.replace("\\*", "*") for one in right if one.text))
        if not texts:
            self.lose(phrase("the question: no answer is right"))
            return None
        return self._item("short", texts[0], accept=tuple(texts[1:]))

    def matching(self, found: Sequence[tuple[str, str]]) -> Item:
        """Pairs; a pair without a left side is an option that belongs to nothing."""
        options = self._named(list(dict.fromkeys(right for _, right in found)))
        names = {text: name for name, text in options}
        items = [(f"i{n}", left, names.get(right, "")) for n, (left, right) in enumerate(found, 1) if left]
        answer = {name: option for name, _, option in items}
        self._count(len(items))
        return self._item("matching", answer, options=options, items=tuple((name, left) for name, left, _ in items))

    def order(self, found: Sequence[str]) -> Item:
        """Lines that were given in the right order: they are mixed, the same way each time."""
        mixed = sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())
        if mixed == list(found):
            mixed = [*mixed[1:], *mixed[:1]]
        items = self._named(mixed)
        names = {text: name for name, text in items}
        return self._item("order", tuple(names[text] for text in found if text in names), items=items)

    def _named(self, texts: Sequence[str]) -> Texts:
        """Options with ids. More than the alphabet has are not carried."""
        self._count(len(texts))
        return tuple(zip(LETTERS, texts, strict=False))

    def _unsaid(self, said: Sequence[str]) -> None:
        if any(said):
            self.lose(phrase("what is said about single answers: here a typed answer has an explanation only"))

    def _count(self, n: int) -> None:
        if not FEWEST <= n <= MOST:
            known = {"n": n, "fewest": FEWEST, "most": MOST}
            self.lose(
                phrase("it has %(n)s options or items; here there are %(fewest)s to %(most)s: change it", **known)
            )
