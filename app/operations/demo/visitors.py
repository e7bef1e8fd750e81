"""The accounts of the demo school that anybody may try; its password is printed in the README."""

from dataclasses import asdict, dataclass

from app.kit.database import Database
from app.operations.demo.loading import PASSWORD, DemoState, demo_state
from app.operations.demo.people import ADMIN, DOMAIN, TEACHER


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody to sign in as."""

    label: str
    email: str


VISITORS = (
    Visitor("Learner", f"learner1@{DOMAIN}"),
    Visitor("Teacher", TEACHER.email),
    Visitor("Admin", ADMIN.email),
)


async def demo_accounts(database: Database) -> dict[str, object]:
    """The accounts and their password, as JSON; no account where the demo school was not loaded.

    Nothing is read of people: the addresses are those of the source, shown when they lead somewhere.
    """
    if await demo_state(database) is not DemoState.LOADED:
        return {"people": []}
    return {"people": [asdict(visitor) for visitor in VISITORS], "password": PASSWORD}
