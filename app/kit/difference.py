"""A difference between what is stored and what it should be, as a check of projections reports it."""

from dataclasses import dataclass

from app.kit.statements import Statement, sql

MOST_DIFFERENCES = 1_000
"""Differences told of each projection; more are as wrong and no more telling."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs: of which projection, under which key, what is stored and what was recomputed.

    `stored` or `recomputed` is empty where the row is missing on that side.
    """

    what: str
    key: str
    stored: str
    recomputed: str


def differing(recomputed: str, table: str, key: tuple[str, ...], fields: tuple[str, ...]) -> Statement:
    """Rows that differ between a stored projection and its recomputation, missing ones on either side too."""
    one, two = (f"ROW({', '.join(f'{side}.{name}' for name in fields)})" for side in ("s", "r"))
    told = ", ".join(f"'{name}', %s.{name}" for name in fields)
    return sql(f"""
        SELECT concat_ws(' ', {", ".join(f"coalesce(s.{name}, r.{name})::text" for name in key)}) AS key,
               CASE WHEN s.organization_id IS NULL THEN ''
                    ELSE json_build_object({told.replace("%s", "s")})::text END AS stored,
               CASE WHEN r.organization_id IS NULL THEN ''
                    ELSE json_build_object({told.replace("%s", "r")})::text END AS recomputed
        FROM {table} s FULL JOIN ({recomputed}) r
          ON {" AND ".join(f"s.{name} = r.{name}" for name in ("organization_id", *key))}
        WHERE {one} IS DISTINCT FROM {two} OR s.organization_id IS NULL OR r.organization_id IS NULL
        ORDER BY 1 LIMIT {MOST_DIFFERENCES}
    """)
