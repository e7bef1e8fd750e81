"""States of skills as bytes: eight a number, the highest first, where an array was sent number by number."""

from alembic import op

revision = "0011"
down_revision = "0010"

_PACKED = """
CREATE FUNCTION pg_temp.packed(state float8[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(float8send(number), '' ORDER BY place), '')
  FROM unnest(state) WITH ORDINALITY AS each(number, place) $$
"""
# Sign, exponent and fraction of IEEE 754; the numbers next to zero have no leading one.
_UNPACKED = """
CREATE FUNCTION pg_temp.unpacked(state bytea) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg(CASE WHEN bits < 0 THEN -1 ELSE 1 END::float8
      * ((bits & 4503599627370495) + CASE WHEN exponent > 0 THEN 4503599627370496 ELSE 0 END)::float8
      * power(2::float8, greatest(exponent, 1) - 1075) ORDER BY place), '{}')
  FROM (
    SELECT place, bits, (bits >> 52 & 2047)::int AS exponent
    FROM generate_series(0, length(state) / 8 - 1) AS place,
      LATERAL (SELECT encode(substr(state, place * 8 + 1, 8), 'hex') AS digits) AS eight,
      LATERAL (SELECT ('x' || digits)::bit(64)::bigint AS bits) AS read
  ) AS numbers $$
"""


def upgrade() -> None:
    op.execute(_PACKED)
    op.execute("ALTER TABLE mastery ALTER COLUMN state TYPE bytea USING pg_temp.packed(state)")


def downgrade() -> None:
    op.execute(_UNPACKED)
    op.execute("ALTER TABLE mastery ALTER COLUMN state TYPE float8[] USING pg_temp.unpacked(state)")
