"""`python -m schema.reference write` writes docs/schema/; `diff` tells what changed since a release."""

import sys
from datetime import UTC, date, datetime

from schema.reference import changelog, history, pages

FOLDER = history.ROOT / "docs" / "schema"


def written() -> dict[str, str]:
    """Each page of docs/schema/ by its name."""
    made = pages.reference()
    made["changes.md"] = changelog.page(history.releases(), history.published_now())
    return made


def write(today: date) -> int:
    """Write all pages, and take away those that are no more."""
    FOLDER.mkdir(exist_ok=True)
    made = written()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text)
    return 0


def diff(today: date) -> int:
    """Print what changed since the last release, else the first commit; 1 when it may not be released."""
    released = history.releases()
    base = released[-1] if released else history.first_committed()
    text, allowed = changelog.verdict(base, bool(released), history.published_now(), today)
    print(text, end="")
    return 0 if allowed else 1


def main(words: list[str]) -> int:
    """Do what the one word says."""
    verbs = {"write": write, "diff": diff}
    if len(words) != 1 or words[0] not in verbs:
        print(__doc__, file=sys.stderr)
        return 2
    return verbs[words[0]](datetime.now(UTC).date())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
