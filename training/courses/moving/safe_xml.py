"""XML from elsewhere as a tree with lines: no document type, no entities, and a bound on everything."""

from dataclasses import dataclass, field
from xml.parsers import expat

from training.content.source import ContentError, Mistake

LARGEST = 4_000_000  # bytes
MOST_NODES, DEEPEST, MOST_ATTRIBUTES = 100_000, 30, 30


@dataclass(slots=True)
class Node:
    """An element: its name without a prefix, attributes, own text, children, and its line.

    A comment is a node with the name '#'.
    """

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text that stands in it directly."""
        return "".join(self.parts)

    def all(self, name: str) -> list["Node"]:
        """Its children of a name."""
        return [one for one in self.children if one.name == name]

    def first(self, name: str) -> "Node":
        """Its first child of a name; an empty one where there is none."""
        return next((one for one in self.children if one.name == name), Node(name, self.line))


class Misfit(Exception):
    """Ends the reading with a sentence."""


class _Tree:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.root = Node("", 0)
        self.open = [self.root]
        self.nodes = 0
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._refuse_type
        self.parser.EntityDeclHandler = self._refuse_type
        self.parser.ExternalEntityRefHandler = self._refuse_type
        self.parser.ProcessingInstructionHandler = self._ignore
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.CommentHandler = self._comment

    def _refuse_type(self, *_: object) -> int:
        raise Misfit("a document type or an entity is not taken; save the file without it")

    def _ignore(self, *_: object) -> None:
        """An instruction to another program."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = self._add(name.rpartition(":")[2], attributes)
        self.open.append(node)
        if len(self.open) > DEEPEST:
            raise Misfit(f"nested more than {DEEPEST} levels deep")

    def _end(self, _name: str) -> None:
        self.open.pop()

    def _data(self, text: str) -> None:
        self.open[-1].parts.append(text)

    def _comment(self, text: str) -> None:
        self._add("#", {}).parts.append(text)

    def _add(self, name: str, attributes: dict[str, str]) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(attributes) > MOST_ATTRIBUTES:
            raise Misfit(f"more than {MOST_NODES} elements; divide the file")
        node = Node(name, self.parser.CurrentLineNumber, attributes)
        self.open[-1].children.append(node)
        return node


def parse(data: bytes, file: str) -> Node:
    """The root element. Raises ContentError with the line."""
    if len(data) > LARGEST:
        raise ContentError([Mistake(file, 1, f"{len(data)} bytes; at most {LARGEST} are read")])
    tree = _Tree()
    try:
        tree.parser.Parse(data, True)
    except Misfit as bad:
        raise ContentError([Mistake(file, tree.parser.CurrentLineNumber, str(bad))]) from None
    except (expat.ExpatError, ValueError, LookupError) as bad:
        line = getattr(bad, "lineno", tree.parser.CurrentLineNumber)
        raise ContentError([Mistake(file, line, f"not XML: {bad}")]) from None
    return next(one for one in tree.root.children if one.name != "#")
