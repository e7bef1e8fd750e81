"""Importing a prerequisite graph."""

from collections.abc import Sequence
from types import SimpleNamespace

import strawberry

from app.access.policies import staff
from app.content.skill_graph import MOST_EDGES, Entry, GraphPrerequisite, GraphSkill, Plan, SkillGraph
from app.content.skill_graph_exchange import import_skill_graph
from schema.content.skill_graph import SkillGraphImport
from schema.context import Info
from schema.engine.declarations import leaf, payload_type
from schema.errors import UserError, user_error
from schema.mutations import mutation, payload

MOST_ERRORS = 100


@strawberry.input(description="A skill by code: made when the code is new, changed otherwise.")
class SkillGraphSkillInput:
    code: str = strawberry.field(description="Its code, unique within the organization, 1 to 80 characters.")
    name: str = strawberry.field(description="Its name, 1 to 120 characters.")
    subject: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its subject; left out it stays, null takes it away.",
    )


@strawberry.input(description="A prerequisite by codes, of skills given here or known already.")
class SkillGraphPrerequisiteInput:
    code: str = strawberry.field(description="The code of the skill.")
    prerequisite_code: str = strawberry.field(description="The code of what is to be learnt before it.")


@strawberry.input(description="A prerequisite graph, as `skillGraph` gives it; taken whole or not at all.")
class ImportSkillGraphInput:
    skills: list[SkillGraphSkillInput] = strawberry.field(description="The skills, at most 2,000.")
    prerequisites: list[SkillGraphPrerequisiteInput] = strawberry.field(
        description="What they require, at most 4,000; a skill has at most 8."
    )
    replace_prerequisites: bool = strawberry.field(
        default=False, description="Whether the skills given lose the prerequisites that are not given."
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would be done.")


@payload_type("What became of the graph.")
class ImportSkillGraphPayload:
    report: SkillGraphImport | None = leaf("What became of each entry; null when the input is too large.")
    user_errors: list[UserError] = leaf("What to correct, the first 100 of all entries.", list_size=10)


@strawberry.type
class SkillGraphMutations:
    @mutation(
        "Make and change skills by code, and say what they require; all of it or nothing.",
        gate=staff,
        most_entries=MOST_EDGES,
    )
    async def import_skill_graph(self, info: Info, input: ImportSkillGraphInput) -> ImportSkillGraphPayload:
        plan = await info.context.write(import_skill_graph, _graph(input), input.dry_run)
        errors = [user_error(error) for error in plan.errors[:MOST_ERRORS]]
        return payload(report=_report(plan, input.dry_run), user_errors=errors)


def _graph(given: ImportSkillGraphInput) -> SkillGraph:
    return SkillGraph(
        [_skill(each) for each in given.skills],
        [GraphPrerequisite(each.code, each.prerequisite_code) for each in given.prerequisites],
        given.replace_prerequisites,
    )


def _skill(given: SkillGraphSkillInput) -> GraphSkill:
    if given.subject is strawberry.UNSET:
        return GraphSkill(given.code, given.name, keep_subject=True)
    return GraphSkill(given.code, given.name, given.subject)


def _report(plan: Plan, dry_run: bool) -> SimpleNamespace:
    return SimpleNamespace(
        applied=not dry_run and not plan.errors,
        skills=_entries(plan.skills),
        prerequisites=_entries(plan.prerequisites),
        removed_prerequisites=[GraphPrerequisite(code, before) for before, code in plan.removed],
    )


def _entries(entries: Sequence[Entry]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            index=index,
            code=entry.code,
            prerequisite_code=entry.prerequisite_code,
            outcome=entry.outcome,
            skill_id=entry.skill_id,
            user_errors=[user_error(error) for error in entry.errors],
        )
        for index, entry in enumerate(entries)
    ]
