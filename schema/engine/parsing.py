"""Parsing: the tree alone is kept, without the tokens it was read from.

graphql-core's nodes know their first and last token, and each token the one before and the one behind: half
of what a document holds, and all of it in circles, which only a collection of garbage ends. Collections walk
whatever lives; with large documents kept they stopped every request for half a second.
"""

from graphql import DocumentNode, Source, Token, TokenKind
from graphql.language.ast import Location
from graphql.language.parser import Parser

_NOWHERE = Token(TokenKind.SOF, 0, 0, 0, 0)


class _Parser(Parser):
    def loc(self, start_token: Token) -> Location | None:
        found = super().loc(start_token)
        if found is not None:
            found.start_token = found.end_token = _NOWHERE
        return found


def parse_document(text: str, most_tokens: int) -> DocumentNode:
    """The tree of a document; GraphQLSyntaxError where it is none, RecursionError where it is very deep."""
    parser = _Parser(Source(text), max_lexical_tokens=most_tokens)
    token: Token | None = parser._lexer.token
    try:
        return parser.parse_document()
    finally:
        while token is not None:
            token.prev, token = None, token.next
