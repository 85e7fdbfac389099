"""The words of DynamoDB's expressions, and the cursor that its parsers read them with."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn

from tests.fakes.dynamodb.errors import invalid

_TOKEN = re.compile(r"\s*(?:([:#]?[A-Za-z_0-9][A-Za-z0-9_]*)|(<=|>=|<>|[=<>(),.\[\]+-]))")
SYMBOLS = frozenset({"<=", ">=", "<>", "=", "<", ">", "(", ")", ",", ".", "[", "]", "+", "-"})


@cache
def reserved_words() -> frozenset[str]:
    """Names that AWS refuses to read without a `#` (DynamoDB Developer Guide, "Reserved words")."""
    return frozenset((Path(__file__).parent / "reserved_words.txt").read_text("ascii").split())


@dataclass
class Cursor:
    """Where a parser stands in one expression. `kind`: ConditionExpression …, as AWS names it in its refusals."""

    kind: str
    text: str
    tokens: list[str] = field(default_factory=list)
    position: int = 0
    used: set[str] = field(default_factory=set)
    """Every `#name` and `:value` that was read."""

    def __post_init__(self) -> None:
        end, text = 0, self.text.rstrip()
        if not text:
            raise invalid(f"Invalid {self.kind}: The expression can not be empty;")
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None:
                self.refuse(f'Syntax error; token: "{text[end:].lstrip()[:1]}"')
            end = match.end()
            self.tokens.append(match[1] or match[2])

    def refuse(self, reason: str) -> NoReturn:
        raise invalid(f"Invalid {self.kind}: {reason}")

    def peek(self, ahead: int = 0) -> str:
        """The next token, "" at the end."""
        position = self.position + ahead
        return self.tokens[position] if position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def takes(self, word: str) -> bool:
        """Step over `word` where it is next (keywords in any case)."""
        is_next = self.peek().upper() == word
        self.position += is_next
        return is_next

    def expect(self, word: str) -> None:
        if not self.takes(word):
            self.refuse(f'Syntax error; token: "{self.peek() or "<EOF>"}", near: "{self.text}"')

    def value(self) -> str:
        """A `:placeholder`."""
        token = self.take()
        if not token.startswith(":"):
            self.refuse(f'Syntax error; token: "{token or "<EOF>"}", near: "{self.text}"')
        self.used.add(token)
        return token

    def path(self) -> tuple[str | int, ...]:
        """A document path: names (`#placeholder`s as they stand) and list positions."""
        parts: list[str | int] = [self._name()]
        while self.peek() in (".", "["):
            if self.take() == ".":
                parts.append(self._name())
            else:
                parts.append(int(self.take()))
                self.expect("]")
        return tuple(parts)

    def _name(self) -> str:
        token = self.take()
        if token.startswith("#"):
            self.used.add(token)
        elif not token or token in SYMBOLS or token[0] in ":0123456789":
            self.refuse(f'Syntax error; token: "{token or "<EOF>"}", near: "{self.text}"')
        elif token.upper() in reserved_words():
            self.refuse(f"Attribute name is a reserved keyword; reserved keyword: {token}")
        return token

    def finish(self) -> None:
        if self.peek():
            self.refuse(f'Syntax error; token: "{self.peek()}", near: "{self.text}"')
