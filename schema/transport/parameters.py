"""The parameters of a GET request, as the GraphQL-over-HTTP specification encodes them in the address."""

from typing import Any
from urllib.parse import parse_qsl

from schema.engine.requests import Malformed, read_json
from schema.transport.bodies import Rejected

BYTES = 32 * 1024
_MOST = 20


def read_parameters(query: bytes) -> dict[str, Any]:
    """What the query of an address asks for, in the shape of a JSON body; Malformed or Rejected with 414."""
    if len(query) > BYTES:
        raise Rejected(414, f"The query of an address may have {BYTES} bytes; send a POST request instead.")
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST
        )
    except ValueError:
        raise Malformed("The address has parameters that cannot be read as UTF-8.") from None
    given: dict[str, Any] = dict(pairs)
    if len(given) != len(pairs):
        raise Malformed("The address names a parameter twice; name it once.")
    asked = {name: value for name, value in given.items() if value}
    for name in ("variables", "extensions"):
        if name in asked:
            asked[name] = read_json(asked[name].encode())
    return asked
