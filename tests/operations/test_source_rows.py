"""Rows of other systems: what is read, what is refused and why."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.kit.errors import BadInput
from app.operations.source_rows import (
    RefusedRow,
    SourceRow,
    Timing,
    inspect,
    read_mapping,
    read_rows,
)

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
TIMING = Timing(START, timedelta(seconds=60), datetime(2026, 2, 1, tzinfo=UTC))
COLUMNS = read_mapping("learner=user,item=question,skills=kc,score=credit,order=n")


def rows(path: Path, text: str, after_line: int = 0) -> list[SourceRow | RefusedRow]:
    path.write_text(text)
    return list(read_rows(inspect(path), COLUMNS, TIMING, after_line))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


def test_a_row_is_read_by_the_columns_it_is_mapped_to(path: Path) -> None:
    assert rows(path, "n,user,question,kc,credit,other\n3,ada,q7,add|sub|add,0.5,x\n") == [
        SourceRow(2, "ada", "q7", ("add", "sub"), 0.5, START + timedelta(minutes=3), None, 0, None)
    ]


def test_a_gzipped_file_is_the_same_file_as_the_plain_one(path: Path) -> None:
    text = "n,user,question,kc,credit\n0,ada,q7,add,1\n"
    plain = rows(path, text)
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(text.encode()))
    assert list(read_rows(inspect(packed), COLUMNS, TIMING)) == plain
    assert inspect(packed).digest == inspect(path).digest
    assert inspect(packed).lines == 2


def test_reading_goes_on_after_the_line_that_is_in(path: Path) -> None:
    text = "n,user,question,kc,credit\n0,ada,q1,add,1\n1,ada,q2,add,0\n2,ada,q3,add,1\n"
    found = rows(path, text, after_line=3)
    assert [(row.line, row.item) for row in found if isinstance(row, SourceRow)] == [(4, "q3")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0,ada,q1,add", "4 fields, where the columns mapped need 5"),
        ("0,,q1,add,1", "learner is empty"),
        ("0,ada,,add,1", "item is empty"),
        ("0,ada,q1,add,1.5", "score 1.5 is not from 0 to 1"),
        ("0,ada,q1,add,nan", "score nan is not from 0 to 1"),
        ("0,ada,q1,add,right", "score 'right' is no number"),
        ("-1,ada,q1,add,1", "order '-1' is no whole number from 0 to 1000000000"),
        ("later,ada,q1,add,1", "order 'later' is no whole number from 0 to 1000000000"),
        ("999999,ada,q1,add,1", "answered at 2027-11-30T18:39:00+00:00, which is still to come"),
        ("0,a\x07da,q1,add,1", "learner takes 1 to 200 printable characters"),
        (f"0,ada,{'q' * 201},add,1", "item takes 1 to 200 printable characters"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_reason_and_the_next_one_is_read(
    path: Path, line: str, reason: str
) -> None:
    found = rows(path, f"n,user,question,kc,credit\n{line}\n1,ada,q2,add,1\n")
    assert found[0] == RefusedRow(2, reason)
    assert isinstance(found[1], SourceRow)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "answered_at 'yesterday' is no time, such as 2026-05-04T09:30Z"),
        ("2026-01-05T08:00", "answered_at '2026-01-05T08:00' has no zone; write Z or an offset behind it"),
    ],
)
def test_a_time_that_cannot_be_placed_is_refused(path: Path, text: str, reason: str) -> None:
    path.write_text(f"user,question,credit,at\nada,q1,1,{text}\n")
    columns = read_mapping("learner=user,item=question,score=credit,answered_at=at")
    assert list(read_rows(inspect(path), columns, TIMING)) == [RefusedRow(2, reason)]


def test_bytes_that_are_no_utf_8_refuse_their_row_only(path: Path) -> None:
    path.write_bytes(b"n,user,question,kc,credit\n0,\xff\xfe,q1,add,1\n1,ada,q2,add,1\n")
    found = list(read_rows(inspect(path), COLUMNS, TIMING))
    assert found[0] == RefusedRow(2, "learner takes 1 to 200 printable characters")
    assert isinstance(found[1], SourceRow)


def test_a_column_that_is_not_there_is_told_with_those_that_are(path: Path) -> None:
    with pytest.raises(BadInput, match=r"answers.csv has no column kc; it has n, user, question, credit\."):
        rows(path, "n,user,question,credit\n0,ada,q1,1\n")


def test_a_gzipped_file_that_is_cut_is_refused_before_anything_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"n,user\n" * 1000)[:-12])
    with pytest.raises(BadInput, match=r"the gzip data is cut or damaged\. Nothing was imported\."):
        inspect(path)


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("learner=a,item=b,order=c", "score"),
        ("learner=a,item=b,score=c", "order or answered_at"),
        ("order=a", "learner, item, score"),
    ],
)
def test_a_mapping_names_what_it_lacks(text: str, lacks: str) -> None:
    with pytest.raises(BadInput, match=f"--map lacks {lacks};"):
        read_mapping(text)


@pytest.mark.parametrize("part", ["colour=a", "learner", "learner=", "learner=b"])
def test_a_mapping_names_the_part_that_it_cannot_read(part: str) -> None:
    with pytest.raises(BadInput, match=f"--map has '{part}'"):
        read_mapping(f"learner=a,item=b,score=c,order=d,{part}")
