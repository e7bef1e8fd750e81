"""What an operation would cost, and how far it is from each limit, without running it."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

from graphql import GraphQLSchema

from app.kit.errors import BadInput, DomainError, Forbidden, Limit
from schema.engine.declarations import SIGN_IN
from schema.engine.documents import Document, Documents
from schema.engine.limits import LARGEST_TOLD, Limits, too_complex
from schema.engine.measuring import MeasuredOperation, check_lists

TOLD = (
    "document_bytes", "tokens", "depth", "introspection_depth", "aliases", "root_fields", "directives",
    "fragments", "fields", "repeats", "list_entries", "cost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation asks for, in points; what it uses of each limit; and why it would be refused."""

    asked: int
    limits: list[Limit]
    refused: str | None


class Pricing:
    """Prices operations of one schema."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._limits = documents.limits

    def asked(self, document: Document, operation: MeasuredOperation, variables: dict[str, Any]) -> int:
        """What an operation asks for, in points; DomainError when that is refused."""
        if variables:
            check_lists(variables, document.entries, self._limits)
        sign_ins = operation.measure.classes[SIGN_IN]
        if sign_ins > 1:
            raise too_complex("sign_ins", sign_ins, 1)
        points = self.cost(operation, variables)
        if points > self._limits.cost:
            raise too_complex("cost", points, self._limits.cost)
        return points + self._introspection(operation, variables) if operation.introspects else points

    def cost(self, operation: MeasuredOperation, variables: dict[str, Any]) -> int:
        """The objects that an operation asks for, without those of the schema."""
        given = {**operation.defaults, **variables} if operation.defaults else variables
        return operation.measure.cost.value(given)

    async def price(self, text: str, variables: dict[str, Any], name: str | None) -> Price:
        """The price of an operation that is not run."""
        document = await self._documents.look_at(text)
        used = document.used.copy()
        if document.errors:
            return Price(0, self._told(used), document.errors[0].message)
        operation = document.measured(name)
        if operation is None:
            raise BadInput("Name one operation of the document.", path=("operationName",))
        asked = used["cost"] = min(self.cost(operation, variables), LARGEST_TOLD)
        refused = None
        try:
            asked = self.asked(document, operation, variables)
        except DomainError as error:
            refused = error.message
            if error.limit is not None:
                used[error.limit.name] = error.limit.used
        return Price(asked, self._told(used), refused)

    def _told(self, used: dict[str, int]) -> list[Limit]:
        return [Limit(name, used[name], self._limits.most(name)) for name in TOLD if name in used]

    def _introspection(self, operation: MeasuredOperation, variables: dict[str, Any]) -> int:
        """What is asked of the schema: as many points as the schema has parts, when all is asked for."""
        if not self._limits.introspection:
            raise Forbidden("This server does not tell its schema to clients; read its published schema.")
        objects = operation.measure.introspection.value(variables)
        # The query that clients take the whole schema with, and half as much again for those that vary it.
        most = self._documents.standard_introspection * 3 // 2
        if objects > most:
            raise too_complex("introspection_cost", objects, most)
        return ceil(objects * self._documents.sizes.elements / self._documents.standard_introspection)


@lru_cache(maxsize=4)
def pricing_of(schema: GraphQLSchema, limits: Limits) -> Pricing:
    """The pricing of a schema, made once."""
    return Pricing(Documents(schema, limits))
