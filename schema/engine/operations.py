"""From what was asked to answers: the one way that every transport takes.

A transport reads an `Asked`, recognises the principal, lets the operation be prepared, and sends what
`answer` gives, or what a `subscriber` is told. What is refused before anything runs is raised as `Refused`,
ready to be sent.
"""

import time
import uuid
from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode, RateLimited
from app.kit.metrics import TOLD_AGAIN, record_operation
from app.kit.ratelimit import InProcessRates
from schema.engine.broadcasting import Broadcast
from schema.engine.documents import Document
from schema.engine.execution import Answer, Executor, OperationContext, coded, refused
from schema.engine.persisted import PersistedTexts, Texts
from schema.engine.prepared import Bill, Prepared, domain_error
from schema.engine.pricing import Pricing
from schema.engine.rates import Tariff, Till
from schema.engine.requests import Asked
from schema.engine.streaming import Client, Subscriber

# That a hash is not known yet is no failure: Apollo's clients expect 200 for it.
STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: 200,
}

NO_CLASSES: Counter[str] = Counter()


class Paid(NamedTuple):
    """Who paid for an answer, and how many points: asked for, and held by it."""

    principal: Principal
    asked: int
    actual: int


class Refused(Exception):
    """The operation is not run: the errors, ready to be sent, and the HTTP status that fits them."""

    def __init__(self, status: int, answer: Answer) -> None:
        super().__init__(answer["errors"][0]["message"])
        self.status = status
        self.answer = answer

    @classmethod
    def by(cls, error: DomainError, request_id: str) -> "Refused":
        """What a domain error makes of a whole request."""
        return cls(STATUSES.get(error.code, 400), {"errors": [domain_error(error, request_id)]})


class Operations:
    """Prepares and runs operations on one executor."""

    def __init__(self, executor: Executor, texts: Texts | None = None, till: Till | None = None) -> None:
        self._executor = executor
        self._texts = texts or PersistedTexts()
        self._till = till or Till(InProcessRates(time.monotonic), Tariff())
        self._pricing = Pricing(executor.documents)
        self._broadcast = Broadcast(executor)

    def look_at(self, sign_in_session_ids: Collection[uuid.UUID]) -> None:
        """Look at once at the streams of sign-ins that have ended or changed."""
        self._broadcast.look_at(sign_in_session_ids)

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
        most_bytes = self._executor.documents.limits.response_bytes
        return Prepared(document, measured.node, asked.variables, bill, most_bytes)

    async def _read(self, text: str, principal: Principal, address: str) -> Document:
        """A document; to read a new one takes work that its sender may not ask for without end."""
        documents = self._executor.documents
        found = documents.known(text)
        if found is None:
            if not documents.is_too_long(text):
                await self._till.pay_reading(principal, address, text)
            found = await documents.read_in_turn(text)
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
        answer = prepared.bounded(answer, context.request_id)
        if "data" in answer:
            answer["extensions"] = _extensions(Paid(bill.principal, bill.asked, actual), left, sent, seconds)
        return answer

    async def again(self, paid: Paid, data: Any, request_id: str) -> Answer | None:
        """What was answered before, when its answer still holds: paid and counted; None where points lack."""
        try:
            left = await self._till.pay(paid.principal, "", paid.actual, NO_CLASSES)
        except RateLimited:
            return None
        TOLD_AGAIN.inc()
        record_operation(request_id, "query", 0.0, False, 0)
        return {"data": data, "extensions": _extensions(paid, left, 0, 0.0)}

    def subscriber(self, prepared: Prepared, client: Client, request_id: str) -> Subscriber:
        """One who is answered by a stream, once it has begun."""
        return Subscriber(self._broadcast, prepared, client, request_id)


def _extensions(paid: Paid, left: int | None, statements: int, seconds: float) -> dict[str, Any]:
    """What an answer tells beside its data; how the database was used is for admins."""
    told: dict[str, Any] = {"cost": {"asked": paid.asked, "actual": paid.actual, "left": left}}
    if paid.principal.is_admin:
        told["statements"] = statements
        told["milliseconds"] = round(seconds * 1000, 2)
    return told
