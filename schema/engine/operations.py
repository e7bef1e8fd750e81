"""From what was asked to answers: the one way that every transport takes.

A transport reads an `Asked`, recognises the principal, lets the operation be prepared, and sends what
`answer` or `events` give. What is refused before anything runs is raised as `Refused`, ready to be sent.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationDefinitionNode

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode
from app.kit.metrics import record_operation
from app.kit.ratelimit import InProcessRates
from schema.engine.announcements import Announcements
from schema.engine.cost import returned
from schema.engine.documents import Document, is_subscription
from schema.engine.execution import Answer, Executor, OperationContext, coded, refused
from schema.engine.limits import too_complex
from schema.engine.masking import domain_extensions
from schema.engine.measuring import MeasuredOperation
from schema.engine.persisted import PersistedTexts, Texts
from schema.engine.pricing import Pricing
from schema.engine.rates import Tariff, Till
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

    def __init__(self, executor: Executor, texts: Texts | None = None, till: Till | None = None) -> None:
        self._executor = executor
        self._texts = texts or PersistedTexts()
        self._till = till or Till(InProcessRates(time.monotonic), Tariff())
        self._pricing = Pricing(executor.documents)

    async def prepare(
        self, asked: Asked, principal: Principal, request_id: str, address: str = ""
    ) -> Prepared:
        """Read and check what was asked, and let it be paid; Refused when it may not run.

        No resolver has run before that. A DomainError tells of the request as a whole, such as a hash that is
        not known, a limit that its variables exceed, or a bucket that is empty.
        """
        document = await self._read(self._texts.text(asked), principal, address)
        if document.errors:
            raise Refused(400, refused(document.errors, request_id))
        measured = document.measured(asked.operation_name)
        if measured is None:
            message = "Name one operation of the document to run."
            raise Refused(400, coded(ErrorCode.BAD_INPUT, message, request_id))
        points = self._pricing.asked(document, measured, asked.variables)
        await self._till.pay(principal, address, points, measured.measure.classes)
        bill = Bill(principal, address, points, measured)
        return Prepared(document, measured.node, asked.variables, bill)

    async def _read(self, text: str, principal: Principal, address: str) -> Document:
        """A document; to read a new one takes work that its sender may not ask for without end."""
        documents = self._executor.documents
        found = documents.known(text)
        if found is None:
            if not documents.is_too_long(text):
                await self._till.pay_reading(principal, address, text)
            found = documents.read_new(text)
        return found

    async def answer(self, prepared: Prepared, context: OperationContext) -> Answer:
        """Run a query or mutation, and count it."""
        began = time.perf_counter()
        answer = await self._executor.answer(
            prepared.document, prepared.operation, prepared.variables, context
        )
        seconds = time.perf_counter() - began
        failed, sent = "errors" in answer, context.statements.sent
        record_operation(context.request_id, prepared.kind, seconds, failed, sent)
        bill = prepared.bill
        actual = bill.actual(answer)
        left = await self._till.settle(bill.principal, bill.address, bill.asked, actual)
        answer = self._bounded(answer, context.request_id)
        if "data" in answer:
            answer["extensions"] = _extensions(bill, actual, left, sent, seconds)
        return answer

    def _bounded(self, answer: Answer, request_id: str) -> Answer:
        """The answer with its data written as JSON; data longer than an answer may be becomes an error."""
        data = answer.get("data")
        if data is None:
            return answer
        text = orjson.dumps(data)
        most = self._executor.documents.limits.response_bytes
        if len(text) > most:
            return Refused.by(too_complex("response_bytes", len(text), most), request_id).answer
        answer["data"] = orjson.Fragment(text)
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
        events = answers(self._executor, document, operation, variables, renew, request_id, announcements)
        return self._priced(events, prepared.bill, request_id)

    async def _priced(
        self, events: AsyncGenerator[Answer], bill: Bill, request_id: str
    ) -> AsyncGenerator[Answer]:
        """Each answer with what it costs; it was paid when the subscription began."""
        async with aclosing(events) as stream:
            async for answer in stream:
                actual = bill.actual(answer)
                left = await self._till.settle(bill.principal, bill.address, 0, 0)
                told = self._bounded(answer, request_id)
                if "data" in told:
                    told["extensions"] = {"cost": _cost(bill.asked, actual, left)}
                yield told


def _extensions(bill: Bill, actual: int, left: int | None, statements: int, seconds: float) -> dict[str, Any]:
    """What an answer tells beside its data; how the database was used is for admins."""
    told: dict[str, Any] = {"cost": _cost(bill.asked, actual, left)}
    if bill.principal.is_admin:
        told["statements"] = statements
        told["milliseconds"] = round(seconds * 1000, 2)
    return told


def _cost(asked: int, actual: int, left: int | None) -> dict[str, int | None]:
    return {"asked": asked, "actual": actual, "left": left}
