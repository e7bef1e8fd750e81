"""Reading boards of exams, and boards whatever they are of, in batches."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.leaderboards.board import AnyBoardName, BoardName, ExamBoardName, entries, own_entry
from app.leaderboards.exam_board import Earned, exam_scores, members_of_classes, released_results
from app.leaderboards.leaderboard import Leaderboard, board_as_seen, cut, moment_of, published
from app.leaderboards.repository import leaderboards_by_name
from app.leaderboards.standings import members_of
from app.leaderboards.windows import span
from app.realtime.cursors import Position
from app.realtime.event_log import leaderboard_topic
from app.realtime.stream import current_epoch

Scope = tuple[str, uuid.UUID]

_SCOPES = sql("""
    SELECT k.kind, k.id, o.time_zone, coalesce(max(t.seq), 0) AS seq,
           array_agg(DISTINCT e.classroom_id) AS classroom_ids
    FROM unnest(:kinds::text[], :ids::uuid[], :topics::text[]) AS k(kind, id, topic)
    JOIN exam e ON k.kind = 'exm' AND e.id = k.id OR k.kind = 'asm' AND e.assessment_id = k.id
    JOIN organization o ON o.id = e.organization_id
    LEFT JOIN topic t ON t.organization_id = e.organization_id AND t.name = k.topic
    GROUP BY k.kind, k.id, o.time_zone
""")


async def leaderboards_by_scope(
    reader: Reader, keys: Sequence[AnyBoardName], page: Page | None, columns: Columns, principal: Principal
) -> list[Leaderboard | None]:
    """The board of each name, of a class, an exam or an assessment; see `leaderboards_by_name`."""
    of_classes = [key for key in keys if isinstance(key, BoardName)]
    of_exams = [key for key in keys if isinstance(key, ExamBoardName)]
    boards: dict[AnyBoardName, Leaderboard | None] = {}
    if of_classes:
        found = await leaderboards_by_name(reader, of_classes, page, columns, principal)
        boards.update(zip(of_classes, found, strict=True))
    if of_exams:
        found = await exam_leaderboards_by_name(reader, of_exams, page, columns, principal)
        boards.update(zip(of_exams, found, strict=True))
        reader.made_of = ()
    return [boards.get(key) for key in keys]


async def exam_leaderboards_by_name(
    reader: Reader, keys: Sequence[ExamBoardName], page: Page | None, columns: Columns, principal: Principal
) -> list[Leaderboard | None]:
    """The board of each name, `page.first` entries at most; filter `around` takes those near the viewer."""
    page = page if page is not None and page.first else Page()
    epoch = await current_epoch(reader)
    scopes = await _scopes(reader, {key.scope for key in keys})
    results = await _results(reader, list(scopes))
    members = await members_of(reader, {each for row in scopes.values() for each in row.classroom_ids})
    boards: dict[ExamBoardName, Leaderboard] = {}
    for key in keys:
        if key.scope not in scopes:
            continue
        row = scopes[key.scope]
        found = span(key.window, row.time_zone, moment_of(key, reader.now))
        scores = exam_scores(key.metric, results[key.scope], found)
        in_classes = members_of_classes(members, row.classroom_ids)
        shown = entries(scores, in_classes)
        viewer = principal.learner_id
        own = own_entry(viewer, scores, in_classes, shown) if viewer is not None else None
        boards[key] = board_as_seen(
            key, tuple(row.classroom_ids), found, reader.now, published(cut(shown, own, page)), own,
            Position(epoch, row.seq),
        )  # fmt: skip
    return [boards.get(key) for key in keys]


async def _scopes(reader: Reader, scopes: set[Scope]) -> dict[Scope, Row]:
    """Exams and assessments that somebody sits: their classes, time zone and place in the stream."""
    wanted = sorted(scopes)
    rows = await reader.fetch(
        _SCOPES, kinds=[kind for kind, _ in wanted], ids=[scope_id for _, scope_id in wanted],
        topics=[leaderboard_topic(scope_id) for _, scope_id in wanted],
    )  # fmt: skip
    return {(row.kind, row.id): row for row in rows}


async def _results(reader: Reader, scopes: Sequence[Scope]) -> dict[Scope, list[Earned]]:
    found: defaultdict[Scope, list[Earned]] = defaultdict(list)
    exams = {scope_id for kind, scope_id in scopes if kind == "exm"}
    assessments = {scope_id for kind, scope_id in scopes if kind == "asm"}
    for each in await released_results(reader, exams=exams, assessments=assessments):
        found["exm", each.exam_id].append(each)
        found["asm", each.assessment_id].append(each)
    return found
