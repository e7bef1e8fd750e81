"""Assessments and exams: their tables, walls and grants."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

APPLICATION = "masterygraph_application"
MAINTENANCE = "masterygraph_maintenance"
OWN = "organization_id = nullif(current_setting('app.organization', true), '')::uuid"

# What the application may do with each table; answers stay as they were saved.
GRANTS = {
    "assessment": "SELECT, INSERT",
    "assessment_item": "SELECT, INSERT",
    "accommodation": "SELECT, INSERT, UPDATE",
    "exam": "SELECT, INSERT, UPDATE",
    "exam_sitting": "SELECT, INSERT, UPDATE",
    "exam_answer": "SELECT, INSERT",
    "exam_result": "SELECT, INSERT, UPDATE, DELETE",
    "exam_incident": "SELECT, INSERT, UPDATE",
    "exam_action": "SELECT, INSERT, UPDATE",
    "exam_action_target": "SELECT, INSERT, UPDATE",
}
# The sweep finds in all organizations what is due; what it does then it does within one.
READ_BY_MAINTENANCE = ("exam", "exam_sitting")
TABLES = (
    "exam_action_target",
    "exam_action",
    "exam_incident",
    "exam_result",
    "exam_answer",
    "exam_sitting",
    "exam",
    "accommodation",
    "assessment_item",
    "assessment",
)


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("sections", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shuffle_items", sa.Boolean(), nullable=False),
        sa.Column("shuffle_choices", sa.Boolean(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("release_policy", sa.String(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_assessment_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_assessment")),
    )
    op.create_table(
        "accommodation",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("extra_time_percent", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_accommodation_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "organization_id", name=op.f("pk_accommodation")),
    )
    op.create_table(
        "exam",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lock_on_second_device", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "assessment_id"],
            ["assessment.organization_id", "assessment.id"],
            name=op.f("fk_exam_organization_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_exam_organization_id_classroom_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_exam")),
    )
    op.create_index(
        op.f("ix_exam_organization_id_assessment_id_id"),
        "exam",
        ["organization_id", "assessment_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_exam_organization_id_classroom_id_id"),
        "exam",
        ["organization_id", "classroom_id", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_exam_state_opens_at"), "exam", ["state", "opens_at"], unique=False)
    op.create_table(
        "assessment_item",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "assessment_id"],
            ["assessment.organization_id", "assessment.id"],
            name=op.f("fk_assessment_item_organization_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id", "item_version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
            name=op.f("fk_assessment_item_organization_id_item_id_item_version"),
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id", "item_id", "organization_id", name=op.f("pk_assessment_item")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "assessment_id",
            "position",
            name=op.f("uq_assessment_item_organization_id_assessment_id_position"),
        ),
    )
    op.create_index(
        op.f("ix_assessment_item_organization_id_item_id"),
        "assessment_item",
        ["organization_id", "item_id"],
        unique=False,
    )
    op.create_table(
        "exam_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "exam_id"],
            ["exam.organization_id", "exam.id"],
            name=op.f("fk_exam_action_organization_id_exam_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_exam_action")),
    )
    op.create_index(
        op.f("ix_exam_action_organization_id_exam_id_id"),
        "exam_action",
        ["organization_id", "exam_id", "id"],
        unique=False,
    )
    op.create_table(
        "exam_sitting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("base_seconds", sa.Integer(), nullable=False),
        sa.Column("accommodation_seconds", sa.Integer(), nullable=False),
        sa.Column("granted_seconds", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_when_paused", sa.Interval(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("address_digest", sa.LargeBinary(), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_item_number", sa.Integer(), nullable=True),
        sa.Column("answered_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_signal", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_incident_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_exam_sitting_number_from_one")),
        sa.ForeignKeyConstraint(
            ["organization_id", "exam_id"],
            ["exam.organization_id", "exam.id"],
            name=op.f("fk_exam_sitting_organization_id_exam_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_exam_sitting_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_exam_sitting")),
        sa.UniqueConstraint(
            "organization_id",
            "exam_id",
            "learner_id",
            "number",
            name=op.f("uq_exam_sitting_organization_id_exam_id_learner_id_number"),
        ),
    )
    op.create_index(
        op.f("ix_exam_sitting_organization_id_learner_id_id"),
        "exam_sitting",
        ["organization_id", "learner_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_exam_sitting_presence_heard_at"), "exam_sitting", ["presence", "heard_at"], unique=False
    )
    op.create_index(op.f("ix_exam_sitting_state_ends_at"), "exam_sitting", ["state", "ends_at"], unique=False)
    op.create_table(
        "exam_action_target",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "action_id"],
            ["exam_action.organization_id", "exam_action.id"],
            name=op.f("fk_exam_action_target_organization_id_action_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sitting_id"],
            ["exam_sitting.organization_id", "exam_sitting.id"],
            name=op.f("fk_exam_action_target_organization_id_sitting_id"),
        ),
        sa.PrimaryKeyConstraint(
            "action_id", "sitting_id", "organization_id", name=op.f("pk_exam_action_target")
        ),
    )
    op.create_index(
        op.f("ix_exam_action_target_organization_id_sitting_id_action_id"),
        "exam_action_target",
        ["organization_id", "sitting_id", "action_id"],
        unique=False,
    )
    op.create_table(
        "exam_answer",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_exam_answer_organization_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sitting_id"],
            ["exam_sitting.organization_id", "exam_sitting.id"],
            name=op.f("fk_exam_answer_organization_id_sitting_id"),
        ),
        sa.PrimaryKeyConstraint("sitting_id", "sequence", "organization_id", name=op.f("pk_exam_answer")),
    )
    op.create_index(
        op.f("ix_exam_answer_organization_id_sitting_id_item_id_sequence"),
        "exam_answer",
        ["organization_id", "sitting_id", "item_id", "sequence"],
        unique=False,
    )
    op.create_table(
        "exam_incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by", sa.Uuid(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "exam_id"],
            ["exam.organization_id", "exam.id"],
            name=op.f("fk_exam_incident_organization_id_exam_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sitting_id"],
            ["exam_sitting.organization_id", "exam_sitting.id"],
            name=op.f("fk_exam_incident_organization_id_sitting_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_exam_incident")),
    )
    op.create_index(
        op.f("ix_exam_incident_organization_id_exam_id_id"),
        "exam_incident",
        ["organization_id", "exam_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_exam_incident_organization_id_sitting_id_id"),
        "exam_incident",
        ["organization_id", "sitting_id", "id"],
        unique=False,
    )
    op.create_table(
        "exam_result",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "sitting_id"],
            ["exam_sitting.organization_id", "exam_sitting.id"],
            name=op.f("fk_exam_result_organization_id_sitting_id"),
        ),
        sa.PrimaryKeyConstraint("sitting_id", "organization_id", name=op.f("pk_exam_result")),
    )

    for table, grants in GRANTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO {APPLICATION} USING ({OWN}) WITH CHECK ({OWN})")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"GRANT {grants} ON {table} TO {APPLICATION}")
    for table in READ_BY_MAINTENANCE:
        op.execute(f"CREATE POLICY maintenance ON {table} FOR SELECT TO {MAINTENANCE} USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO {MAINTENANCE}")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
