"""Conditions of output blocks: which rows they name, and which of their alternatives name none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from training.grading.keys.expression import Expression
from training.grading.keys.syntax import Binary, Node, children


def unmet(condition: Expression, rows: Iterable[Mapping[str, object]]) -> list[str]:
    """The parts that `or` joins and that hold in no row, as they were written; empty where all hold somewhere.

    A part is tried where it stands: in `a and (b or c)`, `b` holds in a row where `a and b` does.
    """
    parts = list(_alternatives(condition.tree))
    left = dict(enumerate(Expression(condition.text, whole) for whole, _ in parts)) if len(parts) > 1 else {}
    for row in rows:
        left = {number: part for number, part in left.items() if not part.holds({}, row)}
    begins = [_begin(part) for _, part in parts]
    return [_written(condition.text, begins, number) for number in left]


def _alternatives(node: Node) -> Iterator[tuple[Node, Node]]:
    """Each alternative twice: as the whole condition with this one alone, and as the part that it is."""
    if isinstance(node, Binary) and node.operator == "or":
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
        return
    found: list[tuple[Node, Node]] = []
    if isinstance(node, Binary) and node.operator == "and":
        left, right = list(_alternatives(node.left)), list(_alternatives(node.right))
        found += [(replace(node, left=whole), part) for whole, part in left if len(left) > 1]
        found += [(replace(node, right=whole), part) for whole, part in right if len(right) > 1]
    yield from found or [(node, node)]


def _begin(node: Node) -> int:
    return min([node.at - 1, *(_begin(child) for child in children(node))])


def _written(text: str, begins: list[int], number: int) -> str:
    """The text from one part to the next, or to the bracket that closes around it."""
    end = begins[number + 1] if number + 1 < len(begins) else len(text)
    depth, quoted = 0, False
    for place in range(begins[number], end):
        quoted ^= text[place] == '"'
        depth += 0 if quoted else {"(": 1, ")": -1}.get(text[place], 0)
        if depth < 0:
            return text[begins[number] : place].strip()
    return text[begins[number] : end].rstrip(" (").removesuffix(" or")
