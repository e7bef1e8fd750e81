"""One's own sign-ins: seen, and ended from elsewhere."""

from datetime import datetime

import strawberry

from app.access.policies import of_user, signed_in
from app.identity import sign_in
from app.identity.repository import sign_in_sessions_by_id
from schema.context import Info, read_id
from schema.engine.declarations import graph_type, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload
from schema.node import Node, node_kind


@graph_type(policy=of_user, id_prefix="ses", description="A sign-in of oneself that goes on, at some device.")
class SignInSession(Node):
    created_at: datetime = leaf("When it began.")
    last_used_at: datetime = leaf("When its tokens were last renewed.")
    current: bool = leaf("Whether this request was sent with its token.")


@strawberry.input(description="Which sign-in to end.")
class RevokeSignInSessionInput:
    sign_in_session_id: strawberry.ID = strawberry.field(description="One of one's own sign-ins.")


@payload_type("That the sign-in has ended, or why not.")
class RevokeSignInSessionPayload:
    sign_in_session_id: strawberry.ID | None = leaf("The sign-in that has ended; its tokens are refused.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class SignInSessionMutations:
    @mutation("End one of one's own sign-ins with all its tokens.", gate=signed_in)
    async def revoke_sign_in_session(
        self, info: Info, input: RevokeSignInSessionInput
    ) -> RevokeSignInSessionPayload:
        session_id = read_id(input.sign_in_session_id, "ses", "sign-in session", "signInSessionId")
        await info.context.write(sign_in.revoke, session_id)
        info.context.runtime.principals.forget(session_id)
        return payload(sign_in_session_id=input.sign_in_session_id)


node_kind("ses", "SignInSession", sign_in_sessions_by_id, of_user)
