"""Collections with an order: process chains and steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from training.grading import partial_order
from training.grading.values.base import (
    MOST_ITEMS,
    REGISTRY,
    AnswerType,
    Canon,
    Misfit,
    Scalar,
    Spec,
    answer_type,
    plain_digits,
    quoted,
)
from training.grading.values.choices import one_of
from training.grading.values.numbers import HIGHEST_PID, LOWEST_PID
from training.sentence import phrase

_ARROWS = {">": ("->", "=>", "→"), "<": ("<-", "<=", "←")}
_LIST = r"[,;\n]"
_PID = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+")
_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:[\s,;]+(?:0[xX][0-9a-fA-F]+|[0-9]+))*")
_PROCESS_NAME = re.compile(r"[^<>,;\n]{1,64}")
_NO_DIRECTION = phrase("No direction was given: read from parent to child.")
_STEP_TWICE = phrase("A step that comes again counts at its first place.")


def _items(canon: Canon) -> tuple[Scalar, ...]:
    return canon if isinstance(canon, tuple) else (canon,)


@answer_type
class Chain(AnswerType):
    """Processes, parent before child: `1>120>145`. The sign states the direction, so `145<120<1` is the same chain.

    Numbers without a sign, with commas or spaces between them, are read from parent to child.

    Process names are read where the question allows them (`names`), and are turned into PIDs by the verdict.
    """

    name = "chain"
    expected = phrase("PIDs with > from parent to child, or with < from child to parent")
    example = "1 > 120 > 145"
    many = True
    each = True
    form = tuple[int | str, ...]

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The signs state the direction; without a sign it is read from parent to child, with a note."""
        plain, notes = plain_digits(text)
        for sign, arrows in _ARROWS.items():
            for arrow in arrows:
                plain = plain.replace(arrow, sign)
        down, up = ">" in plain, "<" in plain
        if down and up:
            raise self.refuse(phrase("Signs of both directions were used."))
        between = r"[\s,;]+" if _NUMBERS.fullmatch(plain) else _LIST  # names may hold spaces, numbers don't
        parts = re.split("<" if up else ">" if down else between, plain)
        if len(parts) > MOST_ITEMS:
            raise self.refuse(
                phrase("%(n)s processes were typed; at most %(most)s are read.", n=len(parts), most=MOST_ITEMS)
            )
        if not (down or up) and len(parts) > 1:
            notes = (*notes, _NO_DIRECTION)
        chain = [self._process(part, spec) for part in parts]
        return tuple(reversed(chain) if up else chain), notes

    def _process(self, part: str, spec: Spec) -> Scalar:
        part = part.strip()
        if _PID.fullmatch(part):
            pid = int(part, 16) if part[:2] in {"0x", "0X"} else int(part)
            if not LOWEST_PID <= pid <= HIGHEST_PID:
                raise self.refuse(
                    phrase(
                        "%(typed)s is out of range: a PID is from %(low)s to %(high)s.",
                        typed=quoted(part),
                        low=LOWEST_PID,
                        high=HIGHEST_PID,
                    )
                )
            return pid
        if not part:
            raise self.refuse(phrase("A process is missing beside a sign."))
        if not spec.names or not _PROCESS_NAME.fullmatch(part):
            raise self.refuse(phrase("%(typed)s is not a PID.", typed=quoted(part)))
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
        return partial_order.credit(_items(value), _items(key), partial_order.all_pairs(_items(key)))


@answer_type
class StepOrder(AnswerType):
    """Named steps in their order, by id or by text, separated by > or commas. Steps may be distractors.

    Where the author says which steps a step needs (`before`), every order that keeps to that is right, and the key
    says which steps belong. Otherwise the order of the key is the only right one.
    """

    name = "sequence"
    expected = phrase("the steps in order, separated by >")
    example = "boot > login"
    example_spec = {"steps": {"boot": "The system boots", "login": "Somebody logs in"}}  # noqa: RUF012
    needs = frozenset({"steps"})
    may = frozenset({"before"})
    many = True
    each = True
    constant = True
    form = tuple[str, ...]

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Steps by id or text; one that comes again counts at its first place."""
        for arrow in _ARROWS[">"]:
            text = text.replace(arrow, ">")
        if "=" in text:  # how the chooser of the page writes steps that share a place
            raise self.refuse(phrase("Two steps have the same place. Give each step that you use a place of its own."))
        parts = re.split(">" if ">" in text else _LIST, text)
        if len(parts) > MOST_ITEMS:
            raise self.refuse(
                phrase("%(n)s steps were typed; at most %(most)s are read.", n=len(parts), most=MOST_ITEMS)
            )
        steps = [one_of(part, spec.steps, self) for part in parts]
        once = tuple(dict.fromkeys(steps))
        return once, ((_STEP_TWICE,) if len(once) < len(steps) else ())

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

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        """The same steps, in an order that is right."""
        if one == other or not spec.before:
            return one == other
        return partial_order.distance(_items(one), _items(other), edges(spec)) == 0

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """The rule of orders: what is missing, a distractor or out of place costs its share."""
        pairs = edges(spec) if spec.before else partial_order.all_pairs(_items(key))
        return partial_order.credit(_items(value), _items(key), pairs)


def edges(spec: Spec) -> frozenset[tuple[Scalar, Scalar]]:
    """All pairs (a, b), a before b, that follow from `before`. Raises `partial_order.Cycle`."""
    return _closed(tuple((need, step) for step, needs in spec.before.items() for need in needs))


@lru_cache(maxsize=256)
def _closed(pairs: tuple[tuple[Scalar, Scalar], ...]) -> frozenset[tuple[Scalar, Scalar]]:
    return partial_order.closure(pairs)


def unmet(value: Canon, spec: Spec) -> tuple[str, str] | None:
    """The first step of a sequence that stands before something it needs: what it needs, and the step. None: none does.

    What is said follows from `before` alone, which the question states; it never tells which steps belong.
    """
    found = partial_order.first_unmet(_items(value), tuple(spec.steps), edges(spec))
    return (str(found[0]), str(found[1])) if found else None
