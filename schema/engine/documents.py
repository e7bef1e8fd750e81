"""Documents: measured, parsed and validated once, kept in bounded tables.

Limits come before validation, which takes time quadratic in what repeats. A document that holds is kept in
one of two tables: new ones in a small one, those asked for again in a large one, so that a flood of documents
that are asked for once does not drive out those in use. What was wrong with a refused one is kept apart.

The tables are bounded by what a full collection of garbage walks, which stops every request: some 0.2 µs for
each object; three objects for a token, six for a field of a plan, fifty for a document.
"""

import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    get_introspection_query,
    parse,
    specified_rules,
)

from app.kit.errors import DomainError
from schema.engine.limits import Limits, too_complex
from schema.engine.measuring import MeasuredDocument, MeasuredOperation, measure
from schema.engine.parsing import forget_places, parse_document
from schema.engine.sizes import Sizes
from schema.engine.turns import Pieces, Turns, done
from schema.engine.validation import broken_rules

USED, NEW, REFUSED = 500, 200, 200
"""How many documents are kept: asked for more than once, once so far, and refused."""
USED_TOKENS, NEW_TOKENS = 40_000, 10_000
"""How many tokens they may have together."""
MOST_ERRORS = 10
LONGEST_MESSAGE = 500
"""What a message of graphql-core quotes of the document may be as long as the document."""
QUADRATIC = (OverlappingFieldsCanBeMergedRule,)
LINEAR = tuple(rule for rule in specified_rules if rule not in QUADRATIC)
# Strings that do not end are one token to the end, so that nothing is looked at twice.
_TOKEN = re.compile(
    r'"""(?:\\"""|[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n\r]|\\.)*+"?'
    r"|\.\.\.|[_A-Za-z][_0-9A-Za-z]*+|-?[0-9][0-9.eE+-]*+|#[^\n\r]*+|[^\s,\ufeff]"
)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its operations measured, or refused with `errors`."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    tokens: int = 0
    operations: dict[str | None, MeasuredOperation] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)

    def measured(self, name: str | None) -> MeasuredOperation | None:
        """The operation to run; None when the name fits none, or several are there without a name."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        return self.operations.get(name) if name is not None else None

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The node of the operation to run."""
        found = self.measured(name)
        return found.node if found is not None else None


class Table(Generic[K]):
    """Documents by their name, the least recently used forgotten; bounded in number and in tokens."""

    def __init__(self, kept: int, tokens: int, forgotten: "Callable[[Document], None] | None" = None) -> None:
        self._kept = kept
        self._tokens = tokens
        self._forgotten = forgotten
        self._held = 0
        self._documents: OrderedDict[K, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, name: K) -> Document | None:
        """The document of this name."""
        found = self._documents.get(name)
        if found is not None:
            self._documents.move_to_end(name)
        return found

    def put(self, name: K, document: Document) -> None:
        """Keep a document in place of any other of this name; those that are too many are forgotten."""
        self.pop(name)
        self._documents[name] = document
        self._held += document.tokens
        while len(self._documents) > self._kept or self._held > self._tokens:
            _, least = self._documents.popitem(last=False)
            self._held -= least.tokens
            if self._forgotten is not None:
                self._forgotten(least)

    def pop(self, name: K) -> Document | None:
        """The document of this name, which is kept no longer."""
        found = self._documents.pop(name, None)
        if found is not None:
            self._held -= found.tokens
        return found


