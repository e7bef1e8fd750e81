"""Past stays in classes, first answers, and attempts without foreign keys that say nothing more.

A row of these four tables lies in the organization of its transaction, as its policy demands, and no role may
delete an organization. The key cost each attempt four look-ups, and a lock on the one row that all writers of
an organization share.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

APPLICATION = "masterygraph_application"
MAINTENANCE = "masterygraph_maintenance"
OWN = "organization_id = nullif(current_setting('app.organization', true), '')::uuid"
WITHIN = ("attempt", "mastery_change", "event", "idempotency_key")
GRANTS = {
    "past_enrollment": ("SELECT, INSERT", "SELECT"),
    "first_answer": ("SELECT", "SELECT, INSERT, UPDATE, DELETE"),
}


def upgrade() -> None:
    for table in WITHIN:
        op.drop_constraint(f"fk_{table}_organization_id", table, type_="foreignkey")
    op.create_table(
        "past_enrollment",
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_past_enrollment_organization_id_classroom_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_past_enrollment_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint(
            "classroom_id", "learner_id", "enrolled_at", "organization_id", name=op.f("pk_past_enrollment")
        ),
    )
    op.create_index(
        op.f("ix_past_enrollment_organization_id_learner_id"),
        "past_enrollment",
        ["organization_id", "learner_id"],
    )
    op.create_table(
        "first_answer",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("correct", sa.Boolean(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_first_answer_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_first_answer_organization_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "item_id", "organization_id", name=op.f("pk_first_answer")),
    )
    op.create_index(
        op.f("ix_first_answer_organization_id_item_id"), "first_answer", ["organization_id", "item_id"]
    )
    for table, (application, maintenance) in GRANTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO {APPLICATION} USING ({OWN}) WITH CHECK ({OWN})")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY maintenance ON {table} TO {MAINTENANCE} USING (true) WITH CHECK (true)")
        op.execute(f"GRANT {application} ON {table} TO {APPLICATION}")
        op.execute(f"GRANT {maintenance} ON {table} TO {MAINTENANCE}")


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.drop_table(table)
    for table in WITHIN:
        op.create_foreign_key(
            op.f(f"fk_{table}_organization_id"), table, "organization", ["organization_id"], ["id"]
        )
