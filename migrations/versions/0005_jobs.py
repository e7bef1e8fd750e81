"""Jobs: a table of each organization, and the queue that workers take them from.

The queue is pgqueuer's, in a schema of its own, as the installed release declares it; a release that changes
its tables gets a migration of `schema_ddl.render_converge`. Its tables have no tenant and no policies: a
worker serves all organizations, and a row holds the ids of an organization and a job, nothing else. The role
that serves has no right to them at all. It asks `enqueue_job`, which takes those ids from a job of the
organization of the transaction.
"""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence import schema_ddl
from pgqueuer.domain.schema.declaration import target
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

APPLICATION = "masterygraph_application"
MAINTENANCE = "masterygraph_maintenance"
OWN = "organization_id = nullif(current_setting('app.organization', true), '')::uuid"
UNDER_WAY = "state IN ('QUEUED', 'RUNNING')"

# Every name is given: what is left out, the library would take from the environment.
QUEUE = DBSettings(
    prefix="",
    db_schema="queue",
    channel=Channel("masterygraph_jobs"),
    function="job_changed",
    trigger="job_changed",
    statistics_table="job_statistics",
    queue_status_type="job_status",
    queue_table="job",
    queue_table_log="job_log",
    schedules_table="job_schedule",
    durability=Durability.durable,
    widen_id=True,
)

ENQUEUE = f"""
CREATE FUNCTION enqueue_job(job_id uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  asked public.job;
  given bigint;
BEGIN
  SELECT * INTO asked FROM public.job j WHERE j.id = job_id AND j.{OWN} AND j.{UNDER_WAY} FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  DELETE FROM queue.job q WHERE q.id = asked.queue_id;
  INSERT INTO queue.job (priority, entrypoint, payload, execute_after, status)
  VALUES (asked.priority, asked.kind,
          convert_to(json_build_object('organization', asked.organization_id, 'job', asked.id)::text, 'UTF8'),
          coalesce(asked.not_before, now()), 'queued')
  RETURNING id INTO given;
  INSERT INTO queue.job_log (job_id, status, entrypoint, priority)
  VALUES (given, 'queued', asked.kind, asked.priority);
  UPDATE public.job j SET queue_id = given
  WHERE j.id = asked.id AND j.organization_id = asked.organization_id;
  RETURN given;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("input", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("doing", sa.String(), nullable=True),
        sa.Column("run", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_job_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_job")),
    )
    op.create_index(
        op.f("ix_job_organization_id_created_by_id"), "job", ["organization_id", "created_by", "id"]
    )
    op.create_index(
        op.f("ix_job_organization_id_lane"),
        "job",
        ["organization_id", "lane"],
        unique=True,
        postgresql_where=sa.text(f"lane IS NOT NULL AND {UNDER_WAY}"),
    )
    op.create_index(op.f("ix_job_state"), "job", ["state"], postgresql_where=sa.text(UNDER_WAY))
    op.execute("ALTER TABLE job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON job TO {APPLICATION} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("CREATE POLICY owner ON job TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY maintenance ON job TO {MAINTENANCE} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON job TO {APPLICATION}")
    op.execute(f"GRANT SELECT, DELETE ON job TO {MAINTENANCE}")
    make_queue()
    op.execute(ENQUEUE)
    op.execute("REVOKE EXECUTE ON FUNCTION enqueue_job(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION enqueue_job(uuid) TO {APPLICATION}")


def make_queue() -> None:
    """The library's tables, one statement at a time, and who may use them."""
    declared = target(QUEUE)
    op.execute("CREATE SCHEMA queue")
    for statement in (
        *(schema_ddl.render_enum(each, QUEUE) for each in declared.enums),
        *(schema_ddl.render_table(each, QUEUE) for each in declared.tables),
        *(schema_ddl.render_index(each, QUEUE) for each in declared.indexes),
        *(schema_ddl.render_function(each, QUEUE) for each in declared.functions),
        *(schema_ddl.render_trigger(each, QUEUE) for each in declared.triggers),
    ):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute(f"GRANT USAGE ON SCHEMA queue TO {MAINTENANCE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO {MAINTENANCE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO {MAINTENANCE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION enqueue_job(uuid)")
    op.execute("DROP SCHEMA queue CASCADE")
    op.drop_table("job")
