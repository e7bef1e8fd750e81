"""Typed text, compared the way a fair teacher would: by what was written, not by how it was spaced."""

from __future__ import annotations

import unicodedata
from typing import Any

from app.content.kinds.kind import Path, ResponseInvalid

LONGEST_TEXT = 2_000
"""Characters a learner may type into one answer."""


def plain(text: str, case_sensitive: bool = False) -> str:
    """Unicode NFKC, case folded unless it counts, runs of white space made one blank, ends trimmed.

    NFKC also makes "x²" equal to "x2" and "½" to "1⁄2"; where that matters ask with choices instead.
    """
    form = unicodedata.normalize("NFKC", text)
    if not case_sensitive:
        # Folding can undo the composition (Greek iota subscript), so the form is taken once more.
        form = unicodedata.normalize("NFKC", form.casefold())
    return " ".join(form.split())


def check_typed(raw: Any, path: Path) -> str:
    """The typed text; ResponseInvalid when it is no text or longer than 2,000 characters."""
    if not isinstance(raw, str):
        raise ResponseInvalid(path, "Give a text.")
    if len(raw) > LONGEST_TEXT:
        raise ResponseInvalid(path, f"The text has {len(raw):,} characters; {LONGEST_TEXT:,} are allowed.")
    return raw
