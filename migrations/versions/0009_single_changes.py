"""Changes of one statement, which undo themselves when what they were made from has changed since."""

from alembic import op

revision = "0009"
down_revision = "0008"

APPLICATION = "masterygraph_application"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION overtaken() RETURNS boolean LANGUAGE plpgsql
        SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
          RAISE EXCEPTION 'another change was faster' USING ERRCODE = 'serialization_failure';
        END $$
    """)
    op.execute("REVOKE EXECUTE ON FUNCTION overtaken() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION overtaken() TO {APPLICATION}")


def downgrade() -> None:
    op.execute("DROP FUNCTION overtaken()")
