"""Tokens to a syntax tree, by recursive descent.

or      := and { "or" and }
and     := not { "and" not }
not     := "not" not | compare
compare := sum [ ("=" | "!=" | "<" | ">" | "<=" | ">=" | "starts" | "ends" | "has" | "in") sum ]
sum     := unary { ("+" | "-") unary }
unary   := "-" unary | postfix
postfix := primary { "[" or "]" | "." column }
primary := number | text | "true" | "false" | "null" | name | "." column | "(" or ")"
| "rows" "(" text { "," name "=" constant } ")" | "lines" "(" text ")" | name "(" [ or { "," or } ] [ "by" column ] ")"
column  := name | text
"""

from __future__ import annotations

from collections.abc import Mapping

from training.grading.keys.syntax import (
    DEEPEST,
    MOST_LEVELS,
    Binary,
    Call,
    Const,
    Constant,
    Field,
    Filter,
    KeyProblem,
    Name,
    Node,
    Query,
    Rows,
    Unary,
    children,
    nearest,
)
from training.grading.keys.tokens import Token, tokens

_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">=", "starts", "ends", "has", "in"})
_WORDS: dict[str, Constant] = {"true": True, "false": False, "null": None}
_ORDERED = frozenset({"first", "last"})


def parse(expression: str, functions: Mapping[str, tuple[int, int]]) -> Node:
    """The syntax tree of an expression.

    Args:
        expression: the text.
        functions: every function and the fewest and most values that it takes.

    Raises:
        KeyProblem: with a position and, for names, the nearest valid one.
    """
    parser = _Parser(tokens(expression), functions)
    node = parser.alternatives()
    parser.expect_end()
    level: list[Node] = [node]
    for _ in range(MOST_LEVELS):
        level = [child for one in level for child in children(one)]
        if not level:
            return node
    raise KeyProblem(
        f"the expression is more than {MOST_LEVELS} levels deep: split it, or use fewer operators in a row"
    )


def number(text: str) -> int:
    """The value of a number token."""
    return int(text, 16) if text.startswith("0x") else int(text)


class _Parser:
    def __init__(self, given: list[Token], functions: Mapping[str, tuple[int, int]]) -> None:
        self._tokens = given
        self._functions = functions
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _is(self, *texts: str) -> bool:
        return self._token.kind in {"sign", "keyword"} and self._token.text in texts

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise KeyProblem(f"'{text}' is expected here, not {_shown(self._token)}", self._token.at)
        return self._take()

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise KeyProblem(f"the expression was complete before {_shown(self._token)}", self._token.at)

    def alternatives(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise KeyProblem(f"parts stand more than {DEEPEST} deep within each other", self._token.at)
        node = self._both()
        while self._is("or"):
            at = self._take().at
            node = Binary(at, "or", node, self._both())
        self._depth -= 1
        return node

    def _both(self) -> Node:
        node = self._negation()
        while self._is("and"):
            at = self._take().at
            node = Binary(at, "and", node, self._negation())
        return node

    def _negation(self) -> Node:
        signs: list[Token] = []
        while self._is("not"):
            signs.append(self._take())
        node = self._comparison()
        for sign in reversed(signs):
            node = Unary(sign.at, "not", node)
        return node

    def _comparison(self) -> Node:
        left = self._sum()
        if not (self._token.text in _COMPARISONS and self._token.kind in {"sign", "keyword"}):
            return left
        sign = self._take()
        right = self._sum()
        if isinstance(left, Const) and isinstance(right, Const):
            raise KeyProblem('two constants are compared; a column with spaces is written ."LIKE THIS"', sign.at)
        return Binary(sign.at, sign.text, left, right)

    def _sum(self) -> Node:
        node = self._unary()
        while self._is("+", "-"):
            sign = self._take()
            node = Binary(sign.at, sign.text, node, self._unary())
        return node

    def _unary(self) -> Node:
        signs: list[Token] = []
        while self._is("-"):
            signs.append(self._take())
        node = self._postfix()
        for sign in reversed(signs):
            node = Unary(sign.at, "-", node)
        return node

    def _postfix(self) -> Node:
        node = self._primary()
        while self._is("[", "."):
            sign = self._take()
            if sign.text == ".":
                node = Field(sign.at, node, self._column())
            else:
                node = Filter(sign.at, node, self.alternatives())
                self._expect("]")
        return node

    def _column(self) -> str:
        token = self._take()
        if token.kind not in {"name", "text", "keyword"}:
            raise KeyProblem(f"the name of a column is expected here, not {_shown(token)}", token.at)
        return token.text

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Const(token.at, number(token.text))
        if token.kind == "text":
            return Const(token.at, token.text)
        if token.kind == "keyword" and token.text in _WORDS:
            return Const(token.at, _WORDS[token.text])
        if token.kind == "name":
            return self._named(token)
        if token.kind == "sign" and token.text == ".":
            return Field(token.at, None, self._column())
        if token.kind == "sign" and token.text == "(":
            node = self.alternatives()
            self._expect(")")
            return node
        raise KeyProblem(f"a value is expected here, not {_shown(token)}", token.at)

    def _named(self, token: Token) -> Node:
        if not self._is("("):
            return Name(token.at, token.text)
        self._take()
        if token.text == "rows":
            return self._rows(token)
        if token.text == "lines":
            return self._lines(token)
        if token.text not in self._functions:
            known = nearest(token.text, [*self._functions, "rows", "lines"])
            raise KeyProblem(f"no function is named '{token.text}'{known}", token.at)
        arguments: list[Node] = []
        by = None
        if not self._is(")"):
            arguments.append(self.alternatives())
            if self._is("by"):
                sign = self._take()
                if token.text not in _ORDERED:
                    raise KeyProblem(f"`by` belongs to first and last, not to {token.text}", sign.at)
                by = self._column()
            while self._is(","):
                self._take()
                arguments.append(self.alternatives())
        self._expect(")")
        fewest, most = self._functions[token.text]
        if not fewest <= len(arguments) <= most:
            takes = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise KeyProblem(f"{token.text}() takes {takes} values, not {len(arguments)}", token.at)
        return Call(token.at, token.text, tuple(arguments), by)

    def _rows(self, start: Token) -> Node:
        plugin = self._take()
        if plugin.kind != "text":
            raise KeyProblem(f"rows() takes the name of a plugin in quotes, not {_shown(plugin)}", plugin.at)
        options: dict[str, Constant] = {}
        while self._is(","):
            self._take()
            name = self._take()
            if name.kind not in {"name", "keyword"}:
                raise KeyProblem(f"an option is written name=constant, not {_shown(name)}", name.at)
            self._expect("=")
            if name.text in options:
                raise KeyProblem(f"the option {name.text} stands here twice", name.at)
            options[name.text] = self._constant()
        self._expect(")")
        return Rows(start.at, Query(plugin.text, tuple(sorted(options.items()))))

    def _lines(self, start: Token) -> Node:
        material = self._take()
        if material.kind != "text":
            raise KeyProblem(f"lines() takes the name of a material in quotes, not {_shown(material)}", material.at)
        self._expect(")")
        return Rows(start.at, Query(material.text, material=True))

    def _constant(self) -> Constant:
        token = self._take()
        if token.kind == "number":
            return number(token.text)
        if token.kind == "text":
            return token.text
        if token.kind == "keyword" and token.text in _WORDS:
            return _WORDS[token.text]
        raise KeyProblem(f"an option of rows() is a constant, not {_shown(token)}", token.at)


def _shown(token: Token) -> str:
    return "the end" if token.kind == "end" else f"'{token.text[:40]}'"
