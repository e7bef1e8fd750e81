"""What authors write: the parts of an item as they are given, checked and brought into the stored form.

Content is `{"stem", "unit", "choices", "targets", "gaps"}`. A key is `{"correct_choice_ids", "value",
"tolerance", "accepted", "case_sensitive", "order", "pairs", "gaps", "feedback"}`. Each kind takes its own
parts of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.content.kinds import ItemInvalid, ItemKind, check_item
from app.kit.errors import BadInput, ErrorReason

LONGEST_STEM = 10_000
LONGEST_TEXT = 2_000
MOST_OPTIONS = 50

_CONTENT_PARTS: Mapping[ItemKind, frozenset[str]] = {
    ItemKind.EXTERNAL: frozenset(),
    ItemKind.MULTIPLE_CHOICE: frozenset({"choices"}),
    ItemKind.MULTIPLE_RESPONSE: frozenset({"choices"}),
    ItemKind.NUMERIC: frozenset({"unit"}),
    ItemKind.SHORT_TEXT: frozenset({"unit"}),
    ItemKind.ORDERING: frozenset({"choices"}),
    ItemKind.MATCHING: frozenset({"choices", "targets"}),
    ItemKind.CLOZE: frozenset({"gaps"}),
}
_KEY_PARTS: Mapping[ItemKind, frozenset[str]] = {
    ItemKind.EXTERNAL: frozenset(),
    ItemKind.MULTIPLE_CHOICE: frozenset({"correct_choice_ids", "feedback"}),
    ItemKind.MULTIPLE_RESPONSE: frozenset({"correct_choice_ids", "feedback"}),
    ItemKind.NUMERIC: frozenset({"value", "tolerance", "feedback"}),
    ItemKind.SHORT_TEXT: frozenset({"accepted", "case_sensitive", "feedback"}),
    ItemKind.ORDERING: frozenset({"order", "feedback"}),
    ItemKind.MATCHING: frozenset({"pairs", "feedback"}),
    ItemKind.CLOZE: frozenset({"gaps", "feedback"}),
}
_PUBLIC = {
    "answer_key": "answerKey",
    "case_sensitive": "caseSensitive",
    "correct": "correctChoiceIds",
    "targets": "matchTargets",
}

JsonObject = dict[str, Any]


def stored_content(kind: ItemKind, given: Mapping[str, Any]) -> JsonObject:
    """The content as it is stored; BadInput for a part that this kind does not show, or one too long."""
    content = _given(given)
    _known_parts(kind, content, _CONTENT_PARTS, "content", always={"stem"})
    for path, text in _texts(content, ("content",)):
        longest = LONGEST_STEM if path == ("content", "stem") else LONGEST_TEXT
        if len(text) > longest:
            raise BadInput(f"This text has {len(text):,} characters; {longest:,} are allowed.", path=path)
    return content


def stored_key(kind: ItemKind, given: Mapping[str, Any]) -> JsonObject:
    """The answer key as it is stored; BadInput for a part that this kind is not judged by."""
    key = _given(given)
    _known_parts(kind, key, _KEY_PARTS, "answerKey")
    for _ in _texts(key, ("answerKey",)):
        pass
    correct = key.pop("correct_choice_ids", None)
    if correct is not None:
        key["correct"] = correct if kind is ItemKind.MULTIPLE_RESPONSE else _one(correct)
    if "pairs" in key:
        key["pairs"] = [[pair["choice_id"], pair["target_id"]] for pair in key["pairs"]]
    if "gaps" in key:
        key["gaps"] = _by_name(key["gaps"], "gap_id", "accepted", ("answerKey", "gaps"))
    if "feedback" in key:
        key["feedback"] = _feedback(key["feedback"])
    return key


def check(kind: ItemKind, content: Mapping[str, Any], key: Mapping[str, Any]) -> None:
    """BadInput, with the path in the input, unless content and key make an item of the kind."""
    try:
        check_item(kind, content, key)
    except ItemInvalid as error:
        raise BadInput(error.message, path=_input_path(error.path, key)) from None


def _given(values: Mapping[str, Any]) -> JsonObject:
    """What was given: nothing that is None, at any depth."""
    return {name: _pruned(value) for name, value in values.items() if value is not None}


def _pruned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _given(value)
    return [_pruned(each) for each in value] if isinstance(value, list) else value


def _known_parts(
    kind: ItemKind,
    given: Mapping[str, Any],
    parts: Mapping[ItemKind, frozenset[str]],
    where: str,
    always: Iterable[str] = (),
) -> None:
    if kind not in parts:
        raise BadInput(f"Items of kind {kind} cannot be used here yet; choose another kind.", path=("kind",))
    for name in given:
        if name not in parts[kind] and name not in always:
            message = f"An item of kind {kind} has no such part; leave it out."
            raise BadInput(message, path=(where, _public(name)))


def _texts(value: Any, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Every text with its path; BadInput for a list beyond what an item may hold."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*path, _public(name)))
    elif isinstance(value, list):
        if len(value) > MOST_OPTIONS:
            message = f"At most {MOST_OPTIONS} here; there are {len(value)}."
            raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=path)
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, str(index)))


def _one(correct: Sequence[str]) -> str:
    if len(correct) != 1:
        message = f"Exactly one choice is right in this kind; {len(correct)} were given."
        raise BadInput(message, path=("answerKey", "correctChoiceIds"))
    return correct[0]


def _feedback(given: Mapping[str, Any]) -> JsonObject:
    feedback = dict(given)
    responses = feedback.pop("responses", None)
    if responses is not None:
        path = ("answerKey", "feedback", "responses")
        feedback["choices"] = _by_name(responses, "response", "text", path)
    return feedback


def _by_name(
    entries: Sequence[Mapping[str, Any]], name: str, value: str, path: tuple[str, ...]
) -> JsonObject:
    found: JsonObject = {}
    for index, entry in enumerate(entries):
        if entry[name] in found:
            raise BadInput(f"{entry[name]!r} is given twice.", path=(*path, str(index), _public(name)))
        found[entry[name]] = entry[value]
    return found


def _input_path(path: Sequence[str], key: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a part of the stored form stands in the input, which numbers entries that have names there."""
    if path[:3] == ("answer_key", "feedback", "choices"):
        entries = list(key["feedback"]["choices"])
        return ("answerKey", "feedback", "responses", *(str(entries.index(each)) for each in path[3:4]))
    if path[:2] == ("answer_key", "gaps") and path[2:3] and path[2] in key.get("gaps", ()):
        return ("answerKey", "gaps", str(list(key["gaps"]).index(path[2])), "accepted", *path[3:])
    if path[:2] == ("answer_key", "feedback"):
        return ("answerKey", *path[1:])
    return tuple(_public(each) for each in path)


def _public(name: str) -> str:
    if name in _PUBLIC:
        return _PUBLIC[name]
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
