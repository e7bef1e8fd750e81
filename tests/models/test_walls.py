"""The walls between organizations, asked of the database itself, and migrations that go both ways."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app import migrate
from app.bootstrap import Addresses
from app.kit import embedded_postgres, ids
from app.models import metadata
from app.runtime import Runtime
from migrations.env_options import include
from tests.client import School

RELATIONS = """
    SELECT c.oid::regclass::text AS name, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> 'alembic_version'
    ORDER BY 1
"""


@pytest.fixture
def spare_database(server: embedded_postgres.EmbeddedPostgres) -> Iterator[str]:
    """The owner's address of an empty database."""
    server.create_database("spare")
    yield server.url("owner", "spare")
    server.drop_database("spare")


async def test_every_relation_has_forced_row_level_security(addresses: Addresses) -> None:
    connection = await asyncpg.connect(addresses.owner)
    rows = await connection.fetch(RELATIONS)
    await connection.close()

    assert len(rows) > 40
    assert [row["name"] for row in rows if row["relkind"] in ("v", "m", "f")] == []
    assert [row["name"] for row in rows if not (row["relrowsecurity"] and row["relforcerowsecurity"])] == []


async def test_no_relation_shows_a_row_of_another_organization(
    addresses: Addresses, school: School, runtime: Runtime
) -> None:
    classroom = await school.classroom()
    await school.learner(classroom)
    stranger = ids.new_id()
    connection = await asyncpg.connect(addresses.application)
    names = [row["name"] for row in await connection.fetch(RELATIONS)]

    seen: dict[str, int] = {}
    for tenant in ("", stranger.hex):
        await connection.execute("SELECT set_config('app.organization', $1, false)", tenant)
        for name in names:
            try:
                columns = "count(id)" if name == "user_account" else "count(*)"
                found = await connection.fetchval(f"SELECT {columns} FROM {name}")
            except asyncpg.InsufficientPrivilegeError:
                continue
            seen[f"{name} as {tenant or 'nobody'}"] = found
    await connection.close()

    assert {name: count for name, count in seen.items() if count} == {}
    assert len(seen) > 60


async def test_a_partition_addressed_directly_is_refused(addresses: Addresses) -> None:
    connection = await asyncpg.connect(addresses.application)
    partitions = [row["name"] for row in await connection.fetch(RELATIONS) if row["relispartition"]]
    assert len(partitions) >= 15
    for name in partitions:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {name}")
    await connection.close()


async def test_a_row_cannot_be_written_into_another_organization(
    addresses: Addresses, school: School
) -> None:
    own = ids.decode(school.organization_id)
    assert own is not None
    connection = await asyncpg.connect(addresses.application)
    await connection.execute("SELECT set_config('app.organization', $1, false)", ids.new_id().hex)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            "INSERT INTO classroom (organization_id, id, name, join_code, created_at) "
            "VALUES ($1, $2, 'x', 'x', now())",
            own[1],
            ids.new_id(),
        )
    await connection.close()


async def test_a_foreign_key_cannot_point_into_another_organization(
    addresses: Addresses, school: School
) -> None:
    classroom = await school.classroom()
    foreign = ids.decode(classroom["id"])
    assert foreign is not None
    connection = await asyncpg.connect(addresses.owner)
    other = ids.new_id()
    await connection.execute(
        "INSERT INTO organization (id, name, created_at) VALUES ($1, 'other', now())", other
    )
    learner = ids.new_id()
    await connection.execute(
        "INSERT INTO learner (organization_id, id, display_name, alias, created_at) "
        "VALUES ($1, $2, 'x', 'x', now())",
        other,
        learner,
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute(
            "INSERT INTO enrollment (organization_id, classroom_id, learner_id, enrolled_at) "
            "VALUES ($1, $2, $3, now())",
            other,
            foreign[1],
            learner,
        )
    await connection.close()


async def test_the_application_can_neither_bypass_the_walls_nor_own_a_table(addresses: Addresses) -> None:
    connection = await asyncpg.connect(addresses.application)
    row = await connection.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    owned = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("SELECT password_hash FROM user_account")
    await connection.close()
    assert row is not None
    assert tuple(row) == (False, False, False, False)
    assert owned == 0


async def test_a_temporary_table_cannot_lend_the_application_the_rights_of_the_owner(
    addresses: Addresses,
) -> None:
    """A function of the owner's that looked into `pg_temp` first would run this trigger as the owner."""
    connection = await asyncpg.connect(addresses.application)
    await connection.execute("""
        CREATE TEMP TABLE user_account (id uuid, email text UNIQUE, display_name text, password_hash text,
                                        created_at timestamptz);
        CREATE TEMP TABLE loot (who text);
        GRANT ALL ON pg_temp.user_account, pg_temp.loot TO PUBLIC;
        CREATE FUNCTION pg_temp.pry() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO pg_temp.loot VALUES (current_user); RETURN NEW; END';
        CREATE TRIGGER pry BEFORE INSERT ON pg_temp.user_account
          FOR EACH ROW EXECUTE FUNCTION pg_temp.pry();
    """)
    arguments = (ids.new_id(), f"{ids.new_id().hex}@school.example")
    made = await connection.fetchval("SELECT create_account($1, $2, 'x', 'x', now())", *arguments)
    loot = await connection.fetch("SELECT who FROM pg_temp.loot")
    paths = await connection.fetch("SELECT proname, proconfig FROM pg_proc WHERE prosecdef")
    await connection.close()

    assert made is True
    assert loot == []
    assert [
        row["proname"] for row in paths if row["proconfig"] != ["search_path=pg_catalog, public, pg_temp"]
    ] == []


async def test_the_owner_is_not_filtered_by_forced_policies(addresses: Addresses, school: School) -> None:
    connection = await asyncpg.connect(addresses.owner)
    status = await connection.execute("UPDATE organization SET name = name")
    await connection.close()
    assert int(status.split()[-1]) >= 1


def test_migrations_go_up_and_down_and_up_again(spare_database: str) -> None:
    configuration = migrate.configuration(spare_database)
    command.upgrade(configuration, "head")
    command.downgrade(configuration, "base")
    assert _left_over(spare_database) == ["alembic_version"]
    command.upgrade(configuration, "head")


def test_models_and_migrations_agree(spare_database: str) -> None:
    command.upgrade(migrate.configuration(spare_database), "head")

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": include})
        found: list[object] = compare_metadata(context, metadata)
        return found

    async def compared() -> list[object]:
        engine = create_async_engine(spare_database.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        await engine.dispose()
        return found

    assert asyncio.run(compared()) == []


def _left_over(url: str) -> list[str]:
    async def names() -> list[str]:
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        await connection.close()
        return [row["tablename"] for row in rows]

    return asyncio.run(names())


async def test_the_tenant_is_set_in_two_places_only() -> None:
    from pathlib import Path

    root = Path(migrate.__file__).parent.parent
    places = [
        f"{path.relative_to(root)}:{line.strip()[:24]}"
        for folder in ("app", "schema")
        for path in sorted((root / folder).rglob("*.py"))
        for line in path.read_text().splitlines()
        if "app.organization" in line and "import" not in line
    ]
    assert [place.split(":")[0] for place in places] == ["app/kit/database.py", "app/kit/database.py"]
