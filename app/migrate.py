"""Bringing the database to the version of the code."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import migrations


def configuration(owner_url: str) -> Config:
    """Alembic's configuration for an address of the tables' owner."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations that are missing; nothing when there are none."""
    command.upgrade(configuration(owner_url), revision)
