"""Changes of the schema: what breaks clients is refused, unless it was announced or the version says so."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from schema.reference import changelog, history
from schema.reference.__main__ import main
from schema.reference.changes import Changes, compare, deprecations, last_day, rises
from schema.reference.history import Published, first_committed, published_now, releases
from schema.root import build

TODAY = date(2026, 6, 1)
OLD = """
type Query {
  learner(id: ID!): Learner
  board: Board @deprecated(reason: "Use `learner`. Stays until 2026-05-31.")
}
type Learner { id: ID! name: String! streak: Int @deprecated(reason: "Use `name`. Stays until 2026-12-31.") }
type Board { rows(first: Int): [Row!]! }
type Row { place: Place! }
enum Place { FIRST LAST }
"""
WITHOUT_BOARD = """
type Query { learner(id: ID!): Learner }
type Learner { id: ID! name: String! streak: Int @deprecated(reason: "Use `name`. Stays until 2026-12-31.") }
"""


def changed(old: str, new: str) -> Changes:
    return compare(OLD, OLD.replace(old, new), TODAY)


def test_a_field_taken_away_breaks_clients() -> None:
    assert changed("name: String!", "").breaking == ("Field Learner.name was removed.",)


def test_an_argument_made_required_breaks_clients() -> None:
    assert changed("rows(first: Int)", "rows(first: Int!)").breaking == (
        "Argument Board.rows(first:) has changed type from Int to Int!.",
    )


def test_a_deprecated_field_may_go_after_its_day_with_all_that_it_alone_led_to() -> None:
    assert compare(OLD, WITHOUT_BOARD, TODAY) == Changes(
        announced=(
            "Board was removed.", "Field Query.board was removed.", "Place was removed.", "Row was removed.",
        )
    )  # fmt: skip


def test_a_deprecated_field_may_not_go_before_its_day() -> None:
    assert changed('streak: Int @deprecated(reason: "Use `name`. Stays until 2026-12-31.")', "").breaking == (
        "Field Learner.streak was removed.",
    )
    early = compare(OLD, WITHOUT_BOARD, date(2026, 5, 31))
    assert (early.announced, len(early.breaking)) == ((), 4)


def test_what_was_announced_to_go_but_stays_is_still_promised() -> None:
    assert changed("LAST", "").breaking == ("Enum value Place.LAST was removed.",)


def test_a_deprecation_without_a_day_announces_nothing() -> None:
    undated = OLD.replace("Stays until 2026-05-31.", "Gone soon.")
    assert "Field Query.board was removed." in compare(undated, WITHOUT_BOARD, TODAY).breaking


def test_what_is_new_is_told_apart_from_what_may_surprise() -> None:
    assert changed("enum Place { FIRST", "enum Place { SECOND FIRST").dangerous == (
        "Enum value Place.SECOND was added.",
    )
    assert changed("name: String!", "name: String! alias: String").added == (
        "Field Learner.alias was added.",
    )
    reason = '"Use `id`. Stays until 2027-01-31."'
    assert changed("name: String!", f"name: String! @deprecated(reason: {reason})") == Changes(
        deprecated=("Learner.name: Use `id`. Stays until 2027-01-31.",)
    )


def test_a_description_is_no_change() -> None:
    assert changed("type Row", '"""One of them."""\ntype Row') == Changes()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("0.1.0", "0.1.1", False), ("0.1.0", "0.2.0", True), ("0.9.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False), ("1.2.0", "2.0.0", True), ("1.9.0", "0.10.0", False),
        ("0.2.0", "0.1.9", False), ("v0.9.1", "0.10.0", True),
    ],
)  # fmt: skip
def test_a_major_may_break_and_before_the_first_one_a_minor(old: str, new: str, expected: bool) -> None:
    assert rises(old, new) is expected


def test_what_breaks_a_release_is_refused_unless_the_version_rises() -> None:
    released = Published("v0.1.0", "0.1.0", OLD)
    broken = OLD.replace("name: String!", "")
    text, allowed = changelog.verdict(released, True, Published("now", "0.1.1", broken), TODAY)
    assert not allowed
    assert text.startswith(
        "Since v0.1.0:\nbreaking: Field Learner.name was removed.\n\nRefused: version 0.1.1 may not"
    )
    assert changelog.verdict(released, True, Published("now", "0.2.0", broken), TODAY) == (
        "Since v0.1.0:\nbreaking: Field Learner.name was removed.\n", True,
    )  # fmt: skip
    assert changelog.verdict(released, True, Published("now", "0.1.1", WITHOUT_BOARD), TODAY)[1]


def test_without_a_release_changes_are_told_and_without_a_history_it_says_so() -> None:
    first = Published("commit 1234567", "0.0.0", OLD)
    text, allowed = changelog.verdict(first, False, Published("now", "0.1.0", OLD.replace("LAST", "")), TODAY)
    assert allowed
    assert text.splitlines() == [
        "Since commit 1234567 (nothing is released yet, so nothing is refused):",
        "breaking: Enum value Place.LAST was removed.",
    ]
    text, allowed = changelog.verdict(None, False, Published("now", "0.1.0", OLD), TODAY)
    assert (allowed, text.startswith("Nothing to compare with")) == (True, True)


def test_the_schema_may_be_released_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff"]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.startswith(("Since ", "Nothing to compare with"))


def test_every_deprecation_names_the_day_until_which_it_stays() -> None:
    undated = {coordinate: why for coordinate, why in deprecations(build().schema) if last_day(why) is None}
    assert undated == {}, "write 'Use `other`. Stays until 2027-01-31.'; see docs/howto/deprecate-a-field.md"
    assert last_day("Stays until 2027-02-30.") is None


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder under git, with the files that a release is read from."""
    (tmp_path / "schema").mkdir()
    _git(tmp_path, "init", "--quiet")
    return tmp_path


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@school.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, timeout=30)


