"""Sign-up, sign-in, tokens, sign-out."""

import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import strawberry

from app.access.policies import anyone, signed_in
from app.access.principal import Principal, Role
from app.classrooms.enrollment import classroom_of_join_code, enroll
from app.identity import accounts, sign_in
from app.identity.passwords import check_password
from app.identity.tokens import refresh_organization
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, NotFound, Unauthenticated
from app.kit.text import checked_name
from app.learners.service import create_learner
from schema.context import Context, Info, read_id
from schema.engine.declarations import SIGN_IN, leaf, payload_type
from schema.errors import UserError
from schema.identity.guesses import ACCOUNT, JOIN_CODE, guessing
from schema.identity.members import MemberMutations
from schema.identity.organization_mutations import OrganizationMutations
from schema.identity.sign_in_sessions import SignInSessionMutations
from schema.identity.types import Viewer
from schema.mutations import mutation, payload

NO_HEADER = "Send no Authorization header: a token in it that has ended is refused before this runs."


@strawberry.input(description="A new account: with the join code of a class, or founding an organization.")
class SignUpInput:
    email: str = strawberry.field(description="The address to sign in with.")
    password: str = strawberry.field(description="10 to 256 characters, none of the common ones.")
    display_name: str = strawberry.field(description="The name that others see.")
    join_code: str | None = strawberry.field(default=None, description="The code that a teacher gave.")
    organization_name: str | None = strawberry.field(
        default=None, description="The organization to found; its founder administers it and teaches."
    )
    birth_year: int | None = strawberry.field(
        default=None, description="The year of birth of who joins a class, four digits."
    )


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="The account's address.")
    password: str = strawberry.field(description="Its password.")
    totp: str | None = strawberry.field(
        default=None, description="A code of the second factor, where one is set up."
    )
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Needed only by members of several organizations."
    )


@strawberry.input(description="A refresh token to exchange.")
class RefreshTokensInput:
    refresh_token: str = strawberry.field(description="The token of the last sign-in or refresh; good once.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Another organization to go on in."
    )


