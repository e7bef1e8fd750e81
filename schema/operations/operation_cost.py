"""What an operation would cost, without running it."""

from types import SimpleNamespace
from typing import Annotated, Any

import orjson
import strawberry

from app.access.policies import with_object
from app.kit.errors import BadInput
from schema.context import Info
from schema.engine.declarations import graph_type, leaf, verb
from schema.engine.limits import Limits
from schema.engine.pricing import pricing_of

WEIGHT = 250
"""Reading a document takes the server as long as some hundred objects."""


@graph_type(policy=with_object, description="How much an operation uses of a limit.")
class LimitUse:
    name: str = leaf("The limit, as errors name it in `extensions.limit`.")
    used: int = leaf("How much the operation uses.")
    most: int = leaf("How much it may use.")


@graph_type(policy=with_object, description="What an operation would cost, and whether it would be run.")
class OperationCost:
    asked: int = leaf("The points it would take from the bucket before it runs, one an object.")
    refused: bool = leaf("Whether it would be refused before it runs, however full the bucket is.")
    reason: str | None = leaf("Why it would be refused.")
    limits: list[LimitUse] = leaf("What was counted of it, by limit.", list_size=15)


@graph_type(policy=with_object, description="What pricing adds to the viewer.")
class Pricing:
    @verb("What an operation would cost, and how near it is to each limit; nothing of it is run.",
          gate=with_object, cost=WEIGHT)  # fmt: skip
    async def query_cost(
        self,
        info: Info,
        document: Annotated[str, strawberry.argument(description="The text of the document.")],
        variables_json: Annotated[
            str | None, strawberry.argument(description="Its variables, as a JSON object.")
        ] = None,
        operation_name: Annotated[
            str | None, strawberry.argument(description="Which of its operations, where it has several.")
        ] = None,
    ) -> OperationCost:
        limits = Limits.of(info.context.runtime.settings)
        pricing = pricing_of(info._raw_info.schema, limits)
        price = await pricing.price(document, _variables(variables_json), operation_name)
        found: Any = SimpleNamespace(
            asked=price.asked, refused=price.refused is not None, reason=price.refused, limits=price.limits
        )
        return found


def _variables(text: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text) if text is not None else {}
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise BadInput("Give the variables as a JSON object.", path=("variablesJson",))
    return found
