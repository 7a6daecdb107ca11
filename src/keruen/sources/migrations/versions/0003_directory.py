# SPDX-License-Identifier: Apache-2.0
"""Accounts that an office's own directory vouches for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Tell apart accounts of the directory: who vouches, and its own name for the person."""
    op.add_column("account", sa.Column("directory", sa.Text))
    op.create_index("ix_account_directory", "account", ["directory"], unique=True)
