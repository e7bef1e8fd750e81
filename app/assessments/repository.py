"""Reading assessments, exams and sittings, in batches; what a principal may not see is left out."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from app.access.principal import Principal
from app.assessments.exam import COLUMNS as EXAM_COLUMNS
from app.assessments.exam import Exam, exam_of
from app.assessments.form import Assessment, FormItem, assessment_of, in_order_of, item_as_shown
from app.assessments.sitting import COLUMNS as SITTING_COLUMNS
from app.assessments.sitting import Sitting, sitting_of
from app.content.item import ItemFacts
from app.kit.database import Reader, Row
from app.kit.errors import BadInput
from app.kit.loading import Columns, after, by_key, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import Statement, sql

Ids = Sequence[uuid.UUID]

_ACCOMMODATIONS = sql("""
    SELECT learner_id, extra_time_percent, set_at FROM accommodation WHERE learner_id = ANY(:keys)
""")
_ASSESSMENTS = sql("""
    SELECT id, title, duration_seconds, sections, shuffle_items, shuffle_choices, attempts_allowed,
           release_policy, item_count, created_at, retired_at
    FROM assessment WHERE id = ANY(:keys)
""")
_ASSESSMENT_LIST = sql("""
    SELECT k.key, a.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT a.id, a.title, a.duration_seconds, a.sections, a.shuffle_items, a.shuffle_choices,
             a.attempts_allowed, a.release_policy, a.item_count, a.created_at, a.retired_at
      FROM assessment a WHERE a.organization_id = k.key AND (:id::uuid IS NULL OR a.id < :id)
      ORDER BY a.id DESC LIMIT :limit) a
""")
_ASSESSMENT_COUNT = sql("""
    SELECT organization_id AS key, count(*) AS total FROM assessment WHERE organization_id = ANY(:keys)
    GROUP BY 1
""")
_FORM = """
    JOIN assessment_item m ON m.organization_id = a.organization_id AND m.assessment_id = a.id
    JOIN item i ON i.organization_id = m.organization_id AND i.id = m.item_id
    JOIN item_version v
      ON v.organization_id = m.organization_id AND v.item_id = m.item_id AND v.version = m.item_version
    LEFT JOIN item_parameter p ON p.organization_id = i.organization_id AND p.item_id = i.id
"""
_ITEM = "m.item_id, m.section, i.kind, v.version, v.content, p.difficulty, p.standard_error"
_ITEMS_BY_ASSESSMENT = sql(f"""
    SELECT a.id AS key, {_ITEM} FROM assessment a {_FORM} WHERE a.id = ANY(:keys) ORDER BY a.id, m.position
""")
_ITEMS_BY_SITTING = sql(f"""
    SELECT s.id AS key, s.started_at, a.shuffle_items, a.shuffle_choices, {_ITEM}
    FROM exam_sitting s JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id {_FORM}
    WHERE s.id = ANY(:keys) ORDER BY s.id, m.position
