# SPDX-License-Identifier: Apache-2.0
"""Tables of the ledger's database as they are now."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False, index=True),
    sa.Column("subject", sa.Text),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
