"""An answer of a sitting as a device gives it."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as a device sends it; `sequence` counts the answers of the sitting from 1, without gaps."""

    sitting_id: uuid.UUID
    item_id: uuid.UUID
    response: Mapping[str, Any]
    sequence: int
    device_id: str | None = None

    def digest(self) -> bytes:
        """SHA-256 of what is answered: equal answers, equal digests."""
        body = [self.item_id.hex, self.response]
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
