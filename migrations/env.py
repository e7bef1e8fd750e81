"""How migrations run: as the owner, over asyncpg, in one transaction for each."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import metadata
from migrations.env_options import include


def run(connection: Connection) -> None:
    """Run what is asked for on this connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_over_address(address: str) -> None:
    """Open the owner's connection and run."""
    engine = create_async_engine(address, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise SystemExit("Run migrations with 'masterygraph migrate': it knows the address of the database.")
    asyncio.run(run_over_address(url.replace("postgresql://", "postgresql+asyncpg://", 1)))
