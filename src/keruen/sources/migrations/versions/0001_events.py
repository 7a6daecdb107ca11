# SPDX-License-Identifier: Apache-2.0
"""The chain of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


_SAY = "entries of a ledger are never changed"
_GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER event_{verb} BEFORE {verb} ON event "
        f"BEGIN SELECT RAISE(ABORT, '{_SAY}'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        f"""CREATE FUNCTION event_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_SAY}'; END $$""",
        """CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_stays()""",
    ],
}
"""By database: entries cannot be changed or removed by a slip."""


def upgrade() -> None:
    """Make the table of events."""
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_index("ix_event_stream", "event", ["stream"])
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
