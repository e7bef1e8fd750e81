"""Importing attempts of another system: streamed, in batches, each committed with how far it came.

A cut import goes on where its last batch ended, and a file that was imported adds nothing: the row of
`attempt_import` is locked and moved in the transaction that records the batch. A file is known by its source
and the SHA-256 of what it holds; attempts with an `external_id` are known by that, in whatever file they are.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.kit.database import Database, UnitOfWork
from app.kit.errors import Conflict
from app.kit.statements import sql
from app.operations import item_bank, roster
from app.operations.item_bank import KnownItem
from app.operations.refused_rows import RefusedRows
from app.operations.source_rows import RefusedRow, SourceFile, SourceRow, Timing, read_rows
from app.practice.attempt_writer import record_bulk
from app.practice.folding import NewAttempt

BATCH = 2_000
MOST_REMEMBERED = 200_000
"""Names of learners and items kept in memory; beyond it they are looked up anew."""

_BEGIN = sql("""
    INSERT INTO attempt_import (organization_id, source, digest, line, recorded, refused, started_at)
    VALUES (:tenant, :source, :digest, 0, 0, 0, :now) ON CONFLICT DO NOTHING
""")
_FIND = sql("""
    SELECT line, finished_at FROM attempt_import
    WHERE source = :source AND digest = :digest FOR UPDATE
""")
_MOVE = sql("""
    UPDATE attempt_import SET line = :line, recorded = recorded + :recorded, refused = refused + :refused
    WHERE source = :source AND digest = :digest
""")
_FINISH = sql("""
    UPDATE attempt_import SET finished_at = :now
    WHERE source = :source AND digest = :digest AND finished_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how it is read. `classroom` is a name, or None to enroll nobody."""

    source_file: SourceFile
    source: str
    columns: Mapping[str, str]
    timing: Timing
    classroom: str | None = None
    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class Imported:
    """How far an import has come. `line` is the last line that is in; the counts are of this run.

    `known` rows were recorded before under their external id; `resumed_at` is the line this run began after;
    `finished_before` is true when an earlier run had finished the file, so that this one did nothing.
    """

    line: int = 0
    recorded: int = 0
    refused: int = 0
    known: int = 0
    new_learners: int = 0
    resumed_at: int = 0
    finished_before: bool = False


@dataclass(slots=True)
class _Names:
    """What the source's names stand for here, as far as they were met."""

    learners: dict[str, uuid.UUID] = field(default_factory=dict)
    items: dict[str, KnownItem] = field(default_factory=dict)

    def bound(self) -> None:
        for names in (self.learners, self.items):
            if len(names) > MOST_REMEMBERED:
                names.clear()


async def import_attempts(
    database: Database,
    organization_id: uuid.UUID,
    order: ImportOrder,
    refused_rows: RefusedRows,
    told: Callable[[Imported], None] = lambda so_far: None,
) -> Imported:
    """Import a file, from where an earlier run was cut; what was done.

    `told` hears of each batch after its commit. Conflict when another process imports the same file.
    """
    so_far, classroom_id = await _begin(database, organization_id, order)
    refused_rows.keep_until(so_far.line)
    if so_far.finished_before:
        return so_far
    names = _Names()
    rows = read_rows(order.source_file, order.columns, order.timing, so_far.line)
    for batch in _batches(rows, order.batch):
        refused_rows.add([row for row in batch if isinstance(row, RefusedRow)])
        async with database.unit_of_work(organization_id) as work:
            so_far = await _import_batch(work, order, names, classroom_id, batch, so_far)
        names.bound()
        told(so_far)
    async with database.unit_of_work(organization_id) as work:
        await work.execute(_FINISH, now=work.now, **_file(order))
    return so_far


async def _begin(
    database: Database, organization_id: uuid.UUID, order: ImportOrder
) -> tuple[Imported, uuid.UUID | None]:
    """How far the file is, and the class to enroll in."""
    file = _file(order)
    async with database.unit_of_work(organization_id) as work:
        await work.execute(_BEGIN, tenant=work.tenant, now=work.now, **file)
        found = await work.fetch_one(_FIND, **file)
        assert found is not None
        classroom_id = await roster.classroom_named(work, order.classroom) if order.classroom else None
    done = found.finished_at is not None
    return Imported(line=found.line, resumed_at=found.line, finished_before=done), classroom_id


def _file(order: ImportOrder) -> dict[str, str]:
    return {"source": order.source, "digest": order.source_file.digest}


def _batches(rows: Iterator[SourceRow | RefusedRow], size: int) -> Iterator[Sequence[SourceRow | RefusedRow]]:
    batch: list[SourceRow | RefusedRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


async def _import_batch(
    work: UnitOfWork,
    order: ImportOrder,
    names: _Names,
    classroom_id: uuid.UUID | None,
    batch: Sequence[SourceRow | RefusedRow],
    so_far: Imported,
) -> Imported:
    position = await work.fetch_one(_FIND, **_file(order))
    if position is None or position.line != so_far.line:
        raise Conflict("Another process imports this file; wait until it is done, then begin again.")
    rows = [row for row in batch if isinstance(row, SourceRow)]
    new_learners = await _learn_names(work, order, names, classroom_id, rows)
    recorded = await record_bulk(
        work, [_attempt(row, names) for row in rows], source=order.source, classroom_id=classroom_id
    )
    refused = len(batch) - len(rows)
    await work.execute(_MOVE, line=batch[-1].line, recorded=len(recorded), refused=refused, **_file(order))
    return replace(
        so_far,
        line=batch[-1].line,
        recorded=so_far.recorded + len(recorded),
        refused=so_far.refused + refused,
        known=so_far.known + len(rows) - len(recorded),
        new_learners=so_far.new_learners + new_learners,
    )


async def _learn_names(
    work: UnitOfWork,
    order: ImportOrder,
    names: _Names,
    classroom_id: uuid.UUID | None,
    rows: Sequence[SourceRow],
) -> int:
    """Make whom and what these rows name and nobody knows yet; how many learners are new."""
    learners = list(dict.fromkeys(row.learner for row in rows if row.learner not in names.learners))
    made: list[uuid.UUID] = []
    if learners:
        found, made = await roster.learners_of(work, order.source, learners)
        names.learners |= found
        if classroom_id is not None:
            await roster.enroll(work, classroom_id, list(found.values()), work.now)
    items: dict[str, Sequence[str]] = {}
    for row in rows:
        if row.item not in names.items:
            items.setdefault(row.item, row.skills)
    if items:
        names.items |= await item_bank.items_of(work, order.source, items)
    return len(made)


def _attempt(row: SourceRow, names: _Names) -> NewAttempt:
    item = names.items[row.item]
    return NewAttempt(
        learner_id=names.learners[row.learner],
        item_id=item.id,
        item_version=item.version,
        score=row.score,
        correct=row.score == 1.0,
        answered_at=row.answered_at,
        duration_ms=row.duration_ms,
        hints_used=row.hints,
        external_id=row.external_id,
    )
