"""States of skills that say since when a skill fades: what was stored before was fresh when last practised.

`masterygraph verify` tells where that differs from the answers: a wrong answer no longer brings back what has
faded.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("UPDATE mastery SET state = state || state[5] WHERE cardinality(state) = 13")


def downgrade() -> None:
    op.execute("UPDATE mastery SET state = state[1:13] WHERE cardinality(state) = 14")
