"""Collections: sets of values, process chains and orders of steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from training.grading.values.base import (
    MOST_ITEMS,
    REGISTRY,
    AnswerType,
    Canon,
    Misfit,
    Scalar,
    Spec,
    Unreadable,
    answer_type,
    plain_digits,
    quoted,
    readable,
)
from training.grading.values.numbers import HIGHEST_PID, LOWEST_PID
from training.grading.values.order import all_pairs, order_credit
from training.grading.values.texts import one_of

_ARROWS = {">": ("->", "=>", "→"), "<": ("<-", "<=", "←")}
_LIST = r"[,;\n]"
_PID = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+")
_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:[\s,;]+(?:0[xX][0-9a-fA-F]+|[0-9]+))*")
_PROCESS_NAME = re.compile(r"[^<>,;\n]{1,64}")


def _items(canon: Canon) -> tuple[Scalar, ...]:
    return canon if isinstance(canon, tuple) else (canon,)


@answer_type
class Set(AnswerType):
    """Values of one type, in any order; one that comes twice counts once.

    Net (the default): right minus wrong elements, over the elements of the key, never below 0. All: all or nothing.
    """

    name = "set"
    expected = "all values, separated by commas or line breaks"
    example = "145, 177"
    example_spec = {"element": "pid"}  # noqa: RUF012 - a constant of the class
    many = True

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Split by the separator of the element type, read each, drop what is typed twice."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
        found: dict[Scalar, None] = {}
        notes: dict[str, None] = {}
        parts = [part for part in re.split(kind.separator, inner) if part and not part.isspace()]
        if not parts:
            raise self.refuse("No value was typed.")
        if len(parts) > MOST_ITEMS:
            raise self.refuse(f"{len(parts):,} values were typed; at most {MOST_ITEMS} are read.")
        for part in parts:
            try:
                canon, more = kind.read(readable(part), of_element)
            except Unreadable as unreadable:
                shown = quoted(part.strip())
                why = unreadable.why if shown in unreadable.why else f"{shown}: {unreadable.why}"
                raise Unreadable(why, f"{self.expected}; each is {kind.expected}", kind.example) from unreadable
            found.update(dict.fromkeys(_items(canon)))
            notes.update(dict.fromkeys(more))
        if len(found) < len(parts):
            notes["A value that was typed more than once counts once."] = None
        return self._sorted(found), tuple(notes)

    @staticmethod
    def _sorted(items: Iterable[Scalar]) -> tuple[Scalar, ...]:
        return tuple(sorted(set(items), key=lambda item: (isinstance(item, str), item)))

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of values of the element type, repetitions dropped."""
        if not isinstance(data, list | tuple):
            raise Misfit("a set is a list of values")
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        return self._sorted(item for value in data for item in _items(kind.of_data(value, of_element)))

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
        """Elements that cells show, as the element type reads them."""
        return REGISTRY[spec.element or ""].of_cells(cells, spec.of_element())

    def data(self, canon: Canon, spec: Spec) -> object:
        """A list of elements."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        return [kind.data(item, of_element) for item in _items(canon)]

    def write(self, canon: Canon, spec: Spec) -> str:
        """Elements in order, with a comma where the element type allows it, else on lines."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        between = ", " if re.fullmatch(kind.separator, ", ") or re.fullmatch(kind.separator, ",") else "\n"
        return between.join(kind.write(item, of_element) for item in _items(canon))

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        """Both hold the same elements; times within the tolerance."""
        right, wrong = self._compare(one, other, spec)
        return not wrong and len(right) == len(_items(one)) == len(_items(other))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:
        """Net, or all or nothing."""
        if spec.method == "all":
            return 1.0 if self.same(value, key, spec) else 0.0
        right, wrong = self._compare(value, key, spec)
        cost = sum(weights.get(item, 1.0) for item in wrong)
        return max(0.0, (len(right) - cost) / len(_items(key))) if _items(key) else 0.0

    def hits(self, value: Canon, key: Canon, spec: Spec) -> int:
        """Elements compare as their type does, times within the tolerance."""
        return len(self._compare(value, key, spec)[0])

    def _compare(self, value: Canon, key: Canon, spec: Spec) -> tuple[list[Scalar], list[Scalar]]:
        """The elements of the key that the value has, and the elements of the value that the key has not."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        left = list(_items(key))
        wrong: list[Scalar] = []
        for item in _items(value):
            hit = next((other for other in left if kind.same(item, other, of_element)), None)
            if hit is None:
                wrong.append(item)
            else:
                left.remove(hit)
        return [item for item in _items(key) if item not in left], wrong


@answer_type
class Chain(AnswerType):
    """Processes, parent before child: `1>120>145`. The sign states the direction, so `145<120<1` is the same chain.

    Numbers without a sign, with commas or spaces between them, are read from parent to child.

    Process names are read where the question allows them (`names`), and are turned into PIDs by the verdict.
    """

    name = "chain"
    expected = "PIDs with > from parent to child, or with < from child to parent"
    example = "1 > 120 > 145"
    many = True

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The signs state the direction; without a sign it is read from parent to child, with a note."""
        plain, notes = plain_digits(text)
        for sign, arrows in _ARROWS.items():
            for arrow in arrows:
                plain = plain.replace(arrow, sign)
        down, up = ">" in plain, "<" in plain
        if down and up:
            raise self.refuse("Signs of both directions were used.")
        between = r"[\s,;]+" if _NUMBERS.fullmatch(plain) else _LIST  # names may hold spaces, numbers don't
        parts = re.split("<" if up else ">" if down else between, plain)
        if len(parts) > MOST_ITEMS:
            raise self.refuse(f"{len(parts):,} processes were typed; at most {MOST_ITEMS} are read.")
        if not (down or up) and len(parts) > 1:
            notes = (*notes, "No direction was given: read from parent to child.")
        chain = [self._process(part, spec) for part in parts]
        return tuple(reversed(chain) if up else chain), notes

    def _process(self, part: str, spec: Spec) -> Scalar:
        part = part.strip()
        if _PID.fullmatch(part):
            pid = int(part, 16) if part[:2] in {"0x", "0X"} else int(part)
            if not LOWEST_PID <= pid <= HIGHEST_PID:
                raise self.refuse(f"{quoted(part)} is out of range: a PID is from {LOWEST_PID:,} to {HIGHEST_PID:,}.")
            return pid
        if not part:
            raise self.refuse("A process is missing beside a sign.")
        if not spec.names or not _PROCESS_NAME.fullmatch(part):
            raise self.refuse(f"{quoted(part)} is not a PID.")
        return part

    def of_data(self, data: object, spec: Spec) -> Canon:  # noqa: ARG002 - one form for all
        """A list of PIDs, parent before child."""
        if not isinstance(data, list | tuple) or not data:
            raise Misfit("a chain is a list of PIDs, parent before child")
        for pid in data:
            if isinstance(pid, bool) or not isinstance(pid, int) or pid < 0:
                raise Misfit(f"{pid!r} in a chain is not a PID")
        return tuple(data)

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
        """PIDs that cells show."""
        return REGISTRY["pid"].of_cells(cells, spec)

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """From parent to child."""
        return " > ".join(str(item) for item in _items(canon))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """The rule of orders: what is missing, foreign or out of place costs its share."""
        return order_credit(_items(value), _items(key), all_pairs(_items(key)))


