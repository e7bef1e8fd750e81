"""Any object by its id."""

from typing import Annotated, Any

import strawberry

from app.access.policies import signed_in
from app.kit.errors import BadInput, ErrorReason, not_found
from schema.context import Info
from schema.directives import ListSize
from schema.engine.declarations import verb
from schema.node import Node, node, nodes_by_public_id

MOST = 100


@strawberry.type
class NodeQueries:
    @verb("Any object by its id.", gate=signed_in)
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The object's id.")]
    ) -> Node | None:
        found: Any = await node(info.context, id)
        return found

    @verb("Several objects by their ids, in that order.", gate=signed_in,
          list_size=ListSize(slicing_arguments=["ids"]))  # fmt: skip
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")],
    ) -> list[Node | None]:
        if len(ids) > MOST:
            raise BadInput(f"At most {MOST} ids at once.", reason=ErrorReason.TOO_MANY_ENTRIES, path=("ids",))
        found: Any = list(await nodes_by_public_id(info.context, ids))
        found_or_errors: Any = [
            each if each is not None else not_found("object", "ids", str(index))
            for index, each in enumerate(found)
        ]
        return found_or_errors
