"""What changed between two versions of an item."""

from collections.abc import Iterator, Mapping
from typing import Any

_PUBLIC = {
    "targets": "matchTargets",
    "answer_key": "answerKey",
    "case_sensitive": "caseSensitive",
    "skill_ids": "skillIds",
}


def changed_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The dotted paths whose value differs, sorted. Entries with an id are named by it (`choices.b.text`).

    A list whose entries came, went or moved is named by itself beside the entries that changed.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, _PUBLIC.get(name) or name))
    elif (
        isinstance(value, list)
        and value
        and all(isinstance(each, Mapping) and "id" in each for each in value)
    ):
        yield ".".join(path), [each["id"] for each in value]
        for each in value:
            rest = {name: inner for name, inner in each.items() if name != "id"}
            yield from _leaves(rest, (*path, each["id"]))
    elif value is not None:
        yield ".".join(path), value