""")

_EXAM = ", ".join(f"e.{name}" for name in EXAM_COLUMNS)
_EXAMS = sql(f"SELECT {_EXAM} FROM exam e WHERE e.id = ANY(:keys)")
_SITTING = ", ".join(f"s.{name}" for name in SITTING_COLUMNS)
_SITTINGS = sql(f"SELECT {_SITTING} FROM exam_sitting s WHERE s.id = ANY(:keys)")

# Which exams a principal sees: those of classes it attends or teaches, all for an admin.
_SEEN = """(:everything OR EXISTS (
    SELECT FROM classroom_teacher t WHERE t.classroom_id = e.classroom_id AND t.user_id = :user_id)
  OR EXISTS (
    SELECT FROM enrollment n WHERE n.classroom_id = e.classroom_id AND n.learner_id = :learner_id
      AND n.left_at IS NULL))"""
# Which sittings: its own, those of learners in classes it teaches.
OWN_OR_TAUGHT = """(s.learner_id = :learner_id OR :everything OR EXISTS (
    SELECT FROM classroom_teacher t JOIN enrollment n USING (organization_id, classroom_id)
    WHERE t.classroom_id = s.classroom_id AND t.user_id = :user_id AND n.learner_id = s.learner_id
      AND n.left_at IS NULL))"""


def _exams(source: str, condition: str) -> tuple[Statement, Statement]:
    where = f"{condition} AND {_SEEN} AND (:state::text IS NULL OR e.state = :state)"
    page = sql(f"""
        SELECT k.key, e.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
          SELECT {_EXAM} FROM {source} WHERE {where} AND (:id::uuid IS NULL OR e.id < :id)
          ORDER BY e.id DESC LIMIT :limit) e
    """)
    count = sql(f"""
        SELECT k.key, count(*) AS total FROM unnest(:keys::uuid[]) AS k(key), LATERAL (
          SELECT FROM {source} WHERE {where}) e GROUP BY 1
    """)
    return page, count


_BY_ASSESSMENT = _exams("exam e", "e.assessment_id = k.key")
_BY_CLASSROOM = _exams("exam e", "e.classroom_id = k.key")
_BY_LEARNER = _exams(
    """exam e JOIN enrollment r ON r.organization_id = e.organization_id
         AND r.classroom_id = e.classroom_id AND r.left_at IS NULL""",
    "r.learner_id = k.key",
)


def _sittings(column: str) -> tuple[Statement, Statement]:
    where = f"s.{column} = k.key AND {OWN_OR_TAUGHT}"
    page = sql(f"""
        SELECT k.key, s.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
          SELECT {_SITTING} FROM exam_sitting s WHERE {where} AND (:id::uuid IS NULL OR s.id < :id)
          ORDER BY s.id DESC LIMIT :limit) s
    """)
    count = sql(f"""
        SELECT k.key, count(*) AS total FROM unnest(:keys::uuid[]) AS k(key), LATERAL (
          SELECT FROM exam_sitting s WHERE {where}) s GROUP BY 1
    """)
    return page, count


_SITTINGS_BY_EXAM = _sittings("exam_id")
_SITTINGS_BY_LEARNER = _sittings("learner_id")


async def accommodations_by_learner(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """The extra time of each learner; None where none was ever set."""
    found = by_key(await reader.fetch(_ACCOMMODATIONS, keys=list(keys)), "learner_id")
    return [found.get(key) for key in keys]


async def assessments_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Assessment | None]:
    """Assessments by their ids."""
    found = {row.id: assessment_of(row) for row in await reader.fetch(_ASSESSMENTS, keys=list(keys))}
    return [found.get(key) for key in keys]


async def assessments_by_organization(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The assessments of an organization, the newest first."""
    rows = await reader.fetch(_ASSESSMENT_LIST, keys=list(keys), id=after(page, 0), limit=page.first + 1)
    slices = slices_by_key(rows, keys, page)
    return [Slice(list(map(assessment_of, each.rows)), each.has_next) for each in slices]


async def assessment_count_by_organization(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_ASSESSMENT_COUNT, keys=list(keys)), keys)


async def items_by_assessment(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[ItemFacts]]:
    """The items of each form, in its order, in the versions that it has."""
    found: defaultdict[uuid.UUID, list[ItemFacts]] = defaultdict(list)
    for row in await reader.fetch(_ITEMS_BY_ASSESSMENT, keys=list(keys)):
        found[row.key].append(item_as_shown(_form_item(row), None, False))
    return [found[key] for key in keys]


async def items_by_sitting(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[ItemFacts]]:
    """The items as each sitting has them; none before it has begun, nor when it never did."""
    rows: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in await reader.fetch(_ITEMS_BY_SITTING, keys=list(keys)):
        rows[row.key].append(row)
    first = page.first if page is not None and page.first else None
    start = _from_number(page)
    end = None if first is None else start + first
    return [_shown(key, rows[key])[start:end] for key in keys]