@answer_type
class StepOrder(AnswerType):
    """Named steps in their order, by id or by text, separated by > or commas. Steps may be distractors."""

    name = "sequence"
    expected = "the steps in order, separated by >"
    example = "boot > login"
    example_spec = {"steps": {"boot": "The system boots", "login": "Somebody logs in"}}  # noqa: RUF012
    many = True

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Steps by id or text; one that comes again counts at its first place."""
        for arrow in _ARROWS[">"]:
            text = text.replace(arrow, ">")
        if "=" in text:  # how the chooser of the page writes steps that share a place
            raise self.refuse("Two steps have the same place. Give each step that you use a place of its own.")
        parts = re.split(">" if ">" in text else _LIST, text)
        if len(parts) > MOST_ITEMS:
            raise self.refuse(f"{len(parts):,} steps were typed; at most {MOST_ITEMS} are read.")
        steps = [one_of(part, spec.steps, self) for part in parts]
        once = tuple(dict.fromkeys(steps))
        return once, (("A step that comes again counts at its first place.",) if len(once) < len(steps) else ())

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of ids of steps."""
        if not isinstance(data, list | tuple) or not data:
            raise Misfit("a sequence is a list of steps")
        for step in data:
            if not isinstance(step, str) or step not in spec.steps:
                raise Misfit(f"{step!r} is none of the steps {', '.join(spec.steps)}")
        return tuple(dict.fromkeys(data))

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:  # noqa: ARG002
        """A cell never shows a step by itself: a source names the step that it shows."""
        return ()

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """Ids in their order."""
        return " > ".join(str(item) for item in _items(canon))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """The rule of orders: what is missing, a distractor or out of place costs its share."""
        return order_credit(_items(value), _items(key), all_pairs(_items(key)))
