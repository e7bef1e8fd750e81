"""An operation that may run, what it costs, and its answers as they are written."""

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationDefinitionNode

from app.access.principal import Principal
from app.kit.errors import DomainError
from schema.engine.cost import returned
from schema.engine.documents import Document, is_subscription
from schema.engine.execution import Answer
from schema.engine.limits import too_complex
from schema.engine.masking import domain_extensions
from schema.engine.measuring import MeasuredOperation


@dataclass(frozen=True, slots=True)
class Bill:
    """Who paid how many points for an operation, and what says how many of them its answer was worth."""

    principal: Principal
    address: str
    asked: int
    measured: MeasuredOperation

    def actual(self, answer: Answer) -> int:
        """The objects that an answer holds, at their weights; all that was asked for when it failed."""
        data = answer.get("data")
        if "errors" in answer or self.measured.introspects:
            return self.asked
        return min(self.asked, returned(self.measured.branches, [data])) if data else 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: read, found valid, within its limits, paid for."""

    document: Document
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    bill: Bill
    most_bytes: int

    @property
    def is_subscription(self) -> bool:
        """Whether it is answered by a stream."""
        return is_subscription(self.operation)

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.operation.operation.value

    def bounded(self, answer: Answer, request_id: str) -> Answer:
        """The answer with its data written as JSON; data longer than an answer may be becomes an error."""
        data = answer.get("data")
        if data is None:
            return answer
        text = orjson.dumps(data)
        if len(text) > self.most_bytes:
            error = too_complex("response_bytes", len(text), self.most_bytes)
            return {"errors": [domain_error(error, request_id)]}
        answer["data"] = orjson.Fragment(text)
        return answer

    def event(self, answer: Answer, request_id: str) -> bytes:
        """An answer of a subscription as JSON, with what it is worth; it was paid for at the beginning."""
        actual = self.bill.actual(answer)
        told = self.bounded(answer, request_id)
        if "data" in told:
            told["extensions"] = {"cost": {"asked": self.bill.asked, "actual": actual}}
        return orjson.dumps(told)


def domain_error(error: DomainError, request_id: str) -> dict[str, Any]:
    """A domain error as it stands in an answer."""
    return {"message": error.message, "extensions": domain_extensions(error, request_id)}
