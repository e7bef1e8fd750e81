"""Who is looking."""

from typing import Any

import strawberry

from app.access.policies import anyone
from app.access.principal import Principal
from schema.context import Info
from schema.engine.declarations import verb
from schema.identity.mutations import viewer_of
from schema.identity.types import Viewer


def _viewer(principal: Principal) -> Any:
    return viewer_of(principal) if principal.signed_in else None


@strawberry.type
class IdentityQueries:
    @verb("The person who is looking; null without a sign-in.", gate=anyone, of_principal=_viewer)
    async def viewer(self, info: Info) -> Viewer | None:
        found: Viewer | None = _viewer(info.context.principal)
        return found
