"""Roles, row-level security, partitions, and the few questions that may be asked across organizations.

Each tenant table has two policies: rows of the organization that the transaction is set to, for the role that
serves; all rows for the owner, who would otherwise migrate blindly under FORCE. Grants are on parents only: a
policy does not reach a partition that is addressed directly.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

APPLICATION = "masterygraph_application"
MAINTENANCE = "masterygraph_maintenance"
CURRENT = "nullif(current_setting('app.organization', true), '')::uuid"

# What the application may do with each table; deleting is the exception.
GRANTS = {
    "membership": "SELECT, INSERT, UPDATE",
    "sign_in_session": "SELECT, INSERT, UPDATE",
    "refresh_token": "SELECT, INSERT, UPDATE",
    "security_event": "SELECT, INSERT",
    "classroom": "SELECT, INSERT, UPDATE",
    "classroom_teacher": "SELECT, INSERT, DELETE",
    "enrollment": "SELECT, INSERT, UPDATE",
    "learner": "SELECT, INSERT, UPDATE",
    "learner_external_id": "SELECT, INSERT",
    "skill": "SELECT, INSERT, UPDATE",
    "skill_prerequisite": "SELECT, INSERT, DELETE",
    "course": "SELECT, INSERT, UPDATE",
    "module": "SELECT, INSERT, UPDATE",
    "module_skill": "SELECT, INSERT, DELETE",
    "item": "SELECT, INSERT, UPDATE",
    "item_version": "SELECT, INSERT",
    "item_skill": "SELECT, INSERT, DELETE",
    "item_external_id": "SELECT, INSERT",
    "learner_state": "SELECT, INSERT, UPDATE",
    "item_parameter": "SELECT, INSERT, UPDATE",
    "mastery": "SELECT, INSERT, UPDATE",
    "mastery_change": "SELECT, INSERT",
    "practice_session": "SELECT, INSERT, UPDATE",
    "attempt": "SELECT, INSERT",
    "idempotency_key": "SELECT, INSERT, UPDATE",
    "attempt_external_id": "SELECT, INSERT",
    "attempt_import": "SELECT, INSERT, UPDATE",
    "recommendation": "SELECT, INSERT, UPDATE",
    "topic": "SELECT, INSERT, UPDATE",
    "event": "SELECT, INSERT",
    "learner_activity": "SELECT",
    "learner_skill_day": "SELECT",
    "leaderboard_score": "SELECT",
    "learner_presence": "SELECT",
}

# Consumers work across organizations: they read what they project from, and write the projections.
READ_BY_MAINTENANCE = (
    "classroom",
    "classroom_teacher",
    "enrollment",
    "learner",
    "skill",
    "skill_prerequisite",
    "item",
    "item_skill",
    "item_parameter",
    "learner_state",
    "mastery",
    "mastery_change",
    "practice_session",
    "attempt",
)
WRITTEN_BY_MAINTENANCE = (
    "recommendation",
    "topic",
    "event",
    "learner_activity",
    "learner_skill_day",
    "leaderboard_score",
    "learner_presence",
)

PARTITIONED = ("attempt", "event", "mastery_change")

ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, '{role}', 'SET') AND current_setting('is_superuser') = 'off' THEN
    BEGIN
      GRANT {role} TO CURRENT_USER;
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;  -- the role signs in by itself then
    END;
  END IF;
END $$
"""

ENSURE_PARTITIONS = """
CREATE FUNCTION ensure_partitions(first_month date, months integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  parent text;
  month date;
  partition text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['attempt', 'event', 'mastery_change'] LOOP
    FOR step IN 0 .. months - 1 LOOP
      month := date_trunc('month', first_month + make_interval(months => step));
      partition := parent || to_char(month, '_YYYY_MM');
      IF to_regclass('public.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
          partition, parent, smallest_id_at(month), smallest_id_at((month + interval '1 month')::date));
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
        EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
        EXECUTE format('CREATE POLICY owner ON public.%I TO CURRENT_USER USING (true) WITH CHECK (true)',
          partition);
      END IF;
    END LOOP;
  END LOOP;
END $$
"""

SMALLEST_ID_AT = """
CREATE FUNCTION smallest_id_at(moment date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM moment::timestamp AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0')
          || '00000000000000000000')::uuid
$$
"""

# Sign-in and sign-up meet accounts before an organization is known; each function answers one question.
# `pg_temp` stands last in their search path, since it would else come first: a temporary table named like one
# of ours, with a trigger, would run its maker's code as the owner.
SIGN_IN_CANDIDATE = """
CREATE FUNCTION sign_in_candidate(address text)
RETURNS TABLE (user_id uuid, password_hash text, disabled boolean, organization_ids uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT u.id, u.password_hash, u.disabled_at IS NOT NULL,
         coalesce((SELECT array_agg(m.organization_id ORDER BY m.created_at, m.organization_id)
                   FROM membership m WHERE m.user_id = u.id AND m.disabled_at IS NULL), '{}')
  FROM user_account u WHERE u.email = address
$$
"""

