"""A page of masteries for each of many learners: a class, usually.

PostgreSQL joins what it finds of a learner to a few strings of bytes, which are taken apart as columns: a row
costs both sides as much as ten numbers, and an array more than the bytes of its numbers. A page goes by the
names of skills, so it is looked for among the skills that come first by name; a learner whose page is not
full by these is left to the statement that goes through all that the learner has practised.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.content.repository import SkillFound, skills_by_id
from app.kit.columnar import Column, Columnar, PackedIds, Repeated, column_of
from app.kit.database import Reader
from app.kit.loading import after
from app.kit.pagination import Page, Slice
from app.kit.statements import sql
from app.mastery.estimates import (
    USUAL,
    Figures,
    figure_columns,
    figures,
    mastery_rows,
    states_of_learners,
)
from app.mastery.packed_states import unpacked_rows
from app.science.estimate import Cases

GOOD_PART = 0.25
"""Whoever has practised less than that of the first skills has few masteries to go through."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""What PostgreSQL counts microseconds from."""


def _of_each(written: str) -> str:
    """What is written so for each column of a skill."""
    return ", ".join(map(written.format, SkillFound._fields))


_PACKED = sql(f"""
    WITH first AS MATERIALIZED (
      SELECT {_of_each("array_agg({0}) AS {0}")} FROM (
            SELECT {_of_each("s.{0}")} FROM skill s
            WHERE (:skill_ids::uuid[] IS NULL OR s.id = ANY(:skill_ids))
              AND (:name::text IS NULL OR s.name >= :name)
            ORDER BY s.name FETCH FIRST :most ROWS WITH TIES) s)
    SELECT l.learner_id, nullif(l.model, '{USUAL}') AS model, array_send(l.state) AS state, m.*,
           {_of_each("NULL AS {0}")}
    FROM learner_state l CROSS JOIN LATERAL (
      SELECT count(*) AS total, count(*) FILTER (WHERE m.model <> '{USUAL}') AS other_models,
             string_agg(uuid_send(m.id), '') AS ids, string_agg(uuid_send(m.skill_id), '') AS skills,
             string_agg(int4send(m.evidence_count), '') AS counts,
             string_agg(timestamptz_send(m.last_practiced_at), '') AS practised,
             string_agg(m.state, '') AS states
      FROM mastery m
      WHERE m.organization_id = l.organization_id AND m.learner_id = l.learner_id
        AND m.skill_id = ANY((SELECT id FROM first)::uuid[])) m
    WHERE l.learner_id = ANY(:keys)
    UNION ALL
    SELECT NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, {_of_each("{0}")} FROM first
""")
"""`model` is a learner's where it is another than the usual one."""


class _Packed(NamedTuple):
    """What a row holds of a learner: the first columns of `_PACKED`."""

    learner_id: uuid.UUID
    model: str | None
    state: bytes
    total: int
    other_models: int
    ids: bytes
    skills: bytes
    counts: bytes
    practised: bytes
    states: bytes


class _Found(NamedTuple):
    """What was read of all learners, end to end: of which learner each is, by place, and of which skill."""

    learner_of: NDArray[np.intp]
    skill_of: NDArray[np.intp]
    ids: NDArray[np.uint8]
    counts: NDArray[Any]
    practised: NDArray[Any]
    states: NDArray[np.float64]


async def class_pages(reader: Reader, keys: Sequence[uuid.UUID], page: Page) -> dict[uuid.UUID, Slice]:
    """The pages of those learners whose pages are found among the first skills; the rest are left out.

    Whose page is not full, but who has practised a good part of these skills, is asked for once more, with as
    many skills as it should take.
    """
    asked = page.filter("skill_ids")
    most = page.first + 1 + page.first // 8 if asked is None else len(asked) + 1
    pages, shares = await _found_pages(reader, keys, page, most)
    again = {key: share for key, share in shares.items() if share >= GOOD_PART}
    if again:
        most = int(1.25 * (page.first + 1) / min(again.values()))
        pages |= (await _found_pages(reader, list(again), page, most))[0]
    return pages


