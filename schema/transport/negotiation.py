"""Which media type answers a request, by its Accept header (RFC 9110, 12.5.1)."""

import re
from dataclasses import dataclass
from functools import lru_cache

RESPONSE = "application/graphql-response+json"
LEGACY = "application/json"
EVENTS = "text/event-stream"

_HEADER_LIMIT = 1024
_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client reads: a JSON type or none, and whether it also, or rather, reads a stream of events."""

    json: str | None
    events: bool
    events_first: bool

    @property
    def nothing_of_ours(self) -> bool:
        """Whether no answer would be acceptable."""
        return self.json is None and not self.events


PLAIN = Wanted(LEGACY, False, False)


def negotiate(accept: str) -> Wanted:
    """The wishes of an Accept header, of which equal ones go to graphql-response+json, then application/json.

    Whoever takes anything gets application/json; only who names the event stream gets one.
    """
    if accept in ("", "*/*"):
        return PLAIN
    # What is longer is worth no place in the table.
    return _known(accept) if len(accept) <= _HEADER_LIMIT else _read(accept)


def _read(accept: str) -> Wanted:
    weights: dict[str, float] = {}
    for each in accept.lower().split(","):
        name, *parameters = each.split(";")
        found = [weight for part in parameters if (weight := _WEIGHT.fullmatch(part))]
        weights[name.strip()] = float(found[-1][1]) if found else 1.0
    anything = weights.get("application/*", weights.get("*/*", 0.0))
    response, legacy = weights.get(RESPONSE, 0.0), weights.get(LEGACY, anything)
    events = weights.get(EVENTS, 0.0)
    best = max(response, legacy)
    if best <= 0:
        return Wanted(None, events > 0, events > 0)
    return Wanted(RESPONSE if response >= legacy else LEGACY, events > 0, events > best)


_known = lru_cache(maxsize=256)(_read)
