"""The tables, as the models declare them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models.events import TransactionId

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "consumer_position",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("xid", TransactionId(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), server_default="UTC", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "attempt_external_id",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_attempt_external_id_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "source", "external_id", "organization_id", name=op.f("pk_attempt_external_id")
        ),
    )
    op.create_table(
        "attempt_import",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_attempt_import_organization_id")
        ),
        sa.PrimaryKeyConstraint("source", "digest", "organization_id", name=op.f("pk_attempt_import")),
    )
    op.create_table(
        "classroom",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("join_code", sa.String(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_classroom_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_classroom")),
        sa.UniqueConstraint("join_code", name=op.f("uq_classroom_join_code")),
    )
    op.create_index(
        op.f("ix_classroom_organization_id_name_id"),
        "classroom",
        ["organization_id", "name", "id"],
        unique=False,
    )
    op.create_table(
        "course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_course_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_course")),
    )
    op.create_index(
        op.f("ix_course_organization_id_name_id"), "course", ["organization_id", "name", "id"], unique=False
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        op.f("ix_event_organization_id_topic_seq"), "event", ["organization_id", "topic", "seq"], unique=False
    )
    op.create_index(op.f("ix_event_xid_id"), "event", ["xid", "id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("mutation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_idempotency_key_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "mutation", "key", "organization_id", name=op.f("pk_idempotency_key")
        ),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_item_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_item")),
    )
    op.create_table(
        "learner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("leaderboard_hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_learner_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_learner")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_learner_organization_id_user_id")),
    )
    op.create_index(
        op.f("ix_learner_organization_id_display_name_id"),
        "learner",
        ["organization_id", "display_name", "id"],
        unique=False,
    )
    op.create_table(
        "mastery_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("mastery_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=False),
        sa.Column("reference_difficulty", sa.Double(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_mastery_change_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_mastery_change")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        op.f("ix_mastery_change_organization_id_attempt_id"),
        "mastery_change",
        ["organization_id", "attempt_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mastery_change_organization_id_learner_id_skill_id_id"),
        "mastery_change",
        ["organization_id", "learner_id", "skill_id", "id"],
        unique=False,
    )
    op.create_table(
        "membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "organization_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "security_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_security_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_security_event")),
    )
    op.create_table(
        "skill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("reference_difficulty", sa.Double(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_skill_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_skill")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_skill_organization_id_code")),
    )
    op.create_index(
        op.f("ix_skill_organization_id_name_id"), "skill", ["organization_id", "name", "id"], unique=False
    )
    op.create_table(
        "topic",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_topic_organization_id")
        ),
        sa.PrimaryKeyConstraint("name", "organization_id", name=op.f("pk_topic")),
    )
    op.create_table(
        "classroom_teacher",
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_classroom_teacher_organization_id_classroom_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["membership.organization_id", "membership.user_id"],
            name=op.f("fk_classroom_teacher_organization_id_user_id"),
        ),
        sa.PrimaryKeyConstraint(
            "classroom_id", "user_id", "organization_id", name=op.f("pk_classroom_teacher")
        ),
    )
    op.create_index(
        op.f("ix_classroom_teacher_organization_id_user_id"),
        "classroom_teacher",
        ["organization_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "enrollment",
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_enrollment_organization_id_classroom_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_enrollment_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("classroom_id", "learner_id", "organization_id", name=op.f("pk_enrollment")),
    )
    op.create_index(
        op.f("ix_enrollment_organization_id_learner_id"),
        "enrollment",
        ["organization_id", "learner_id"],
        unique=False,
    )
    op.create_table(
        "item_external_id",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_item_external_id_organization_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("source", "external_id", "organization_id", name=op.f("pk_item_external_id")),
    )
    op.create_index(op.f("ix_item_external_id_item_id"), "item_external_id", ["item_id"], unique=False)
    op.create_table(
        "item_parameter",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("standard_error", sa.Double(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_item_parameter_organization_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", "organization_id", name=op.f("pk_item_parameter")),
    )
    op.create_table(
        "item_skill",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_item_skill_organization_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_item_skill_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", "skill_id", "organization_id", name=op.f("pk_item_skill")),
    )
    op.create_index(
        op.f("ix_item_skill_organization_id_skill_id_item_id"),
        "item_skill",
        ["organization_id", "skill_id", "item_id"],
        unique=False,
    )
    op.create_table(
        "item_version",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer_key", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skill_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_item_version_organization_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", "version", "organization_id", name=op.f("pk_item_version")),
    )
    op.create_table(
        "leaderboard_score",
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("window_kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("correct_count", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_leaderboard_score_organization_id_classroom_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_leaderboard_score_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint(
            "classroom_id",
            "window_kind",
            "starts_at",
            "learner_id",
            "organization_id",
            name=op.f("pk_leaderboard_score"),
        ),
    )
    op.create_table(
        "learner_activity",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("correct_count", sa.Integer(), nullable=False),
        sa.Column("score_micros", sa.BigInteger(), nullable=False),
        sa.Column("practice_ms", sa.BigInteger(), nullable=False),
        sa.Column("skills_mastered", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_learner_activity_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "slot", "organization_id", name=op.f("pk_learner_activity")),
    )
    op.create_table(
        "learner_external_id",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_learner_external_id_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint(
            "source", "external_id", "organization_id", name=op.f("pk_learner_external_id")
        ),
    )
    op.create_index(
        op.f("ix_learner_external_id_learner_id"), "learner_external_id", ["learner_id"], unique=False
    )
    op.create_table(
        "learner_presence",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("attempts_on_day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_learner_presence_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "organization_id", name=op.f("pk_learner_presence")),
    )
    op.create_index(
        op.f("ix_learner_presence_presence_last_seen_at"),
        "learner_presence",
        ["presence", "last_seen_at"],
        unique=False,
    )
    op.create_table(
        "learner_skill_day",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("correct_count", sa.Integer(), nullable=False),
        sa.Column("score_micros", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_learner_skill_day_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_learner_skill_day_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint(
            "learner_id", "skill_id", "day", "organization_id", name=op.f("pk_learner_skill_day")
        ),
    )
    op.create_index(
        op.f("ix_learner_skill_day_organization_id_skill_id_day"),
        "learner_skill_day",
        ["organization_id", "skill_id", "day"],
        unique=False,
    )
    op.create_table(
        "learner_state",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("attempt_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_learner_state_organization_id_learner_id"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "organization_id", name=op.f("pk_learner_state")),
    )
    op.create_table(
        "mastery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("last_practiced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mastered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_mastery_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_mastery_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_mastery")),
        sa.UniqueConstraint(
            "organization_id",
            "learner_id",
            "skill_id",
            name=op.f("uq_mastery_organization_id_learner_id_skill_id"),
        ),
    )
    op.create_index(
        op.f("ix_mastery_organization_id_skill_id"), "mastery", ["organization_id", "skill_id"], unique=False
    )
    op.create_table(
        "module",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_module_position_from_one")),
        sa.ForeignKeyConstraint(
            ["organization_id", "course_id"],
            ["course.organization_id", "course.id"],
            name=op.f("fk_module_organization_id_course_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_module")),
        sa.UniqueConstraint(
            "organization_id",
            "course_id",
            "position",
            deferrable=True,
            initially="IMMEDIATE",
            name=op.f("uq_module_organization_id_course_id_position"),
        ),
    )
    op.create_table(
        "practice_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("classroom_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("skill_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_item_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "classroom_id"],
            ["classroom.organization_id", "classroom.id"],
            name=op.f("fk_practice_session_organization_id_classroom_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_practice_session_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "next_item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_practice_session_organization_id_next_item_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_practice_session")),
    )
    op.create_index(
        op.f("ix_practice_session_organization_id_learner_id_id"),
        "practice_session",
        ["organization_id", "learner_id", "id"],
        unique=False,
    )
    op.create_table(
        "recommendation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("expected_gain", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("based_on", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["item.organization_id", "item.id"],
            name=op.f("fk_recommendation_organization_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_recommendation_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_recommendation_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_recommendation")),
    )
    op.create_index(
        op.f("ix_recommendation_organization_id_learner_id_superseded_at_rank"),
        "recommendation",
        ["organization_id", "learner_id", "superseded_at", "rank"],
        unique=False,
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["membership.organization_id", "membership.user_id"],
            name=op.f("fk_sign_in_session_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sign_in_session_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_user_id"), "sign_in_session", ["user_id"], unique=False)
    op.create_table(
        "skill_prerequisite",
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("prerequisite_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("skill_id <> prerequisite_id", name=op.f("ck_skill_prerequisite_not_itself")),
        sa.ForeignKeyConstraint(
            ["organization_id", "prerequisite_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_skill_prerequisite_organization_id_prerequisite_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_skill_prerequisite_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint(
            "skill_id", "prerequisite_id", "organization_id", name=op.f("pk_skill_prerequisite")
        ),
    )
    op.create_index(
        op.f("ix_skill_prerequisite_organization_id_prerequisite_id"),
        "skill_prerequisite",
        ["organization_id", "prerequisite_id"],
        unique=False,
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("correct", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("feedback", sa.String(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("hints_used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("predicted", sa.Double(), nullable=False),
        sa.Column("item_state", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("item_evidence", sa.Integer(), nullable=False),
        sa.Column("learner_evidence", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id", "item_version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
            name=op.f("fk_attempt_organization_id_item_id_item_version"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "learner_id"],
            ["learner.organization_id", "learner.id"],
            name=op.f("fk_attempt_organization_id_learner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["practice_session.organization_id", "practice_session.id"],
            name=op.f("fk_attempt_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_attempt_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", "organization_id", name=op.f("pk_attempt")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        op.f("ix_attempt_organization_id_item_id_item_evidence"),
        "attempt",
        ["organization_id", "item_id", "item_evidence"],
        unique=False,
    )
    op.create_index(
        op.f("ix_attempt_organization_id_learner_id_id"),
        "attempt",
        ["organization_id", "learner_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_attempt_organization_id_session_id"),
        "attempt",
        ["organization_id", "session_id"],
        unique=False,
    )
    op.create_table(
        "module_skill",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"],
            ["module.organization_id", "module.id"],
            name=op.f("fk_module_skill_organization_id_module_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "skill_id"],
            ["skill.organization_id", "skill.id"],
            name=op.f("fk_module_skill_organization_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint("module_id", "skill_id", "organization_id", name=op.f("pk_module_skill")),
    )
    op.create_index(
        op.f("ix_module_skill_organization_id_skill_id_module_id"),
        "module_skill",
        ["organization_id", "skill_id", "module_id"],
        unique=False,
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sign_in_session_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_salt", sa.LargeBinary(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "sign_in_session_id"],
            ["sign_in_session.organization_id", "sign_in_session.id"],
            name=op.f("fk_refresh_token_organization_id_sign_in_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", "organization_id", name=op.f("pk_refresh_token")),
    )
    op.create_index(
        op.f("ix_refresh_token_sign_in_session_id"), "refresh_token", ["sign_in_session_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_refresh_token_sign_in_session_id"), table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(op.f("ix_module_skill_organization_id_skill_id_module_id"), table_name="module_skill")
    op.drop_table("module_skill")
    op.drop_index(op.f("ix_attempt_organization_id_session_id"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_organization_id_learner_id_id"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_organization_id_item_id_item_evidence"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_index(
        op.f("ix_skill_prerequisite_organization_id_prerequisite_id"), table_name="skill_prerequisite"
    )
    op.drop_table("skill_prerequisite")
    op.drop_index(op.f("ix_sign_in_session_user_id"), table_name="sign_in_session")
    op.drop_table("sign_in_session")
    op.drop_index(
        op.f("ix_recommendation_organization_id_learner_id_superseded_at_rank"), table_name="recommendation"
    )
    op.drop_table("recommendation")
    op.drop_index(op.f("ix_practice_session_organization_id_learner_id_id"), table_name="practice_session")
    op.drop_table("practice_session")
    op.drop_table("module")
    op.drop_index(op.f("ix_mastery_organization_id_skill_id"), table_name="mastery")
    op.drop_table("mastery")
    op.drop_table("learner_state")
    op.drop_index(op.f("ix_learner_skill_day_organization_id_skill_id_day"), table_name="learner_skill_day")
    op.drop_table("learner_skill_day")
    op.drop_index(op.f("ix_learner_presence_presence_last_seen_at"), table_name="learner_presence")
    op.drop_table("learner_presence")
    op.drop_index(op.f("ix_learner_external_id_learner_id"), table_name="learner_external_id")
    op.drop_table("learner_external_id")
    op.drop_table("learner_activity")
    op.drop_table("leaderboard_score")
    op.drop_table("item_version")
    op.drop_index(op.f("ix_item_skill_organization_id_skill_id_item_id"), table_name="item_skill")
    op.drop_table("item_skill")
    op.drop_table("item_parameter")
    op.drop_index(op.f("ix_item_external_id_item_id"), table_name="item_external_id")
    op.drop_table("item_external_id")
    op.drop_index(op.f("ix_enrollment_organization_id_learner_id"), table_name="enrollment")
    op.drop_table("enrollment")
    op.drop_index(op.f("ix_classroom_teacher_organization_id_user_id"), table_name="classroom_teacher")
    op.drop_table("classroom_teacher")
    op.drop_table("topic")
    op.drop_index(op.f("ix_skill_organization_id_name_id"), table_name="skill")
    op.drop_table("skill")
    op.drop_table("security_event")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(
        op.f("ix_mastery_change_organization_id_learner_id_skill_id_id"), table_name="mastery_change"
    )
    op.drop_index(op.f("ix_mastery_change_organization_id_attempt_id"), table_name="mastery_change")
    op.drop_table("mastery_change")
    op.drop_index(op.f("ix_learner_organization_id_display_name_id"), table_name="learner")
    op.drop_table("learner")
    op.drop_table("item")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_event_xid_id"), table_name="event")
    op.drop_index(op.f("ix_event_organization_id_topic_seq"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_course_organization_id_name_id"), table_name="course")
    op.drop_table("course")
    op.drop_index(op.f("ix_classroom_organization_id_name_id"), table_name="classroom")
    op.drop_table("classroom")
    op.drop_table("attempt_import")
    op.drop_table("attempt_external_id")
    op.drop_table("user_account")
    op.drop_table("organization")
    op.drop_table("consumer_position")
