"""The rows an import refused, as a CSV file of lines and reasons that a person can work through."""

import csv
from collections.abc import Sequence
from pathlib import Path

from app.operations.source_rows import RefusedRow

HEADER = ("line", "reason")


class RefusedRows:
    """A file that appears with the first refused row; a resumed import goes on writing in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep_until(self, line: int) -> None:
        """Drop what is said of lines after `line`: their batch was not committed, and they come again."""
        if not self.path.exists():
            return
        with self.path.open(newline="", encoding="utf-8") as file:
            kept = [row for row in csv.reader(file) if row and row[0].isdecimal() and int(row[0]) <= line]
        if not kept:
            self.path.unlink()
            return
        with self.path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *kept])

    def add(self, rows: Sequence[RefusedRow]) -> None:
        """Write down some more."""
        if not rows:
            return
        new = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(HEADER)
            writer.writerows((row.line, row.reason) for row in rows)
