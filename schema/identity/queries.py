"""Who is looking."""

from typing import Any

import strawberry

from app.access.policies import anyone
from schema.context import Info
from schema.engine.declarations import verb
from schema.identity.mutations import viewer_of
from schema.identity.types import Viewer


@strawberry.type
class IdentityQueries:
    @verb("The person who is looking; null without a sign-in.", gate=anyone, of_principal=True)
    async def viewer(self, info: Info) -> Viewer | None:
        principal = info.context.principal
        found: Any = viewer_of(principal) if principal.signed_in else None
        return found
