"""Keys by which an exam is scored in place of those of its form, after a regrade."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

APPLICATION = "masterygraph_application"
OWN = "organization_id = nullif(current_setting('app.organization', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "exam_key",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "exam_id"],
            ["exam.organization_id", "exam.id"],
            name=op.f("fk_exam_key_organization_id_exam_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id", "version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
            name=op.f("fk_exam_key_organization_id_item_id_version"),
        ),
        sa.PrimaryKeyConstraint("exam_id", "item_id", "organization_id", name=op.f("pk_exam_key")),
    )
    op.create_index(
        op.f("ix_exam_key_organization_id_item_id_version"),
        "exam_key",
        ["organization_id", "item_id", "version"],
    )
    op.execute("ALTER TABLE exam_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON exam_key TO {APPLICATION} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("CREATE POLICY owner ON exam_key TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON exam_key TO {APPLICATION}")


def downgrade() -> None:
    op.drop_table("exam_key")
