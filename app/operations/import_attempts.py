"""Importing attempts of another system: streamed, in batches, each committed with how far it came.

While a batch is written the next one is read and judged, so that this process and the database both work. A
cut import goes on where its last batch ended, and a file that was imported adds nothing: the row of
`attempt_import` is locked and moved in the transaction that records the batch. A file is known by its source
and the SHA-256 of what it holds; attempts with an `external_id` are known by that, in whatever file they are.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from app.kit.database import TAKEN, Database, Reader, UnitOfWork
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.kit.statements import sql
from app.operations import item_bank, roster
from app.operations.item_bank import KnownItem, NewItem, NewSkill
from app.operations.refused_rows import RefusedRows
from app.operations.source_rows import RefusedRow, SourceFile, SourceRow, Timing, read_rows
from app.practice.folding import NewAttempt
from app.practice.judging_ahead import HeldStates, JudgedBatch, judge_ahead, write_judged

BATCH = 2_000
READ_AT_ONCE = 100
"""Rows that are read before what is being sent to the database gets a turn."""
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
    skills: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return max(len(self.learners), len(self.items), len(self.skills)) > MOST_REMEMBERED


@dataclass(slots=True)
class _New:
    """What a batch names for the first time: made with it; `met` are learners to be enrolled, new or not."""

    met: list[uuid.UUID] = field(default_factory=list)
    learners: dict[str, uuid.UUID] = field(default_factory=dict)
    skills: list[NewSkill] = field(default_factory=list)
    items: dict[str, NewItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A batch that is judged and waits to be written."""

    rows: Sequence[SourceRow | RefusedRow]
    refused: Sequence[RefusedRow]
    new: _New
    judged: JudgedBatch


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
    run = _Run(database, organization_id, order, refused_rows, classroom_id, so_far)
    rows = read_rows(order.source_file, order.columns, order.timing, so_far.line)
    writing: asyncio.Task[Imported] | None = None
    try:
        async for batch in _batches(rows, order.batch):
            if writing is not None and run.is_spent:
                told(await writing)
                writing = None
                run.forget()
            ahead = await run.judge(batch)
            if writing is not None:
                told(await writing)
            writing = asyncio.create_task(run.write(ahead))
        if writing is not None:
            told(await writing)
    finally:
        if writing is not None and not writing.done():
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
    async with database.unit_of_work(organization_id) as work:
        await work.execute(_FINISH, now=work.now, **_file(order))
    return run.so_far


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


async def _batches(
    rows: Iterator[SourceRow | RefusedRow], size: int
) -> AsyncIterator[Sequence[SourceRow | RefusedRow]]:
    """Batches; while rows are read, what is being sent to the database gets its turns."""
    while batch := list(islice(rows, min(size, READ_AT_ONCE))):
        while len(batch) < size and (more := list(islice(rows, min(size - len(batch), READ_AT_ONCE)))):
            await asyncio.sleep(0)
            batch += more
        yield batch


class _Run:
    """One run of an import, from its first batch to its last."""

    def __init__(
        self,
        database: Database,
        organization_id: uuid.UUID,
        order: ImportOrder,
        refused_rows: RefusedRows,
        classroom_id: uuid.UUID | None,
        so_far: Imported,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._order = order
        self._refused_rows = refused_rows
        self._classroom_id = classroom_id
        self.so_far = so_far
        self._names = _Names()
        self._held = HeldStates()
        self._external_ids: set[str] = set()

    @property
    def is_spent(self) -> bool:
        """Whether what is remembered is outdated or too much."""
        return self._held.is_spent or self._names.is_full or len(self._external_ids) > MOST_REMEMBERED

    def forget(self) -> None:
        """Look everything up anew; when nothing judged waits to be written."""
        self._names = _Names()
        self._held.forget()
        self._external_ids.clear()

    async def judge(self, batch: Sequence[SourceRow | RefusedRow]) -> _Ahead:
        """Read what a batch needs, without locks, and judge it."""
        order, names = self._order, self._names
        rows = [row for row in batch if isinstance(row, SourceRow)]
        async with self._database.reader(self._organization_id) as reader:
            new = await _named(reader, order.source, names, rows)
            judged = await judge_ahead(
                reader,
                self._held,
                [_attempt(row, names) for row in rows],
                {item.id: item.skill_ids for item in new.items.values()},
                source=order.source,
                classroom_id=self._classroom_id,
                known=self._external_ids,
            )
        return _Ahead(batch, [row for row in batch if isinstance(row, RefusedRow)], new, judged)

    async def write(self, ahead: _Ahead) -> Imported:
        """Write a judged batch, and commit it with how far it came."""
        order, so_far, last = self._order, self.so_far, ahead.rows[-1].line
        self._refused_rows.add(ahead.refused)
        async with self._database.unit_of_work(self._organization_id) as work:
            position = await work.fetch_one(_FIND, **_file(order))
            if position is None or position.line != so_far.line:
                raise _occupied()
            try:
                await _make(work, order.source, self._classroom_id, ahead.new)
            except TAKEN as error:
                raise _occupied() from error
            recorded = await write_judged(
                work, self._held, ahead.judged, source=order.source, classroom_id=self._classroom_id
            )
            refused = len(ahead.refused)
            await work.execute(_MOVE, line=last, recorded=recorded, refused=refused, **_file(order))
        self.so_far = replace(
            so_far,
            line=last,
            recorded=so_far.recorded + recorded,
            refused=so_far.refused + refused,
            known=so_far.known + len(ahead.rows) - refused - recorded,
            new_learners=so_far.new_learners + len(ahead.new.learners),
        )
        return self.so_far


def _occupied() -> Conflict:
    return Conflict("Another process imports this file; wait until it is done, then begin again.")


async def _named(reader: Reader, source: str, names: _Names, rows: Sequence[SourceRow]) -> _New:
    """Learn whom and what these rows name; what nobody knows yet gets its id here."""
    new = _New()
    learners = list(dict.fromkeys(row.learner for row in rows if row.learner not in names.learners))
    if learners:
        known = await roster.known_learners(reader, source, learners)
        new.learners = {name: new_id() for name in learners if name not in known}
        names.learners |= known | new.learners
        new.met = [names.learners[name] for name in learners]
    items = {row.item: row.skills for row in reversed(rows) if row.item not in names.items}
    if items:
        found = await item_bank.known_items(reader, source, list(items))
        unknown = {name: items[name] for name in reversed(items) if name not in found}
        await _name_skills(reader, source, names, new, unknown.values())
        new.items = {
            name: item_bank.external_item([names.skills[code] for code in codes])
            for name, codes in unknown.items()
        }
        names.items |= found | {name: KnownItem(item.id, 1) for name, item in new.items.items()}
    return new


async def _name_skills(
    reader: Reader, source: str, names: _Names, new: _New, skills: Iterable[Sequence[str]]
) -> None:
    codes = list(dict.fromkeys(code for of_item in skills for code in of_item if code not in names.skills))
    if codes:
        known = await item_bank.known_skills(reader, codes)
        new.skills = [item_bank.named_skill(source, code) for code in codes if code not in known]
        names.skills |= known | {skill.code: skill.id for skill in new.skills}


async def _make(work: UnitOfWork, source: str, classroom_id: uuid.UUID | None, new: _New) -> None:
    """Make what is named for the first time."""
    if new.learners:
        await roster.create_named_learners(work, source, new.learners)
    if new.met and classroom_id is not None:
        await roster.enroll(work, classroom_id, new.met, work.now)
    if new.skills:
        await item_bank.create_skills(work, new.skills)
    if new.items:
        await item_bank.create_named_items(work, source, new.items)


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
