"""Reading recommendations, in batches."""

import uuid
from collections.abc import Sequence

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, by_key, lists_by_key
from app.kit.pagination import Page
from app.kit.statements import sql

_COLUMNS = """r.id, r.learner_id, r.kind, r.skill_id, r.item_id, r.priority, r.expected_gain, r.reason,
              r.based_on, r.created_at, r.answer, r.answered_at"""
_BY_ID = sql(f"SELECT {_COLUMNS} FROM recommendation r WHERE r.id = ANY(:keys)")
_BY_LEARNER = sql(f"""
    SELECT k.key, r.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_COLUMNS} FROM recommendation r WHERE r.learner_id = k.key AND r.superseded_at IS NULL
      ORDER BY r.rank, r.id LIMIT :limit) r
""")


async def recommendations_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Recommendations by their ids, replaced ones too."""
    found = by_key(await reader.fetch(_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def recommendations_by_learner(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The current recommendations of each learner, the best first."""
    return lists_by_key(await reader.fetch(_BY_LEARNER, keys=list(keys), limit=page.first), keys)
