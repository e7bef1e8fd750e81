"""Item kinds: what an item of each kind holds, which responses fit it, and how they are scored."""

from app.content.kinds.kind import ItemError, ItemInvalid, ItemKind, ResponseInvalid, Scoring, named
from app.content.kinds.registry import KINDS, check_item, check_response, score, solution

__all__ = [
    "KINDS",
    "ItemError",
    "ItemInvalid",
    "ItemKind",
    "ResponseInvalid",
    "Scoring",
    "check_item",
    "named",
    "check_response",
    "score",
    "solution",
]
