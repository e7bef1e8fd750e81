"""What a person sees who starts the server: where it listens, and who can sign in."""

from typing import Any

from rich import box
from rich.panel import Panel
from rich.table import Table

from app.operations.demo.loading import PASSWORD, DemoState, demo_state
from app.operations.demo.people import ADMIN, DOMAIN, TEACHER
from app.runtime import Runtime


async def panel(runtime: Runtime, bound: Any) -> Panel:
    """Addresses, and the accounts of the demo school when it is there."""
    base = f"http://{_shown(bound[0])}:{bound[1]}"
    table = Table.grid(padding=(0, 2))
    table.add_row("Graph", f"{base}/graphql")
    table.add_row("Schema", f"{base}/schema.graphql")
    for name, page in (("Teachers", "console"), ("Learners", "learn")):
        if (runtime.settings.pages_dir / f"{page}.html").is_file():
            table.add_row(name, f"{base}/{page}")
    embedded = runtime.settings.database_url is None
    table.add_row("Database", f"embedded, {runtime.settings.data_dir}" if embedded else "DATABASE_URL")
    if await demo_state(runtime.database) is DemoState.LOADED:
        table.add_row()
        table.add_row(
            "Sign in as", f"{ADMIN.email}, {TEACHER.email}, learner1@{DOMAIN} … learner180@{DOMAIN}"
        )
        table.add_row("Password", PASSWORD)
    return Panel(
        table,
        title="MasteryGraph",
        subtitle="Ctrl-C stops it",
        title_align="left",
        subtitle_align="left",
        box=box.ROUNDED,
        expand=False,
    )


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
