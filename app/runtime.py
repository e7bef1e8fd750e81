"""What a process holds: a frozen record, made once by `app.bootstrap` and handed down."""

from dataclasses import dataclass

from app.config import Settings
from app.identity.passwords import Passwords
from app.identity.principals import Principals
from app.identity.throttle import SignInThrottle
from app.identity.tokens import Tokens
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.ratelimit import Rates
from app.realtime.bus import Bus
from app.realtime.readers import Readers


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts a resolver or a job may reach.

    Three ways to one database: `database` for requests and `background` for jobs, whose statements may take
    longer, both within an organization; `maintenance` for consumers, across all.
    """

    settings: Settings
    clock: Clock
    database: Database
    background: Database
    maintenance: Database
    bus: Bus
    readers: Readers
    passwords: Passwords
    tokens: Tokens
    principals: Principals
    rates: Rates
    sign_in_throttle: SignInThrottle
