"""How a verb ends: a closed list of exit codes, and one line for what a person can put right."""

import sys
from enum import IntEnum
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

EXIT_CODES = (
    "Exit codes: 0 done, 1 done with findings (differences, refused rows), "
    "2 wrong usage or settings, 3 something it stands on is away (database, port), 130 interrupted."
)


class ExitCode(IntEnum):
    """What the process says to the shell."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    AWAY = 3
    INTERRUPTED = 130


class PortTaken(Exception):
    """The address to listen on cannot be had; the message says what to do."""


class WorkersFailed(Exception):
    """A worker could not begin to serve; it has said why."""


class DatabaseAway(Exception):
    """The database does not answer at the start; the message says where it was looked for and what to do."""


class Verbs(TyperGroup):
    """The verbs; errors a person can put right end in one line on standard error, ours keep their trace."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            end(ExitCode.INTERRUPTED, "Interrupted; what was committed stays.")
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            end(*told)


def end(code: ExitCode, message: str = "") -> NoReturn:
    """Leave with a code and a line on standard error."""
    if message:
        print(f"masterygraph: {message}", file=sys.stderr)
    raise typer.Exit(code)


def _told(error: Exception) -> tuple[ExitCode, str] | None:
    """The code and the line for an error, None when it is a fault of ours."""
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    from app.config import SettingsRefused
    from app.kit.database import AWAY
    from app.kit.embedded_postgres import EmbeddedPostgresError
    from app.kit.errors import DomainError, Unavailable

    said = str(error).partition("\n")[0]  # a hint of PostgreSQL's is for who writes the statement
    if isinstance(error, Unavailable):
        cause = error.__cause__
        return (
            ExitCode.AWAY,
            f"The database does not answer{f' ({cause})' if str(cause or '') else ''}. Check DATABASE_URL.",
        )
    if isinstance(error, SettingsRefused | DomainError):
        return ExitCode.USAGE, str(error)
    if isinstance(error, EmbeddedPostgresError | PortTaken | WorkersFailed | DatabaseAway):
        return ExitCode.AWAY, str(error)
    if isinstance(
        error, asyncpg.UndefinedTableError | asyncpg.UndefinedFunctionError | asyncpg.UndefinedColumnError
    ):
        return ExitCode.AWAY, f"The database is not up to date ({said}). Run: masterygraph migrate"
    if isinstance(error, asyncpg.InvalidParameterValueError) and str(error).startswith('role "'):
        return ExitCode.AWAY, f"The database is not up to date ({said}). Run: masterygraph migrate"
    if isinstance(error, asyncpg.InsufficientPrivilegeError) and "to set role" in str(error):
        return (
            ExitCode.AWAY,
            f"The database refuses ({said}). Grant that role to the one of DATABASE_URL, or name each role: "
            "DATABASE_URL, MIGRATION_DATABASE_URL, MAINTENANCE_DATABASE_URL.",
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError):
        return ExitCode.AWAY, f"The database refuses the connection ({said}). Check DATABASE_URL."
    if isinstance(error, AWAY) and isinstance(
        error, asyncpg.PostgresError | asyncpg.InterfaceError | ConnectionError | TimeoutError
    ):
        return (
            ExitCode.AWAY,
            f"The database does not answer ({str(error) or type(error).__name__}). Check DATABASE_URL.",
        )
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return ExitCode.AWAY, f"The database does not answer ({error.orig}). Check DATABASE_URL."
    return None
