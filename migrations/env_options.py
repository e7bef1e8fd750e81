"""What a comparison of models and database leaves out."""

import re
from typing import Any

_PARTITION = re.compile(r"_(\d{4}_\d{2}|rest)(_|$)")


def include(object_: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Partitions are made by a function, not declared."""
    return not (kind == "table" and reflected and name is not None and _PARTITION.search(name))