async def _found_pages(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, most: int
) -> tuple[dict[uuid.UUID, Slice], dict[uuid.UUID, float]]:
    """The pages found among so many skills; of whom they are not enough, the share that is practised."""
    asked = page.filter("skill_ids")
    skill_ids = None if asked is None else list(asked)
    rows = await reader.fetch(_PACKED, keys=list(keys), skill_ids=skill_ids, name=after(page, 0), most=most)
    packed = [_Packed(*row[: len(_Packed._fields)]) for row in rows]
    told = next(row for row in rows if row.learner_id is None)
    columns = [column or () for column in told[len(_Packed._fields) :]]
    skills = list(map(SkillFound._make, zip(*columns, strict=True)))
    reader.aside = {skills_by_id: {skill.id: skill for skill in skills}}
    are_all = len(skills) < most
    pages = dict.fromkeys(keys, Slice([], False)) if are_all else {}
    usual: list[_Packed] = []
    by_learner = {row.learner_id: row for row in packed}
    # In the order that is asked for: pages that follow each other are told as the whole that they are.
    for row in filter(None, map(by_learner.get, keys)):
        if row.other_models:
            pages.pop(row.learner_id, None)
        elif row.total:
            usual.append(row)
    if not usual:
        return pages, {}
    shares = {}
    found = _found(usual, skills)
    kept, totals = _on_page(found, skills, page)
    shown = _shown(found, kept, usual, skills, reader.now)
    begin = 0
    for row, total in zip(usual, totals, strict=True):
        end = begin + min(total, page.first)
        if are_all or total > page.first:
            pages[row.learner_id] = Slice(shown[begin:end], total > page.first)
        else:
            shares[row.learner_id] = total / len(skills)
        begin = end
    return pages, shares


def _found(rows: Sequence[_Packed], skills: Sequence[SkillFound]) -> _Found:
    """What was read, taken apart."""
    totals = [row.total for row in rows]
    known = np.frombuffer(b"".join([skill.id.bytes for skill in skills]), "S16")
    by_id = np.argsort(known)
    # Most of a class have practised the same of them.
    places = {
        each: by_id[np.searchsorted(known, np.frombuffer(each, "S16"), sorter=by_id)]
        for each in {row.skills for row in rows}
    }
    return _Found(
        np.repeat(np.arange(len(rows)), totals),
        np.concatenate([places[row.skills] for row in rows]),
        np.frombuffer(b"".join([row.ids for row in rows]), np.uint8).reshape(-1, 16),
        np.frombuffer(b"".join([row.counts for row in rows]), ">i4"),
        np.frombuffer(b"".join([row.practised for row in rows]), ">i8"),
        unpacked_rows([row.states for row in rows], sum(totals)),
    )


def _on_page(found: _Found, skills: Sequence[SkillFound], page: Page) -> tuple[NDArray[np.intp], list[int]]:
    """The places of what the pages show, by learner, name of the skill and id; and how many each learner has
    behind the cursor, beyond the page too."""
    names = [skill.name for skill in skills]
    differs = [one != other for one, other in pairwise(names)]
    by_name = np.cumsum([0, *differs])[found.skill_of]
    if all(differs):
        order = np.argsort(found.learner_of * len(names) + by_name, kind="stable")
    else:
        high, low = found.ids.view(">u8").T
        order = np.lexsort((low, high, by_name, found.learner_of))
    if page.after is not None and page.after[0] == names[0]:
        passed = page.after[1].bytes
        is_passed = [by_name[each] == 0 and found.ids[each].tobytes() <= passed for each in order]
        order = order[~np.array(is_passed, bool)]
    totals = np.bincount(found.learner_of[order], minlength=found.learner_of[-1] + 1)
    begins = np.repeat(np.cumsum(totals) - totals, totals)
    return order[np.arange(len(order)) - begins < page.first], totals.tolist()


def _shown(
    found: _Found,
    kept: NDArray[np.intp],
    rows: Sequence[_Packed],
    skills: Sequence[SkillFound],
    now: datetime,
) -> Columnar:
    """What the pages show."""
    skill_of, learner_of = found.skill_of[kept], found.learner_of[kept]
    counts = found.counts[kept].astype(np.int64)

    @cache
    def told() -> Figures:
        cases = Cases(
            states_of_learners([(row.model, row.state) for row in rows]), learner_of,
            np.asfortranarray(found.states[kept], np.float64),
            [skill.reference_difficulty for skill in skills], skill_of,
        )  # fmt: skip
        return figures(cases, counts, now)

    columns: dict[str, Column | Callable[[], Column]] = {
        "id": lambda: PackedIds(found.ids[kept].tobytes()),
        "learner_id": lambda: _spread([row.learner_id for row in rows], learner_of.tolist()),
        "skill_id": lambda: _repeated([skill.id for skill in skills], skill_of),
        "skill_name": lambda: _spread([skill.name for skill in skills], skill_of.tolist()),
        **figure_columns(told),
        "evidence_count": lambda: column_of(counts),
        "last_practiced_at": lambda: [
            _EPOCH + timedelta(microseconds=each) for each in found.practised[kept].tolist()
        ],
        "as_of": lambda: [now] * len(kept),
    }
    return mastery_rows(columns, len(kept))


def _repeated(values: Sequence[Any], places: NDArray[np.intp]) -> Repeated:
    """The values in these places; what is in no place is left out."""
    used = np.bincount(places, minlength=len(values)) > 0
    kept = [value for value, is_used in zip(values, used.tolist(), strict=True) if is_used]
    return Repeated(kept, (np.cumsum(used) - 1)[places].tolist())


def _spread(values: Sequence[Any], places: Sequence[int]) -> list[Any]:
    return [values[place] for place in places]
