"""Rows of another system's attempts: a CSV file, plain or gzipped, read a row at a time and checked.

A row that cannot be used is refused with its line and a reason, and never stops the others.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.kit.errors import BadInput

REQUIRED = ("learner", "item", "score")
OPTIONAL = ("skills", "order", "answered_at", "duration_ms", "hints", "external_id")
LONGEST = 200
LONGEST_DURATION_MS = 86_400_000
MOST_HINTS = 1_000
BETWEEN_SKILLS = "|"
_GZIP = b"\x1f\x8b"
_SCORES = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}


class SourceRow(NamedTuple):
    """A row that can be used; `line` is the line of the file it ends on, `skills` are codes, each once."""

    line: int
    learner: str
    item: str
    skills: tuple[str, ...]
    score: float
    answered_at: datetime
    duration_ms: int | None
    hints: int
    external_id: str | None


class RefusedRow(NamedTuple):
    """A row that cannot be used, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When attempts without a time were answered: `start` plus `order` times `step`; none after `latest`."""

    start: datetime
    step: timedelta
    latest: datetime


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read once: SHA-256 of what it holds, unpacked, and how many lines that are."""

    path: Path
    digest: str
    lines: int


class RowRefused(ValueError):
    """The row cannot be used; the message says why."""


def inspect(path: Path) -> SourceFile:
    """Read the whole file once, so that a damaged one is refused before anything is recorded."""
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    try:
        with _opened(path) as file:
            while block := file.read(1 << 20):
                digest.update(block)
                lines += block.count(b"\n")
                last = block[-1:]
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        reason = getattr(error, "strerror", None) or "the gzip data is cut or damaged"
        raise BadInput(f"{path} cannot be read: {reason}. Nothing was imported.", path=("file",)) from error
    return SourceFile(path, digest.hexdigest(), lines + (last != b"\n"))


def read_rows(
    source: SourceFile, columns: Mapping[str, str], timing: Timing, after_line: int = 0
) -> Iterator[SourceRow | RefusedRow]:
    """The rows after a line, in order. `columns` says where each thing is; BadInput when one is absent."""
    with (
        _opened(source.path) as file,
        io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        reader = csv.reader(text)
        places = _places(next(reader, []), columns, source.path)
        reading = _Reading(places, timing)
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if reader.line_num > after_line:
                    yield RefusedRow(reader.line_num, f"not CSV: {error}")
                continue
            if reader.line_num > after_line and fields:
                yield reading.read(reader.line_num, fields)


def read_mapping(text: str) -> dict[str, str]:
    """`learner=user_id,item=item_id,…` as a mapping; BadInput when a part is unknown, repeated or missing."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, separator, column = (piece.strip() for piece in part.partition("="))
        if not separator or not column or name not in REQUIRED + OPTIONAL or name in found:
            known = ", ".join(REQUIRED + OPTIONAL)
            raise BadInput(f"--map has {part!r}; write name=column once for each of: {known}.", path=("map",))
        found[name] = column
    missing = [name for name in REQUIRED if name not in found]
    if "order" not in found and "answered_at" not in found:
        missing.append("order or answered_at")
    if missing:
        raise BadInput(f"--map lacks {', '.join(missing)}; write name=column for each.", path=("map",))
    return found


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return io.BufferedReader(gzip.open(path, "rb")) if packed else path.open("rb")


def _places(header: Sequence[str], columns: Mapping[str, str], path: Path) -> dict[str, int]:
    names = [name.strip() for name in header]
    absent = [column for column in columns.values() if column not in names]
    if absent:
        raise BadInput(
            f"{path.name} has no column {', '.join(absent)}; it has {', '.join(names) or 'no header'}.",
            path=("map",),
        )
    return {name: names.index(column) for name, column in columns.items()}


class _Reading:
    """Reads the fields of rows by their places."""

    def __init__(self, places: Mapping[str, int], timing: Timing) -> None:
        self._places = places
        self._timing = timing
        self._last = max(places.values())

    def read(self, line: int, fields: Sequence[str]) -> SourceRow | RefusedRow:
        if len(fields) <= self._last:
            return RefusedRow(line, f"{len(fields)} fields, where the columns mapped need {self._last + 1}")
        given = {name: fields[place].strip() for name, place in self._places.items()}
        try:
            return SourceRow(
                line,
                _name("learner", given["learner"]),
                _name("item", given["item"]),
                _skills(given.get("skills", "")),
                _score(given["score"]),
                self._moment(given),
                _duration(given.get("duration_ms", "")),
                _hints(given.get("hints", "")),
                _name("external_id", given["external_id"]) if "external_id" in given else None,
            )
        except RowRefused as refused:
            return RefusedRow(line, str(refused))

    def _moment(self, given: Mapping[str, str]) -> datetime:
        timing = self._timing
        if "answered_at" in given:
            moment = _time(given["answered_at"])
        else:
            order = _number("order", given["order"], 10**9)
            try:
                moment = timing.start + order * timing.step
            except OverflowError:
                raise RowRefused(f"order {order} lies beyond the calendar") from None
        if moment > timing.latest:
            raise RowRefused(f"answered at {moment.isoformat()}, which is still to come")
        return moment


def _name(what: str, text: str) -> str:
    if not text:
        raise RowRefused(f"{what} is empty")
    if len(text) > LONGEST or not text.isprintable():
        raise RowRefused(f"{what} takes 1 to {LONGEST} printable characters")
    return text


def _skills(text: str) -> tuple[str, ...]:
    codes = dict.fromkeys(code.strip() for code in text.split(BETWEEN_SKILLS))
    return tuple(_name("skills", code) for code in codes if code)


def _score(text: str) -> float:
    known = _SCORES.get(text.lower())
    if known is not None:
        return known
    try:
        score = float(text)
    except ValueError:
        raise RowRefused(f"score {text[:40]!r} is no number") from None
    if not 0.0 <= score <= 1.0:
        raise RowRefused(f"score {text[:40]} is not from 0 to 1")
    return score


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowRefused(f"answered_at {text[:40]!r} is no time, such as 2026-05-04T09:30Z") from None
    if moment.tzinfo is None:
        raise RowRefused(f"answered_at {text[:40]!r} has no zone; write Z or an offset behind it")
    return moment


def _duration(text: str) -> int | None:
    return _number("duration_ms", text, LONGEST_DURATION_MS) if text else None


def _hints(text: str) -> int:
    return _number("hints", text, MOST_HINTS) if text else 0


def _number(what: str, text: str, most: int) -> int:
    try:
        number = int(text) if text.isascii() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise RowRefused(f"{what} {text[:40]!r} is no whole number from 0 to {most}")
    return number
