"""What a person sees who starts the server: where it listens, and who can sign in."""

from typing import Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from app.runtime import Runtime


async def prepare_demo(runtime: Runtime, console: Console) -> None:
    """Load the demo school into an empty database, or finish a loading that was cut."""


async def panel(runtime: Runtime, bound: Any) -> Panel:
    """Addresses, and the accounts of the demo school when it is there."""
    host, port = bound[0], bound[1]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    table = Table.grid(padding=(0, 2))
    table.add_row("Graph", f"http://{shown}:{port}/graphql")
    table.add_row("Schema", f"http://{shown}:{port}/schema.graphql")
    table.add_row(
        "Database",
        "embedded, in " + str(runtime.settings.data_dir)
        if runtime.settings.database_url is None
        else "DATABASE_URL",
    )
    return Panel(
        table,
        title="MasteryGraph",
        title_align="left",
        subtitle="Ctrl-C stops it",
        subtitle_align="left",
        box=box.ROUNDED,
        expand=False,
    )
