"""What authors send."""

import dataclasses
from typing import Any

import strawberry

from schema.content.item_kind import ItemKind

_KEY = "Makes a repeated request give the first result."


def _optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _required(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.input(description="A new skill.")
class CreateSkillInput:
    code: str = _required("A short name, unique within the organization, 1 to 80 characters.")
    name: str = _required("Its name, 1 to 120 characters.")
    subject: str | None = _optional("The subject it belongs to.")
    prerequisite_ids: list[strawberry.ID] | None = _optional("The skills to be learnt before it, at most 8.")
    idempotency_key: str | None = _optional(_KEY)


@strawberry.input(description="What to change of a skill; what is left out stays.")
class UpdateSkillInput:
    skill_id: strawberry.ID = _required("The skill.")
    code: str | None = _optional("Its new code.")
    name: str | None = _optional("Its new name.")
    subject: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its new subject; null takes the subject away."
    )


@strawberry.input(description="What is to be learnt before a skill.")
class SetSkillPrerequisitesInput:
    skill_id: strawberry.ID = _required("The skill.")
    prerequisite_ids: list[strawberry.ID] = _required(
        "All its prerequisites, at most 8; none takes them away."
    )


@strawberry.input(description="A choice or a target.")
class ItemChoiceInput:
    id: strawberry.ID = _required(
        "What responses name it by; learners see it, so let it not tell the answer."
    )
    text: str = _required("What the learner reads.")


@strawberry.input(description="A gap of a cloze.")
class ItemGapInput:
    id: strawberry.ID = _required("What responses name it by.")
    label: str | None = _optional("What the learner reads beside the gap.")
    choices: list[ItemChoiceInput] | None = _optional(
        "What may be filled in; left out when it is typed freely."
    )


@strawberry.input(description="What the learner sees of an item; each kind takes its own parts.")
class ItemContentInput:
    stem: str = _required("What is asked, 1 to 10,000 characters.")
    unit: str | None = _optional("The unit shown beside the answer (NUMERIC, SHORT_TEXT).")
    choices: list[ItemChoiceInput] | None = _optional(
        "What may be chosen, ordered or matched (MULTIPLE_CHOICE, MULTIPLE_RESPONSE, ORDERING, MATCHING)."
    )
    match_targets: list[ItemChoiceInput] | None = _optional("What choices are matched with (MATCHING).")
    gaps: list[ItemGapInput] | None = _optional("The gaps (CLOZE).")


@strawberry.input(description="A choice and its right target.")
class AnswerKeyPairInput:
    choice_id: strawberry.ID = _required("The choice.")
    target_id: strawberry.ID = _required("The target it belongs to.")


@strawberry.input(description="What is right in a gap.")
class AnswerKeyGapInput:
    gap_id: strawberry.ID = _required("The gap.")
    accepted: list[str] = _required("The texts that are right in it.")


@strawberry.input(description="What the learner is told after one particular response.")
class ResponseFeedbackInput:
    response: str = _required("The id of a choice or gap, or the number or text typed.")
    text: str = _required("What the learner is told.")


@strawberry.input(description="What the learner is told afterwards.")
class ItemFeedbackInput:
    correct: str | None = _optional("After a right response.")
    incorrect: str | None = _optional("After any other.")
    responses: list[ResponseFeedbackInput] | None = _optional("After particular responses.")


@strawberry.input(description="What is right; each kind takes its own parts.")
class AnswerKeyInput:
    correct_choice_ids: list[strawberry.ID] | None = _optional(
        "The right choices: exactly one (MULTIPLE_CHOICE), or any number (MULTIPLE_RESPONSE)."
    )
    value: float | None = _optional("The right number (NUMERIC).")
    tolerance: float | None = _optional("How far a right number may lie from it, 0 unless given (NUMERIC).")
    accepted: list[str] | None = _optional("The texts that are right (SHORT_TEXT).")
    case_sensitive: bool | None = _optional("Whether capitals count, not unless given (SHORT_TEXT).")
    order: list[strawberry.ID] | None = _optional("All choices in the right order (ORDERING).")
    pairs: list[AnswerKeyPairInput] | None = _optional("Every choice with its target (MATCHING).")
    gaps: list[AnswerKeyGapInput] | None = _optional("What is right in each gap (CLOZE).")
    feedback: ItemFeedbackInput | None = _optional("What the learner is told afterwards.")


@strawberry.input(description="A new item.")
class CreateItemInput:
    kind: ItemKind = _required("How it is asked and answered.")
    skill_ids: list[strawberry.ID] = _required("The skills it asks for, 1 to 4.")
    content: ItemContentInput = _required("What the learner sees.")
    answer_key: AnswerKeyInput = _required("What is right.")
    idempotency_key: str | None = _optional(_KEY)


@strawberry.input(description="What to change of an item; what is left out stays.")
class UpdateItemInput:
    item_id: strawberry.ID = _required("The item.")
    expected_version: int | None = _optional("Change it only while this is its version.")
    skill_ids: list[strawberry.ID] | None = _optional("All skills it asks for, 1 to 4.")
    content: ItemContentInput | None = _optional("All that the learner sees.")
    answer_key: AnswerKeyInput | None = _optional("All that is right.")


@strawberry.input(description="Which item to retire.")
class RetireItemInput:
    item_id: strawberry.ID = _required("The item.")


@strawberry.input(description="Which item to offer again.")
class UnretireItemInput:
    item_id: strawberry.ID = _required("The item.")


@strawberry.input(description="Which version to restore.")
class RestoreItemVersionInput:
    item_id: strawberry.ID = _required("The item.")
    version: int = _required("The number of the version whose content, answer key and skills come back.")


def content_parts(given: ItemContentInput) -> dict[str, Any]:
    """The content under the names of its stored parts."""
    values = dataclasses.asdict(given)
    values["targets"] = values.pop("match_targets")
    return values


def key_parts(given: AnswerKeyInput) -> dict[str, Any]:
    """The answer key by parts."""
    return dataclasses.asdict(given)
