"""Reading the prerequisite graph of an organization whole, and writing one: all of it or nothing."""

from collections.abc import Sequence
from typing import Any

from app.access.principal import Principal
from app.content.skill_graph import (
    MOST_EDGES,
    MOST_SKILLS,
    Entry,
    EntryOutcome,
    GraphPrerequisite,
    GraphSkill,
    KnownSkill,
    Plan,
    SkillGraph,
    codes_named,
    plan_import,
)
from app.content.skills import lock_skills
from app.kit.database import Reader, UnitOfWork
from app.kit.errors import BadInput, ErrorReason
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql

# One statement, so that no edge leads to a skill that another statement has not seen.
_EXPORT = sql("""
    SELECT s.code, s.name, s.subject, ARRAY(
      SELECT p.code FROM skill_prerequisite r
      JOIN skill p ON p.organization_id = r.organization_id AND p.id = r.prerequisite_id
      WHERE r.organization_id = s.organization_id AND r.skill_id = s.id ORDER BY p.code) AS prerequisites
    FROM skill s WHERE :subject::text IS NULL OR s.subject = :subject ORDER BY s.code LIMIT :limit
""")
_KNOWN = sql("SELECT id, code, name, subject FROM skill WHERE code = ANY(:codes)")
_EDGES = sql("""
    SELECT p.code AS prerequisite_code, s.code FROM skill_prerequisite r
    JOIN skill s ON s.organization_id = r.organization_id AND s.id = r.skill_id
    JOIN skill p ON p.organization_id = r.organization_id AND p.id = r.prerequisite_id
""")
_CREATE = sql("""
    INSERT INTO skill (organization_id, id, code, name, subject, created_at)
    SELECT :tenant, g.*, :now
    FROM unnest(:ids::uuid[], :codes::text[], :names::text[], :subjects::text[]) AS g
""")
_UPDATE = sql("""
    UPDATE skill s SET name = g.name, subject = g.subject
    FROM unnest(:ids::uuid[], :names::text[], :subjects::text[]) AS g(id, name, subject) WHERE s.id = g.id
""")
_REMOVE = sql("""
    DELETE FROM skill_prerequisite r
    USING unnest(:prerequisites::text[], :codes::text[]) AS g(prerequisite_code, code), skill s, skill p
    WHERE s.code = g.code AND p.code = g.prerequisite_code
      AND r.skill_id = s.id AND r.prerequisite_id = p.id
""")
_ADD = sql("""
    INSERT INTO skill_prerequisite (organization_id, skill_id, prerequisite_id)
    SELECT :tenant, s.id, p.id
    FROM unnest(:prerequisites::text[], :codes::text[]) AS g(prerequisite_code, code)
    JOIN skill s ON s.code = g.code JOIN skill p ON p.code = g.prerequisite_code
    ON CONFLICT DO NOTHING
""")


async def skill_graphs(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[SkillGraph]:
    """The graph, or the part of one subject; BadInput when it is larger than one answer may be."""
    subject = page.filter("subject")
    rows = await reader.fetch(_EXPORT, subject=subject, limit=MOST_SKILLS + 1)
    edges = [GraphPrerequisite(row.code, code) for row in rows for code in row.prerequisites]
    if len(rows) > MOST_SKILLS or len(edges) > MOST_EDGES:
        raise BadInput(
            f"The graph has more than {MOST_SKILLS:,} skills or {MOST_EDGES:,} prerequisites; "
            "ask for the part of one subject.",
            reason=ErrorReason.TOO_MANY_ENTRIES, path=("subject",),
        )  # fmt: skip
    graph = SkillGraph([GraphSkill(row.code, row.name, row.subject) for row in rows], edges)
    return [graph for _ in keys]


async def import_skill_graph(
    work: UnitOfWork, principal: Principal, graph: SkillGraph, dry_run: bool
) -> Plan:
    """Make and change skills by code and add their prerequisites; nothing at all when an entry is refused.

    The same graph again changes nothing. BadInput when the graph is too large.
    """
    await lock_skills(work)
    rows = await work.fetch(_KNOWN, codes=codes_named(graph))
    known = {row.code: KnownSkill(row.id, row.name, row.subject) for row in rows}
    edges = {(row.prerequisite_code, row.code) for row in await work.fetch(_EDGES)}
    plan = plan_import(graph, known, edges)
    if not plan.errors and not dry_run:
        await _write(work, plan)
    return plan


async def _write(work: UnitOfWork, plan: Plan) -> None:
    created = _with_outcome(plan.skills, EntryOutcome.CREATED)
    updated = _with_outcome(plan.skills, EntryOutcome.UPDATED)
    added = _with_outcome(plan.prerequisites, EntryOutcome.CREATED)
    await work.execute(
        _CREATE, tenant=work.tenant, now=work.now, codes=[each.code for each in created], **_columns(created)
    )
    await work.execute(_UPDATE, **_columns(updated))
    removed, gone = [before for before, _ in plan.removed], [code for _, code in plan.removed]
    await work.execute(_REMOVE, prerequisites=removed, codes=gone)
    await work.execute(
        _ADD, tenant=work.tenant, prerequisites=[each.prerequisite_code for each in added],
        codes=[each.code for each in added],
    )  # fmt: skip


def _with_outcome(entries: Sequence[Entry], outcome: EntryOutcome) -> list[Entry]:
    return [entry for entry in entries if entry.outcome is outcome]


def _columns(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    return {
        "ids": [entry.skill_id for entry in entries],
        "names": [entry.name for entry in entries],
        "subjects": [entry.subject for entry in entries],
    }