CREATE_ACCOUNT = """
CREATE FUNCTION create_account(account_id uuid, address text, name text, hash text, moment timestamptz)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH made AS (
    INSERT INTO user_account (id, email, display_name, password_hash, created_at)
    VALUES (account_id, address, name, hash, moment) ON CONFLICT (email) DO NOTHING RETURNING 1)
  SELECT EXISTS (SELECT FROM made)
$$
"""

CLASSROOM_OF_JOIN_CODE = """
CREATE FUNCTION classroom_of_join_code(code text) RETURNS TABLE (organization_id uuid, classroom_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.organization_id, c.id FROM classroom c WHERE c.join_code = code AND c.archived_at IS NULL
$$
"""

ORGANIZATIONS_OF_ACCOUNT = """
CREATE FUNCTION organizations_of_account(account_id uuid)
RETURNS TABLE (organization_id uuid, name text, time_zone text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id, o.name, o.time_zone, m.roles FROM membership m JOIN organization o ON o.id = m.organization_id
  WHERE m.user_id = account_id AND m.disabled_at IS NULL ORDER BY m.created_at, o.id
$$
"""

ORGANIZATION_COUNT = """
CREATE FUNCTION organization_count() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM organization
$$
"""

FUNCTIONS = (
    "sign_in_candidate(text)",
    "create_account(uuid, text, text, text, timestamptz)",
    "classroom_of_join_code(text)",
    "organizations_of_account(uuid)",
    "organization_count()",
)


def upgrade() -> None:
    for role in (APPLICATION, MAINTENANCE):
        op.execute(ROLES.format(role=role))
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    for table, grants in GRANTS.items():
        protect(table, f"organization_id = {CURRENT}")
        op.execute(f"GRANT {grants} ON {table} TO {APPLICATION}")
    protect("organization", f"id = {CURRENT}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON organization TO {APPLICATION}")
    protect("user_account", "EXISTS (SELECT FROM membership m WHERE m.user_id = user_account.id)")
    op.execute(
        f"GRANT SELECT (id, email, display_name, disabled_at, created_at) ON user_account TO {APPLICATION}"
    )
    open_to_maintenance()
    op.execute(SMALLEST_ID_AT)
    for table in PARTITIONED:
        op.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")
        op.execute(f"ALTER TABLE {table}_rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table}_rest TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(ENSURE_PARTITIONS)
    op.execute("REVOKE EXECUTE ON FUNCTION ensure_partitions(date, integer) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ensure_partitions(date, integer) TO {MAINTENANCE}")
    op.execute("SELECT ensure_partitions(current_date, 4)")
    for function in (
        SIGN_IN_CANDIDATE,
        CREATE_ACCOUNT,
        CLASSROOM_OF_JOIN_CODE,
        ORGANIZATIONS_OF_ACCOUNT,
        ORGANIZATION_COUNT,
    ):
        op.execute(function)
    for signature in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APPLICATION}")


def protect(table: str, condition: str) -> None:
    """Enable and force row-level security with the tenant's policy and the owner's."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table} TO {APPLICATION} USING ({condition}) WITH CHECK ({condition})"
    )
    op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def open_to_maintenance() -> None:
    """What the role of consumers may read and write, in all organizations."""
    for table in (*READ_BY_MAINTENANCE, *WRITTEN_BY_MAINTENANCE, "organization"):
        op.execute(f"CREATE POLICY maintenance ON {table} TO {MAINTENANCE} USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO {MAINTENANCE}")
    for table in WRITTEN_BY_MAINTENANCE:
        op.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO {MAINTENANCE}")
    op.execute("ALTER TABLE consumer_position ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON consumer_position TO {MAINTENANCE} USING (true) WITH CHECK (true)"
    )
    op.execute("CREATE POLICY owner ON consumer_position TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON consumer_position TO {MAINTENANCE}")
    op.execute(f"GRANT UPDATE (reference_difficulty) ON skill TO {MAINTENANCE}")


def downgrade() -> None:
    for signature in (*FUNCTIONS, "ensure_partitions(date, integer)", "smallest_id_at(date)"):
        op.execute(f"DROP FUNCTION {signature}")
    for table in PARTITIONED:
        op.execute(
            f"DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT inhrelid::regclass FROM pg_inherits "
            f"WHERE inhparent = '{table}'::regclass LOOP EXECUTE 'DROP TABLE ' || part; END LOOP; END $$"
        )
    for table in (*GRANTS, "organization", "user_account", "consumer_position"):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
        for policy in ("tenant", "owner", "maintenance"):
            op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM {APPLICATION}, {MAINTENANCE}")
    for role in (APPLICATION, MAINTENANCE):
        op.execute(f"REVOKE USAGE ON SCHEMA public FROM {role}")