class Documents:
    """The documents of one schema; `forgotten` hears of each that is kept no longer."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        forgotten: Callable[[Document], None] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.sizes = Sizes(schema)
        self._schema = schema
        self._turns = Turns()
        self.standard_introspection = self._introspection(
            get_introspection_query(input_value_deprecation=True)
        )
        self._used: Table[str] = Table(USED, USED_TOKENS, forgotten)
        self._new: Table[str] = Table(NEW, NEW_TOKENS, forgotten)
        self._refused: Table[bytes] = Table(REFUSED, USED_TOKENS)

    def _introspection(self, text: str) -> int:
        (operation,) = measure(parse(text), self.sizes, Limits()).operations
        return operation.measure.introspection.value({})

    def read(self, text: str) -> Document:
        """Measure, parse and validate a text, or give what was read of it before."""
        return self.known(text) or self.read_new(text)

    def known(self, text: str) -> Document | None:
        """What was read of a text before."""
        found = self._used.get(text)
        if found is not None:
            return found
        found = self._new.pop(text)
        if found is None:
            return self._refused.get(_digest(text))
        self._used.put(text, found)
        return found

    def read_new(self, text: str) -> Document:
        """Read a text that is not known."""
        return done(self._read_and_kept(text))

    async def read_in_turn(self, text: str) -> Document:
        """Read a text that is not known, after those that are being read; others are answered meanwhile."""
        return await self._turns.take(self._read_and_kept(text))

    async def look_at(self, text: str) -> Document:
        """What there is to say of a text, which is kept nowhere; read in turn."""
        return await self._turns.take(self._read(text))

    def _read_and_kept(self, text: str) -> Pieces[Document]:
        found = self.known(text)  # another may have sent it while this one waited
        if found is not None:
            return found
        found = yield from self._read(text)
        if found.errors:
            self._refused.put(_digest(text), found)
        else:
            self._new.put(text, found)
        return found

    def is_too_long(self, text: str) -> bool:
        """Whether a text is refused for its length alone."""
        return len(text) > self.limits.document_bytes

    def _read(self, text: str) -> Pieces[Document]:
        length = _length(text)
        if length > self.limits.document_bytes:
            return _refusal(too_complex("document_bytes", length, self.limits.document_bytes), Counter())
        tokens, comments = count_tokens(text)
        used = Counter(document_bytes=length, tokens=tokens)
        try:
            if comments > self.limits.tokens:
                raise too_complex("comments", comments, self.limits.tokens)
            if tokens > self.limits.tokens:
                raise too_complex("tokens", tokens, self.limits.tokens)
            node, silent = parse_document(text, self.limits.tokens)
            yield
            found = measure(node, self.sizes, self.limits)
        except GraphQLSyntaxError as error:
            if "nested too deeply" in error.message:
                return _refusal(too_complex("depth", nesting(text), self.limits.depth), used)
            return _refused([error], used)
        except RecursionError:
            return _refusal(too_complex("depth", nesting(text), self.limits.depth), used)
        except DomainError as error:
            return _refusal(error, used)
        except GraphQLError as error:
            return _refused([error], used)
        found.used.update(used)
        if found.exceeded is not None:
            return _refusal(found.exceeded, found.used)
        yield
        errors = self._broken(LINEAR, node)
        if not errors and found.merged is not None:
            yield  # fields are compared in pairs only where all else holds
            errors = self._broken(QUADRATIC, found.merged)
        if errors:
            return _refused(errors, found.used)
        forget_places(silent)
        return _held(node, found, tokens)

    def _broken(self, rules: Sequence[type[ASTValidationRule]], node: DocumentNode) -> list[GraphQLError]:
        hide = not self.limits.suggestions
        return broken_rules(self._schema, node, rules, MOST_ERRORS, hide_suggestions=hide)


def count_tokens(text: str) -> tuple[int, int]:
    """How many tokens and how many comments the text of a document has, without lexing it."""
    found = _TOKEN.findall(text)
    comments = sum(token[0] == "#" for token in found) if "#" in text else 0
    return len(found) - comments, comments


def nesting(text: str) -> int:
    """How deep the brackets of a text are nested."""
    deepest = level = 0
    for token in _TOKEN.findall(text):
        level += (token in "{[(") - (token in ")]}")
        deepest = max(deepest, level)
    return deepest


def _held(node: DocumentNode, found: MeasuredDocument, tokens: int) -> Document:
    operations = {each.node.name.value if each.node.name else None: each for each in found.operations}
    return Document(node, (), tokens, operations, found.entries, found.used)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _length(text: str) -> int:
    """How many bytes a text has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _refusal(error: DomainError, used: Counter[str]) -> Document:
    """A document beyond a limit, with what was counted of it."""
    if error.limit is not None:
        used[error.limit.name] = error.limit.used
    return Document(None, (GraphQLError(error.message, original_error=error),), used=used)


def _refused(errors: Sequence[GraphQLError], used: Counter[str]) -> Document:
    """A document with these errors, which hold on to nothing of it."""
    return Document(None, tuple(_light(error) for error in errors), used=used)


def _light(error: GraphQLError) -> GraphQLError:
    made = GraphQLError(error.message[:LONGEST_MESSAGE])
    made.locations = error.locations
    return made


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether an operation is answered by a stream."""
    return operation.operation is OperationType.SUBSCRIPTION


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether an operation changes something."""
    return operation.operation is OperationType.MUTATION
