"""Items kept for exams, sections with an end of their own, minors on leaderboards, leaderboards of exams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0006"

APPLICATION = "masterygraph_application"
MAINTENANCE = "masterygraph_maintenance"
OWN = "organization_id = nullif(current_setting('app.organization', true), '')::uuid"

# What the projection of exam leaderboards reads, in all organizations.
READ_BY_MAINTENANCE = ("assessment", "exam_result")
# Assessments that were made before keep their items from now on, unless their results are all released.
WITHHOLD = """
    UPDATE item i SET withheld_at = now() WHERE EXISTS (
      SELECT FROM assessment_item m WHERE m.organization_id = i.organization_id AND m.item_id = i.id
        AND (EXISTS (SELECT FROM exam e WHERE e.organization_id = m.organization_id
                       AND e.assessment_id = m.assessment_id AND e.state <> 'RELEASED')
             OR NOT EXISTS (SELECT FROM exam e WHERE e.organization_id = m.organization_id
                              AND e.assessment_id = m.assessment_id)))
"""

ORGANIZATIONS_OF_ACCOUNT = """
CREATE FUNCTION organizations_of_account(account_id uuid)
RETURNS TABLE (organization_id uuid, name text, time_zone text, {column} roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id, o.name, o.time_zone, {value} m.roles
  FROM membership m JOIN organization o ON o.id = m.organization_id
  WHERE m.user_id = account_id AND m.disabled_at IS NULL ORDER BY m.created_at, o.id
$$
"""


def upgrade() -> None:
    op.add_column("item", sa.Column("withheld_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assessment", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "exam_sitting", sa.Column("sections", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("learner", sa.Column("birth_year", sa.Integer(), nullable=True))
    for table, column in (("organization", "learners_are_minors"), ("classroom", "leaderboard_for_minors")):
        op.add_column(table, sa.Column(column, sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "exam_score",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "exam_id"],
            ["exam.organization_id", "exam.id"],
            name=op.f("fk_exam_score_organization_id_exam_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_exam_score_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint(
            "exam_id", "learner_id", "number", "organization_id", name=op.f("pk_exam_score")
        ),
    )
    op.create_index(
        op.f("ix_exam_score_organization_id_learner_id"), "exam_score", ["organization_id", "learner_id"]
    )
    op.execute(WITHHOLD)
    tell_organizations("learners_are_minors boolean,", "o.learners_are_minors,")
    op.execute("ALTER TABLE exam_score ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON exam_score TO {APPLICATION} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("CREATE POLICY owner ON exam_score TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT ON exam_score TO {APPLICATION}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON exam_score TO {MAINTENANCE}")
    op.execute(f"GRANT UPDATE (retired_at) ON assessment TO {APPLICATION}")
    for table in (*READ_BY_MAINTENANCE, "exam_score"):
        op.execute(f"CREATE POLICY maintenance ON {table} TO {MAINTENANCE} USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO {MAINTENANCE}")


def tell_organizations(column: str, value: str) -> None:
    """What a person is told of the organizations it belongs to, wherever it is signed in."""
    op.execute("DROP FUNCTION organizations_of_account(uuid)")
    op.execute(ORGANIZATIONS_OF_ACCOUNT.format(column=column, value=value))
    op.execute("REVOKE EXECUTE ON FUNCTION organizations_of_account(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION organizations_of_account(uuid) TO {APPLICATION}")


def downgrade() -> None:
    tell_organizations("", "")
    for table in READ_BY_MAINTENANCE:
        op.execute(f"DROP POLICY maintenance ON {table}")
        op.execute(f"REVOKE SELECT ON {table} FROM {MAINTENANCE}")
    op.execute(f"REVOKE UPDATE (retired_at) ON assessment FROM {APPLICATION}")
    op.drop_table("exam_score")
    for table, column in (
        ("classroom", "leaderboard_for_minors"), ("organization", "learners_are_minors"),
        ("learner", "birth_year"), ("exam_sitting", "sections"), ("assessment", "retired_at"),
        ("item", "withheld_at"),
    ):  # fmt: skip
        op.drop_column(table, column)
