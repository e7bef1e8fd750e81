"""The verbs and what `--help` teaches; each imports what it needs when it is run: help comes at once."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.endings import EXIT_CODES, Verbs, end

app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="MasteryGraph, an open learner-model server: what a learner knows, over GraphQL.\n\n"
    "[bold]Begin with[/] masterygraph serve: it makes its own PostgreSQL and a demo school.",
    epilog="Settings come from the environment, with or without MASTERYGRAPH_ in front: "
    f"DATABASE_URL, DATA_DIR, HOST, PORT, CONSUMERS, LOG_LEVEL and more. {EXIT_CODES}",
)
user = typer.Typer(no_args_is_help=True, help="Accounts of people.")
app.add_typer(user, name="user")
importing = typer.Typer(no_args_is_help=True, help="Data of other systems.")
app.add_typer(importing, name="import")

DataDir = Annotated[
    Path | None, typer.Option(help="Folder of the embedded database and of keys made here; else DATA_DIR.")
]


@app.command(
    epilog="Examples: [bold]masterygraph serve[/] · [bold]masterygraph serve --port 0[/] (a free port) · "
    "[bold]DATABASE_URL=postgresql://… masterygraph serve --migrate[/]"
)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HOST, else 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port, 0 for a free one; else PORT, else 8000.")
    ] = None,
    data_dir: DataDir = None,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Bring a database of DATABASE_URL up to date first.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Load the demo school into an empty embedded database.")
    ] = True,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="How many processes serve; else WORKERS, else 1.")
    ] = None,
    handed: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve the graph over HTTP and WebSocket, until Ctrl-C.

    Without DATABASE_URL it starts a PostgreSQL of its own in DATA_DIR and brings it up to date; an empty one
    gets a demo school with people who can sign in.
    """
    from app.config import read_settings

    settings = read_settings(host=host, port=port, data_dir=data_dir, workers=workers)
    from app.cli import serving
    from app.cli.workers import Handed

    if handed is not None:
        serving.serve_handed(settings, Handed.read(handed))
    else:
        serving.serve(settings, serving.Preparation(migrate=migrate, demo=demo))


@app.command(epilog="Example: [bold]DATABASE_URL=postgresql://… masterygraph worker[/]")
def worker(data_dir: DataDir = None) -> None:
    """Run the consumers of events and jobs alone, beside servers started with CONSUMERS=false.

    Consumers keep dashboards, leaderboards and recommendations current; one worker is enough, a second one
    waits. Jobs are shared by as many workers as there are.
    """
    from app.cli import serving
    from app.config import read_settings

    serving.work(read_settings(data_dir=data_dir))


