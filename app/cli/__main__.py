"""`python -m app.cli`, where the script is not on the path."""

from app.cli import app

app(prog_name="masterygraph")