def _commit(folder: Path, version: str, sdl: str, tag: str = "") -> None:
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    (folder / history.PUBLISHED).write_text(sdl)
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "-m", version)
    if tag:
        _git(folder, "tag", tag)


def test_releases_are_read_from_tags_in_the_order_of_their_versions(repository: Path) -> None:
    assert (releases(repository), first_committed(repository)) == ([], None)
    _commit(repository, "0.1.0", OLD)
    first = first_committed(repository)
    assert first is not None
    assert (first.sdl, releases(repository)) == (OLD, [])
    _commit(repository, "0.9.0", OLD + "# nine", tag="v0.9.0")
    _commit(repository, "0.10.0", WITHOUT_BOARD, tag="v0.10.0")
    _git(repository, "tag", "nightly")
    assert [(each.name, each.version) for each in releases(repository)] == [
        ("v0.9.0", "0.9.0"),
        ("v0.10.0", "0.10.0"),
    ]
    assert releases(repository)[0].sdl == OLD + "# nine"
    assert first_committed(repository) == first


def test_the_page_of_changes_is_the_same_before_and_after_the_tag(repository: Path) -> None:
    _commit(repository, "0.1.0", OLD, tag="v0.1.0")
    _commit(repository, "0.2.0", WITHOUT_BOARD.replace("name: String!", "name: String! alias: String"))
    before = changelog.page(releases(repository), published_now(repository))
    _git(repository, "tag", "v0.2.0")
    assert changelog.page(releases(repository), published_now(repository)) == before
    assert before.partition("## 0.2.0")[2].splitlines() == [
        "", "", "### Removed as announced", "", "Deprecated before, with a day until which they stayed.", "",
        "- `Board` was removed.", "- Field `Query.board` was removed.", "- `Place` was removed.",
        "- `Row` was removed.",
        "", "### Added", "", "- Field `Learner.alias` was added.", "",
        "## 0.1.0", "", "The first release has all that [the reference](README.md) shows.",
    ]  # fmt: skip
