"""Operator verbs."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.command()
def sdl() -> None:
    """Print the published schema."""
    from app.main import sdl as text

    typer.echo(text(), nl=False)