@payload_type("Tokens, or why there are none.")
class SignInPayload:
    access_token: str | None = leaf("Send it as 'Authorization: Bearer …'; good for minutes.")
    access_token_expires_at: datetime | None = leaf("When it ends.")
    refresh_token: str | None = leaf("Exchange it for new tokens with 'refreshTokens'; good once.")
    refresh_token_expires_at: datetime | None = leaf("When it ends.")
    viewer: Viewer | None = leaf("The person now signed in.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("That the sign-in has ended.")
class SignOutPayload:
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class IdentityMutations(SignInSessionMutations, MemberMutations, OrganizationMutations):
    @mutation(f"Make an account and sign in. {NO_HEADER}", gate=anyone, rate_class=SIGN_IN)
    async def sign_up(self, info: Info, input: SignUpInput) -> SignInPayload:
        return await _signed_in(info.context, await _sign_up(info.context, input))

    @mutation(f"Sign in with address and password. {NO_HEADER}", gate=anyone, rate_class=SIGN_IN)
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        context = info.context
        account = await _recognised(context, input)
        organization_id = _chosen(account, input.organization_id)
        return await _signed_in(context, await _begin(context, organization_id, account.user_id))

    @mutation(f"Exchange a refresh token for new tokens. {NO_HEADER}", gate=anyone, rate_class=SIGN_IN)
    async def refresh_tokens(self, info: Info, input: RefreshTokensInput) -> SignInPayload:
        context = info.context
        organization_id = refresh_organization(input.refresh_token)
        signed = None
        if organization_id is not None:
            signed = await context.write_in(
                organization_id, sign_in.rotate, context.runtime.tokens, input.refresh_token
            )
        if signed is None:
            raise BadInput(
                "This refresh token is not good any more; sign in again.",
                reason=ErrorReason.CREDENTIALS_INVALID,
                path=("refreshToken",),
            )
        context.runtime.principals.forget(signed.sign_in_session_id)
        if input.organization_id is not None:
            signed = await _moved(context, signed, input.organization_id)
        return await _signed_in(context, signed)

    @mutation("End this sign-in with all its tokens.", gate=signed_in)
    async def sign_out(self, info: Info) -> SignOutPayload:
        await info.context.write(sign_in.end)
        info.context.forget_principal()
        return payload()


async def _recognised(context: Context, given: SignInInput) -> accounts.Account:
    """The account of a right password; who tried wrong ones waits."""
    async with context.runtime.sign_in_throttle.attempt(given.email, context.address) as attempt:
        async with context.runtime.database.reader(None) as reader:
            candidate = await accounts.find_candidate(reader, given.email)
        account = await accounts.recognise_account(context.runtime.passwords, candidate, given.password)
        if account is None or not account.organization_ids:
            raise _wrong_credentials()
        attempt.succeeded()
    return account


async def _sign_up(context: Context, given: SignUpInput) -> sign_in.SignedIn:
    if (given.join_code is None) == (given.organization_name is None):
        raise BadInput("Give either 'joinCode' or 'organizationName'.", path=("joinCode",))
    email = accounts.normal_email(given.email, "email")
    name = checked_name(given.display_name, "A name", "displayName")
    check_password(given.password, "password")
    if given.join_code is None:
        founded = checked_name(given.organization_name or "", "An organization's name", "organizationName")
        place = None
    else:
        founded, place = "", await _place_of(context, given.join_code)
    async with guessing(context, ACCOUNT):
        new = accounts.NewAccount(email, name, await context.runtime.passwords.hash(given.password))
        if place is not None:
            return await context.write_in(place[0], _join, context, new, place[1], given.birth_year)
        return await context.write_in(None, _found, context, new, founded)


async def _place_of(context: Context, code: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Organization and class of a join code."""
    async with guessing(context, JOIN_CODE), context.runtime.database.reader(None) as reader:
        return await classroom_of_join_code(reader, code, "joinCode")


async def _join(
    work: UnitOfWork,
    principal: Principal,
    context: Context,
    new: accounts.NewAccount,
    classroom_id: uuid.UUID,
    birth_year: int | None,
) -> sign_in.SignedIn:
    user_id = await accounts.create_account(work, new)
    await accounts.add_member(work, user_id, {Role.LEARNER})
    await enroll(work, classroom_id, await create_learner(work, new.display_name, user_id, birth_year))
    return await _begun(work, principal, context, user_id)


async def _found(
    work: UnitOfWork, principal: Principal, context: Context, new: accounts.NewAccount, name: str
) -> sign_in.SignedIn:
    user_id = await accounts.create_account(work, new)
    await accounts.found_organization(work, name)
    await accounts.add_member(work, user_id, {Role.ORGANIZATION_ADMIN, Role.TEACHER})
    return await _begun(work, principal, context, user_id)


async def _begun(
    work: UnitOfWork, principal: Principal, context: Context, user_id: uuid.UUID
) -> sign_in.SignedIn:
    signed = await sign_in.begin(work, principal, context.runtime.tokens, user_id)
    if signed is None:
        raise Conflict("The account is no member of this organization.")
    return signed


async def _begin(context: Context, organization_id: uuid.UUID, user_id: uuid.UUID) -> sign_in.SignedIn:
    signed = await context.write_in(organization_id, sign_in.begin, context.runtime.tokens, user_id)
    if signed is None:
        raise _wrong_credentials()
    return signed


def _chosen(account: accounts.Account, asked: str | None) -> uuid.UUID:
    if asked is not None:
        organization_id = read_id(asked, "org", "organization", "organizationId")
        if organization_id not in account.organization_ids:
            raise NotFound("You belong to no organization with this id.", path=("organizationId",))
        return organization_id
    if len(account.organization_ids) > 1:
        raise BadInput(
            "You belong to several organizations; give 'organizationId'.",
            reason=ErrorReason.ORGANIZATION_REQUIRED,
            path=("organizationId",),
        )
    return account.organization_ids[0]


async def _moved(context: Context, signed: sign_in.SignedIn, asked: str) -> sign_in.SignedIn:
    """Go on in another organization: a sign-in there begins, the one here ends."""
    organization_id = read_id(asked, "org", "organization", "organizationId")
    if organization_id == signed.organization_id:
        return signed
    moved = await context.write_in(organization_id, sign_in.begin, context.runtime.tokens, signed.user_id)
    if moved is None:
        raise NotFound("You belong to no organization with this id.", path=("organizationId",))
    await context.write_in(
        signed.organization_id,
        sign_in.end_session,
        signed.sign_in_session_id,
        "moved to another organization",
    )
    return moved


async def _signed_in(context: Context, signed: sign_in.SignedIn) -> Any:
    """The tokens, and the rest of this operation as the person now signed in."""
    principal = await context.runtime.principals.recognise(signed.access_token)
    if not principal.signed_in:
        raise Unauthenticated("The sign-in ended at once; sign in again.")
    context.become(principal)
    return payload(
        access_token=signed.access_token,
        access_token_expires_at=signed.access_token_expires_at,
        refresh_token=signed.refresh_token,
        refresh_token_expires_at=signed.refresh_token_expires_at,
        viewer=viewer_of(principal),
    )


def viewer_of(principal: Principal) -> SimpleNamespace:
    """The value behind Viewer."""
    return SimpleNamespace(
        user_id=principal.user_id,
        organization_id=principal.organization_id,
        learner_id=principal.learner_id,
        roles=sorted(principal.roles),
    )


def _wrong_credentials() -> BadInput:
    return BadInput("Address or password are wrong.", reason=ErrorReason.CREDENTIALS_INVALID, path=("email",))
