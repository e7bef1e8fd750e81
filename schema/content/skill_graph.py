"""The prerequisite graph as it is exported, and what became of one that was imported."""

from app.access.policies import with_object
from app.content.repository import skills_by_id
from app.content.skill_graph import EntryOutcome
from schema.content.types import Skill
from schema.engine.declarations import edge, graph_type, leaf
from schema.enums import graph_enum
from schema.errors import UserError

graph_enum(
    EntryOutcome,
    "What an import did with an entry, or would do.",
    {
        EntryOutcome.CREATED: "It is new.",
        EntryOutcome.UPDATED: "It was there and was changed.",
        EntryOutcome.UNCHANGED: "It was there as it was given.",
        EntryOutcome.REFUSED: "It cannot be taken; its errors say why.",
    },
    name="SkillGraphOutcome",
)


@graph_type(policy=with_object, description="A skill, as the graph is exchanged.")
class SkillGraphSkill:
    code: str = leaf("Its code, unique within the organization.")
    name: str = leaf("Its name.")
    subject: str | None = leaf("The subject it belongs to.")


@graph_type(policy=with_object, description="A prerequisite, as the graph is exchanged.")
class SkillGraphPrerequisite:
    code: str = leaf("The code of the skill.")
    prerequisite_code: str = leaf("The code of what is to be learnt before it.")


@graph_type(policy=with_object, description="Skills and which of them come before which; there is no cycle.")
class SkillGraph:
    skills: list[SkillGraphSkill] = leaf("The skills by code, at most 2,000.", list_size=300)
    prerequisites: list[SkillGraphPrerequisite] = leaf(
        "What they require, by both codes, at most 4,000; also skills of other subjects.", list_size=600
    )


@graph_type(policy=with_object, description="What became of a skill that was imported.")
class ImportedSkill:
    index: int = leaf("The entry's place in the input, from 0.")
    code: str = leaf("Its code.")
    outcome: EntryOutcome = leaf("What was done, or would be.")
    skill: Skill | None = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill, when it is there."
    )
    user_errors: list[UserError] = leaf("What to correct in this entry.", list_size=1)


@graph_type(policy=with_object, description="What became of a prerequisite that was imported.")
class ImportedPrerequisite:
    index: int = leaf("The entry's place in the input, from 0.")
    code: str = leaf("The code of the skill.")
    prerequisite_code: str = leaf("The code of what is to be learnt before it.")
    outcome: EntryOutcome = leaf("What was done, or would be.")
    user_errors: list[UserError] = leaf("What to correct in this entry.", list_size=1)


@graph_type(policy=with_object, description="What became of a graph that was imported.")
class SkillGraphImport:
    applied: bool = leaf("Whether it was written: not in a dry run, nor when an entry is refused.")
    skills: list[ImportedSkill] = leaf("One for each skill, in the order of the input.", list_size=300)
    prerequisites: list[ImportedPrerequisite] = leaf(
        "One for each prerequisite, in the order of the input.", list_size=600
    )
    removed_prerequisites: list[SkillGraphPrerequisite] = leaf(
        "What went away, or would, where prerequisites are replaced.", list_size=100
    )
