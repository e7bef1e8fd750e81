"""The changes of the schema in words: a page of all releases, and the verdict on what is not yet released."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from graphql import build_schema

from schema.reference.changes import Changes, compare, rises
from schema.reference.history import Published

_HEADINGS = (
    ("breaking", "Breaking", "Operations that ran may be refused or answered otherwise."),
    ("announced", "Removed as announced", "Deprecated before, with a day until which they stayed."),
    ("dangerous", "May surprise", "Clients that took a list for closed meet something new."),
    ("deprecated", "Deprecated", "Still there; each says until when."),
    ("added", "Added", ""),
)
_INTRODUCTION = """\
# Changes of the schema

Made by `make docs`: do not edit. What each release changed in the published schema.
[CHANGELOG](../../CHANGELOG.md) tells the rest, [a how-to](../howto/deprecate-a-field.md) how fields go.
"""


def page(released: Sequence[Published], now: Published) -> str:
    """The page of all releases, the newest first. A version has the same text before its tag and after."""
    sections = [_release(old, new, new.version) for old, new in pairwise(released)]
    if released and (now.sdl != released[-1].sdl or now.version != released[-1].version):
        title = now.version if now.version != released[-1].version else f"After {now.version}"
        sections.append(_release(released[-1], now, title))
    first = released[0] if released else now
    sections.insert(
        0, f"## {first.version}\n\nThe first release has all that [the reference](README.md) shows.\n"
    )
    return "\n".join([_INTRODUCTION, *reversed(sections)])


def verdict(base: Published | None, is_release: bool, now: Published, today: date) -> tuple[str, bool]:
    """What changed since `base`, and whether it may be released as it is.

    Before the first release nothing is promised: changes are told and none is refused.
    """
    if base is None:
        return (
            "Nothing to compare with: no tag of a release here, nor the first commit of the schema.\n",
            True,
        )
    changes = compare(base.sdl, now.sdl, today)
    since = "" if is_release else " (nothing is released yet, so nothing is refused)"
    lines = [f"Since {base.name}{since}:", *_as_lines(changes)]
    if not any(_of(changes, name) for name, _, _ in _HEADINGS):
        lines.append("no change")
    allowed = not is_release or not changes.breaking or rises(base.version, now.version)
    if not allowed:
        lines.append(
            f"\nRefused: version {now.version} may not break what {base.version} promised. Keep the fields,"
            " deprecated with a day until which they stay (docs/howto/deprecate-a-field.md), or raise the"
            " version in pyproject.toml."
        )
    return "\n".join(lines) + "\n", allowed


def _release(old: Published, new: Published, title: str) -> str:
    # What was deprecated with any day counts as announced, lest the page change as time passes.
    changes = compare(old.sdl, new.sdl, date.max)
    types = {*build_schema(old.sdl).type_map, *build_schema(new.sdl).type_map}
    parts = [f"## {title}\n"]
    for name, heading, meaning in _HEADINGS:
        sentences = _of(changes, name)
        if sentences:
            parts += [f"### {heading}\n", *([f"{meaning}\n"] if meaning else [])]
            parts += [*(f"- {_in_code(sentence, types)}" for sentence in sentences), ""]
    if len(parts) == 1:
        parts.append("No change but in descriptions.\n")
    return "\n".join(parts)


def _as_lines(changes: Changes) -> Iterator[str]:
    for name, heading, _ in _HEADINGS:
        for sentence in _of(changes, name):
            yield f"{heading.lower()}: {sentence}"


def _of(changes: Changes, name: str) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(changes, name)
    return found


def _in_code(sentence: str, types: set[str]) -> str:
    """Types and coordinates in code type."""
    return " ".join(_word(word, types) for word in sentence.split(" "))


def _word(word: str, types: set[str]) -> str:
    bare = word.rstrip(".:,")
    of_a_type = re.split(r"[.(!\]]", bare.lstrip("[@"))[0] in types
    return f"`{bare}`{word[len(bare) :]}" if of_a_type and "`" not in bare else word
