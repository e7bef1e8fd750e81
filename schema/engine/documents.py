"""Documents: parsed and validated once, kept in a bounded table by their hash."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    validate,
)

KEPT = 1_000
LONGEST = 32 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: parsed, or refused with `errors`."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to run; None when the name fits none, or several are there without a name."""
        return get_operation_ast(self.node, name) if self.node is not None else None


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, kept: int = KEPT) -> None:
        self._schema = schema
        self._kept = kept
        self._documents: OrderedDict[bytes, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        """Parse and validate a text, or give what was read of it before."""
        name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = self._documents.get(name)
        if found is not None:
            self._documents.move_to_end(name)
            return found
        found = self._documents[name] = self._read(text)
        if len(self._documents) > self._kept:
            self._documents.popitem(last=False)
        return found

    def _read(self, text: str) -> Document:
        if len(text) > LONGEST:
            return Document(
                None, (GraphQLError(f"A document may have {LONGEST} characters; send a shorter one."),)
            )
        try:
            node = parse(text, no_location=False, max_tokens=2_000)
        except GraphQLSyntaxError as error:
            return Document(None, (error,))
        except RecursionError:
            return Document(None, (GraphQLError("The document is nested too deeply."),))
        return Document(node, tuple(validate(self._schema, node, max_errors=10)))


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether an operation is answered by a stream."""
    return operation.operation is OperationType.SUBSCRIPTION


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether an operation changes something."""
    return operation.operation is OperationType.MUTATION