def _from_number(page: Page | None) -> int:
    """How many items are passed over; BadInput for a number that no item has."""
    number = page.filter("from_number") if page is not None else None
    if number is not None and number < 1:
        raise BadInput("The items are numbered from 1.", path=("fromNumber",))
    return 0 if number is None else int(number) - 1


def _shown(sitting_id: uuid.UUID, rows: Sequence[Row]) -> list[ItemFacts]:
    if not rows or rows[0].started_at is None:
        return []
    items = in_order_of(sitting_id, list(map(_form_item, rows)), rows[0].shuffle_items)
    return [item_as_shown(item, sitting_id, rows[0].shuffle_choices) for item in items]


def _form_item(row: Row) -> FormItem:
    return FormItem(
        row.item_id,
        row.section,
        row.kind,
        row.version,
        row.content,
        difficulty=row.difficulty,
        difficulty_standard_error=row.standard_error,
    )


async def exams_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Exam | None]:
    """Exams by their ids."""
    found = {row.id: exam_of(row) for row in await reader.fetch(_EXAMS, keys=list(keys))}
    return [found.get(key) for key in keys]


async def exams_by_assessment(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The exams in which each form is sat, the newest first."""
    return await _exam_page(reader, _BY_ASSESSMENT[0], keys, page, principal)


async def exam_count_by_assessment(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(
        await reader.fetch(_BY_ASSESSMENT[1], keys=list(keys), **_asked(page, principal)), keys
    )


async def exams_by_classroom(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The exams of each class, the newest first."""
    return await _exam_page(reader, _BY_CLASSROOM[0], keys, page, principal)


async def exam_count_by_classroom(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(
        await reader.fetch(_BY_CLASSROOM[1], keys=list(keys), **_asked(page, principal)), keys
    )


async def exams_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The exams of the classes that each learner attends, the newest first."""
    return await _exam_page(reader, _BY_LEARNER[0], keys, page, principal)


async def exam_count_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_BY_LEARNER[1], keys=list(keys), **_asked(page, principal)), keys)


async def sittings_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Sitting | None]:
    """Sittings by their ids."""
    found = {row.id: sitting_of(row) for row in await reader.fetch(_SITTINGS, keys=list(keys))}
    return [found.get(key) for key in keys]


async def sittings_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The sittings of each exam that one may see, the newest first."""
    return await _sitting_page(reader, _SITTINGS_BY_EXAM[0], keys, page, principal)


async def sitting_count_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    rows = await reader.fetch(_SITTINGS_BY_EXAM[1], keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def sittings_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The sittings of each learner that one may see, the newest first."""
    return await _sitting_page(reader, _SITTINGS_BY_LEARNER[0], keys, page, principal)


async def sitting_count_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    rows = await reader.fetch(_SITTINGS_BY_LEARNER[1], keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def _exam_page(
    reader: Reader, statement: Statement, keys: Ids, page: Page, principal: Principal
) -> list[Slice]:
    slices = slices_by_key(
        await reader.fetch(statement, keys=list(keys), **_asked(page, principal)), keys, page
    )
    return [Slice(list(map(exam_of, each.rows)), each.has_next) for each in slices]


async def _sitting_page(
    reader: Reader, statement: Statement, keys: Ids, page: Page, principal: Principal
) -> list[Slice]:
    slices = slices_by_key(
        await reader.fetch(statement, keys=list(keys), **_asked(page, principal)), keys, page
    )
    return [Slice(list(map(sitting_of, each.rows)), each.has_next) for each in slices]


def _asked(page: Page, principal: Principal) -> dict[str, object]:
    return {
        "everything": principal.is_admin,
        "user_id": principal.user_id if principal.is_staff else None,
        "learner_id": principal.learner_id,
        "state": page.filter("state"),
        "id": after(page, 0),
        "limit": page.first + 1,
    }
