"""What the process counts, as Prometheus reads it."""

import logging
import os
from functools import lru_cache

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

log = structlog.get_logger("graph")

FILES_OF_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes that serve one address count together; prometheus_client reads it when imported."""

SLOW_SECONDS = 1.0
"""An operation that takes longer is worth a line in the log."""

OPERATIONS = Counter(
    "masterygraph_operations_total", "GraphQL operations answered, by kind and outcome.", ["kind", "outcome"]
)
OPERATION_SECONDS = Histogram(
    "masterygraph_operation_seconds",
    "How long GraphQL operations took.",
    ["kind"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
UNCHANGED = Counter(
    "masterygraph_unchanged_total", "Requests for answers that the client holds and that still stand."
)
TOLD_AGAIN = Counter(
    "masterygraph_told_again_total", "Operations answered as a moment before, since that answer still stands."
)
STATEMENTS = Counter("masterygraph_statements_total", "Statements that operations sent to the database.")

FALLBACKS = Counter(
    "masterygraph_plan_fallbacks_total", "Operations that graphql-core executed, by reason.", ["reason"]
)

REFUSED_HEADS = Counter(
    "masterygraph_refused_heads_total",
    "Requests refused by their head alone: malformed, too large or too slow.",
    ["reason"],
)

EVENTS_EXECUTED = Counter(
    "masterygraph_events_executed_total",
    "Events of subscriptions executed, once for all who share them.",
)
EVENTS_TOLD = Counter("masterygraph_events_told_total", "Answers to events handed to subscribers.")


def record_fallback(reason: str) -> None:
    """Count an operation that no plan answered; reasons are a closed list of the engine's."""
    FALLBACKS.labels(reason).inc()


def record_operation(request_id: str, kind: str, seconds: float, failed: bool, statements: int) -> None:
    """Count an operation that was answered, and log it without what was asked or by whom.

    A good and quick one is told at level DEBUG only: a line for each costs a fifth of the throughput.
    """
    outcome = "error" if failed else "ok"
    counted, timed = _metrics_of(kind, outcome)
    counted.inc()
    timed.observe(seconds)
    STATEMENTS.inc(statements)
    quiet = not failed and seconds < SLOW_SECONDS
    if quiet and not logging.getLogger("graph").isEnabledFor(logging.DEBUG):
        return
    say = log.debug if quiet else log.info
    say(
        "operation",
        request_id=request_id,
        kind=kind,
        outcome=outcome,
        milliseconds=round(seconds * 1000, 2),
        statements=statements,
    )


@lru_cache(maxsize=16)
def _metrics_of(kind: str, outcome: str) -> tuple[Counter, Histogram]:
    """The metrics of a kind and an outcome: to find them by their labels costs as much as to count."""
    return OPERATIONS.labels(kind, outcome), OPERATION_SECONDS.labels(kind)


def exposition() -> tuple[bytes, str]:
    """Prometheus' text and its media type: of this process, or with workers of all that serve one address."""
    registry = REGISTRY
    if FILES_OF_PROCESSES in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
