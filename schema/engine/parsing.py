"""Parsing: of a document that is kept, only what its answers need.

graphql-core's nodes know their first and last token, and each token the one before and the one behind: half
of what a document holds, and all of it in circles, which only a collection of garbage ends. Full collections
walk whatever lives and stop every request meanwhile, so tokens go at once, and once a document was found to
hold, so do the places of nodes that no answer tells of.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import DocumentNode, Node, Source, Token, TokenKind
from graphql.language.ast import Location
from graphql.language.lexer import Lexer
from graphql.language.parser import Parser

_NAME = re.compile(r"[_A-Za-z0-9]*")
_NOWHERE = Token(TokenKind.SOF, 0, 0, 0, 0)

N = TypeVar("N", bound=Node)


def _silent(parse: Callable[[Any], N]) -> Callable[[Any], N]:
    """The same parsing of a node that only validation tells of."""

    def parsed(parser: "_Parser") -> N:
        node = parse(parser)
        parser.silent.append(node)
        return node

    return parsed


class _Lexer(Lexer):
    def read_name(self, start: int) -> Token:
        """A name as a whole, where graphql-core goes letter by letter."""
        body = self.source.body
        end = _NAME.match(body, start + 1).end()  # type: ignore[union-attr]
        return self.create_token(TokenKind.NAME, start, end, body[start:end])


class _Parser(Parser):
    def __init__(self, text: str, most_tokens: int) -> None:
        source = Source(text)
        super().__init__(source, max_lexical_tokens=most_tokens, lexer=_Lexer(source))
        self.silent: list[Node] = []

    def loc(self, start_token: Token) -> Location | None:
        found = super().loc(start_token)
        if found is not None:
            found.start_token = found.end_token = _NOWHERE
        return found

    parse_name = _silent(Parser.parse_name)
    parse_named_type = _silent(Parser.parse_named_type)
    parse_selection_set = _silent(Parser.parse_selection_set)
    parse_fragment = _silent(Parser.parse_fragment)


def parse_document(text: str, most_tokens: int) -> tuple[DocumentNode, Sequence[Node]]:
    """The tree of a document, and those of its nodes that only validation tells of.

    GraphQLSyntaxError where it is none, RecursionError where it is very deep.
    """
    parser = _Parser(text, most_tokens)
    token: Token | None = parser._lexer.token
    try:
        return parser.parse_document(), parser.silent
    finally:
        while token is not None:
            token.prev, token = None, token.next


def forget_places(nodes: Sequence[Node]) -> None:
    """Let nodes no longer know where they stood."""
    for node in nodes:
        object.__setattr__(node, "loc", None)
