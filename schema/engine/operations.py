"""From what was asked to answers: the one way that every transport takes.

A transport reads an `Asked`, recognises the principal, lets the operation be prepared, and sends what
`answer` or `events` give. What is refused before anything runs is raised as `Refused`, ready to be sent.
"""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from graphql import OperationDefinitionNode

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode
from app.kit.metrics import record_operation
from schema.engine.announcements import Announcements
from schema.engine.documents import Document, is_subscription
from schema.engine.execution import Answer, Executor, OperationContext, coded, refused
from schema.engine.masking import domain_extensions
from schema.engine.persisted import PersistedTexts, Texts
from schema.engine.requests import Asked
from schema.engine.streaming import Renew, answers

# That a hash is not known yet is no failure: Apollo's clients expect 200 for it.
STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: 200,
}


class Refused(Exception):
    """The operation is not run: the errors, ready to be sent, and the HTTP status that fits them."""

    def __init__(self, status: int, answer: Answer) -> None:
        super().__init__(answer["errors"][0]["message"])
        self.status = status
        self.answer = answer

    @classmethod
    def by(cls, error: DomainError, request_id: str) -> "Refused":
        """What a domain error makes of a whole request."""
        shaped = {"message": error.message, "extensions": domain_extensions(error, request_id)}
        return cls(STATUSES.get(error.code, 400), {"errors": [shaped]})


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: read, found valid, within its limits, paid for."""

    document: Document
    operation: OperationDefinitionNode
    variables: dict[str, Any]

    @property
    def is_subscription(self) -> bool:
        """Whether it is answered by a stream."""
        return is_subscription(self.operation)

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.operation.operation.value


class Operations:
    """Prepares and runs operations on one executor."""

    def __init__(self, executor: Executor, texts: Texts | None = None) -> None:
        self._executor = executor
        self._texts = texts or PersistedTexts()

    async def prepare(self, asked: Asked, principal: Principal, request_id: str) -> Prepared:
        """Read and check what was asked; Refused when it may not run. No resolver has run before that.

        A DomainError tells of the request as a whole, such as a hash that is not known.
        """
        document = self._executor.documents.read(self._texts.text(asked))
        if document.errors:
            raise Refused(400, refused(document.errors, request_id))
        operation = document.operation(asked.operation_name)
        if operation is None:
            message = "Name one operation of the document to run."
            raise Refused(400, coded(ErrorCode.BAD_INPUT, message, request_id))
        return Prepared(document, operation, asked.variables)

    async def answer(self, prepared: Prepared, context: OperationContext) -> Answer:
        """Run a query or mutation, and count it."""
        began = time.perf_counter()
        answer = await self._executor.answer(
            prepared.document, prepared.operation, prepared.variables, context
        )
        seconds = time.perf_counter() - began
        failed, sent = "errors" in answer, context.statements.sent
        record_operation(context.request_id, prepared.kind, seconds, failed, sent)
        return answer

    def events(
        self,
        prepared: Prepared,
        renew: Renew,
        request_id: str,
        announcements: Announcements | None = None,
    ) -> AsyncGenerator[Answer]:
        """The answers of a subscription, as `streaming.answers` gives them."""
        document, operation, variables = prepared.document, prepared.operation, prepared.variables
        return answers(self._executor, document, operation, variables, renew, request_id, announcements)