@app.command(
    epilog="Example: [bold]MIGRATION_DATABASE_URL=postgresql://owner@… "
    "DATABASE_URL=postgresql://application@… masterygraph migrate[/]"
)
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the version of this code; nothing happens when it is there already.

    Run it after a restore as well: it replaces the transaction numbers of the server that was dumped, so that
    the consumers go on where they were. Ends with 1 when a role is still to be granted before it is served.
    """
    import asyncio

    from app.cli.database import opened, renumber, ungranted
    from app.cli.endings import ExitCode
    from app.config import read_settings

    settings = read_settings(data_dir=data_dir)
    with opened(settings, migrate=True) as addresses:
        renumbered = asyncio.run(renumber(addresses))
        if renumbered:
            typer.echo(f"The database was restored: {renumbered:,} events have new transaction numbers.")
        typer.echo("The database is up to date.")
        missing = asyncio.run(ungranted(settings, addresses))
    if missing:
        end(ExitCode.FINDINGS, missing)


@app.command(epilog="Example: [bold]masterygraph demo[/], then [bold]masterygraph serve[/]")
def demo(data_dir: DataDir = None) -> None:
    """Load the demo school: 6 classes, 180 learners, 120 skills, 1,500 items, sixty days of attempts.

    Nothing happens when it is there already. Its people sign in as admin@demo.example, teacher@demo.example,
    learner1@demo.example and so on, with the password masterygraph-demo: not for a server that others reach.
    """
    from app.cli import demo as verb
    from app.config import read_settings

    verb.run(read_settings(data_dir=data_dir))


@app.command()
def sdl() -> None:
    """Print the published schema, as `make sdl` keeps it in schema/schema.graphql."""
    from app.main import sdl as text

    typer.echo(text(), nl=False)


class UserRole(StrEnum):
    """What a person can be in an organization, as typed."""

    LEARNER = "learner"
    TEACHER = "teacher"
    GUARDIAN = "guardian"
    ADMIN = "admin"


@user.command(
    "create",
    epilog="Examples: [bold]masterygraph user create --email kim@school.example --name 'Kim Ito' "
    "--role teacher --organization 'Demo School'[/] · in a script: [bold]… < password.txt[/]",
)
def create_user(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    organization: Annotated[str, typer.Option(help="Name or id (org_…) of the organization.")],
    role: Annotated[UserRole, typer.Option(help="What the person is there.")] = UserRole.TEACHER,
    new_organization: Annotated[
        bool,
        typer.Option("--new-organization", help="Found the organization when there is none of that name."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make an account, or a member of somebody who has one. The password is asked for, or piped in."""
    from app.access.principal import Role
    from app.cli.database import with_runtime
    from app.config import read_settings
    from app.operations import accounts, organizations
    from app.runtime import Runtime

    new = accounts.NewUser(
        email, name, Role.ORGANIZATION_ADMIN if role is UserRole.ADMIN else Role(role.name)
    )

    async def run(runtime: Runtime) -> str:
        if new_organization:
            found = await organizations.organization_named(
                runtime.database, runtime.maintenance, organization
            )
        else:
            found = await organizations.known_organization(runtime.maintenance, organization)
        await accounts.create_user(runtime.database, runtime.passwords, found, new, _password)
        return found.name

    found = with_runtime(read_settings(data_dir=data_dir), run)
    typer.echo(f"{email} is a member of {found} as {role}.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@importing.command(
    "attempts",
    epilog="Example: [bold]masterygraph import attempts answers.csv.gz --source assistments "
    "--organization 'My School' --new-organization --classroom Imported "
    "--map learner=user_id,item=item_id,skills=skills,score=correct,order=order "
    "--start 2009-09-01T08:00Z --step 60s[/]",
)
def import_attempts(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, plain or gzipped.")
    ],
    columns: Annotated[
        str,
        typer.Option(
            "--map",
            help="What is in which column: learner, item, score (0 to 1), order or answered_at (with zone), "
            "and, as there are, skills (a|b), duration_ms, hints, external_id.",
        ),
    ],
    source: Annotated[
        str, typer.Option(help="The other system's name; its ids of learners and items are its own.")
    ],
    organization: Annotated[str, typer.Option(help="Name or id (org_…) of the organization.")],
    new_organization: Annotated[
        bool,
        typer.Option("--new-organization", help="Found the organization when there is none of that name."),
    ] = False,
    classroom: Annotated[
        str | None, typer.Option(help="Enroll the learners in this class, made when there is none.")
    ] = None,
    start: Annotated[str, typer.Option(help="With order: the time of order 0.")] = "2000-01-01T00:00Z",
    step: Annotated[str, typer.Option(help="With order: from one to the next; 60s, 5m, 1h.")] = "60s",
    batch: Annotated[int, typer.Option(min=1, max=20_000, help="Rows committed together.")] = 2_000,
    refused: Annotated[
        Path | None,
        typer.Option(help="Where refused rows go, with line and reason; else FILE.refused.csv here."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import attempts of another system: each is judged as a live one is, in the order of the file.

    A cut import goes on where it was when it is run again. A file that was imported adds nothing, and neither
    does an attempt whose external_id is known. Items, skills and learners that are not known yet are made.
    Ends with 1 when rows were refused, with 0 when none was.
    """
    from app.cli import importing as verb
    from app.config import read_settings

    request = verb.Request(
        file, columns, source, organization, new_organization, classroom, start, step, batch, refused
    )
    end(verb.run(read_settings(data_dir=data_dir), request))


@app.command(epilog="Example: [bold]masterygraph verify && echo all agrees[/]")
def verify(data_dir: DataDir = None) -> None:
    """Recompute mastery, rollups and leaderboards from the attempts, and show what differs.

    Ends with 0 when all agrees, with 1 when anything differs. Verify a server at rest: what is recorded
    meanwhile may show as a difference.
    """
    from app.cli import verifying
    from app.config import read_settings

    end(verifying.run(read_settings(data_dir=data_dir)))
